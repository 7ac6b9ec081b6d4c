//! `/api/v1/tools`: what agents reach for, and how often it fails.

use super::params::{Params, RunFilterParams};
use crate::app::App;
use crate::auth::Read;
use crate::error::ApiError;
use axum::Json;
use axum::extract::State;
use serde::Serialize;
use std::sync::Arc;
use utoipa::ToSchema;

/// One tool.
#[derive(Serialize, ToSchema)]
pub struct ToolView {
    /// Its name.
    pub name: String,
    /// Runs that used it.
    pub runs: u64,
    /// Executions.
    pub calls: u64,
    /// Those that failed.
    pub failures: u64,
}

/// All of them.
#[derive(Serialize, ToSchema)]
pub struct ToolList {
    /// Most called first.
    pub tools: Vec<ToolView>,
}

/// Tools used by the runs that a filter selects.
#[utoipa::path(
    get, path = "/api/v1/tools", tag = "tools", params(RunFilterParams), responses((status = 200, body = ToolList))
)]
pub async fn list(State(app): State<Arc<App>>, access: Read, mut params: Params) -> Result<Json<ToolList>, ApiError> {
    let filter = params.filter()?;
    params.finish()?;
    app.off_runtime(move |app| {
        let rows = app.store.tools(access.account(), &filter)?;
        let view = |row: vedette_store::ToolRow| ToolView {
            name: row.name.to_string(),
            runs: row.runs,
            calls: row.calls,
            failures: row.failures,
        };
        Ok(Json(ToolList { tools: rows.into_iter().map(view).collect() }))
    })
    .await
}
