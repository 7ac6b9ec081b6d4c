//! `/healthz`, `/readyz` and `/metrics`: for those who watch the watchman.

use crate::app::App;
use crate::auth::Known;
use crate::error::{ApiError, ErrorBody};
use axum::Json;
use axum::extract::State;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde::Serialize;
use std::sync::Arc;
use utoipa::ToSchema;
use vedette_model::AccountId;
use vedette_store::Health;

/// The state of the store.
#[derive(Debug, Serialize, ToSchema)]
struct StoreState {
    /// `ok`, `damaged` (some segments cannot be read) or `read_only`.
    status: &'static str,
    /// Why writes are refused.
    #[serde(skip_serializing_if = "Option::is_none")]
    reason: Option<String>,
    /// Segments that cannot be read; `vedette doctor` says more.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    damaged_segments: Vec<String>,
}

async fn state(app: &Arc<App>) -> Result<StoreState, ApiError> {
    app.off_runtime(|app| {
        let damaged_segments = app.store.status(AccountId::DEFAULT)?.damaged_segments;
        let (status, reason) = match app.store.health() {
            Health::ReadOnly(reason) => ("read_only", Some(reason)),
            Health::Writable if damaged_segments.is_empty() => ("ok", None),
            Health::Writable => ("damaged", None),
        };
        Ok(StoreState { status, reason, damaged_segments })
    })
    .await
}

/// 200 as long as it answers; the body says what is wrong.
#[utoipa::path(
    get, path = "/healthz", tag = "status",
    responses((status = 200, body = StoreState))
)]
pub async fn healthz(State(app): State<Arc<App>>) -> Result<Response, ApiError> {
    Ok(Json(state(&app).await?).into_response())
}

/// 503 while writes are refused.
#[utoipa::path(
    get, path = "/readyz", tag = "status",
    responses((status = 200, body = StoreState), (status = 503, body = StoreState))
)]
pub async fn readyz(State(app): State<Arc<App>>) -> Result<Response, ApiError> {
    let state = state(&app).await?;
    let status = if state.reason.is_some() { StatusCode::SERVICE_UNAVAILABLE } else { StatusCode::OK };
    Ok((status, Json(state)).into_response())
}

/// Figures of the whole server for Prometheus, of no account's content.
#[utoipa::path(
    get, path = "/metrics", tag = "status",
    responses((status = 200, content_type = "application/openmetrics-text", body = String), (status = 401, body = ErrorBody))
)]
pub async fn metrics(State(app): State<Arc<App>>, _access: Known) -> Result<Response, ApiError> {
    let text = app
        .off_runtime(|app| {
            let status = app.store.status(AccountId::DEFAULT)?;
            app.metrics.print(&app.store.health(), &status).map_err(ApiError::internal)
        })
        .await?;
    Ok(([(header::CONTENT_TYPE, "application/openmetrics-text; version=1.0.0; charset=utf-8")], text).into_response())
}
