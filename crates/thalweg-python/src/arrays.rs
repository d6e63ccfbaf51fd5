//! Arrays of numpy as slices, with errors that name the argument.

use numpy::prelude::*;
use numpy::{BorrowError, PyArrayDyn, PyReadonlyArrayDyn, PyReadwriteArrayDyn, PyUntypedArray};
use pyo3::exceptions::PyTypeError;
use pyo3::prelude::*;

use crate::error::{invalid, wrong_type};

/// Type of the numbers of an array.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum ElementType {
    /// Single precision, `numpy.float32`.
    F32,
    /// Double precision, `numpy.float64`.
    F64,
}

impl ElementType {
    /// Name of the type in numpy.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::F32 => "float32",
            Self::F64 => "float64",
        }
    }

    /// Returns the type of the numbers of an array.
    pub(crate) fn of(array: &Bound<'_, PyAny>, argument: &str) -> PyResult<Self> {
        if array.is_instance_of::<PyArrayDyn<f64>>() {
            Ok(Self::F64)
        } else if array.is_instance_of::<PyArrayDyn<f32>>() {
            Ok(Self::F32)
        } else {
            Err(not_array(array, argument, "float32 or float64"))
        }
    }
}

/// Returns the error for an argument that is no array of numbers of a type.
fn not_array(found: &Bound<'_, PyAny>, argument: &str, expected: &str) -> PyErr {
    match found.cast::<PyUntypedArray>() {
        Ok(array) => {
            PyTypeError::new_err(format!("{argument} must be an array of {expected}, but is one of {}", array.dtype()))
        }
        Err(_) => wrong_type(argument, &format!("an array of {expected}"), found),
    }
}

/// Borrows an array whose numbers change.
pub(crate) fn writable<'py, F: Number>(
    array: &Bound<'py, PyAny>,
    argument: &str,
) -> PyResult<PyReadwriteArrayDyn<'py, F>> {
    let py = array.py();
    let array = array.cast::<PyArrayDyn<F>>().map_err(|_| not_array(array, argument, F::NUMPY_NAME))?;
    let mut array = array.try_readwrite().map_err(|error| match error {
        BorrowError::NotWriteable => invalid(py, &format!("{argument} must be writeable, but is read-only")),
        _ => shared_memory(py, argument),
    })?;
    if array.as_slice_mut().is_err() {
        let expected = "aligned and contiguous, since it changes in place (numpy.ascontiguousarray makes such a copy)";
        return Err(invalid(py, &format!("{argument} must be {expected}")));
    }
    Ok(array)
}

/// Borrows an array that is only read and has the shape of another one; a copy, if its numbers lie in another order.
pub(crate) fn readable_as<'py, F: Number>(
    array: &Bound<'py, PyAny>,
    argument: &str,
    like: &PyReadwriteArrayDyn<'py, F>,
    like_argument: &str,
) -> PyResult<PyReadonlyArrayDyn<'py, F>> {
    let py = array.py();
    let scalar;
    let array = if let Ok(array) = array.cast::<PyArrayDyn<F>>() {
        array
    } else {
        scalar = of_scalar::<F>(array).ok_or_else(|| not_array(array, argument, F::NUMPY_NAME))?;
        &scalar
    };
    if array.shape() != like.shape() {
        let (expected, found) = (shape(like.shape()), shape(array.shape()));
        return Err(invalid(
            py,
            &format!("{argument} must have the shape {expected} of {like_argument}, but has {found}"),
        ));
    }
    let same_order = (like.is_c_contiguous() && array.is_c_contiguous())
        || (like.is_fortran_contiguous() && array.is_fortran_contiguous());
    if same_order {
        let array = array.try_readonly().map_err(|_| shared_memory(py, argument))?;
        if array.as_slice().is_ok() {
            return Ok(array);
        }
    }
    let order = if like.is_c_contiguous() { "C" } else { "F" };
    let copy = array.call_method1("copy", (order,))?.cast_into::<PyArrayDyn<F>>()?;
    copy.try_readonly().map_err(|_| shared_memory(py, argument))
}

/// Returns a scalar of numpy, the result of arithmetic of arrays without dimensions, as such an array.
fn of_scalar<'py, F: Number>(scalar: &Bound<'py, PyAny>) -> Option<Bound<'py, PyArrayDyn<F>>> {
    let numpy = scalar.py().import("numpy").ok()?;
    let is_scalar = scalar.is_instance(&numpy.getattr("generic").ok()?).ok()?;
    is_scalar.then(|| numpy.call_method1("asarray", (scalar,)).ok()?.cast_into().ok()).flatten()
}

/// Borrows a vector that is only read; a copy, if its numbers do not lie side by side.
pub(crate) fn readable<'py, F: numpy::Element>(
    array: &Bound<'py, PyAny>,
    argument: &str,
    expected: &str,
) -> PyResult<PyReadonlyArrayDyn<'py, F>> {
    let py = array.py();
    let array = array.cast::<PyArrayDyn<F>>().map_err(|_| not_array(array, argument, expected))?;
    let borrowed = array.try_readonly().map_err(|_| shared_memory(py, argument))?;
    if borrowed.as_slice().is_ok() {
        return Ok(borrowed);
    }
    let copy = array.call_method1("copy", ("C",))?.cast_into::<PyArrayDyn<F>>()?;
    copy.try_readonly().map_err(|_| shared_memory(py, argument))
}

/// Returns the error for an array whose memory overlaps with that of another argument.
fn shared_memory(py: Python<'_>, argument: &str) -> PyErr {
    invalid(py, &format!("{argument} must not share memory with another array of this call, or of a call in progress"))
}

/// Returns a shape as Python writes it.
fn shape(lengths: &[usize]) -> String {
    match lengths {
        [one] => format!("({one},)"),
        _ => format!("({})", lengths.iter().map(usize::to_string).collect::<Vec<_>>().join(", ")),
    }
}

/// A type of numbers that the methods and numpy have.
pub(crate) trait Number: thalweg::method::Element + numpy::Element {
    /// Name of the type in numpy.
    const NUMPY_NAME: &'static str;
}

impl Number for f32 {
    const NUMPY_NAME: &'static str = "float32";
}

impl Number for f64 {
    const NUMPY_NAME: &'static str = "float64";
}

/// Returns the numbers of an array of any shape in C order, or of a sequence of numbers.
pub(crate) fn vector(values: &Bound<'_, PyAny>, argument: &str) -> PyResult<Vec<f64>> {
    if let Ok(array) = values.cast::<PyArrayDyn<f64>>() {
        let array = array.try_readonly().map_err(|_| shared_memory(values.py(), argument))?;
        return Ok(array.as_array().iter().copied().collect());
    }
    let expected = "an array or a sequence of numbers";
    if let Ok(array) = values.cast::<PyUntypedArray>() {
        if !matches!(array.dtype().kind(), b'i' | b'u' | b'f' | b'b') {
            return Err(not_array(values, argument, "numbers"));
        }
        let array = array.call_method1("astype", ("float64",))?.cast_into::<PyArrayDyn<f64>>()?;
        return Ok(array.readonly().as_array().iter().copied().collect());
    }
    values.extract().map_err(|_| wrong_type(argument, expected, values))
}
