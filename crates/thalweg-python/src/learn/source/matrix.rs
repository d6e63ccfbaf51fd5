//! Matrices of numbers: arrays of numpy of two dimensions, and sparse matrices of scipy.

use numpy::prelude::*;
use numpy::{PyArray1, PyArray2, PyReadonlyArray1, PyReadonlyArray2, PyUntypedArray};
use pyo3::exceptions::PyTypeError;
use pyo3::prelude::*;

use crate::error::invalid;

use super::column::{Column, doubles};

/// Matrix of numbers, dense or sparse.
pub(crate) enum Matrix<'py> {
    /// Array in the order of C or of Fortran, which is not copied.
    F64(PyReadonlyArray2<'py, f64>),
    /// Array in the order of C or of Fortran, which is not copied.
    F32(PyReadonlyArray2<'py, f32>),
    /// Sparse matrix in compressed rows.
    Sparse(Sparse<'py>),
}

/// Arrays of a sparse matrix.
pub(crate) struct Sparse<'py> {
    pub(super) indptr: Indices<'py>,
    pub(super) indices: Indices<'py>,
    pub(super) values: Column<'py>,
    pub(super) columns: usize,
}

/// Integers of a sparse matrix.
pub(crate) enum Indices<'py> {
    I32(PyReadonlyArray1<'py, i32>),
    I64(PyReadonlyArray1<'py, i64>),
}

/// Columns of an array, by their names.
type Columns<'py> = Vec<(String, Column<'py>)>;

impl<'py> Matrix<'py> {
    /// Recognizes an array of two dimensions; one of another type than floating-point numbers is its columns c1, c2, …
    pub(super) fn of_array(array: &Bound<'py, PyUntypedArray>, argument: &str) -> PyResult<Result<Self, Columns<'py>>> {
        let py = array.py();
        let &[rows, columns] = array.shape() else {
            let message = format!("{argument} must have two dimensions, rows and columns, but has {}", array.ndim());
            return Err(invalid(py, &message));
        };
        if rows == 0 || columns == 0 {
            let message =
                format!("{argument} must have at least one row and one column, but its shape is ({rows}, {columns})");
            return Err(invalid(py, &message));
        }
        let (kind, bytes) = (array.dtype().kind(), array.dtype().itemsize());
        if kind != b'f' {
            let column = |index: usize| -> PyResult<(String, Column<'py>)> {
                let values = array.call_method1("take", (index, 1))?.cast_into::<PyUntypedArray>()?;
                Ok((format!("c{}", index + 1), Column::of_array(&values, argument)?))
            };
            return (0..columns).map(column).collect::<PyResult<_>>().map(Err);
        }
        let contiguous = |of_type: bool, name: &str| {
            let is_ready = of_type && (array.is_c_contiguous() || array.is_fortran_contiguous());
            if is_ready {
                Ok(array.clone().into_any())
            } else {
                py.import("numpy")?.call_method1("ascontiguousarray", (array, name))
            }
        };
        Ok(Ok(if bytes == 4 {
            let array = contiguous(array.is_instance_of::<PyArray2<f32>>(), "float32")?;
            Self::F32(array.cast_into::<PyArray2<f32>>()?.readonly())
        } else {
            let is_double = array.is_instance_of::<PyArray2<f64>>();
            let array = if is_double { contiguous(true, "float64")? } else { doubles(array)? };
            Self::F64(array.cast_into::<PyArray2<f64>>()?.readonly())
        }))
    }

    /// Recognizes a sparse matrix of scipy; other forms than compressed rows, and repeated entries, are copied.
    pub(super) fn of_sparse(matrix: &Bound<'py, PyAny>, argument: &str) -> PyResult<Self> {
        let py = matrix.py();
        let is_rows = matrix.getattr("format")?.eq("csr")?;
        let mut matrix = if is_rows { matrix.clone() } else { matrix.call_method0("tocsr")? };
        if !matrix.getattr("has_canonical_format")?.is_truthy()? {
            matrix = if is_rows { matrix.call_method0("copy")? } else { matrix };
            matrix.call_method0("sum_duplicates")?;
        }
        let (rows, columns): (usize, usize) = matrix.getattr("shape")?.extract()?;
        if rows == 0 || columns == 0 {
            let message =
                format!("{argument} must have at least one row and one column, but its shape is ({rows}, {columns})");
            return Err(invalid(py, &message));
        }
        let data = matrix.getattr("data")?.cast_into::<PyUntypedArray>()?;
        if !matches!(data.dtype().kind(), b'f' | b'i' | b'u' | b'b') {
            let found = data.dtype().to_string();
            return Err(PyTypeError::new_err(format!("{argument} must be a matrix of numbers, but is one of {found}")));
        }
        let is_float = data.dtype().kind() == b'f';
        let data =
            if is_float { data } else { data.call_method1("astype", ("float64",))?.cast_into::<PyUntypedArray>()? };
        let values = Column::of_array(&data, argument)?;
        Ok(Self::Sparse(Sparse {
            indptr: Indices::of(&matrix.getattr("indptr")?)?,
            indices: Indices::of(&matrix.getattr("indices")?)?,
            values,
            columns,
        }))
    }
}

impl<'py> Indices<'py> {
    fn of(array: &Bound<'py, PyAny>) -> PyResult<Self> {
        let array = array.py().import("numpy")?.call_method1("ascontiguousarray", (array,))?;
        match array.cast::<PyArray1<i32>>() {
            Ok(array) => Ok(Self::I32(array.readonly())),
            Err(_) => Ok(Self::I64(array.call_method1("astype", ("int64",))?.cast_into::<PyArray1<i64>>()?.readonly())),
        }
    }
}

/// Returns `true` for a sparse matrix or array of scipy.
pub(super) fn is_sparse(matrix: &Bound<'_, PyAny>) -> PyResult<bool> {
    let module = matrix.get_type().module()?;
    Ok(module.to_str()?.starts_with("scipy.sparse") && matrix.hasattr("tocsr")?)
}
