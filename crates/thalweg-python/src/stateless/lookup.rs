//! Looking up the memory of one tensor.

use pyo3::exceptions::PyTypeError;
use pyo3::prelude::*;
use thalweg_dlpack::{Exchange, TensorMemory};

/// Returns the memory of a tensor of the processor.
pub(super) fn memory<'a>(
    exchange: Exchange,
    tensor: &'a Bound<'_, PyAny>,
    what: &dyn Fn() -> String,
) -> PyResult<TensorMemory<'a>> {
    let memory = exchange.memory(tensor)?;
    if memory.is_on_cpu {
        Ok(memory)
    } else {
        Err(PyTypeError::new_err(format!("{} must be in the memory of the processor", what())))
    }
}
