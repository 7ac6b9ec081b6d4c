//! Spans that OpenTelemetry's instrumentors start through our tracer.

use crate::context;
use crate::guard::guarded;
use crate::plan::Plan;
use crate::span::Span;
use crate::state::state;
use crate::values;
use pyo3::prelude::*;
use pyo3::types::PyDict;
use std::collections::VecDeque;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, PoisonError};
use vedette_sdk::{OtelKind, Scope, Status, TraceId};

/// A scope for [`start_otel_span`].
#[pyclass(frozen, module = "vedette._core")]
pub struct OtelScope(Scope);

#[pymethods]
impl OtelScope {
    #[new]
    fn new(name: &str, version: &str) -> OtelScope {
        OtelScope(Scope::new(name, version))
    }
}

/// Starts a span as OpenTelemetry's `Tracer.start_span` does: below the span of `context`, not current.
#[pyfunction]
#[pyo3(signature = (scope, name, context=None, kind=0, attributes=None, start_time=None))]
pub fn start_otel_span<'py>(
    py: Python<'py>,
    scope: &Bound<'py, OtelScope>,
    name: &str,
    context: Option<&Bound<'py, PyAny>>,
    kind: u8,
    attributes: Option<&Bound<'py, PyAny>>,
    start_time: Option<u64>,
) -> PyResult<Bound<'py, Span>> {
    let mut plan = Plan::span(name.to_owned(), None);
    if let Some(attributes) = attributes {
        plan.attributes = Some(match attributes.cast::<PyDict>() {
            Ok(dict) => dict.clone().unbind(),
            Err(_) => {
                let dict = PyDict::new(py);
                dict.call_method1("update", (attributes,))?;
                dict.unbind()
            }
        });
    }
    let span = Bound::new(py, Span::new(plan))?;
    guarded(py, || {
        let around = context::around(py, context)?;
        Span::start(&span, around, |builder| {
            let builder = builder.scope(&scope.get().0).otel_kind(otel_kind(kind));
            match start_time {
                Some(start_ns) => builder.started_at(start_ns),
                None => builder,
            }
        })
    })?;
    Ok(span)
}

/// Traces in which spans were recorded here lately; the newest is last.
static TRACES: Mutex<VecDeque<TraceId>> = Mutex::new(VecDeque::new());
/// Traces that are remembered: those of the runs that go on, and some.
const TRACES_MAX: usize = 1_024;
/// Another provider's spans are taken in too.
static IS_SHARING: AtomicBool = AtomicBool::new(false);

/// From now on ended spans of another provider are handed to `record_otel_span`.
#[pyfunction]
pub fn share_traces() {
    IS_SHARING.store(true, Ordering::Relaxed);
}

/// Remembers the trace of a span that has no parent of ours.
pub fn note(trace: TraceId) {
    if IS_SHARING.load(Ordering::Relaxed) {
        let mut traces = TRACES.lock().unwrap_or_else(PoisonError::into_inner);
        if traces.len() >= TRACES_MAX {
            traces.pop_front();
        }
        traces.push_back(trace);
    }
}

fn is_noted(trace: TraceId) -> bool {
    TRACES.lock().unwrap_or_else(PoisonError::into_inner).contains(&trace)
}

/// Records an ended span of another provider, if it belongs to a trace that is recorded here.
#[pyfunction]
pub fn record_otel_span(py: Python<'_>, scope: &Bound<'_, OtelScope>, span: &Bound<'_, PyAny>) -> PyResult<()> {
    guarded(py, || {
        let Some(state) = state() else { return Ok(()) };
        let Some(place) = context::place(span)? else { return Ok(()) };
        if !is_noted(place.trace) {
            return Ok(());
        }
        let name: String = span.getattr("name")?.extract()?;
        let start: u64 = span.getattr("start_time")?.extract()?;
        let end: Option<u64> = span.getattr("end_time")?.extract()?;
        let kind: u8 = span.getattr("kind")?.getattr("value")?.extract()?;
        let parent = span.getattr("parent")?;
        let mut builder = state.recorder.span(&name).span_id(place.span).scope(&scope.get().0).at_once();
        builder = builder.otel_kind(otel_kind(kind)).started_at(start);
        builder = match context::place_of(&parent)? {
            Some(parent) => builder.parent(vedette_sdk::SpanContext { sampled: true, ..parent }),
            None => builder.trace(place.trace),
        };
        let attributes = span.getattr("attributes")?;
        for (key, value) in values::owned_items(&state, Some(&attributes).filter(|a| !a.is_none()))? {
            builder.set(&key, value);
        }
        let recorded = builder.start();
        for event in span.getattr("events")?.try_iter()? {
            let event = event?;
            let name: String = event.getattr("name")?.extract()?;
            let attributes = event.getattr("attributes")?;
            let pairs = values::owned_items(&state, Some(&attributes).filter(|a| !a.is_none()))?;
            let time: Option<u64> = event.getattr("timestamp")?.extract()?;
            recorded.add_event(&name, time, pairs.iter().map(|(key, value)| (key.as_str(), value.clone())));
        }
        let status = span.getattr("status")?;
        let message: Option<String> = status.getattr("description")?.extract()?;
        match status.getattr("status_code")?.getattr("name")?.extract::<String>()?.as_str() {
            "OK" => recorded.set_status(Status::Ok, ""),
            "ERROR" => recorded.set_status(Status::Failed, &message.unwrap_or_default()),
            _ => {}
        }
        recorded.end_at(end);
        Ok(())
    })
}

fn otel_kind(value: u8) -> OtelKind {
    match value {
        1 => OtelKind::Server,
        2 => OtelKind::Client,
        3 => OtelKind::Producer,
        4 => OtelKind::Consumer,
        _ => OtelKind::Internal,
    }
}
