//! Sparse steps of one array.

use numpy::PyUntypedArray;
use numpy::prelude::*;
use pyo3::exceptions::PyTypeError;
use pyo3::prelude::*;
use thalweg::{Optimizer, StepOutcome};

use super::layout::Form;
use super::step::detach_for;
use super::{Active, PyOptimizer, with_optimizer};
use crate::arrays::{Number, readable, writable};
use crate::error::{OrRaise, invalid, wrong_type};

impl PyOptimizer {
    /// Makes a sparse step with arrays of either type.
    pub(super) fn step_sparse_any(
        &self,
        py: Python<'_>,
        x: &Bound<'_, PyAny>,
        coordinates: &Bound<'_, PyAny>,
        g: &Bound<'_, PyAny>,
    ) -> PyResult<StepOutcome> {
        let indices = indices(coordinates)?;
        self.with_single(py, x, |optimizer| {
            with_optimizer!(&mut optimizer.optimizer, optimizer => step_sparse(py, optimizer, x, &indices, g))
        })
    }

    /// Applies pending steps to arrays of either type.
    pub(super) fn sync_any(
        &self,
        py: Python<'_>,
        x: &Bound<'_, PyAny>,
        coordinates: Option<&Bound<'_, PyAny>>,
    ) -> PyResult<()> {
        let indices = coordinates.map(indices).transpose()?;
        self.with_single(py, x, |optimizer| {
            with_optimizer!(&mut optimizer.optimizer, optimizer => sync(py, optimizer, x, indices.as_deref()))
        })
    }

    /// Calls `use_optimizer` with the optimizer of one array.
    fn with_single<T>(
        &self,
        py: Python<'_>,
        x: &Bound<'_, PyAny>,
        use_optimizer: impl FnOnce(&mut Active) -> PyResult<T>,
    ) -> PyResult<T> {
        self.with_active(py, x, |active| match active.parameters.form {
            Form::Single => use_optimizer(active),
            form => {
                let message =
                    format!("sparse steps need one array, but the parameters are a {} of arrays", form.name());
                Err(PyTypeError::new_err(message))
            }
        })
    }
}

fn step_sparse<F: Number>(
    py: Python<'_>,
    optimizer: &mut Optimizer<F>,
    x: &Bound<'_, PyAny>,
    indices: &[u32],
    g: &Bound<'_, PyAny>,
) -> PyResult<StepOutcome> {
    let mut x = writable::<F>(x, "x")?;
    let g = readable::<F>(g, "g", F::NUMPY_NAME)?;
    let (x, g) = (x.as_slice_mut()?, g.as_slice()?);
    detach_for(py, g.len(), || optimizer.step_sparse(x, indices, g)).or_raise(py)
}

fn sync<F: Number>(
    py: Python<'_>,
    optimizer: &mut Optimizer<F>,
    x: &Bound<'_, PyAny>,
    indices: Option<&[u32]>,
) -> PyResult<()> {
    let mut x = writable::<F>(x, "x")?;
    let x = x.as_slice_mut()?;
    let numbers = indices.map_or(x.len(), <[u32]>::len);
    detach_for(py, numbers, || match indices {
        Some(indices) => optimizer.sync(x, indices),
        None => optimizer.sync_all(x),
    })
    .or_raise(py)
}

/// Returns coordinates given as an array of integers.
fn indices(coordinates: &Bound<'_, PyAny>) -> PyResult<Vec<u32>> {
    let py = coordinates.py();
    let expected = "an array of integers";
    let Ok(array) = coordinates.cast::<PyUntypedArray>() else {
        return Err(wrong_type("coordinates", expected, coordinates));
    };
    if array.ndim() != 1 {
        return Err(invalid(py, &format!("coordinates must have one dimension, but has {}", array.ndim())));
    }
    if !matches!(array.dtype().kind(), b'i' | b'u') {
        let found = array.dtype();
        return Err(PyTypeError::new_err(format!("coordinates must be {expected}, but is one of {found}")));
    }
    if array.is_instance_of::<numpy::PyArrayDyn<u32>>() {
        return Ok(readable::<u32>(coordinates, "coordinates", "integers")?.as_slice()?.to_vec());
    }
    let wide = coordinates.call_method1("astype", ("int64",))?;
    let wide = readable::<i64>(&wide, "coordinates", "integers")?;
    let to_index = |index: &i64| {
        u32::try_from(*index)
            .map_err(|_| invalid(py, &format!("coordinates must be at least 0 and below 2^32, but one is {index}")))
    };
    wide.as_slice()?.iter().map(to_index).collect()
}
