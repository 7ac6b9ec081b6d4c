//! The one recorder of the process and what all its runs share.

use crate::guard::{ERRORS, STRICT};
use crate::values;
use pyo3::exceptions::PyValueError;
use pyo3::prelude::*;
use pyo3::types::PyDict;
use std::collections::HashMap;
use std::sync::atomic::Ordering;
use std::sync::{Arc, Mutex, Once, PoisonError};
use std::time::Duration;
use vedette_sdk::{Config, Recorder, Redaction, TraceId, Value};

/// What `init` set up.
pub struct State {
    pub recorder: Recorder,
    /// Attributes of every run, but for those of the session.
    pub facts: Vec<(String, Value<'static>)>,
    /// Attributes of every run that names no session of its own.
    pub session: Vec<(String, Value<'static>)>,
    pub parent_run: Option<TraceId>,
    /// Called with each attribute before it is kept.
    pub redact: Option<Py<PyAny>>,
    /// Heartbeats that were started and not ended.
    pub beats: Mutex<HashMap<TraceId, vedette_sdk::Span>>,
}

static STATE: Mutex<Option<Arc<State>>> = Mutex::new(None);

/// What `init` set up, if it was called.
pub fn state() -> Option<Arc<State>> {
    STATE.lock().unwrap_or_else(PoisonError::into_inner).clone()
}

fn replace(state: Option<Arc<State>>) -> Option<Arc<State>> {
    std::mem::replace(&mut *STATE.lock().unwrap_or_else(PoisonError::into_inner), state)
}

/// Sets up the recorder of this process; the one before is shut down. Misuse raises `ValueError`.
#[pyfunction]
#[pyo3(signature = (
    *, endpoint, api_key, region, resource, facts, session, parent_run, redact_defaults, redact_keys,
    redact_patterns, redact_call, sample, spool, spool_bytes
))]
#[allow(clippy::too_many_arguments, reason = "called from one place, by name")]
pub fn configure(
    py: Python<'_>,
    endpoint: &str,
    api_key: Option<String>,
    region: String,
    resource: &Bound<'_, PyDict>,
    facts: &Bound<'_, PyDict>,
    session: &Bound<'_, PyDict>,
    parent_run: Option<&str>,
    redact_defaults: bool,
    redact_keys: Vec<String>,
    redact_patterns: Vec<String>,
    redact_call: Option<Py<PyAny>>,
    sample: f64,
    spool: Option<std::path::PathBuf>,
    spool_bytes: Option<u64>,
) -> PyResult<()> {
    let mut redaction = if redact_defaults { Redaction::default() } else { Redaction::none() };
    for key in redact_keys {
        redaction = redaction.with_key(&key);
    }
    for pattern in redact_patterns {
        let wrong = |error| PyValueError::new_err(format!("redact: {pattern:?} cannot be used: {error}"));
        redaction = redaction.with_pattern(&pattern).map_err(wrong)?;
    }
    let defaults = Config::new(endpoint);
    let config = Config {
        api_key,
        region,
        resource: pairs(resource)?,
        redaction,
        sample,
        spool,
        spool_bytes: spool_bytes.unwrap_or(defaults.spool_bytes),
        ..defaults
    };
    let recorder = Recorder::start(config).map_err(|error| PyValueError::new_err(error.to_string()))?;
    let parent_run = parent_run
        .map(|id| TraceId::parse(id).ok_or_else(|| PyValueError::new_err(format!("parent_run: {id:?} is no run id"))))
        .transpose()?;
    let new = State {
        recorder,
        facts: pairs(facts)?,
        session: pairs(session)?,
        parent_run,
        redact: redact_call,
        beats: Mutex::default(),
    };
    if let Some(old) = replace(Some(Arc::new(new))) {
        py.detach(|| old.recorder.shutdown(vedette_sdk::limits::LAST_WAIT));
    }
    settle_at_the_very_end();
    Ok(())
}

/// Settles when the interpreter is gone: for what is recorded by its last exit functions and finalizers.
#[allow(unsafe_code, reason = "there is no other way to be called then")]
fn settle_at_the_very_end() {
    extern "C" fn settle() {
        if let Some(state) = state() {
            state.recorder.settle();
        }
    }
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        // SAFETY: the function lives as long as the process, and calls nothing of Python's.
        unsafe { pyo3::ffi::Py_AtExit(Some(settle)) };
    });
}

fn pairs(dict: &Bound<'_, PyDict>) -> PyResult<Vec<(String, Value<'static>)>> {
    dict.iter().map(|(key, value)| Ok((key.extract::<String>()?, values::owned(&value)?))).collect()
}

/// Waits until the server has all that was recorded before; whether it has.
#[pyfunction]
pub fn flush(py: Python<'_>, timeout: f64) -> bool {
    state().is_none_or(|state| py.detach(|| state.recorder.flush(duration(timeout))))
}

/// As `flush`, and records nothing more.
#[pyfunction]
pub fn shutdown(py: Python<'_>, timeout: f64) -> bool {
    replace(None).is_none_or(|state| py.detach(|| state.recorder.shutdown(duration(timeout))))
}

fn duration(seconds: f64) -> Duration {
    Duration::try_from_secs_f64(seconds.clamp(0.0, 86_400.0)).unwrap_or_default()
}

/// The end of the process: all is in the spool, and sent if the server is there.
#[pyfunction]
pub fn settle(py: Python<'_>) {
    if let Some(state) = state() {
        py.detach(|| state.recorder.settle());
    }
}

/// In a process made by `fork`, before anything else.
#[pyfunction]
pub fn after_fork(py: Python<'_>) {
    let Some(old) = state() else { return };
    let new = State {
        recorder: old.recorder.after_fork(),
        facts: old.facts.clone(),
        session: old.session.clone(),
        parent_run: old.parent_run,
        redact: old.redact.as_ref().map(|call| call.clone_ref(py)),
        beats: Mutex::default(),
    };
    // What belongs to the other process is neither used nor torn down here: its locks may be held for ever.
    std::mem::forget(old);
    std::mem::forget(replace(Some(Arc::new(new))));
}

/// What became of what was recorded.
#[pyfunction]
pub fn stats(py: Python<'_>) -> PyResult<Bound<'_, PyDict>> {
    let stats = state().map(|state| state.recorder.stats()).unwrap_or_default();
    let dict = PyDict::new(py);
    let counts = [
        ("recorded", stats.recorded),
        ("sent", stats.sent),
        ("spooled", stats.spooled),
        ("dropped", stats.dropped),
        ("refused", stats.refused),
        ("errors", ERRORS.load(Ordering::Relaxed)),
    ];
    for (name, count) in counts {
        dict.set_item(name, count)?;
    }
    dict.set_item("last_error", stats.last_error)?;
    Ok(dict)
}

/// Whether errors of ours surface: for our own tests.
#[pyfunction]
pub fn strict(yes: bool) {
    STRICT.store(yes, Ordering::Relaxed);
}
