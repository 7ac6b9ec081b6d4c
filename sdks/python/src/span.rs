//! `Span`: a context manager, a decorator and an implementation of OpenTelemetry's `Span`.

mod live;
mod ready;
mod start;

use crate::context::{self, Token};
use crate::guard::guarded;
use crate::plan::Plan;
use crate::state::state;
use crate::{json, values};
use pyo3::prelude::*;
use pyo3::sync::PyOnceLock;
use pyo3::types::{PyDict, PyString, PyTuple};
use std::sync::atomic::Ordering;
use std::sync::{Mutex, OnceLock, PoisonError};
use vedette_sdk::{Kind, SpanContext, Status};

use live::Live;
pub use ready::Ready;

/// A span or a run. It starts when its `with` block is entered and ends when that is left.
#[pyclass(frozen, module = "vedette._core", weakref)]
pub struct Span {
    plan: Plan,
    live: OnceLock<Live>,
    token: Mutex<Option<Token>>,
    otel_context: PyOnceLock<Py<PyAny>>,
}

/// What was found of an exception: status, type, message, stack.
type Failure = (Option<String>, String, String, String);

impl Span {
    pub fn new(plan: Plan) -> Span {
        Span { plan, live: OnceLock::new(), token: Mutex::new(None), otel_context: PyOnceLock::new() }
    }

    /// Where it stands; `None` before it starts.
    pub fn context(&self) -> Option<SpanContext> {
        self.live.get().map(|live| live.span.context())
    }

    pub fn is_run(&self) -> bool {
        self.plan.run.is_some()
    }

    /// The span that began the run of this one, as far as this process knows.
    pub fn root<'py>(slf: &Bound<'py, Span>) -> Option<Bound<'py, Span>> {
        let span = slf.get();
        if span.is_run() {
            return Some(slf.clone());
        }
        Some(span.live.get()?.run.as_ref()?.bind(slf.py()).clone())
    }

    /// Does something with the span if it has started.
    fn with(&self, py: Python<'_>, work: impl FnOnce(&Live) -> PyResult<()>) -> PyResult<()> {
        guarded(py, || self.live.get().filter(|live| live.span.is_recording()).map_or(Ok(()), work))
    }

    fn take_token(&self) -> Option<Token> {
        self.token.lock().unwrap_or_else(PoisonError::into_inner).take()
    }

    fn fail(&self, py: Python<'_>, exception: &Bound<'_, PyAny>) -> PyResult<()> {
        self.with(py, |live| {
            let failure = py.import("vedette._failure")?.call_method1("describe", (exception,))?;
            let (status, kind, message, stack): Failure = failure.extract()?;
            let status = match status.as_deref() {
                Some("failed") => Status::Failed,
                Some("timeout") => Status::Timeout,
                Some("cancelled") => Status::Cancelled,
                _ => return Ok(()),
            };
            let kept = |key, text: &str| values::text(&live.state, key, &PyString::new(py, text).into_any());
            let (message, stack) = (kept("exception.message", &message)?, kept("exception.stacktrace", &stack)?);
            live.span.set("error.type", kind.as_str());
            let event =
                [("exception.type", kind.as_str()), ("exception.message", &message), ("exception.stacktrace", &stack)];
            live.span.add_event("exception", None, event.into_iter().map(|(key, text)| (key, text.into())));
            live.span.set_status(status, &message);
            Ok(())
        })
    }

    pub fn point(
        &self,
        py: Python<'_>,
        kind: &str,
        name: &str,
        data: &Bound<'_, PyAny>,
        more: &[(&str, &Bound<'_, PyAny>)],
    ) -> PyResult<()> {
        // An ended run still takes what is said of it.
        guarded(py, || {
            let Some(live) = self.live.get() else { return Ok(()) };
            let data = values::text(&live.state, "vedette.data", data)?;
            let more = more.iter().map(|(key, value)| Ok((*key, values::text(&live.state, key, value)?)));
            let more = more.collect::<PyResult<Vec<_>>>()?;
            live.span.point(kind, name, &data, more.iter().map(|(key, text)| (*key, text.into())));
            Ok(())
        })
    }
}

#[pymethods]
impl Span {
    /// The run's id (`run_eu_...`) of a run, 16 hex digits of any other span; `""` before it starts.
    #[getter]
    fn id(&self) -> String {
        let Some(live) = self.live.get() else { return String::new() };
        if self.is_run() { live.span.run_id() } else { live.span.context().span.to_string() }
    }

    /// The id of the run that it belongs to.
    #[getter]
    fn run_id(&self) -> String {
        self.live.get().map(|live| live.span.run_id()).unwrap_or_default()
    }

    /// The id of the span above it, in this process or another; `None` at the top of a run and before it starts.
    #[getter]
    fn parent_id(&self) -> Option<String> {
        Some(self.live.get()?.span.parent()?.to_string())
    }

    /// The name it was given.
    #[getter]
    fn name(&self) -> &str {
        &self.plan.name
    }

    /// What it is, such as `agent`, `llm` or `tool`.
    #[getter]
    fn kind(&self) -> Option<&'static str> {
        self.plan.kind.map(Kind::as_str)
    }

    /// The W3C header that names it, for another process; `""` before it starts.
    #[getter]
    fn traceparent(&self) -> String {
        self.context().map(|context| context.traceparent()).unwrap_or_default()
    }

    fn __enter__(slf: Bound<'_, Self>) -> PyResult<Bound<'_, Self>> {
        guarded(slf.py(), || {
            if state().is_none() {
                return Ok(());
            }
            let py = slf.py();
            let around = context::around(py, None)?;
            let before = around.context.clone();
            Span::start(&slf, around, |builder| builder)?;
            Span::attach(&slf, before)
        })?;
        Ok(slf)
    }

    #[pyo3(signature = (kind, exception, traceback, /))]
    fn __exit__(
        slf: &Bound<'_, Self>,
        kind: &Bound<'_, PyAny>,
        exception: &Bound<'_, PyAny>,
        traceback: &Bound<'_, PyAny>,
    ) -> PyResult<bool> {
        let _ = (kind, traceback);
        let span = slf.get();
        if !exception.is_none() {
            span.fail(slf.py(), exception)?;
        }
        Span::detach(slf)?;
        span.finish();
        Ok(false)
    }

    fn __aenter__(slf: Bound<'_, Self>) -> PyResult<Ready> {
        let span = Span::__enter__(slf)?;
        Ok(Ready(Some(span.into_any().unbind())))
    }

    #[pyo3(signature = (kind, exception, traceback, /))]
    fn __aexit__(
        slf: &Bound<'_, Self>,
        kind: &Bound<'_, PyAny>,
        exception: &Bound<'_, PyAny>,
        traceback: &Bound<'_, PyAny>,
    ) -> PyResult<Ready> {
        Span::__exit__(slf, kind, exception, traceback)?;
        Ok(Ready(None))
    }

    /// As decorator: each call of the function is such a span.
    fn __call__<'py>(slf: &Bound<'py, Self>, function: &Bound<'py, PyAny>) -> PyResult<Bound<'py, PyAny>> {
        slf.py().import("vedette._decorate")?.call_method1("wrap", (slf, function))
    }

    /// The same under this name, if it has none of its own.
    fn _named(&self, py: Python<'_>, name: &str) -> Span {
        let mut plan = self.plan.again(py);
        if plan.name.is_empty() {
            plan.name = name.to_owned();
        }
        Span::new(plan)
    }

    /// A span of the same words for one call of a function with these arguments.
    fn _again(
        slf: &Bound<'_, Self>,
        names: &Bound<'_, PyTuple>,
        args: &Bound<'_, PyTuple>,
        kwargs: &Bound<'_, PyDict>,
    ) -> PyResult<Span> {
        let (py, template) = (slf.py(), slf.get());
        let again = Span::new(template.plan.again(py));
        if again.plan.input.is_some() {
            return Ok(again);
        }
        let mut again = again;
        guarded(py, || {
            let Some(state) = state() else { return Ok(()) };
            let text = json::arguments(names, args, kwargs, &state.recorder.config().redaction)?;
            again.plan.input = Some(PyString::new(py, &text).into_any().unbind());
            Ok(())
        })?;
        Ok(again)
    }

    /// Makes it current without ending it later, as while a generator runs.
    fn _attach(slf: &Bound<'_, Self>) -> PyResult<()> {
        guarded(slf.py(), || Span::attach(slf, context::around(slf.py(), None)?.context))
    }

    /// Brings back what was current before.
    fn _detach(slf: &Bound<'_, Self>) -> PyResult<()> {
        Span::detach(slf)
    }

    /// Starts it below what is current, without making it current.
    fn _start(slf: &Bound<'_, Self>) -> PyResult<()> {
        guarded(slf.py(), || Span::start(slf, context::around(slf.py(), None)?, |builder| builder))
    }

    /// Keeps what a function returned, and what it tells of a model call.
    fn _result(slf: &Bound<'_, Self>, result: &Bound<'_, PyAny>) -> PyResult<()> {
        let (py, span) = (slf.py(), slf.get());
        span.with(py, |live| {
            live.put_json("vedette.output", result)?;
            let seen = live.has_call.load(Ordering::Relaxed);
            if !span.is_run() && !seen && values::may_tell_of_call(result)? {
                py.import("vedette._result")?.call_method1("read", (slf, result))?;
            }
            Ok(())
        })
    }

    /// Says whether the work did its job; beside whether it ended well. Of a run also after its end.
    #[pyo3(signature = (success, outcome=None))]
    fn set_outcome(&self, py: Python<'_>, success: Option<bool>, outcome: Option<&Bound<'_, PyAny>>) -> PyResult<()> {
        // An ended run still takes it.
        guarded(py, || {
            let Some(live) = self.live.get() else { return Ok(()) };
            let outcome = outcome.filter(|outcome| !outcome.is_none());
            let outcome = outcome.map(|outcome| values::text(&live.state, "vedette.outcome", outcome)).transpose()?;
            live.span.set_outcome(success, outcome.as_deref());
            Ok(())
        })
    }

    /// What it was given.
    fn set_input(&self, value: &Bound<'_, PyAny>) -> PyResult<()> {
        self.with(value.py(), |live| live.put_json("vedette.input", value))
    }

    /// What it gave back.
    fn set_output(&self, value: &Bound<'_, PyAny>) -> PyResult<()> {
        self.with(value.py(), |live| live.put_json("vedette.output", value))
    }

    /// A line of log.
    #[pyo3(signature = (message, level="info", **data))]
    fn log(
        slf: &Bound<'_, Self>,
        message: &Bound<'_, PyAny>,
        level: &str,
        data: Option<&Bound<'_, PyDict>>,
    ) -> PyResult<()> {
        crate::words::log_to(slf.get(), message, level, data)
    }

    /// A choice that was made.
    #[pyo3(signature = (choice, *, name=None, options=None, reason=None, **data))]
    fn decision(
        slf: &Bound<'_, Self>,
        choice: &Bound<'_, PyAny>,
        name: Option<&str>,
        options: Option<&Bound<'_, PyAny>>,
        reason: Option<&str>,
        data: Option<&Bound<'_, PyDict>>,
    ) -> PyResult<()> {
        crate::words::decision_to(slf.get(), choice, name, options, reason, data)
    }

    /// A judgement of the run, or of this span.
    #[pyo3(signature = (name, value, *, reason=None, source=None, id=None))]
    fn score(
        slf: &Bound<'_, Self>,
        name: &str,
        value: &Bound<'_, PyAny>,
        reason: Option<&str>,
        source: Option<&str>,
        id: Option<&str>,
    ) -> PyResult<()> {
        crate::words::score_to(slf.get(), name, value, reason, source, id)
    }

    /// Anything else that happened, by any name.
    #[pyo3(signature = (name, **data))]
    fn event(slf: &Bound<'_, Self>, name: &str, data: Option<&Bound<'_, PyDict>>) -> PyResult<()> {
        crate::words::event_to(slf.get(), slf.py(), name, data)
    }

    // From here on OpenTelemetry's own words.

    /// Ends it, at a time in nanoseconds since 1970 or now.
    #[pyo3(signature = (end_time=None))]
    fn end(slf: &Bound<'_, Self>, end_time: Option<u64>) -> PyResult<()> {
        Span::detach(slf)?;
        if let Some(live) = slf.get().live.get() {
            live.span.end_at(end_time);
        }
        Ok(())
    }

    /// Whether what is told to it is kept.
    fn is_recording(&self) -> bool {
        self.live.get().is_some_and(|live| live.span.is_recording())
    }

    /// OpenTelemetry's `SpanContext`.
    fn get_span_context(&self, py: Python<'_>) -> PyResult<Py<PyAny>> {
        let made = self.otel_context.get_or_try_init(py, || {
            let api = py.import("opentelemetry.trace")?;
            let Some(context) = self.context() else { return api.getattr("INVALID_SPAN_CONTEXT").map(Bound::unbind) };
            let flags = api.getattr("TraceFlags")?.call1((u8::from(context.sampled),))?;
            let trace = u128::from_be_bytes(context.trace.0);
            let span = u64::from_be_bytes(context.span.0);
            Ok::<_, PyErr>(api.getattr("SpanContext")?.call1((trace, span, false, flags))?.unbind())
        })?;
        Ok(made.clone_ref(py))
    }

    /// Sets an attribute.
    fn set_attribute(&self, key: &str, value: &Bound<'_, PyAny>) -> PyResult<()> {
        self.with(value.py(), |live| live.put(key, value))
    }

    /// Sets attributes.
    fn set_attributes(&self, attributes: &Bound<'_, PyAny>) -> PyResult<()> {
        self.with(attributes.py(), |live| values::each_item(attributes, |key, value| live.put(key, value)))
    }

    /// Adds something that happened at one time.
    #[pyo3(signature = (name, attributes=None, timestamp=None))]
    fn add_event(
        &self,
        py: Python<'_>,
        name: &str,
        attributes: Option<&Bound<'_, PyAny>>,
        timestamp: Option<u64>,
    ) -> PyResult<()> {
        self.with(py, |live| {
            let pairs = values::owned_items(&live.state, attributes)?;
            live.span.add_event(name, timestamp, pairs.iter().map(|(key, value)| (key.as_str(), value.clone())));
            Ok(())
        })
    }

    /// Names another span that has to do with it.
    #[pyo3(signature = (context, attributes=None))]
    fn add_link(
        &self,
        py: Python<'_>,
        context: &Bound<'_, PyAny>,
        attributes: Option<&Bound<'_, PyAny>>,
    ) -> PyResult<()> {
        self.with(py, |live| {
            let holder = py.import("opentelemetry.trace")?.getattr("NonRecordingSpan")?.call1((context,))?;
            let pairs = values::owned_items(&live.state, attributes)?;
            if let Some(to) = context::place(&holder)? {
                live.span.add_link(to, pairs.iter().map(|(key, value)| (key.as_str(), value.clone())));
            }
            Ok(())
        })
    }

    /// Gives it another name.
    fn update_name(&self, py: Python<'_>, name: &str) -> PyResult<()> {
        self.with(py, |live| {
            live.span.rename(name);
            Ok(())
        })
    }

    /// Says how it ended: OpenTelemetry's `Status` or `StatusCode`.
    #[pyo3(signature = (status, description=None))]
    fn set_status(&self, status: &Bound<'_, PyAny>, description: Option<&str>) -> PyResult<()> {
        self.with(status.py(), |live| {
            let code = status.getattr("status_code").unwrap_or_else(|_| status.clone());
            let inside: Option<String> = status.getattr("description").ok().and_then(|text| text.extract().ok());
            let message = description.map(str::to_owned).or(inside).unwrap_or_default();
            match code.getattr("name")?.extract::<String>()?.as_str() {
                "OK" => live.span.set_status(Status::Ok, ""),
                "ERROR" => live.span.set_status(Status::Failed, &message),
                _ => {}
            }
            Ok(())
        })
    }

    /// Keeps an exception as an event; the status stays.
    #[pyo3(signature = (exception, attributes=None, timestamp=None, escaped=false))]
    fn record_exception(
        &self,
        exception: &Bound<'_, PyAny>,
        attributes: Option<&Bound<'_, PyAny>>,
        timestamp: Option<u64>,
        escaped: bool,
    ) -> PyResult<()> {
        let py = exception.py();
        self.with(py, |live| {
            let failure = py.import("vedette._failure")?.call_method1("describe", (exception,))?;
            let (_, kind, message, stack): Failure = failure.extract()?;
            let mut pairs = values::owned_items(&live.state, attributes)?;
            for (key, text) in
                [("exception.type", kind), ("exception.message", message), ("exception.stacktrace", stack)]
            {
                if !pairs.iter().any(|(known, _)| known == key) {
                    pairs.push((key.to_owned(), text.into()));
                }
            }
            pairs.push(("exception.escaped".to_owned(), escaped.into()));
            live.span.add_event("exception", timestamp, pairs.iter().map(|(key, value)| (key.as_str(), value.clone())));
            Ok(())
        })
    }

    fn __repr__(&self) -> String {
        format!("<vedette {} {:?} {}>", if self.is_run() { "run" } else { "span" }, self.plan.name, self.id())
    }
}

impl Span {
    fn attach(slf: &Bound<'_, Self>, before: Bound<'_, PyDict>) -> PyResult<()> {
        if slf.get().live.get().is_none() {
            return Ok(());
        }
        let token = context::attach(slf.py(), slf, before)?;
        *slf.get().token.lock().unwrap_or_else(PoisonError::into_inner) = Some(token);
        Ok(())
    }

    fn detach(slf: &Bound<'_, Self>) -> PyResult<()> {
        guarded(slf.py(), || {
            slf.get().take_token().map_or(Ok(()), |token| context::detach(slf.py(), slf.as_any(), token))
        })
    }

    fn finish(&self) {
        if let Some(live) = self.live.get() {
            live.span.end();
        }
    }
}
