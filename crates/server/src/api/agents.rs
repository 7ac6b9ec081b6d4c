//! `/api/v1/agents` and `/api/v1/compare`: agents as things with figures.

use super::params::{PageParams, Params, RangeParams, RunFilterParams};
use super::runs::{DeletionView, RunPage, deleted, page};
use super::statistics::{RangeView, StatisticsView, StatsView};
use crate::app::App;
use crate::auth::{Admin, Read};
use crate::error::{ApiError, ErrorBody};
use axum::Json;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use serde::Serialize;
use std::cmp::Reverse;
use std::sync::Arc;
use utoipa::ToSchema;
use vedette_model::{AccountId, NanoUsd, Timestamp};
use vedette_store::{AgentRow, Range, RunFilter, Statistics, Target};

/// One agent with its figures over the range.
#[derive(Serialize, ToSchema)]
pub struct AgentView {
    /// Unique in its account.
    pub name: String,
    /// Start of its first run.
    #[schema(value_type = String, format = DateTime)]
    pub created_at: Timestamp,
    /// Start of its last run.
    #[schema(value_type = String, format = DateTime)]
    pub last_run_at: Timestamp,
    /// Over the range.
    #[serde(flatten)]
    pub statistics: StatisticsView,
}

impl From<&AgentRow> for AgentView {
    fn from(row: &AgentRow) -> Self {
        AgentView {
            name: row.name.to_string(),
            created_at: row.created_at,
            last_run_at: row.last_run_at,
            statistics: StatisticsView::from(&row.statistics),
        }
    }
}

/// A page of agents.
#[derive(Serialize, ToSchema)]
pub struct AgentPage {
    /// By last run, newest first.
    pub agents: Vec<AgentView>,
    /// Null at the end.
    pub next_cursor: Option<String>,
}

/// One agent's figures, and the same over time.
#[derive(Serialize, ToSchema)]
pub struct AgentStats {
    /// Its name.
    pub agent: String,
    /// Of its runs.
    #[serde(flatten)]
    pub stats: StatsView,
}

/// One side of a comparison.
#[derive(Serialize, ToSchema)]
pub struct Side {
    /// The agent.
    pub agent: String,
    /// Its range.
    #[serde(flatten)]
    pub range: RangeView,
    /// Its figures: those of its own page.
    #[serde(flatten)]
    pub statistics: StatisticsView,
}

/// Two sides and what lies between them.
#[derive(Serialize, ToSchema)]
pub struct Comparison {
    /// The first.
    pub a: Side,
    /// The second.
    pub b: Side,
    /// `b` minus `a`; null where either is unknown.
    pub difference: Difference,
}

/// `b` minus `a`.
#[derive(Serialize, ToSchema)]
pub struct Difference {
    /// In 0..1.
    pub success_rate: Option<f64>,
    /// May be negative.
    #[schema(value_type = Option<String>)]
    pub avg_cost_per_run_usd: Option<NanoUsd>,
    /// May be negative.
    pub p95_latency_ms: Option<f64>,
}

/// Agents with at least one run in the range.
#[utoipa::path(
    get, path = "/api/v1/agents", tag = "agents", params(RangeParams, PageParams),
    responses((status = 200, body = AgentPage))
)]
pub async fn list(State(app): State<Arc<App>>, access: Read, mut params: Params) -> Result<Json<AgentPage>, ApiError> {
    let (range, limit, cursor) = (params.range("")?, params.limit()?, params.one("cursor")?);
    params.finish()?;
    let wrong = || ApiError::invalid("cursor", "cursor must be the next_cursor of the page before");
    let after = cursor.as_deref().map(|text| place(text).ok_or_else(wrong)).transpose()?;
    app.off_runtime(move |app| {
        let mut rows = app.store.agents(access.account(), range)?;
        if let Some((last_run_at, name)) = after {
            let before =
                |row: &AgentRow| (Reverse(row.last_run_at), &*row.name) <= (Reverse(last_run_at), name.as_str());
            rows.drain(..rows.partition_point(before));
        }
        let last = rows.get(limit - 1).filter(|_| rows.len() > limit);
        let next_cursor = last.map(|row| format!("{}.{}", row.last_run_at.0, row.name));
        Ok(Json(AgentPage { agents: rows.iter().take(limit).map(AgentView::from).collect(), next_cursor }))
    })
    .await
}

/// An agent's place in the list, as a cursor has it: its last run and its name.
fn place(cursor: &str) -> Option<(Timestamp, String)> {
    let (last_run_at, name) = cursor.split_once('.')?;
    Some((Timestamp(last_run_at.parse().ok()?), name.to_owned()))
}

/// One agent over all time.
#[utoipa::path(
    get, path = "/api/v1/agents/{name}", tag = "agents", params(("name" = String, Path)),
    responses((status = 200, body = AgentView), (status = 404, body = ErrorBody))
)]
pub async fn get(
    State(app): State<Arc<App>>,
    access: Read,
    Path(name): Path<String>,
) -> Result<Json<AgentView>, ApiError> {
    app.off_runtime(move |app| Ok(Json(AgentView::from(&agent(app, access.account(), &name)?)))).await
}

/// An agent over all time; 404 if it has no run.
fn agent(app: &App, account: AccountId, name: &str) -> Result<AgentRow, ApiError> {
    let rows = app.store.agents(account, Range::default())?;
    rows.into_iter().find(|row| *row.name == *name).ok_or_else(|| ApiError::not_found("agent"))
}

/// An agent's figures; with `bucket` (`1h`, `1d`) also over time. Takes every filter of runs.
#[utoipa::path(
    get, path = "/api/v1/agents/{name}/stats", tag = "agents",
    params(("name" = String, Path), RunFilterParams, ("bucket" = Option<String>, Query, description = "such as 1h or 1d")),
    responses((status = 200, body = AgentStats), (status = 404, body = ErrorBody))
)]
pub async fn stats(
    State(app): State<Arc<App>>,
    access: Read,
    Path(name): Path<String>,
    mut params: Params,
) -> Result<Json<AgentStats>, ApiError> {
    let filter = RunFilter { main_agent: Some(name.clone()), ..params.filter()? };
    let bucket_ns = params.duration_ns("bucket")?;
    params.finish()?;
    app.off_runtime(move |app| {
        let stats = app.store.stats(access.account(), &filter, bucket_ns)?;
        if stats.total.total_runs == 0 {
            agent(app, access.account(), &name)?;
        }
        Ok(Json(AgentStats { agent: name, stats: StatsView::of(&stats, filter.range) }))
    })
    .await
}

/// An agent's own runs; parameters as for runs.
#[utoipa::path(
    get, path = "/api/v1/agents/{name}/runs", tag = "agents",
    params(("name" = String, Path), RunFilterParams, PageParams),
    responses((status = 200, body = RunPage), (status = 404, body = ErrorBody))
)]
pub async fn runs(
    State(app): State<Arc<App>>,
    access: Read,
    Path(name): Path<String>,
    params: Params,
) -> Result<Json<RunPage>, ApiError> {
    let account = access.account();
    let page = page(Arc::clone(&app), account, Some(name.clone()), params).await?;
    if page.runs.is_empty() {
        app.off_runtime(move |app| agent(app, account, &name).map(drop)).await?;
    }
    Ok(page)
}

/// Removes an agent's runs.
#[utoipa::path(
    delete, path = "/api/v1/agents/{name}", tag = "agents", params(("name" = String, Path)),
    responses((status = 200, body = DeletionView), (status = 202, body = DeletionView), (status = 404, body = ErrorBody))
)]
pub async fn delete(
    State(app): State<Arc<App>>,
    access: Admin,
    Path(name): Path<String>,
) -> Result<(StatusCode, Json<DeletionView>), ApiError> {
    app.off_runtime(move |app| deleted(app.store.delete(access.account(), &Target::Agent(name))?, "agent")).await
}

/// Two agents, or one agent in two ranges (`b_since`, `b_until`), side by side.
#[utoipa::path(
    get, path = "/api/v1/compare", tag = "agents",
    params(
        ("a" = String, Query), ("b" = String, Query), RangeParams,
        ("b_since" = Option<String>, Query, description = "range of b, if it differs"),
        ("b_until" = Option<String>, Query)
    ),
    responses((status = 200, body = Comparison), (status = 400, body = ErrorBody))
)]
pub async fn compare(
    State(app): State<Arc<App>>,
    access: Read,
    mut params: Params,
) -> Result<Json<Comparison>, ApiError> {
    let a = params.one("a")?.ok_or_else(|| ApiError::missing("a"))?;
    let b = params.one("b")?.ok_or_else(|| ApiError::missing("b"))?;
    let range = params.range("")?;
    let b_range = params.range("b_")?;
    params.finish()?;
    let b_range = if b_range == Range::default() { range } else { b_range };
    app.off_runtime(move |app| {
        let a_figures = figures(app, access.account(), &a, range)?;
        let b_figures = figures(app, access.account(), &b, b_range)?;
        let difference = difference(&a_figures, &b_figures);
        let side = |agent, range: Range, figures: &Statistics| Side {
            agent,
            range: range.into(),
            statistics: StatisticsView::from(figures),
        };
        Ok(Json(Comparison { a: side(a, range, &a_figures), b: side(b, b_range, &b_figures), difference }))
    })
    .await
}

fn figures(app: &App, account: AccountId, agent: &str, range: Range) -> Result<Statistics, ApiError> {
    let filter = RunFilter { range, main_agent: Some(agent.to_owned()), ..RunFilter::default() };
    Ok(app.store.stats(account, &filter, None)?.total)
}

fn difference(a: &Statistics, b: &Statistics) -> Difference {
    let between = |a: Option<f64>, b: Option<f64>| a.zip(b).map(|(a, b)| b - a);
    let cost = a.avg_cost_per_run.zip(b.avg_cost_per_run);
    Difference {
        success_rate: between(a.success_rate, b.success_rate),
        avg_cost_per_run_usd: cost.map(|(a, b)| NanoUsd(b.0 - a.0)),
        p95_latency_ms: between(a.p95_latency_ms, b.p95_latency_ms),
    }
}
