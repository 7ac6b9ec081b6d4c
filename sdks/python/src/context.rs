//! The current span is kept where OpenTelemetry keeps it, so that its instrumentors, propagators and
//! providers see ours and the other way round.

use crate::span::Span;
use pyo3::prelude::*;
use pyo3::sync::PyOnceLock;
use pyo3::types::{PyDict, PyString};
use vedette_sdk::{SpanContext, SpanId, TraceId};

/// How to read and change the context of this thread or task.
struct Runtime {
    get: Py<PyAny>,
    attach: Py<PyAny>,
    detach: Py<PyAny>,
    span_key: Py<PyString>,
    run_key: Py<PyString>,
    context: Py<PyAny>,
}

static RUNTIME: PyOnceLock<Runtime> = PyOnceLock::new();

fn runtime(py: Python<'_>) -> PyResult<&Runtime> {
    RUNTIME.get_or_try_init(py, || {
        let api = py.import("opentelemetry.context")?;
        let propagation = py.import("opentelemetry.trace.propagation")?;
        let runtime = api.getattr("_RUNTIME_CONTEXT").and_then(|runtime| runtime.getattr("_current_context"));
        // The variable itself is quicker to change than through the functions around it.
        let [get, attach, detach] = match runtime {
            Ok(variable) => [variable.getattr("get")?, variable.getattr("set")?, variable.getattr("reset")?],
            Err(_) => [api.getattr("get_current")?, api.getattr("attach")?, api.getattr("detach")?],
        };
        Ok(Runtime {
            get: get.unbind(),
            attach: attach.unbind(),
            detach: detach.unbind(),
            span_key: propagation.getattr("_SPAN_KEY")?.cast_into::<PyString>()?.unbind(),
            run_key: PyString::intern(py, "vedette-run").unbind(),
            context: api.getattr("Context")?.unbind(),
        })
    })
}

/// What a span starts in.
pub struct Around<'py> {
    /// The current span, whoever made it.
    pub span: Option<Bound<'py, PyAny>>,
    /// The run of this process that it is part of.
    pub run: Option<Bound<'py, Span>>,
    /// OpenTelemetry's context.
    pub context: Bound<'py, PyDict>,
}

/// What is current in a context, or in that of this thread or task.
pub fn around<'py>(py: Python<'py>, context: Option<&Bound<'py, PyAny>>) -> PyResult<Around<'py>> {
    let runtime = runtime(py)?;
    let context = match context {
        Some(context) => context.clone(),
        None => runtime.get.bind(py).call0()?,
    };
    let context = context.cast_into::<PyDict>()?;
    let run = context.get_item(runtime.run_key.bind(py))?;
    Ok(Around {
        span: context.get_item(runtime.span_key.bind(py))?,
        run: run.and_then(|run| run.cast_into_exact::<Span>().ok()),
        context,
    })
}

/// Where a span stands, ours or another's; `None` if it stands nowhere.
pub fn place(span: &Bound<'_, PyAny>) -> PyResult<Option<SpanContext>> {
    if let Ok(own) = span.cast_exact::<Span>() {
        return Ok(own.get().context());
    }
    place_of(&span.call_method0("get_span_context")?)
}

/// What one of OpenTelemetry's `SpanContext`s says.
pub fn place_of(context: &Bound<'_, PyAny>) -> PyResult<Option<SpanContext>> {
    if context.is_none() || !context.getattr("is_valid")?.is_truthy()? {
        return Ok(None);
    }
    let trace: u128 = context.getattr("trace_id")?.extract()?;
    let span: u64 = context.getattr("span_id")?.extract()?;
    let flags: u8 = context.getattr("trace_flags")?.extract()?;
    Ok(Some(SpanContext {
        trace: TraceId(trace.to_be_bytes()),
        span: SpanId(span.to_be_bytes()),
        sampled: flags & 1 == 1,
    }))
}

/// What brings back the context that was current before.
pub struct Token {
    token: Py<PyAny>,
    before: Py<PyAny>,
}

/// Makes a span current in this thread or task, where `before` was.
pub fn attach(py: Python<'_>, span: &Bound<'_, Span>, before: Bound<'_, PyDict>) -> PyResult<Token> {
    let runtime = runtime(py)?;
    // A dict that Python code may not change: it is filled before any sees it.
    let context = runtime.context.bind(py).call1((&before,))?.cast_into::<PyDict>()?;
    context.set_item(runtime.span_key.bind(py), span)?;
    if span.get().is_run() {
        context.set_item(runtime.run_key.bind(py), span)?;
    }
    let token = runtime.attach.bind(py).call1((context,))?;
    Ok(Token { token: token.unbind(), before: before.into_any().unbind() })
}

/// Brings back what was current before. A token of another context, as of a generator that is closed
/// elsewhere, changes nothing there.
pub fn detach(py: Python<'_>, span: &Bound<'_, PyAny>, token: Token) -> PyResult<()> {
    let runtime = runtime(py)?;
    if runtime.detach.bind(py).call1((token.token,)).is_ok() {
        return Ok(());
    }
    if around(py, None)?.span.is_some_and(|current| current.is(span)) {
        runtime.attach.bind(py).call1((token.before,))?;
    }
    Ok(())
}
