//! What `async with` waits for: nothing, so it is done.

use pyo3::prelude::*;

/// An awaitable that is done.
#[pyclass(module = "vedette._core")]
pub struct Ready(pub(super) Option<Py<PyAny>>);

#[pymethods]
impl Ready {
    fn __await__(slf: Bound<'_, Self>) -> Bound<'_, Self> {
        slf
    }

    fn __iter__(slf: Bound<'_, Self>) -> Bound<'_, Self> {
        slf
    }

    fn __next__(&mut self) -> PyResult<Option<Py<PyAny>>> {
        Err(pyo3::exceptions::PyStopIteration::new_err((self.0.take(),)))
    }
}
