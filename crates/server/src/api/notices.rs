//! `/api/v1/notices`: what was found out, whoever was told; and what an account sets for all of it.

use super::params::Params;
use crate::app::App;
use crate::auth::{Admin, Read};
use crate::clock;
use crate::error::{ApiError, ErrorBody, JsonBody};
use crate::notify::message::NoticeView;
use crate::watch;
use axum::Json;
use axum::extract::State;
use serde::{Deserialize, Serialize};
use std::sync::Arc;
use utoipa::ToSchema;
use vedette_watch::Settings;

/// Notices.
#[derive(Serialize, ToSchema)]
pub struct NoticeList {
    /// Newest first.
    pub notices: Vec<NoticeView>,
}

/// What an account sets for what is watched.
#[derive(Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct SettingsView {
    /// Good runs of its agent after which an incident resolves itself; 0 is never.
    pub resolve_after: u64,
}

/// The last notices.
#[utoipa::path(
    get, path = "/api/v1/notices", tag = "notices", params(("limit" = Option<usize>, Query, minimum = 1)),
    responses((status = 200, body = NoticeList), (status = 400, body = ErrorBody))
)]
pub async fn list(State(app): State<Arc<App>>, access: Read, mut params: Params) -> Result<Json<NoticeList>, ApiError> {
    let limit = params.limit()?;
    params.finish()?;
    app.off_runtime(move |app| {
        let letterhead = app.notify.letterhead(&app.config);
        let notices = watch::notices(app, access.account())?;
        let notices = notices.iter().take(limit).map(|notice| NoticeView::of(notice, &letterhead)).collect();
        Ok(Json(NoticeList { notices }))
    })
    .await
}

/// What the account set for what is watched.
#[utoipa::path(get, path = "/api/v1/settings", tag = "notices", responses((status = 200, body = SettingsView)))]
pub async fn settings(State(app): State<Arc<App>>, access: Read) -> Result<Json<SettingsView>, ApiError> {
    app.off_runtime(move |app| {
        let settings = watch::read(app, access.account(), clock::now(), vedette_watch::Book::settings)?;
        Ok(Json(SettingsView { resolve_after: settings.resolve_after }))
    })
    .await
}

/// Sets it.
#[utoipa::path(
    put, path = "/api/v1/settings", tag = "notices", request_body = SettingsView,
    responses((status = 200, body = SettingsView), (status = 400, body = ErrorBody))
)]
pub async fn put_settings(
    State(app): State<Arc<App>>,
    access: Admin,
    JsonBody(new): JsonBody<SettingsView>,
) -> Result<Json<SettingsView>, ApiError> {
    app.off_runtime(move |app| {
        let settings = Settings { resolve_after: new.resolve_after };
        watch::change(app, access.account(), clock::now(), |book| book.set(settings))?;
        Ok(Json(new))
    })
    .await
}
