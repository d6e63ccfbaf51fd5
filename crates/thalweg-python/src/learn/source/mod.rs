//! Data for fits and predictions: paths of files, data frames, arrays, sparse matrices, dicts of columns.

mod column;
mod frame;
mod matrix;
mod paths;
mod view;

use std::path::PathBuf;

use numpy::PyUntypedArray;
use pyo3::exceptions::PyTypeError;
use pyo3::prelude::*;
use pyo3::types::{PyDict, PyString, PyTuple};
use thalweg_learn::arrow::array::RecordBatch;

use crate::error::{invalid, wrong_type};
use column::Column;
use matrix::Matrix;
pub(crate) use paths::paths_of;
pub(crate) use view::View;

/// Name of the column with the weights of the rows that are given as an array.
pub(crate) const WEIGHT: &str = "weight";

/// Kinds of data, in the words of Python.
const EXPECTED: &str = "a path or a sequence of paths, a data frame, a dict of columns, or arrays (X, y)";

/// Data as Python has them.
pub(crate) enum Source<'py> {
    /// Paths of files to read.
    Files(Vec<PathBuf>),
    /// Rows in the memory of Python.
    Memory(Memory<'py>),
}

/// Rows in memory: a table, and further columns.
pub(crate) struct Memory<'py> {
    base: Base<'py>,
    columns: Vec<(String, Column<'py>)>,
}

/// Table of rows in memory.
enum Base<'py> {
    /// No table but the columns.
    Columns,
    /// Batches of a data frame.
    Batches(Vec<RecordBatch>),
    /// Matrix of numbers, dense or sparse.
    Matrix(Matrix<'py>),
}

impl<'py> Source<'py> {
    /// Recognizes data for a fit: with the target among the columns, or as a tuple of rows, target and weights.
    pub(crate) fn with_target(data: &Bound<'py, PyAny>, argument: &str, target: &str) -> PyResult<Self> {
        let parts: Vec<Bound<'py, PyAny>> = match data.cast::<PyTuple>() {
            Ok(tuple) if paths_of(data)?.is_none() => tuple.iter().collect(),
            _ => return Self::of(data, argument),
        };
        let [rows, more @ ..] = parts.as_slice() else { return Err(wrong_type(argument, EXPECTED, data)) };
        if !(1..=2).contains(&more.len()) {
            let message = format!("{argument} must be a tuple (X, y) or (X, y, weight), but has {} items", parts.len());
            return Err(PyTypeError::new_err(message));
        }
        let rows_argument = format!("{argument}[0]");
        let Self::Memory(mut memory) = Self::of(rows, &rows_argument)? else {
            return Err(wrong_type(&rows_argument, "a data frame, a dict of columns or a matrix", rows));
        };
        for (place, (values, name)) in more.iter().zip([target, WEIGHT]).enumerate() {
            memory.columns.push((name.to_owned(), Column::of(values, &format!("{argument}[{}]", place + 1))?));
        }
        Ok(Self::Memory(memory))
    }

    /// Returns `true` if the rows have weights that are given as an array.
    pub(crate) fn has_weights(&self) -> bool {
        matches!(self, Self::Memory(memory) if memory.columns.iter().any(|(name, _)| name == WEIGHT))
    }

    /// Adds weights of the rows, given as an array.
    pub(crate) fn set_weights(&mut self, weights: &Bound<'py, PyAny>) -> PyResult<()> {
        match self {
            Self::Files(_) => Err(wrong_type("weight", "the name of a column of the files", weights)),
            Self::Memory(memory) => {
                memory.columns.push((WEIGHT.to_owned(), Column::of(weights, WEIGHT)?));
                Ok(())
            }
        }
    }

    /// Recognizes data without a target.
    pub(crate) fn of(data: &Bound<'py, PyAny>, argument: &str) -> PyResult<Self> {
        if let Some(files) = paths_of(data)? {
            return Ok(Self::Files(files));
        }
        // A sparse matrix of keys is a dict too.
        let base = if matrix::is_sparse(data)? {
            Base::Matrix(Matrix::of_sparse(data, argument)?)
        } else if let Ok(columns) = data.cast::<PyDict>() {
            return columns_of(columns, argument).map(Self::Memory);
        } else if let Some(batches) = frame::batches(data, argument)? {
            Base::Batches(batches)
        } else if let Some(columns) = frame::columns(data)? {
            return columns_of(&columns, argument).map(Self::Memory);
        } else if let Ok(array) = data.cast::<PyUntypedArray>() {
            match Matrix::of_array(array, argument)? {
                Ok(matrix) => Base::Matrix(matrix),
                Err(columns) => return Ok(Self::Memory(Memory { base: Base::Columns, columns })),
            }
        } else {
            return Err(wrong_type(argument, EXPECTED, data));
        };
        Ok(Self::Memory(Memory { base, columns: Vec::new() }))
    }
}

/// Returns the columns of a dict.
fn columns_of<'py>(columns: &Bound<'py, PyDict>, argument: &str) -> PyResult<Memory<'py>> {
    let mut named = Vec::with_capacity(columns.len());
    for (name, values) in columns {
        let name = name.cast::<PyString>().map_err(|_| wrong_type(&format!("a key of {argument}"), "a text", &name))?;
        let name = name.to_str()?.to_owned();
        let column = Column::of(&values, &format!("{argument}['{name}']"))?;
        named.push((name, column));
    }
    if named.is_empty() {
        return Err(invalid(columns.py(), &format!("{argument} must have at least one column")));
    }
    Ok(Memory { base: Base::Columns, columns: named })
}
