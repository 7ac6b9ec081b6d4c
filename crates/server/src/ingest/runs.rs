//! The runs API: a run is started, told events, finished, in any order and any number of times. Ids are
//! strict (`run_eu_<32 hex>`), a batch of events is taken whole or refused whole, and what was said first
//! of a run's start and end stands.

mod events;
pub mod heartbeats;

use super::bodies::{RunEvents, RunFinish, RunStart};
use super::body::receive;
use super::fields::{Fields, parse_body};
use super::{in_turn, quota};
use crate::app::App;
use crate::auth::Write;
use crate::clock;
use crate::config::Region;
use crate::error::{ApiError, ErrorBody, ErrorKind};
use crate::metrics::Door;
use crate::native::failure_words;
use crate::pipeline::submit;
use axum::Json;
use axum::body::Body;
use axum::extract::{Path, State};
use axum::http::{HeaderMap, StatusCode};
use events::{Event, output_event, score_event};
use serde::Serialize;
use serde_json::Value;
use std::sync::Arc;
use utoipa::ToSchema;
use vedette_model::{Closed, Failure, Opened, RunFacts, RunKey, RunKind, Session, Status, Timestamp, limits};
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

/// The 16 bytes of an id of a grammar `<prefix>_<region>_<32 hex>`.
fn check_id<'a>(text: &'a str, prefixes: &[&str], field: &str, own: Option<Region>) -> Result<&'a str, ApiError> {
    let named = |kind, message: String| ApiError { field: Some(field.to_owned()), ..ApiError::new(kind, message) };
    let wrong = || {
        let shape = prefixes.first().copied().unwrap_or_default();
        named(ErrorKind::InvalidId, format!("{field} must be {shape}_<region>_<32 lowercase hex digits>, not {text:?}"))
    };
    let parts: Vec<&str> = text.split('_').collect();
    let [prefix, region, hex] = parts.as_slice() else { return Err(wrong()) };
    let is_hex = hex.len() == 32 && hex.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'));
    let is_region = region.len() == 2 && region.bytes().all(|byte| byte.is_ascii_lowercase());
    if !prefixes.contains(prefix) || !is_region || !is_hex {
        return Err(wrong());
    }
    match (region.parse::<Region>(), own) {
        (Err(_), _) => Err(named(ErrorKind::UnknownRegion, format!("unknown region {region}; use eu or us"))),
        (Ok(said), Some(own)) if said != own => Err(named(
            ErrorKind::RegionMismatch,
            format!("this server keeps the region {}, not {region}", own.as_str()),
        )),
        _ => Ok(hex),
    }
}

fn check_run_id(text: &str, field: &str, app: &App) -> Result<RunKey, ApiError> {
    let hex = check_id(text, &["run"], field, app.config.region)?;
    RunKey::parse_exact(hex).ok_or_else(|| ApiError {
        field: Some(field.to_owned()),
        ..ApiError::new(ErrorKind::InvalidId, format!("{field} must not be all zeros"))
    })
}

/// Reads a JSON body off the runtime and hands it on.
async fn with_body<T, F>(app: &Arc<App>, headers: &HeaderMap, body: Body, work: F) -> Result<T, ApiError>
where
    T: Send + 'static,
    F: FnOnce(&App, &Value) -> Result<T, ApiError> + Send + 'static,
{
    let received = receive(app, headers, body).await?;
    in_turn(app, move |app| work(app, &parse_body(&received.open()?.bytes)?)).await
}

/// Starts a run: 202 the first time, 200 for the same again, 409 for another start of the same run.
#[utoipa::path(
    post, path = "/v1/runs", tag = "runs API", request_body = RunStart,
    responses((status = 202, body = RunReceipt), (status = 200, body = RunReceipt), (status = 409, body = ErrorBody), (status = 400, body = ErrorBody), (status = 401, body = ErrorBody), (status = 429, body = ErrorBody))
)]
pub async fn start(State(app): State<Arc<App>>, access: Write, headers: HeaderMap, body: Body) -> Answer<RunReceipt> {
    with_body(&app, &headers, body, move |app, json| {
        let fields = Fields::of(json, "")?;
        let id = fields.needed_text("id")?;
        let run = check_run_id(id, "id", app)?;
        let opened = Opened {
            agent: fields.needed_label("agent")?,
            started_at: fields.needed_time("started_at")?,
            received_at: clock::now(),
            kind: RunKind::Run,
            facts: run_facts(&fields)?,
        };
        quota::charge(app, access.account(), 1)?;
        match app.store.control(access.account(), run, ControlChange::Open(opened))? {
            ControlOutcome::First(row) => Ok((StatusCode::ACCEPTED, Json(RunReceipt::of(id, *row)))),
            ControlOutcome::Same(row) => Ok((StatusCode::OK, Json(RunReceipt::of(id, *row)))),
            ControlOutcome::Conflict(row) => Err(another_start(id, &row)),
            ControlOutcome::Missing => Err(ApiError::internal("a start was answered as missing")),
        }
    })
    .await
}

fn another_start(id: &str, row: &RunRow) -> ApiError {
    let agent = row.run.agent.as_deref().unwrap_or("unknown");
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
        let run = check_run_id(&id, "id", app)?;
        let fields = Fields::of(json, "")?;
        let list = fields.needed_list("events")?;
        if list.len() > limits::SPANS_PER_REQUEST {
            let message = format!("events holds more than {} items; send smaller batches", limits::SPANS_PER_REQUEST);
            return Err(ApiError { field: Some("events".into()), ..ApiError::new(ErrorKind::TooLarge, message) });
        }
        let spans: Vec<_> = fields
            .items("events", list)
            .map(|item| Event::read(&item?, app.config.region)?.into_span(run))
            .collect::<Result<_, ApiError>>()?;
        quota::charge(app, access.account(), spans.len())?;
        let accepted = spans.len();
        submit(app, access.account(), Door::Runs, Decoded { spans, ..Decoded::default() })?;
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
        let run = check_run_id(&id, "id", app)?;
        let fields = Fields::of(json, "")?;
        let received_at = clock::now();
        let finished_at = fields.time("finished_at")?.unwrap_or(received_at);
        let status = end_status(&fields)?;
        let mut spans = Vec::new();
        for score in fields.items("scores", fields.list("scores")?.unwrap_or_default()) {
            spans.push(score_event(run, &score?, finished_at)?);
        }
        if let Some(output) = fields.get("output") {
            spans.push(output_event(run, output, finished_at));
        }
        let closed = Closed {
            status,
            finished_at,
            received_at,
            failure: fields.get("error").map(failure),
            output_preview: fields.get("output").map(preview),
            reported_cost: fields.money("cost_usd")?,
            facts: RunFacts {
                success: fields.flag("success")?,
                outcome: fields.label("outcome")?,
                ..run_facts(&fields)?
            },
        };
        quota::charge(app, access.account(), 1)?;
        let (status, row) = match app.store.control(access.account(), run, ControlChange::Close(closed))? {
            ControlOutcome::First(row) => (StatusCode::ACCEPTED, row),
            ControlOutcome::Same(row) => (StatusCode::OK, row),
            ControlOutcome::Conflict(row) => return Ok((StatusCode::OK, Json(RunReceipt::of(&id, *row)))),
            ControlOutcome::Missing => return Err(ApiError::internal("a finish was answered as missing")),
        };
        // Also after a repeat: the first time may have ended between the two.
        submit(app, access.account(), Door::Runs, Decoded { spans, ..Decoded::default() })?;
        Ok((status, Json(RunReceipt::of(&id, *row))))
    })
    .await
}

fn end_status(fields: &Fields<'_>) -> Result<Status, ApiError> {
    let word = fields.needed_text("status")?;
    end_word(word).ok_or_else(|| {
        let message = format!("status must be success, failed, timeout or cancelled, not {word:?}");
        ApiError::invalid(fields.name("status"), message)
    })
}

/// How a run or span ended, in ours or another system's word.
pub(super) fn end_word(word: &str) -> Option<Status> {
    match word {
        "completed" | "ok" => Some(Status::Success),
        "fail" | "error" => Some(Status::Failed),
        "timed_out" => Some(Status::Timeout),
        _ => Status::parse(word).filter(|status| status.is_terminal()),
    }
}

/// What a start, a finish or a batch says of its run.
pub(super) fn run_facts(fields: &Fields<'_>) -> Result<RunFacts, ApiError> {
    let tags = fields.list("tags")?.unwrap_or_default().iter().filter_map(Value::as_str).take(limits::NAMES_PER_RUN);
    let parent = fields.text("parent_run_id")?.map(|text| {
        RunKey::parse_exact(text).ok_or_else(|| ApiError {
            field: Some(fields.name("parent_run_id")),
            ..ApiError::new(ErrorKind::InvalidId, format!("parent_run_id is no run id: {text:?}"))
        })
    });
    Ok(RunFacts {
        session: session(fields)?,
        user_id: fields.label("user_id")?,
        customer_id: fields.label("customer_id")?,
        feature: fields.label("feature")?,
        workflow: fields.label("workflow")?,
        pattern: fields.label("pattern")?,
        version: fields.label("version")?,
        environment: fields.label("environment")?,
        tags: tags.map(Arc::from).collect(),
        metadata: fields.flat("metadata")?,
        parent_run: parent.transpose()?,
        ..RunFacts::default()
    })
}

/// An id, or an object of id, name and user.
fn session(fields: &Fields<'_>) -> Result<Option<Session>, ApiError> {
    if let Some(id) = fields.label("session_id")? {
        return Ok(Some(Session { id, ..Session::default() }));
    }
    match fields.get("session") {
        None => Ok(None),
        Some(Value::String(id)) => Ok(Some(Session { id: id.as_str().into(), ..Session::default() })),
        Some(object) => {
            let session = Fields::of(object, fields.name("session"))?;
            let (id, name, user_id) = (session.needed_label("id")?, session.label("name")?, session.label("user_id")?);
            Ok(Some(Session { id, name, user_id, weak: false }))
        }
    }
}

fn failure(error: &Value) -> Failure {
    let (kind, message) = failure_words(error);
    let first_line = message.map(|text| text.lines().next().unwrap_or_default().to_owned());
    Failure { kind: kind.map(Arc::from), message: first_line.map(Arc::from) }
}

fn preview(output: &Value) -> Arc<str> {
    let text = output.as_str().map_or_else(|| output.to_string(), str::to_owned);
    let line = text.split_whitespace().collect::<Vec<_>>().join(" ");
    line.chars().take(limits::PREVIEW_CHARS).collect::<String>().into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_are_strict_and_say_what_is_wrong() {
        let hex = "018f3a2b9c1d7e8fa4b9c2d7e8f1a3b6";
        let (eu, us) = (Some(Region::Eu), Some(Region::Us));
        for (text, own, expected) in [
            (format!("run_eu_{hex}"), None, Ok(())),
            (format!("run_us_{hex}"), us, Ok(())),
            (format!("run_us_{hex}"), eu, Err(ErrorKind::RegionMismatch)),
            (format!("run_xx_{hex}"), None, Err(ErrorKind::UnknownRegion)),
            (format!("evt_eu_{hex}"), None, Err(ErrorKind::InvalidId)),
            (format!("run_eu_{}", hex.to_uppercase()), None, Err(ErrorKind::InvalidId)),
            (format!("run_EU_{hex}"), None, Err(ErrorKind::InvalidId)),
            (format!("run_eur_{hex}"), None, Err(ErrorKind::InvalidId)),
            (format!("run_eu_{hex}0"), None, Err(ErrorKind::InvalidId)),
            (hex.to_owned(), None, Err(ErrorKind::InvalidId)),
            (String::new(), None, Err(ErrorKind::InvalidId)),
        ] {
            let answer = check_id(&text, &["run"], "id", own);
            assert_eq!(answer.map(|_| ()).map_err(|error| error.kind), expected, "{text}");
        }
    }
}
