//! The runs API: a run is started, told events, finished, in any order and any number of times. Ids are
//! strict (`run_eu_<32 hex>`), a batch of events is taken whole or refused whole, and what was said first
//! of a run's start and end stands.

pub mod heartbeats;

use super::bodies::{RunEvents, RunFinish, RunStart};
use super::body::receive;
use super::read::fields::{Fields, parse_body, told};
use super::read::runs::{check_run_id, read_events, read_finish, read_start};
use super::{in_turn, quota};
use crate::app::App;
use crate::auth::Write;
use crate::clock;
use crate::error::{ApiError, ErrorBody, ErrorKind};
use crate::metrics::Door;
use crate::pipeline::submit;
use axum::Json;
use axum::body::Body;
use axum::extract::{Path, State};
use axum::http::{HeaderMap, StatusCode};
use serde::Serialize;
use serde_json::Value;
use std::sync::Arc;
use utoipa::ToSchema;
use vedette_model::{Status, Timestamp};
use vedette_otlp::Decoded;
use vedette_store::{ControlChange, ControlOutcome, RunRow};

type Answer<T> = Result<(StatusCode, Json<T>), ApiError>;

/// What the server knows of a run after a request about it.
#[derive(Debug, Serialize, ToSchema)]
pub struct RunReceipt {
    /// As it was sent.
    id: String,
    /// Whose it is, once that is known.
    #[schema(value_type = Option<String>)]
    agent: Option<Arc<str>>,
    /// Sender's clock.
    #[schema(value_type = String, format = DateTime)]
    started_at: Timestamp,
    /// Sender's clock; absent while it runs.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = String, format = DateTime, required = false)]
    finished_at: Option<Timestamp>,
    /// Server's clock.
    #[schema(value_type = String, format = DateTime)]
    received_at: Timestamp,
    /// `running`, `success`, `failed`, `timeout` or `cancelled`.
    #[schema(value_type = String)]
    status: Status,
    /// Whether it did its job; absent if nobody said.
    #[serde(skip_serializing_if = "Option::is_none")]
    success: Option<bool>,
    /// How it went; absent if nobody said.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = String, required = false)]
    outcome: Option<Arc<str>>,
}

impl RunReceipt {
    fn of(id: &str, row: RunRow) -> Self {
        let run = row.run;
        RunReceipt {
            id: id.to_owned(),
            agent: run.agent,
            started_at: run.started_at,
            finished_at: run.finished_at,
            received_at: run.received_at,
            status: run.status,
            success: run.success,
            outcome: run.outcome,
        }
    }
}

/// What the server took of a batch of events.
#[derive(Debug, Serialize, ToSchema)]
pub struct EventReceipt {
    /// Events.
    accepted: usize,
}

/// Reads a JSON body off the runtime and hands it on.
async fn with_body<T, F>(app: &Arc<App>, headers: &HeaderMap, body: Body, work: F) -> Result<T, ApiError>
where
    T: Send + 'static,
    F: FnOnce(&App, &Value) -> Result<T, ApiError> + Send + 'static,
{
    let received = receive(app, headers, body).await?;
    in_turn(app, move |app| {
        let (json, _room) = received.open()?.read(parse_body)?;
        work(app, &json)
    })
    .await
}

/// Starts a run: 202 the first time, 200 for the same again, 409 for another start of the same run.
#[utoipa::path(
    post, path = "/v1/runs", tag = "runs API", request_body = RunStart,
    responses((status = 202, body = RunReceipt), (status = 200, body = RunReceipt), (status = 409, body = ErrorBody), (status = 400, body = ErrorBody), (status = 401, body = ErrorBody), (status = 429, body = ErrorBody))
)]
pub async fn start(State(app): State<Arc<App>>, access: Write, headers: HeaderMap, body: Body) -> Answer<RunReceipt> {
    with_body(&app, &headers, body, move |app, json| {
        let (id, run, opened) = read_start(&Fields::of(json, "")?, app.config.region, clock::now())?;
        let charge = quota::charge(app, access.account(), 1)?;
        let (status, row) = match app.store.control(access.account(), run, ControlChange::Open(opened))? {
            ControlOutcome::First(row) => (StatusCode::ACCEPTED, row),
            ControlOutcome::Same(row) => (StatusCode::OK, row),
            ControlOutcome::Conflict(row) => return Err(another_start(id, &row)),
            ControlOutcome::Missing => return Err(ApiError::internal("a start was answered as missing")),
        };
        charge.keep();
        Ok((status, Json(RunReceipt::of(id, *row))))
    })
    .await
}

fn another_start(id: &str, row: &RunRow) -> ApiError {
    let agent = told(row.run.agent.as_deref().unwrap_or("unknown"));
    ApiError::new(ErrorKind::Conflict, format!("{id} was started before, by {agent} at {}", row.run.started_at))
}

/// Tells what happened in a run: all or none, naming the first field that is wrong.
#[utoipa::path(
    post, path = "/v1/runs/{id}/events", tag = "runs API", params(("id" = String, Path)), request_body = RunEvents,
    responses((status = 202, body = EventReceipt), (status = 400, body = ErrorBody), (status = 401, body = ErrorBody), (status = 429, body = ErrorBody))
)]
pub async fn events(
    State(app): State<Arc<App>>,
    access: Write,
    Path(id): Path<String>,
    headers: HeaderMap,
    body: Body,
) -> Answer<EventReceipt> {
    with_body(&app, &headers, body, move |app, json| {
        let run = check_run_id(&id, "id", app.config.region)?;
        let spans = read_events(&Fields::of(json, "")?, run, app.config.region)?;
        let charge = quota::charge(app, access.account(), spans.len())?;
        let accepted = spans.len();
        submit(app, access.account(), Door::Runs, Decoded { spans, ..Decoded::default() })?;
        charge.keep();
        Ok((StatusCode::ACCEPTED, Json(EventReceipt { accepted })))
    })
    .await
}

/// Ends a run: 202 the first time; after that 200 with the first record, whatever is sent.
#[utoipa::path(
    post, path = "/v1/runs/{id}/finish", tag = "runs API", params(("id" = String, Path)), request_body = RunFinish,
    responses((status = 202, body = RunReceipt), (status = 200, body = RunReceipt), (status = 400, body = ErrorBody), (status = 401, body = ErrorBody), (status = 429, body = ErrorBody))
)]
pub async fn finish(
    State(app): State<Arc<App>>,
    access: Write,
    Path(id): Path<String>,
    headers: HeaderMap,
    body: Body,
) -> Answer<RunReceipt> {
    with_body(&app, &headers, body, move |app, json| {
        let run = check_run_id(&id, "id", app.config.region)?;
        let (closed, spans) = read_finish(&Fields::of(json, "")?, run, clock::now())?;
        let charge = quota::charge(app, access.account(), 1)?;
        let (status, row) = match app.store.control(access.account(), run, ControlChange::Close(closed))? {
            ControlOutcome::First(row) => (StatusCode::ACCEPTED, row),
            ControlOutcome::Same(row) => (StatusCode::OK, row),
            // The first end stands: nothing of this one is taken.
            ControlOutcome::Conflict(row) => return Ok((StatusCode::OK, Json(RunReceipt::of(&id, *row)))),
            ControlOutcome::Missing => return Err(ApiError::internal("a finish was answered as missing")),
        };
        // Also after a repeat: the first time may have ended between the two.
        submit(app, access.account(), Door::Runs, Decoded { spans, ..Decoded::default() })?;
        charge.keep();
        Ok((status, Json(RunReceipt::of(&id, *row))))
    })
    .await
}
