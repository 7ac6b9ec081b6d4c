//! Nothing of ours reaches the caller: errors are counted and the first is logged. Under our own tests they
//! surface.

use pyo3::exceptions::PyException;
use pyo3::prelude::*;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

pub static STRICT: AtomicBool = AtomicBool::new(false);
pub static ERRORS: AtomicU64 = AtomicU64::new(0);

/// Does some work of ours; if it fails, the caller gets what `T` is by default. What is no error but, say, an
/// interrupt by the user goes on.
pub fn guarded<T: Default>(py: Python<'_>, work: impl FnOnce() -> PyResult<T>) -> PyResult<T> {
    work().or_else(|error| {
        swallow(py, error)?;
        Ok(T::default())
    })
}

/// Counts an error of ours.
pub fn swallow(py: Python<'_>, error: PyErr) -> PyResult<()> {
    if STRICT.load(Ordering::Relaxed) || !error.is_instance_of::<PyException>(py) {
        return Err(error);
    }
    if ERRORS.fetch_add(1, Ordering::Relaxed) == 0 {
        let text = format!("vedette could not record something; the program is not affected ({error})");
        let log = py.import("logging").and_then(|logging| logging.call_method1("getLogger", ("vedette",)));
        // Where even that fails there is nobody to tell.
        let _ = log.and_then(|log| log.call_method1("warning", (text,)));
    }
    Ok(())
}
