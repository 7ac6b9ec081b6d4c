//! `/api/v1/runs`: lists, facets, one run, verdicts, deletion, export.

use super::params::{PageParams, Params, RunFilterParams};
use super::scores::{NewScore, ScoreView};
use super::view::RunView;
use crate::app::App;
use crate::auth::{Admin, Read, Write};
use crate::clock;
use crate::error::{ApiError, ErrorBody, JsonBody};
use axum::Json;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use serde::{Deserialize, Deserializer, Serialize};
use std::collections::BTreeMap;
use std::sync::Arc;
use utoipa::ToSchema;
use vedette_model::{AccountId, Id, RunKey, Verdict, cut, limits};
use vedette_store::{ControlChange, ControlOutcome, Deletion, RunQuery, RunRow, Target};

/// A page of runs.
#[derive(Serialize, ToSchema)]
pub struct RunPage {
    /// In the order asked.
    pub runs: Vec<RunView>,
    /// Null at the end.
    pub next_cursor: Option<String>,
}

/// One run with the scores it was given.
#[derive(Serialize, ToSchema)]
pub struct RunWithScores {
    /// The run.
    #[serde(flatten)]
    pub run: RunView,
    /// Oldest first.
    pub scores: Vec<ScoreView>,
}

/// A verdict given later. A field that is absent stays as it is; null clears it.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct RunPatch {
    /// Whether it did its job.
    #[serde(default, deserialize_with = "present")]
    #[schema(value_type = Option<bool>)]
    pub success: Option<Option<bool>>,
    /// How it went, in a word.
    #[serde(default, deserialize_with = "present")]
    #[schema(value_type = Option<String>)]
    pub outcome: Option<Option<String>>,
    /// Given to the run, or to one of its spans.
    #[serde(default)]
    pub scores: Vec<NewScore>,
}

/// Null is a value here, absence is not.
fn present<'de, T: Deserialize<'de>, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Option<T>>, D::Error> {
    Option::deserialize(deserializer).map(Some)
}

/// What was removed.
#[derive(Serialize, ToSchema)]
pub struct DeletionView {
    /// Runs that are gone.
    pub runs: u64,
    /// `done`, or `pending` while bytes are still to be rewritten.
    pub state: &'static str,
}

impl From<Deletion> for DeletionView {
    fn from(deletion: Deletion) -> Self {
        DeletionView { runs: deletion.runs, state: if deletion.done { "done" } else { "pending" } }
    }
}

/// A value and how many runs have it.
#[derive(Serialize, ToSchema)]
pub struct FacetValue {
    /// As a filter takes it.
    pub value: String,
    /// Runs.
    pub count: u64,
}

/// Reads any spelling of a run id.
pub fn run_key(text: &str) -> Result<(RunKey, Id), ApiError> {
    RunKey::parse(text).ok_or_else(|| ApiError::not_found("run"))
}

/// The run, or 404.
pub fn find(app: &App, account: AccountId, id: &str) -> Result<RunRow, ApiError> {
    let (key, _) = run_key(id)?;
    app.store.run(account, key)?.ok_or_else(|| ApiError::not_found("run"))
}

/// Runs, newest first unless `sort` (`newest`, `oldest`, `slowest`, `dearest`) says otherwise.
#[utoipa::path(
    get, path = "/api/v1/runs", tag = "runs",
    params(RunFilterParams, PageParams, ("sort" = Option<String>, Query, description = "newest, oldest, slowest or dearest")),
    responses((status = 200, body = RunPage), (status = 400, body = ErrorBody))
)]
pub async fn list(State(app): State<Arc<App>>, access: Read, params: Params) -> Result<Json<RunPage>, ApiError> {
    page(app, access.account(), None, params).await
}

/// A page of runs, of one agent if it is named.
pub async fn page(
    app: Arc<App>,
    account: AccountId,
    main_agent: Option<String>,
    mut params: Params,
) -> Result<Json<RunPage>, ApiError> {
    let mut filter = params.filter()?;
    filter.main_agent = main_agent;
    let query = RunQuery { filter, sort: params.sort()?, limit: params.limit()?, cursor: params.one("cursor")? };
    params.finish()?;
    app.off_runtime(move |app| {
        let page = app.store.runs(account, &query)?;
        let region = app.config.own_region();
        let runs = page.rows.iter().map(|row| RunView::of(row, region)).collect();
        Ok(Json(RunPage { runs, next_cursor: page.next_cursor }))
    })
    .await
}

/// The values that filters could take, with counts; each facet ignores its own part of the filter.
#[utoipa::path(
    get, path = "/api/v1/runs/facets", tag = "runs", params(RunFilterParams),
    responses((status = 200, body = BTreeMap<String, Vec<FacetValue>>))
)]
pub async fn facets(
    State(app): State<Arc<App>>,
    access: Read,
    mut params: Params,
) -> Result<Json<BTreeMap<String, Vec<FacetValue>>>, ApiError> {
    let filter = params.filter()?;
    params.finish()?;
    app.off_runtime(move |app| {
        let facets = app.store.facets(access.account(), &filter)?;
        let values = |values: Vec<(Arc<str>, u64)>| {
            values.into_iter().map(|(value, count)| FacetValue { value: value.to_string(), count }).collect()
        };
        Ok(Json(facets.0.into_iter().map(|(name, found)| (name.to_owned(), values(found))).collect()))
    })
    .await
}

/// One run, by any spelling of its id.
#[utoipa::path(
    get, path = "/api/v1/runs/{id}", tag = "runs", params(("id" = String, Path)),
    responses((status = 200, body = RunWithScores), (status = 404, body = ErrorBody))
)]
pub async fn get(
    State(app): State<Arc<App>>,
    access: Read,
    Path(id): Path<String>,
) -> Result<Json<RunWithScores>, ApiError> {
    app.off_runtime(move |app| whole(app, access.account(), &find(app, access.account(), &id)?)).await
}

fn whole(app: &App, account: AccountId, row: &RunRow) -> Result<Json<RunWithScores>, ApiError> {
    let run = RunView::of(row, app.config.own_region());
    let scores = app.store.scores(account, row.run.key)?;
    let scores = scores.iter().map(|score| ScoreView::of(score, &run.id)).collect();
    Ok(Json(RunWithScores { run, scores }))
}

/// Sets success, outcome or scores, also of a run that has ended.
#[utoipa::path(
    patch, path = "/api/v1/runs/{id}", tag = "runs", params(("id" = String, Path)), request_body = RunPatch,
    responses((status = 200, body = RunWithScores), (status = 400, body = ErrorBody), (status = 404, body = ErrorBody))
)]
pub async fn patch(
    State(app): State<Arc<App>>,
    access: Write,
    Path(id): Path<String>,
    JsonBody(patch): JsonBody<RunPatch>,
) -> Result<Json<RunWithScores>, ApiError> {
    app.off_runtime(move |app| {
        let account = access.account();
        let mut row = find(app, account, &id)?;
        let key = row.run.key;
        let scores: Vec<_> =
            patch.scores.into_iter().map(|score| score.into_score(key, clock::now())).collect::<Result<_, _>>()?;
        let outcome = |text: String| cut(&text, limits::NAME_BYTES).into();
        let verdict = Verdict { success: patch.success, outcome: patch.outcome.map(|said| said.map(outcome)) };
        if verdict != Verdict::default() {
            row = match app.store.control(account, key, ControlChange::Judge(verdict))? {
                ControlOutcome::First(row) | ControlOutcome::Same(row) | ControlOutcome::Conflict(row) => *row,
                ControlOutcome::Missing => return Err(ApiError::not_found("run")),
            };
        }
        app.store.put_scores(account, scores)?;
        whole(app, account, &row)
    })
    .await
}

/// Removes a run; its children stay. 202 while bytes are still to be rewritten.
#[utoipa::path(
    delete, path = "/api/v1/runs/{id}", tag = "runs", params(("id" = String, Path)),
    responses((status = 200, body = DeletionView), (status = 202, body = DeletionView), (status = 404, body = ErrorBody))
)]
pub async fn delete(
    State(app): State<Arc<App>>,
    access: Admin,
    Path(id): Path<String>,
) -> Result<(StatusCode, Json<DeletionView>), ApiError> {
    app.off_runtime(move |app| {
        let (key, _) = run_key(&id)?;
        deleted(app.store.delete(access.account(), &Target::Run(key))?, "run")
    })
    .await
}

/// The answer to a deletion; nothing deleted is 404.
pub fn deleted(deletion: Deletion, what: &str) -> Result<(StatusCode, Json<DeletionView>), ApiError> {
    if deletion.runs == 0 {
        return Err(ApiError::not_found(what));
    }
    let status = if deletion.done { StatusCode::OK } else { StatusCode::ACCEPTED };
    Ok((status, Json(deletion.into())))
}

/// The run's spans as they came, as one OTLP/JSON trace request.
#[utoipa::path(
    get, path = "/api/v1/runs/{id}/export", tag = "runs", params(("id" = String, Path)),
    responses((status = 200, body = serde_json::Value), (status = 404, body = ErrorBody))
)]
pub async fn export(
    State(app): State<Arc<App>>,
    access: Read,
    Path(id): Path<String>,
) -> Result<Json<serde_json::Value>, ApiError> {
    app.off_runtime(move |app| {
        let row = find(app, access.account(), &id)?;
        Ok(Json(vedette_otlp::traces_to_json(&app.store.raw_spans(access.account(), row.run.key)?)))
    })
    .await
}
