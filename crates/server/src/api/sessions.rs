//! `/api/v1/sessions`: conversations across runs.

use super::params::{PageParams, Params, RangeParams};
use super::runs::RunPage;
use super::statistics::StatisticsView;
use super::view::RunView;
use crate::app::App;
use crate::auth::Read;
use crate::error::{ApiError, ErrorBody};
use axum::Json;
use axum::extract::{Path, State};
use serde::Serialize;
use std::sync::Arc;
use utoipa::ToSchema;
use vedette_model::Timestamp;
use vedette_store::{RunFilter, RunQuery, RunSort, SessionQuery, SessionRow};

/// One session.
#[derive(Serialize, ToSchema)]
pub struct SessionView {
    /// The sender's id.
    pub id: String,
    /// For people.
    pub name: Option<String>,
    /// Whose it is.
    pub user_id: Option<String>,
    /// Start of its first run.
    #[schema(value_type = String, format = DateTime)]
    pub started_at: Timestamp,
    /// Start of its last run.
    #[schema(value_type = String, format = DateTime)]
    pub last_run_at: Timestamp,
    /// Agents in it.
    pub agents: Vec<String>,
    /// Over its runs.
    #[serde(flatten)]
    pub statistics: StatisticsView,
}

impl From<&SessionRow> for SessionView {
    fn from(row: &SessionRow) -> Self {
        SessionView {
            id: row.session.id.to_string(),
            name: row.session.name.as_deref().map(str::to_owned),
            user_id: row.session.user_id.as_deref().map(str::to_owned),
            started_at: row.started_at,
            last_run_at: row.last_run_at,
            agents: row.agents.iter().map(|agent| agent.to_string()).collect(),
            statistics: StatisticsView::from(&row.statistics),
        }
    }
}

/// A page of sessions.
#[derive(Serialize, ToSchema)]
pub struct SessionPage {
    /// By last activity, newest first.
    pub sessions: Vec<SessionView>,
    /// Null at the end.
    pub next_cursor: Option<String>,
}

/// Sessions; `q` is a substring of id or name, `user` exact.
#[utoipa::path(
    get, path = "/api/v1/sessions", tag = "sessions",
    params(RangeParams, PageParams, ("user" = Option<String>, Query), ("q" = Option<String>, Query)),
    responses((status = 200, body = SessionPage))
)]
pub async fn list(
    State(app): State<Arc<App>>,
    access: Read,
    mut params: Params,
) -> Result<Json<SessionPage>, ApiError> {
    let query = SessionQuery {
        range: params.range("")?,
        user: params.one("user")?,
        q: params.one("q")?,
        limit: params.limit()?,
        cursor: params.one("cursor")?,
    };
    params.finish()?;
    app.off_runtime(move |app| {
        let page = app.store.sessions(access.account(), &query)?;
        let sessions = page.rows.iter().map(SessionView::from).collect();
        Ok(Json(SessionPage { sessions, next_cursor: page.next_cursor }))
    })
    .await
}

/// The runs that name a session in any of their spans, oldest first.
#[utoipa::path(
    get, path = "/api/v1/sessions/{id}", tag = "sessions", params(("id" = String, Path), PageParams),
    responses((status = 200, body = RunPage), (status = 404, body = ErrorBody))
)]
pub async fn get(
    State(app): State<Arc<App>>,
    access: Read,
    Path(id): Path<String>,
    mut params: Params,
) -> Result<Json<RunPage>, ApiError> {
    let filter = RunFilter { session: vec![id], ..RunFilter::default() };
    let query = RunQuery { filter, sort: RunSort::Oldest, limit: params.limit()?, cursor: params.one("cursor")? };
    params.finish()?;
    app.off_runtime(move |app| {
        let page = app.store.runs(access.account(), &query)?;
        if page.rows.is_empty() && query.cursor.is_none() {
            return Err(ApiError::not_found("session"));
        }
        let region = app.config.own_region();
        let runs = page.rows.iter().map(|row| RunView::of(row, region)).collect();
        Ok(Json(RunPage { runs, next_cursor: page.next_cursor }))
    })
    .await
}
