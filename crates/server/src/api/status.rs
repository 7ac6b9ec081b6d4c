//! `/api/v1/status`: what this server is and holds.

use crate::app::App;
use crate::auth::Known;
use crate::error::ApiError;
use axum::Json;
use axum::extract::State;
use serde::Serialize;
use std::sync::Arc;
use utoipa::ToSchema;
use vedette_store::Health;

/// What this server is and holds.
#[derive(Serialize, ToSchema)]
pub struct StatusView {
    /// Of the binary.
    pub version: &'static str,
    /// In the ids it makes.
    pub region: &'static str,
    /// Requests need a key.
    pub keys_required: bool,
    /// The caller's.
    pub account: String,
    /// Writes are taken.
    pub writable: bool,
    /// Why not.
    pub read_only_reason: Option<String>,
    /// Runs of the account.
    pub runs: u64,
    /// Spans and point events of the account.
    pub spans: u64,
    /// Spans still in the log.
    pub log_spans: u64,
    /// Segment files.
    pub segments: u64,
    /// Segments that cannot be read.
    pub damaged_segments: Vec<String>,
    /// All files.
    pub disk_bytes: u64,
    /// Log records dropped since start: without a trace id, or because their run did not come.
    pub dropped_logs: u64,
    /// What was deleted, or is past its retention, has still to leave the files. False once no file holds it.
    pub deletion_pending: bool,
    /// Of the last change; ids of the stream.
    pub sequence: u64,
}

/// Figures of the server and of the caller's account.
#[utoipa::path(get, path = "/api/v1/status", tag = "status", responses((status = 200, body = StatusView)))]
pub async fn get(State(app): State<Arc<App>>, access: Known) -> Result<Json<StatusView>, ApiError> {
    app.off_runtime(move |app| {
        let account = access.account();
        let status = app.store.status(account)?;
        let read_only_reason = match app.store.health() {
            Health::Writable => None,
            Health::ReadOnly(reason) => Some(reason),
        };
        Ok(Json(StatusView {
            version: env!("CARGO_PKG_VERSION"),
            region: app.config.own_region().as_str(),
            keys_required: app.keyring.needs_key(),
            account: app.keyring.account_name(account).unwrap_or_default(),
            writable: read_only_reason.is_none(),
            read_only_reason,
            runs: status.runs,
            spans: status.spans,
            log_spans: status.log_spans,
            segments: status.segments,
            damaged_segments: status.damaged_segments,
            disk_bytes: status.disk_bytes,
            dropped_logs: status.dropped_logs + app.metrics.stray_logs_total(),
            deletion_pending: status.deletion_pending,
            sequence: app.store.sequence(),
        }))
    })
    .await
}
