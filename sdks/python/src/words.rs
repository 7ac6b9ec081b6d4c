//! The words of the module: `span`, `run`, `record`, `heartbeat`, and what is said of a run.

use crate::context::{self, Around};
use crate::guard::guarded;
use crate::json;
use crate::plan::{Plan, kind as parse_kind, run_id};
use crate::span::Span;
use crate::state::{State, state};
use crate::values;
use pyo3::exceptions::{PyTypeError, PyValueError};
use pyo3::prelude::*;
use pyo3::types::{PyBytes, PyDict, PyString};
use std::sync::PoisonError;
use std::time::{SystemTime, UNIX_EPOCH};
use vedette_sdk::{SpanContext, SpanId, Status, TraceId};

/// Heartbeats that may be started and not ended at once; the oldest then is no longer shown as running.
const BEATS: usize = 1_000;

/// A span below what is current: a context manager, or a decorator, bare or called.
#[pyfunction]
#[pyo3(signature = (name=None, *, kind=None, span_type=None, input=None, attributes=None, metadata=None))]
pub fn span<'py>(
    py: Python<'py>,
    name: Option<Bound<'py, PyAny>>,
    kind: Option<&str>,
    span_type: Option<&str>,
    input: Option<Py<PyAny>>,
    attributes: Option<Py<PyDict>>,
    metadata: Option<Py<PyDict>>,
) -> PyResult<Bound<'py, PyAny>> {
    let (name, function) = named(name)?;
    let word = parse_kind(kind.or(span_type))?;
    let plan = Plan { input, attributes, metadata, ..Plan::span(name, Some(word)) };
    finished(Bound::new(py, Span::new(plan))?, function)
}

/// A run of an agent: a context manager, or a decorator, bare or called.
#[pyfunction]
#[pyo3(signature = (
    agent=None, *, session=None, user_id=None, customer_id=None, feature=None, workflow=None, pattern=None,
    version=None, tags=None, metadata=None, input=None, attributes=None, parent_run_id=None,
    incoming_traceparent=None, id=None
))]
#[allow(clippy::too_many_arguments, reason = "a word with its options, by name")]
pub fn run<'py>(
    py: Python<'py>,
    agent: Option<Bound<'py, PyAny>>,
    session: Option<Bound<'py, PyAny>>,
    user_id: Option<Bound<'py, PyAny>>,
    customer_id: Option<Bound<'py, PyAny>>,
    feature: Option<Bound<'py, PyAny>>,
    workflow: Option<Bound<'py, PyAny>>,
    pattern: Option<Bound<'py, PyAny>>,
    version: Option<Bound<'py, PyAny>>,
    tags: Option<Bound<'py, PyAny>>,
    metadata: Option<Py<PyDict>>,
    input: Option<Py<PyAny>>,
    attributes: Option<Py<PyDict>>,
    parent_run_id: Option<&str>,
    incoming_traceparent: Option<Bound<'py, PyAny>>,
    id: Option<&str>,
) -> PyResult<Bound<'py, PyAny>> {
    let (name, function) = named(agent)?;
    let mut plan = Plan { input, attributes, metadata, ..Plan::run(name) };
    plan.session(session)?;
    let facts = [
        ("user.id", user_id),
        ("vedette.customer_id", customer_id),
        ("vedette.feature", feature),
        ("vedette.workflow", workflow),
        ("vedette.pattern", pattern),
        ("vedette.version", version),
        ("vedette.tags", tags),
    ];
    for (key, value) in facts {
        plan.fact(key, value);
    }
    let continues = incoming_traceparent.map(|header| incoming(&header)).transpose()?.flatten();
    let (parent, id) = (run_id(parent_run_id, "parent_run_id")?, run_id(id, "id")?);
    if let Some(run) = &mut plan.run {
        (run.parent, run.continues, run.id) = (parent, continues, id);
    }
    finished(Bound::new(py, Span::new(plan))?, function)
}

/// A name, or the function that a bare decorator stands above, which names it.
fn named<'py>(name: Option<Bound<'py, PyAny>>) -> PyResult<(String, Option<Bound<'py, PyAny>>)> {
    let Some(name) = name else { return Ok((String::new(), None)) };
    if let Ok(text) = name.cast::<PyString>() {
        return Ok((text.to_string_lossy().into_owned(), None));
    }
    let is_function = name.is_callable() || name.hasattr("__func__")?;
    if !is_function {
        return Err(PyTypeError::new_err(format!("a name must be text, not {}", name.get_type().name()?)));
    }
    Ok((String::new(), Some(name)))
}

fn finished<'py>(span: Bound<'py, Span>, function: Option<Bound<'py, PyAny>>) -> PyResult<Bound<'py, PyAny>> {
    match function {
        Some(function) => span.py().import("vedette._decorate")?.call_method1("wrap", (span, function)),
        None => Ok(span.into_any()),
    }
}

/// A whole run in one call. Returns its id.
#[pyfunction]
#[pyo3(signature = (
    agent, success=None, outcome=None, cost=None, duration_ms=None, *, session=None, user_id=None,
    customer_id=None, feature=None, version=None, tags=None, metadata=None, input=None, output=None, error=None,
    attributes=None, parent_run_id=None
))]
#[allow(clippy::too_many_arguments, reason = "a word with its options, by name")]
pub fn record<'py>(
    py: Python<'py>,
    agent: &str,
    success: Option<Bound<'py, PyAny>>,
    outcome: Option<Bound<'py, PyAny>>,
    cost: Option<Bound<'py, PyAny>>,
    duration_ms: Option<f64>,
    session: Option<Bound<'py, PyAny>>,
    user_id: Option<Bound<'py, PyAny>>,
    customer_id: Option<Bound<'py, PyAny>>,
    feature: Option<Bound<'py, PyAny>>,
    version: Option<Bound<'py, PyAny>>,
    tags: Option<Bound<'py, PyAny>>,
    metadata: Option<Py<PyDict>>,
    input: Option<Bound<'py, PyAny>>,
    output: Option<Bound<'py, PyAny>>,
    error: Option<&str>,
    attributes: Option<Py<PyDict>>,
    parent_run_id: Option<&str>,
) -> PyResult<String> {
    guarded(py, || {
        let Some(state) = state() else { return Ok(String::new()) };
        let mut plan = Plan { attributes, metadata, ..Plan::run(String::new()) };
        plan.session(session)?;
        let facts = [
            ("vedette.success", success),
            ("vedette.outcome", outcome),
            ("user.id", user_id),
            ("vedette.customer_id", customer_id),
            ("vedette.feature", feature),
            ("vedette.version", version),
            ("vedette.tags", tags),
        ];
        for (key, value) in facts {
            plan.fact(key, value);
        }
        let has_session = plan.run.is_some_and(|run| run.has_session);
        let end_ns = now_ns();
        let mut builder = state.recorder.run(agent).started_at(end_ns.saturating_sub(nanos(duration_ms))).at_once();
        builder.set("vedette.run.kind", "record");
        let session_facts = state.session.iter().filter(|_| !has_session);
        for (key, value) in state.facts.iter().chain(session_facts) {
            builder.set(key, value.clone());
        }
        let around = context::around(py, None)?;
        let parent = parent_run_id.and_then(TraceId::parse);
        match around.span.as_ref().filter(|_| around.run.is_some() && parent.is_none()) {
            Some(span) => {
                if let Some(place) = context::place(span)? {
                    builder = builder.inside(place);
                }
            }
            None => {
                if let Some(parent) = parent.or(state.parent_run) {
                    builder.set("vedette.parent_run_id", parent.run_id(&state.recorder.config().region));
                }
            }
        }
        plan.each(py, &state, |key, value| builder.set(key, value))?;
        if let Some(cost) = cost {
            builder.set("vedette.cost_usd", money(&cost)?);
        }
        for (key, value) in [("vedette.input", input), ("vedette.output", output)] {
            if let Some(value) = value {
                builder.set(key, values::text(&state, key, &value)?);
            }
        }
        let span = builder.start();
        if let Some(error) = error {
            span.set_status(Status::Failed, error);
        }
        span.end_at(Some(end_ns));
        Ok(span.run_id())
    })
}

/// A sign of life of an agent. `start` opens it, `ok`, `fail` and `timeout` close it. Returns its id.
#[pyfunction]
#[pyo3(signature = (agent, status="ok", cost_usd=None, duration_ms=None, *, id=None, metadata=None))]
pub fn heartbeat(
    py: Python<'_>,
    agent: &str,
    status: &str,
    cost_usd: Option<Bound<'_, PyAny>>,
    duration_ms: Option<f64>,
    id: Option<&str>,
    metadata: Option<Py<PyDict>>,
) -> PyResult<String> {
    guarded(py, || {
        let Some(state) = state() else { return Ok(String::new()) };
        let end = match status {
            "start" => None,
            "ok" => Some(None),
            "fail" => Some(Some(Status::Failed)),
            "timeout" => Some(Some(Status::Timeout)),
            other => {
                let message = format!("status must be ok, fail, timeout or start, not {other:?}");
                return Err(PyValueError::new_err(message));
            }
        };
        let trace = run_id(id, "id")?.unwrap_or_default();
        let mut beats = state.beats.lock().unwrap_or_else(PoisonError::into_inner);
        let started = beats.remove(&trace);
        let end_ns = now_ns();
        let span = match started {
            Some(span) => span,
            None => beat(py, &state, agent, trace, end_ns.saturating_sub(nanos(duration_ms)), metadata)?,
        };
        if let Some(cost) = cost_usd {
            span.set("vedette.cost_usd", money(&cost)?);
        }
        let text = span.run_id();
        match end {
            None => {
                if beats.len() >= BEATS {
                    beats.clear();
                }
                beats.insert(trace, span);
            }
            Some(status) => {
                if let Some(status) = status {
                    span.set_status(status, "");
                }
                span.end_at(Some(end_ns));
            }
        }
        Ok(text)
    })
}

fn beat(
    py: Python<'_>,
    state: &State,
    agent: &str,
    trace: TraceId,
    start_ns: u64,
    metadata: Option<Py<PyDict>>,
) -> PyResult<vedette_sdk::Span> {
    // The same for all that is said of one heartbeat, in whichever process.
    let [_, _, _, _, _, _, _, _, own @ ..] = trace.0;
    let mut builder = state.recorder.run(agent).id(trace).span_id(SpanId(own)).started_at(start_ns);
    builder.set("vedette.run.kind", "heartbeat");
    for (key, value) in &state.facts {
        builder.set(key, value.clone());
    }
    Plan { metadata, ..Plan::run(String::new()) }.each(py, state, |key, value| builder.set(key, value))?;
    Ok(builder.start())
}

fn now_ns() -> u64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    u64::try_from(since.as_nanos()).unwrap_or(u64::MAX)
}

fn nanos(ms: Option<f64>) -> u64 {
    // As a cast: what is no duration is none.
    (ms.unwrap_or_default() * 1e6) as u64
}

/// Dollars in decimal digits, whatever number type says them.
fn money(amount: &Bound<'_, PyAny>) -> PyResult<String> {
    match amount.extract::<f64>() {
        Ok(number) if !amount.is_instance_of::<PyString>() => Ok(number.to_string()),
        _ => Ok(amount.str()?.to_string_lossy().into_owned()),
    }
}

/// The current span, if it is ours.
#[pyfunction]
pub fn current_span(py: Python<'_>) -> PyResult<Option<Bound<'_, Span>>> {
    guarded(py, || Ok(around_if_set_up(py)?.and_then(|around| around.span?.cast_into_exact::<Span>().ok())))
}

/// The run that is going on in this thread or task.
#[pyfunction]
pub fn current_run(py: Python<'_>) -> PyResult<Option<Bound<'_, Span>>> {
    guarded(py, || Ok(around_if_set_up(py)?.and_then(|around| around.run)))
}

fn around_if_set_up(py: Python<'_>) -> PyResult<Option<Around<'_>>> {
    // Before `init` nothing can be current, and OpenTelemetry need not be loaded.
    state().map(|_| context::around(py, None)).transpose()
}

/// The W3C header that names the current span, whoever made it.
#[pyfunction]
pub fn traceparent(py: Python<'_>) -> PyResult<Option<String>> {
    guarded(py, || {
        let span = around_if_set_up(py)?.and_then(|around| around.span);
        let place = span.as_ref().map(context::place).transpose()?.flatten();
        Ok(place.map(|place| place.traceparent()))
    })
}

/// The trace's and the parent span's id in the header `traceparent` of these headers; `None` without one.
#[pyfunction]
pub fn extract_traceparent(headers: &Bound<'_, PyAny>) -> PyResult<Option<(String, String)>> {
    guarded(headers.py(), || Ok(incoming(headers)?.map(|place| (place.trace.to_string(), place.span.to_string()))))
}

/// Where a header, headers, or what `extract_traceparent` gave say that the caller stands.
fn incoming(value: &Bound<'_, PyAny>) -> PyResult<Option<SpanContext>> {
    if value.is_none() {
        return Ok(None);
    }
    if let Ok(text) = value.cast::<PyString>() {
        return Ok(SpanContext::from_traceparent(&text.to_string_lossy()));
    }
    if let Ok(data) = value.cast::<PyBytes>() {
        return Ok(SpanContext::from_traceparent(&String::from_utf8_lossy(data.as_bytes())));
    }
    if let Ok((trace, span)) = value.extract::<(String, String)>() {
        return Ok(SpanContext::from_traceparent(&format!("00-{trace}-{span}-01")));
    }
    let pairs = if value.hasattr("items")? { value.call_method0("items")? } else { value.clone() };
    for pair in pairs.try_iter()? {
        let (key, header): (Bound<'_, PyAny>, Bound<'_, PyAny>) = pair?.extract()?;
        let name = match key.cast::<PyBytes>() {
            Ok(data) => String::from_utf8_lossy(data.as_bytes()).into_owned(),
            Err(_) => key.str()?.to_string_lossy().into_owned(),
        };
        if name.eq_ignore_ascii_case("traceparent") {
            return incoming(&header);
        }
    }
    Ok(None)
}

/// An object as the JSON text that would be kept of it.
#[pyfunction]
pub fn json_text(value: &Bound<'_, PyAny>) -> PyResult<String> {
    json::text(value, None)
}

pub fn log_to(span: &Span, message: &Bound<'_, PyAny>, level: &str, data: Option<&Bound<'_, PyDict>>) -> PyResult<()> {
    let py = message.py();
    let said = PyDict::new(py);
    said.set_item("message", message)?;
    said.set_item("level", level)?;
    extend(&said, data)?;
    let level = PyString::new(py, level).into_any();
    span.point(py, "log", "log", said.as_any(), &[("vedette.input", message), ("vedette.level", &level)])
}

pub fn decision_to(
    span: &Span,
    choice: &Bound<'_, PyAny>,
    name: Option<&str>,
    options: Option<&Bound<'_, PyAny>>,
    reason: Option<&str>,
    data: Option<&Bound<'_, PyDict>>,
) -> PyResult<()> {
    let said = PyDict::new(choice.py());
    said.set_item("choice", choice)?;
    if let Some(name) = name {
        said.set_item("name", name)?;
    }
    if let Some(options) = options {
        said.set_item("options", options)?;
    }
    if let Some(reason) = reason {
        said.set_item("reason", reason)?;
    }
    extend(&said, data)?;
    span.point(choice.py(), "decision", name.unwrap_or("decision"), said.as_any(), &[("vedette.output", choice)])
}

pub fn score_to(
    span: &Span,
    name: &str,
    value: &Bound<'_, PyAny>,
    reason: Option<&str>,
    source: Option<&str>,
    id: Option<&str>,
) -> PyResult<()> {
    let said = PyDict::new(value.py());
    said.set_item("name", name)?;
    said.set_item("value", value)?;
    let place = span.context().filter(|_| !span.is_run()).map(|place| place.span.to_string());
    for (key, text) in [("reason", reason), ("source", source), ("id", id), ("span_id", place.as_deref())] {
        if let Some(text) = text {
            said.set_item(key, text)?;
        }
    }
    span.point(value.py(), "score", name, said.as_any(), &[])
}

pub fn event_to(span: &Span, py: Python<'_>, name: &str, data: Option<&Bound<'_, PyDict>>) -> PyResult<()> {
    let said = PyDict::new(py);
    extend(&said, data)?;
    span.point(py, "event", name, said.as_any(), &[])
}

fn extend(said: &Bound<'_, PyDict>, data: Option<&Bound<'_, PyDict>>) -> PyResult<()> {
    data.map_or(Ok(()), |data| said.update(data.as_mapping()))
}
