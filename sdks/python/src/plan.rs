//! What a span will be, before it starts: the words of `span` and `run` as attributes.

use crate::state::State;
use crate::values;
use pyo3::exceptions::PyValueError;
use pyo3::prelude::*;
use pyo3::types::PyDict;
use vedette_sdk::{Kind, SpanContext, TraceId};

/// A span that may be started, once or for each call of a function.
pub struct Plan {
    pub name: String,
    /// `None` where OpenTelemetry's attributes say what it is.
    pub kind: Option<Kind>,
    pub run: Option<RunPlan>,
    pub attributes: Option<Py<PyDict>>,
    /// Attributes by their key, from the words that the caller used.
    pub facts: Vec<(&'static str, Py<PyAny>)>,
    /// Attributes in groups, each key behind the group's.
    pub metadata: Option<Py<PyDict>>,
    pub input: Option<Py<PyAny>>,
}

/// What only a run has.
#[derive(Clone, Copy, Default)]
pub struct RunPlan {
    pub id: Option<TraceId>,
    pub parent: Option<TraceId>,
    pub continues: Option<SpanContext>,
    pub has_session: bool,
}

impl Plan {
    pub fn span(name: String, kind: Option<Kind>) -> Plan {
        Plan { name, kind, run: None, attributes: None, facts: Vec::new(), metadata: None, input: None }
    }

    pub fn run(agent: String) -> Plan {
        Plan { run: Some(RunPlan::default()), ..Plan::span(agent, Some(Kind::Agent)) }
    }

    /// The same for another call.
    pub fn again(&self, py: Python<'_>) -> Plan {
        Plan {
            name: self.name.clone(),
            kind: self.kind,
            run: self.run,
            attributes: self.attributes.as_ref().map(|dict| dict.clone_ref(py)),
            facts: self.facts.iter().map(|(key, value)| (*key, value.clone_ref(py))).collect(),
            metadata: self.metadata.as_ref().map(|dict| dict.clone_ref(py)),
            input: self.input.as_ref().map(|value| value.clone_ref(py)),
        }
    }

    /// Keeps what the caller gave under this key.
    pub fn fact(&mut self, key: &'static str, value: Option<Bound<'_, PyAny>>) {
        self.facts.extend(value.map(|value| (key, value.unbind())));
    }

    /// A session is its id or a dict of `id`, `name` and `user_id`.
    pub fn session(&mut self, session: Option<Bound<'_, PyAny>>) -> PyResult<()> {
        let Some(session) = session else { return Ok(()) };
        if let Some(run) = &mut self.run {
            run.has_session = true;
        }
        let Ok(dict) = session.cast::<PyDict>() else {
            self.fact("session.id", Some(session));
            return Ok(());
        };
        for (word, key) in [("id", "session.id"), ("name", "vedette.session.name"), ("user_id", "user.id")] {
            self.fact(key, dict.get_item(word)?);
        }
        Ok(())
    }

    /// Calls `set` with every attribute.
    pub fn each(
        &self,
        py: Python<'_>,
        state: &State,
        mut set: impl FnMut(&str, vedette_sdk::Value<'_>),
    ) -> PyResult<()> {
        for (key, value) in &self.facts {
            values::each(state, key, value.bind(py), &mut set)?;
        }
        for (key, value) in self.attributes.iter().flat_map(|dict| dict.bind(py).iter()) {
            values::each(state, &values::text_of(&key)?, &value, &mut set)?;
        }
        for (key, value) in self.metadata.iter().flat_map(|dict| dict.bind(py).iter()) {
            values::each(state, &format!("vedette.metadata.{}", values::text_of(&key)?), &value, &mut set)?;
        }
        Ok(())
    }
}

/// The kind of this word; misuse raises.
pub fn kind(word: Option<&str>) -> PyResult<Kind> {
    let Some(word) = word else { return Ok(Kind::Custom) };
    Kind::parse(word).ok_or_else(|| {
        let words: Vec<&str> = Kind::ALL.iter().map(|(_, word)| *word).collect();
        PyValueError::new_err(format!("unknown kind {word:?}; use one of {}", words.join(", ")))
    })
}

/// A run's id; misuse raises.
pub fn run_id(text: Option<&str>, argument: &str) -> PyResult<Option<TraceId>> {
    text.map(|text| {
        TraceId::parse(text).ok_or_else(|| {
            PyValueError::new_err(format!("{argument} must be run_<region>_<32 hex digits>, not {text:?}"))
        })
    })
    .transpose()
}
