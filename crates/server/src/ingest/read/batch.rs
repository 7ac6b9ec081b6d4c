//! Bodies of the batch API: traces, records, and the scores of Langfuse's SDKs.

use super::fields::{Fields, told};
use super::runs::{end_word, run_facts};
use crate::config::Region;
use crate::error::{ApiError, ErrorKind};
use crate::native::{self, Native, new_run_key, root_key, score_value};
use std::sync::{Arc, LazyLock};
use vedette_model::{
    Closed, Id, Kind, Opened, RawSpan, RunFacts, RunKey, RunKind, Scope, Score, ScoreValue, SpanKey, Status, Timestamp,
    cut, limits,
};

static SCOPE: LazyLock<Arc<Scope>> = LazyLock::new(|| native::scope("vedette.batch_api"));

/// A batch of traces: what is to be stored of it, and what is wrong in it.
#[derive(Debug, Default)]
pub struct Traces {
    /// Of each trace that was taken.
    pub opened: Vec<(RunKey, Opened)>,
    /// Those that were taken, also of a trace that was not.
    pub spans: Vec<RawSpan>,
    /// Of each trace that was taken and has ended.
    pub closed: Vec<(RunKey, Closed)>,
    /// Of each trace or span that was not taken, by name.
    pub rejected: Vec<ApiError>,
}

impl Traces {
    /// Reads trace by trace; only what cannot be read at all, or is too much, is an error.
    pub fn read(body: &Fields<'_>, received_at: Timestamp) -> Result<Self, ApiError> {
        let mut read = Traces::default();
        let mut items = 0;
        for entry in body.items("traces", body.needed_list("traces")?) {
            match entry.and_then(|entry| read.entry(&entry, &mut items, received_at)) {
                Err(error) if error.kind == ErrorKind::TooLarge => return Err(error),
                Err(error) => read.rejected.push(error),
                Ok(()) => {}
            }
        }
        Ok(read)
    }

    /// One `{trace, spans}`. Its spans are read although the trace itself may be refused, and one by one.
    fn entry(&mut self, entry: &Fields<'_>, items: &mut usize, received_at: Timestamp) -> Result<(), ApiError> {
        let trace = entry.object("trace")?.ok_or_else(|| ApiError::missing(entry.name("trace")))?;
        let spans = entry.list("spans")?.unwrap_or_default();
        *items += 1 + spans.len();
        if *items > limits::SPANS_PER_REQUEST {
            let message = format!(
                "more than {} traces and spans in one request; send smaller batches",
                limits::SPANS_PER_REQUEST
            );
            return Err(ApiError { field: Some(entry.name("spans")), ..ApiError::new(ErrorKind::TooLarge, message) });
        }
        for span in entry.items("spans", spans) {
            match span.and_then(|span| read_span(&span, trace.text("trace_id")?)) {
                Ok(raw) => self.spans.push(raw),
                Err(error) => self.rejected.push(error),
            }
        }
        let Run { key, external_id } = Run::read(&trace, "trace_id", None)?;
        let Lifetime { start, end, status } = Lifetime::read(&trace, Status::Success)?;
        let facts = RunFacts { external_id: external_id.map(Arc::from), ..run_facts(&trace)? };
        let agent = match trace.label("agent")? {
            Some(agent) => agent,
            None => trace.label("agent_name")?.ok_or_else(|| ApiError::missing(trace.name("agent")))?,
        };
        let reported_cost = trace.money("total_cost_usd")?;
        let (success, outcome) = (trace.flag("success")?, trace.label("outcome")?);
        if let Some(finished_at) = end {
            let facts = RunFacts { success, outcome, ..facts.clone() };
            let (failure, output_preview) = (None, None);
            let closed = Closed { status, finished_at, received_at, failure, output_preview, reported_cost, facts };
            self.closed.push((key, closed));
        }
        self.opened.push((key, Opened { agent, started_at: start, received_at, kind: RunKind::Run, facts }));
        Ok(())
    }
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
                let message = format!("status must be running, completed, failed or timed_out, not {}", told(word));
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
                format!("type must be agent, llm, tool, http, db or custom, not {}", told(word)),
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

/// A record: its run's id as answers spell it, and the span that is all of the run.
pub fn read_record(fields: &Fields<'_>, region: Option<Region>, now: Timestamp) -> Result<(String, RawSpan), ApiError> {
    let agent = fields.needed_label("agent")?;
    let (run_id, run) = match fields.text("id")? {
        Some(id) => (id.to_owned(), Run::read(fields, "id", None)?),
        None => {
            let key = new_run_key();
            (key.canonical(region.unwrap_or_default().as_str()), Run { key, external_id: None })
        }
    };
    let end = fields.time("ended_at")?.unwrap_or(now);
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

/// A score of Langfuse's SDKs.
pub fn read_langfuse_score(fields: &Fields<'_>, now: Timestamp) -> Result<Score, ApiError> {
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
        reason: fields.text("comment")?.map(|reason| cut(reason, limits::METADATA_BYTES).into()),
        source: fields.text("source")?.map(|source| cut(&source.to_lowercase(), limits::NAME_BYTES).into()),
        time: now,
    })
}
