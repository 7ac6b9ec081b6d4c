//! Spans that OpenTelemetry's instrumentors start through our tracer.

use crate::context;
use crate::plan::Plan;
use crate::span::Span;
use pyo3::prelude::*;
use pyo3::types::PyDict;
use vedette_sdk::{OtelKind, Scope};

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
    crate::guard::guarded(py, || {
        let around = context::around(py, context)?;
        Span::start(&span, around, |builder| {
            let builder = builder.scope(&scope.get().0).otel_kind(match kind {
                1 => OtelKind::Server,
                2 => OtelKind::Client,
                3 => OtelKind::Producer,
                4 => OtelKind::Consumer,
                _ => OtelKind::Internal,
            });
            match start_time {
                Some(start_ns) => builder.started_at(start_ns),
                None => builder,
            }
        })
    })?;
    Ok(span)
}
