//! How a span or a run starts: below what, in which trace, with which facts of the process.

use super::{Live, Span};
use crate::context::{self, Around};
use crate::state::{State, state};
use crate::tracer;
use pyo3::prelude::*;
use vedette_sdk::SpanContext;

impl Span {
    /// Starts it below what is around it.
    pub fn start<'py>(
        slf: &Bound<'py, Span>,
        around: Around<'py>,
        shape: impl FnOnce(vedette_sdk::Builder) -> vedette_sdk::Builder,
    ) -> PyResult<()> {
        let (py, span) = (slf.py(), slf.get());
        let Some(state) = state().filter(|_| span.live.get().is_none()) else { return Ok(()) };
        let parent = around.span.as_ref().map(context::place).transpose()?.flatten();
        let live = match &span.plan.run {
            Some(plan) => span.start_run(py, &state, plan, parent, around.run.is_some())?,
            None => {
                let mut builder = state.recorder.span(&span.plan.name);
                if let Some(kind) = span.plan.kind {
                    builder = builder.kind(kind);
                }
                if let Some(parent) = parent {
                    builder = builder.parent(parent);
                }
                span.plan.each(py, &state, |key, value| builder.set(key, value))?;
                shape(builder).start()
            }
        };
        let own = around.span.and_then(|span| span.cast_into_exact::<Span>().ok());
        if own.is_none() || span.is_run() {
            tracer::note(live.context().trace);
        }
        let live = Live {
            state,
            span: live,
            run: around.run.map(Bound::unbind),
            parent: own.map(Bound::unbind),
            has_call: false.into(),
        };
        if let Some(input) = &span.plan.input {
            live.put_json("vedette.input", input.bind(py))?;
        }
        // Started at the same time elsewhere: that one stays.
        let _ = span.live.set(live);
        Ok(())
    }

    fn start_run(
        &self,
        py: Python<'_>,
        state: &State,
        plan: &crate::plan::RunPlan,
        around: Option<SpanContext>,
        is_inside: bool,
    ) -> PyResult<vedette_sdk::Span> {
        let mut builder = state.recorder.run(&self.plan.name);
        for (key, value) in &state.facts {
            builder.set(key, value.clone());
        }
        for (key, value) in state.session.iter().filter(|_| !plan.has_session) {
            builder.set(key, value.clone());
        }
        if let Some(parent) = plan.parent.or(state.parent_run.filter(|_| !is_inside)) {
            builder.set("vedette.parent_run_id", parent.run_id(&state.recorder.config().region));
        }
        self.plan.each(py, state, |key, value| builder.set(key, value))?;
        if let Some(id) = plan.id {
            builder = builder.id(id);
        }
        match (plan.continues, around) {
            (Some(continues), _) => builder = builder.continues(continues),
            (None, Some(around)) if is_inside && plan.parent.is_none() => builder = builder.inside(around),
            _ => {}
        }
        let span = builder.start();
        // Another provider's span: its trace stays its own, but says where this run came from.
        if let Some(around) = around.filter(|_| !is_inside && plan.continues.is_none()) {
            span.add_link(around, std::iter::empty());
        }
        Ok(span)
    }
}
