//! `vedette._core`: the recorder of `vedette-sdk` for Python. A shell: it turns Python's values into those
//! of the recorder and keeps the current span in OpenTelemetry's context; it decides nothing else.

mod context;
mod guard;
mod json;
mod plan;
mod span;
mod state;
mod trace_service;
mod tracer;
mod values;
mod words;

use pyo3::prelude::*;

#[pymodule(name = "_core")]
mod core {
    #[pymodule_export]
    use crate::span::Span;
    #[pymodule_export]
    use crate::state::{after_fork, configure, flush, settle, shutdown, stats, strict};
    #[pymodule_export]
    use crate::trace_service::{Recording, TraceSpan};
    #[pymodule_export]
    use crate::tracer::{OtelScope, record_otel_span, share_traces, start_otel_span};
    #[pymodule_export]
    use crate::words::{
        current_run, current_span, extract_traceparent, heartbeat, json_text, record, run, span, traceparent,
    };
}
