//! A span from its start on: what it was told is bounded and redacted here and goes to the recorder.

use super::Span;
use crate::state::State;
use crate::values;
use pyo3::prelude::*;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

/// What a span is from its start.
pub(super) struct Live {
    pub(super) state: Arc<State>,
    pub(super) span: vedette_sdk::Span,
    /// The span that began its run in this process, if that is another.
    pub(super) run: Option<Py<Span>>,
    /// The span around it, if that is ours.
    pub(super) parent: Option<Py<Span>>,
    /// A model call was seen below it.
    pub(super) has_call: AtomicBool,
}

impl Live {
    /// Notes that a model call was seen at or below it, so that nothing above reads it again.
    pub(super) fn saw_call(&self, py: Python<'_>) {
        let mut next = Some(self);
        while let Some(live) = next {
            if live.has_call.swap(true, Ordering::Relaxed) {
                return;
            }
            next = live.parent.as_ref().and_then(|parent| parent.bind(py).get().live.get());
        }
    }

    pub(super) fn put(&self, key: &str, value: &Bound<'_, PyAny>) -> PyResult<()> {
        if key.starts_with("gen_ai.usage.") || key.starts_with("llm.token_count.") {
            self.saw_call(value.py());
        }
        values::each(&self.state, key, value, |key, value| self.span.set(key, value)).map(drop)
    }

    pub(super) fn put_json(&self, key: &str, value: &Bound<'_, PyAny>) -> PyResult<()> {
        if value.is_none() {
            return Ok(());
        }
        self.span.set(key, values::text(&self.state, key, value)?);
        Ok(())
    }
}
