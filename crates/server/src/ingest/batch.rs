//! The batch API: whole traces at once, item by item, and `record`, a run in one call. Ids are whatever
//! the sender has; 32 hex digits and UUIDs are used as they are. Here also the scores of Langfuse's SDK.

use super::bodies::{LangfuseScore, RecordBody, TraceBatch};
use super::body::receive;
use super::fields::{Fields, parse_body};
use super::runs::{end_word, run_facts};
use super::{in_turn, quota};
use crate::app::App;
use crate::auth::Write;
use crate::clock;
use crate::error::{ApiError, ErrorBody, ErrorKind};
use crate::metrics::Door;
use crate::native::{self, Native, new_run_key, root_key};
use crate::pipeline::{score_value, submit};
use axum::Json;
use axum::body::Body;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use serde::Serialize;
use serde_json::{Value, json};
use std::sync::{Arc, LazyLock};
use utoipa::ToSchema;
use vedette_model::{
    AccountId, Closed, Id, Kind, Opened, RawSpan, RunFacts, RunKey, RunKind, Scope, Score, ScoreValue, SpanKey, Status,
    Timestamp, limits,
};
use vedette_otlp::Decoded;
use vedette_store::ControlChange;

static SCOPE: LazyLock<Arc<Scope>> = LazyLock::new(|| native::scope("vedette.batch_api"));

/// What became of a batch.
#[derive(Debug, Default, Serialize, ToSchema)]
pub struct BatchReceipt {
    /// What was taken.
    accepted: Accepted,
    /// What was not, by name.
    rejected: Vec<ErrorBody>,
}

#[derive(Debug, Default, Serialize, ToSchema)]
struct Accepted {
    traces: usize,
    spans: usize,
}

/// What is to be stored of a batch.
#[derive(Default)]
struct Items {
    opened: Vec<(RunKey, Opened)>,
    spans: Vec<RawSpan>,
    closed: Vec<(RunKey, Closed)>,
}

/// Takes whole traces: what is wrong is refused by name, the rest is taken; a repeat changes nothing.
#[utoipa::path(
    post, path = "/api/v1/traces/batch", tag = "batch API", request_body = TraceBatch,
    responses((status = 202, body = BatchReceipt), (status = 400, body = ErrorBody), (status = 401, body = ErrorBody), (status = 429, body = ErrorBody), (status = 413, body = ErrorBody))
)]
pub async fn traces(
    State(app): State<Arc<App>>,
    access: Write,
    headers: HeaderMap,
    body: Body,
) -> Result<(StatusCode, Json<BatchReceipt>), ApiError> {
    let received = receive(&app, &headers, body).await?;
    let receipt = in_turn(&app, move |app| {
        let json = parse_body(&received.open()?.bytes)?;
        take_in(app, access.account(), &Fields::of(&json, "")?)
    });
    Ok((StatusCode::ACCEPTED, Json(receipt.await?)))
}

fn take_in(app: &App, account: AccountId, body: &Fields<'_>) -> Result<BatchReceipt, ApiError> {
    let mut receipt = BatchReceipt::default();
    let mut items = Items::default();
    for entry in body.items("traces", body.needed_list("traces")?) {
        if let Err(error) = entry.and_then(|entry| read_entry(&entry, &mut items, &mut receipt)) {
            receipt.rejected.push(error.body());
        }
        if items.spans.len() + items.opened.len() > limits::SPANS_PER_REQUEST {
            let message = format!("more than {} spans in one request; send smaller batches", limits::SPANS_PER_REQUEST);
            return Err(ApiError::new(ErrorKind::TooLarge, message));
        }
    }
    quota::charge(app, account, items.spans.len())?;
    receipt.accepted = Accepted { traces: items.opened.len(), spans: items.spans.len() };
    // In the order of a run's life, so that who watches sees its name first and its end last.
    for (run, opened) in items.opened {
        app.store.control(account, run, ControlChange::Open(opened))?;
    }
    submit(app, account, Door::Batch, Decoded { spans: items.spans, ..Decoded::default() })?;
    for (run, closed) in items.closed {
        app.store.control(account, run, ControlChange::Close(closed))?;
    }
    Ok(receipt)
}

/// One `{trace, spans}`. Its spans are read although the trace itself may be refused, and one by one.
fn read_entry(entry: &Fields<'_>, items: &mut Items, receipt: &mut BatchReceipt) -> Result<(), ApiError> {
    let trace = entry.object("trace")?.ok_or_else(|| ApiError::missing(entry.name("trace")))?;
    let spans = entry.list("spans")?.unwrap_or_default();
    for span in entry.items("spans", spans) {
        match span.and_then(|span| read_span(&span, trace.text("trace_id")?)) {
            Ok(raw) => items.spans.push(raw),
            Err(error) => receipt.rejected.push(error.body()),
        }
    }
    let Run { key, external_id } = Run::read(&trace, "trace_id", None)?;
    let Lifetime { start, end, status } = Lifetime::read(&trace, Status::Success)?;
    let facts = RunFacts { external_id: external_id.map(Arc::from), ..run_facts(&trace)? };
    let agent = match trace.label("agent")? {
        Some(agent) => agent,
        None => trace.label("agent_name")?.ok_or_else(|| ApiError::missing(trace.name("agent")))?,
    };
    let received_at = clock::now();
    let reported_cost = trace.money("total_cost_usd")?;
    let (success, outcome) = (trace.flag("success")?, trace.label("outcome")?);
    if let Some(finished_at) = end {
        let facts = RunFacts { success, outcome, ..facts.clone() };
        let (failure, output_preview) = (None, None);
        let closed = Closed { status, finished_at, received_at, failure, output_preview, reported_cost, facts };
        items.closed.push((key, closed));
    }
    items.opened.push((key, Opened { agent, started_at: start, received_at, kind: RunKind::Run, facts }));
    Ok(())
}

struct Run {
    key: RunKey,
    external_id: Option<String>,
}

impl Run {
    fn read(fields: &Fields<'_>, key: &str, default: Option<&str>) -> Result<Run, ApiError> {
        let text = fields.text(key)?.or(default).ok_or_else(|| ApiError::missing(fields.name(key)))?;
        if text.len() > limits::NAME_BYTES {
            return Err(ApiError::invalid(fields.name(key), "an id has at most 1024 bytes"));
        }
        let parsed = RunKey::parse(text).ok_or_else(|| ApiError::missing(fields.name(key)))?;
        let external_id = match parsed.1 {
            Id::Key => None,
            Id::External(text) => Some(text),
        };
        Ok(Run { key: parsed.0, external_id })
    }
}

/// When something began and ended, from two of start, end and duration. Without an end it is still running.
struct Lifetime {
    start: Timestamp,
    end: Option<Timestamp>,
    status: Status,
}

impl Lifetime {
    fn read(fields: &Fields<'_>, unsaid: Status) -> Result<Lifetime, ApiError> {
        let status = match fields.text("status")? {
            None => unsaid,
            Some("running") => Status::Running,
            Some(word) => end_word(word).ok_or_else(|| {
                let message = format!("status must be running, completed, failed or timed_out, not {word:?}");
                ApiError::invalid(fields.name("status"), message)
            })?,
        };
        let (started, ended) = (fields.time("started_at")?, fields.time("ended_at")?);
        let duration = fields.milliseconds("duration_ms")?;
        let start = started.or_else(|| ended.map(|end| end.minus(duration.unwrap_or_default())));
        let start = start.ok_or_else(|| ApiError::missing(fields.name("started_at")))?;
        let end = status.is_terminal().then(|| ended.unwrap_or_else(|| start.plus(duration.unwrap_or_default())));
        Ok(Lifetime { start, end, status })
    }
}

fn read_span(fields: &Fields<'_>, trace_id: Option<&str>) -> Result<RawSpan, ApiError> {
    let Run { key, external_id } = Run::read(fields, "trace_id", trace_id)?;
    let id = fields.needed_text("span_id")?;
    let id = SpanKey::parse(id).ok_or_else(|| ApiError::invalid(fields.name("span_id"), "span_id must not be zero"))?;
    let kind = match fields.text("type")? {
        None => Kind::Custom,
        Some(word) => Kind::parse(word).ok_or_else(|| {
            ApiError::invalid(
                fields.name("type"),
                format!("type must be agent, llm, tool, http, db or custom, not {word:?}"),
            )
        })?,
    };
    let Lifetime { start, end, status } = Lifetime::read(fields, Status::Success)?;
    let name = fields.label("name")?;
    let mut raw = native::span(&SCOPE, key, id, kind, name.as_deref().unwrap_or(kind.as_str()), start);
    raw.end = end;
    if end.is_none() {
        raw.attributes.set(RawSpan::OPEN, true);
    }
    raw.parent = match fields.text("parent_span_id")? {
        Some(parent) => SpanKey::parse(parent),
        None => Some(root_key(key)),
    };
    match status {
        Status::Failed => raw.fail(fields.get("error").or_else(|| fields.get("error_message"))),
        Status::Timeout | Status::Cancelled => raw.text("vedette.status", Some(status.as_str())),
        Status::Running | Status::Success => {}
    }
    raw.text(RawSpan::EXTERNAL_ID, external_id.as_deref());
    raw.text(
        "vedette.agent",
        fields.label("agent_name")?.as_deref().or(name.as_deref().filter(|_| kind == Kind::Agent)),
    );
    raw.text("gen_ai.provider.name", fields.label("provider")?.as_deref());
    raw.text("gen_ai.request.model", fields.label("model")?.as_deref());
    raw.text("gen_ai.tool.name", name.as_deref().filter(|_| kind == Kind::Tool));
    raw.count("gen_ai.usage.input_tokens", fields.count("input_tokens")?);
    raw.count("gen_ai.usage.output_tokens", fields.count("output_tokens")?);
    raw.count("gen_ai.usage.total_tokens", fields.count("total_tokens")?);
    raw.money("vedette.cost_usd", fields.money("cost_usd")?);
    raw.json("vedette.input", fields.get("input"));
    raw.json("vedette.output", fields.get("output"));
    raw.json("vedette.data", fields.get("metadata").or_else(|| fields.get("attributes")));
    Ok(raw)
}

/// The run that a record made.
#[derive(Debug, Serialize, ToSchema)]
pub struct RecordReceipt {
    run_id: String,
}

/// Takes one finished run of one span. With an `id` of the sender's a repeat changes nothing.
#[utoipa::path(
    post, path = "/api/v1/record", tag = "batch API", request_body = RecordBody,
    responses((status = 202, body = RecordReceipt), (status = 400, body = ErrorBody), (status = 401, body = ErrorBody), (status = 429, body = ErrorBody))
)]
pub async fn record(
    State(app): State<Arc<App>>,
    access: Write,
    headers: HeaderMap,
    body: Body,
) -> Result<(StatusCode, Json<RecordReceipt>), ApiError> {
    let received = receive(&app, &headers, body).await?;
    let receipt = in_turn(&app, move |app| {
        let json = parse_body(&received.open()?.bytes)?;
        let (run_id, raw) = read_record(&Fields::of(&json, "")?, app)?;
        quota::charge(app, access.account(), 1)?;
        submit(app, access.account(), Door::Batch, Decoded { spans: vec![raw], ..Decoded::default() })?;
        Ok(RecordReceipt { run_id })
    });
    Ok((StatusCode::ACCEPTED, Json(receipt.await?)))
}

fn read_record(fields: &Fields<'_>, app: &App) -> Result<(String, RawSpan), ApiError> {
    let agent = fields.needed_label("agent")?;
    let (run_id, run) = match fields.text("id")? {
        Some(id) => (id.to_owned(), Run::read(fields, "id", None)?),
        None => {
            let key = new_run_key();
            (key.canonical(app.config.own_region().as_str()), Run { key, external_id: None })
        }
    };
    let end = fields.time("ended_at")?.unwrap_or_else(clock::now);
    let start = end.minus(fields.milliseconds("duration_ms")?.unwrap_or_default());
    let id = native::hashed_key(&format!("record of {}", run.key));
    let mut raw = native::span(&SCOPE, run.key, id, Kind::Agent, &agent, start);
    raw.parent = None;
    raw.end = Some(end);
    raw.text("vedette.agent", Some(&agent));
    raw.text("vedette.run.kind", Some(RunKind::Record.as_str()));
    raw.text(RawSpan::EXTERNAL_ID, run.external_id.as_deref());
    raw.flag("vedette.success", fields.flag("success")?);
    raw.text("vedette.outcome", fields.label("outcome")?.as_deref());
    raw.money("vedette.cost_usd", fields.money("cost")?);
    for (key, value) in fields.flat("metadata")? {
        raw.text(&format!("vedette.metadata.{key}"), Some(&value));
    }
    Ok((run_id, raw))
}

/// Takes a score as Langfuse's SDKs send it.
#[utoipa::path(
    post, path = "/api/public/scores", tag = "batch API", request_body = LangfuseScore,
    responses((status = 200, body = Value, description = "its `id`"), (status = 400, body = ErrorBody), (status = 401, body = ErrorBody), (status = 429, body = ErrorBody))
)]
pub async fn langfuse_score(
    State(app): State<Arc<App>>,
    access: Write,
    headers: HeaderMap,
    body: Body,
) -> Result<Json<Value>, ApiError> {
    let received = receive(&app, &headers, body).await?;
    let id = in_turn(&app, move |app| {
        let json = parse_body(&received.open()?.bytes)?;
        let score = read_langfuse_score(&Fields::of(&json, "")?)?;
        let id = score.id.to_string();
        app.store.put_score(access.account(), score)?;
        Ok(id)
    });
    Ok(Json(json!({ "id": id.await? })))
}

fn read_langfuse_score(fields: &Fields<'_>) -> Result<Score, ApiError> {
    let run = Run::read(fields, "traceId", None)?;
    let value = fields.get("value").ok_or_else(|| ApiError::missing("value"))?;
    let is_flag = fields.text("dataType")? == Some("BOOLEAN");
    let value = match score_value(value) {
        // Langfuse writes yes and no as 1 and 0.
        Some(ScoreValue::Number(number)) if is_flag => ScoreValue::Bool(number != 0.0),
        Some(value) => value,
        None => return Err(ApiError::invalid("value", "a score's value is a number, true or false, or a word")),
    };
    Ok(Score {
        id: match fields.label("id")? {
            Some(id) => id,
            None => format!("scr_{}", uuid::Uuid::now_v7().simple()).into(),
        },
        run: run.key,
        span: fields.text("observationId")?.and_then(SpanKey::parse),
        name: fields.needed_label("name")?,
        value,
        reason: fields.text("comment")?.map(Arc::from),
        source: fields.text("source")?.map(|source| source.to_lowercase().into()),
        time: clock::now(),
    })
}
