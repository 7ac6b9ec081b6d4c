//! `Recording` and `TraceSpan`: what `vedette-recording` read of a file, as Python's objects.

use pyo3::exceptions::PyAttributeError;
use pyo3::prelude::*;
use pyo3::types::{PyDict, PyList, PyString};
use std::hash::{DefaultHasher, Hash, Hasher};
use std::path::PathBuf;
use std::sync::Arc;
use vedette_recording::{Event, Query};

/// A file of events, read whole.
#[pyclass(frozen, module = "vedette._core")]
pub struct Recording(Arc<vedette_recording::Recording>);

/// One event of a file.
#[pyclass(frozen, module = "vedette._core")]
pub struct TraceSpan {
    recording: Arc<vedette_recording::Recording>,
    index: usize,
}

#[pymethods]
impl Recording {
    #[staticmethod]
    fn load(py: Python<'_>, path: PathBuf) -> PyResult<Recording> {
        let recording = py.detach(|| vedette_recording::Recording::load(&path))?;
        Ok(Recording(Arc::new(recording)))
    }

    /// Lines that are no event.
    #[getter]
    fn skipped(&self) -> usize {
        self.0.skipped()
    }

    /// Every event, in the file's order.
    fn spans<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyList>> {
        let span = |index| TraceSpan { recording: Arc::clone(&self.0), index };
        let spans = PyList::empty(py);
        for index in 0..self.0.len() {
            spans.append(Bound::new(py, span(index))?)?;
        }
        Ok(spans)
    }

    /// The places of the events that fit.
    #[pyo3(signature = (event_type, agent_name, model, run_id, min_duration_ms, max_duration_ms))]
    #[expect(clippy::too_many_arguments, reason = "the named arguments of the Python method")]
    fn query(
        &self,
        py: Python<'_>,
        event_type: Option<&str>,
        agent_name: Option<&str>,
        model: Option<&str>,
        run_id: Option<&str>,
        min_duration_ms: Option<f64>,
        max_duration_ms: Option<f64>,
    ) -> Vec<usize> {
        let query = Query { event_type, agent_name, model, run_id, min_duration_ms, max_duration_ms };
        py.detach(|| self.0.query(&query))
    }

    /// Figures over all events.
    fn summary<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyDict>> {
        let summary = py.detach(|| self.0.summary());
        let figures = PyDict::new(py);
        figures.set_item("event_types", summary.event_types)?;
        figures.set_item("agents", summary.agents)?;
        figures.set_item("runs", summary.runs)?;
        figures.set_item("total_tokens", summary.total_tokens)?;
        figures.set_item("total_duration_ms", summary.total_duration_ms)?;
        figures.set_item("total_cost_usd", summary.total_cost_usd)?;
        Ok(figures)
    }
}

impl TraceSpan {
    fn event(&self) -> PyResult<Event<'_>> {
        self.recording.event(self.index).ok_or_else(|| PyAttributeError::new_err("a span of no recording"))
    }
}

#[pymethods]
impl TraceSpan {
    /// Such as `llm_call_end`.
    #[getter]
    fn event_type<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyString>> {
        Ok(PyString::new(py, self.event()?.event_type()))
    }

    /// Empty where there is none.
    #[getter]
    fn agent_name<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyString>> {
        Ok(PyString::new(py, self.event()?.agent_name()))
    }

    /// In ISO 8601; empty where there is none.
    #[getter]
    fn timestamp(&self) -> PyResult<String> {
        Ok(self.event()?.timestamp())
    }

    /// 0 where the line does not say.
    #[getter]
    fn duration_ms(&self) -> PyResult<f64> {
        Ok(self.event()?.duration_ms().unwrap_or_default())
    }

    /// Given to a model and made by it; 0 where the line does not say.
    #[getter]
    fn tokens(&self) -> PyResult<u64> {
        Ok(self.event()?.tokens().total().unwrap_or_default())
    }

    /// Of a model's call.
    #[getter]
    fn model(&self) -> PyResult<Option<&str>> {
        Ok(self.event()?.model())
    }

    /// In USD, if the line says.
    #[getter]
    fn cost_estimate(&self) -> PyResult<Option<f64>> {
        Ok(self.event()?.cost_usd())
    }

    /// If the line says.
    #[getter]
    fn input_tokens(&self) -> PyResult<Option<u64>> {
        Ok(self.event()?.tokens().input)
    }

    /// If the line says.
    #[getter]
    fn output_tokens(&self) -> PyResult<Option<u64>> {
        Ok(self.event()?.tokens().output)
    }

    /// The run that the line names.
    #[getter]
    fn run_id(&self) -> PyResult<Option<&str>> {
        Ok(self.event()?.run_id())
    }

    /// If the line says.
    #[getter]
    fn provider(&self) -> PyResult<Option<String>> {
        Ok(self.event()?.text("provider"))
    }

    /// If the line says.
    #[getter]
    fn workflow(&self) -> PyResult<Option<String>> {
        Ok(self.event()?.text("workflow"))
    }

    /// If the line says.
    #[getter]
    fn pattern(&self) -> PyResult<Option<String>> {
        let event = self.event()?;
        Ok(event.text("pattern").or_else(|| event.text("pattern_type")))
    }

    /// The whole line.
    #[getter]
    fn data<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        py.import("json")?.call_method1("loads", (self.event()?.line(),))
    }

    fn __eq__(&self, other: &Bound<'_, PyAny>) -> bool {
        let other = other
            .cast::<TraceSpan>()
            .ok()
            .and_then(|other| other.get().event().ok().map(|event| event.line().to_owned()));
        other.is_some() && other.as_deref() == self.event().ok().map(|event| event.line())
    }

    fn __hash__(&self) -> PyResult<u64> {
        let mut hasher = DefaultHasher::new();
        self.event()?.line().hash(&mut hasher);
        Ok(hasher.finish())
    }

    fn __repr__(&self) -> PyResult<String> {
        Ok(format!("TraceSpan({})", self.event()?.line().trim_end()))
    }
}
