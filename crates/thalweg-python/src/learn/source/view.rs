//! Data as the library takes them, for work without the lock of Python.

use numpy::prelude::*;
use pyo3::prelude::*;
use thalweg_learn::arrow::array::RecordBatch;
use thalweg_learn::data::{ColumnValues, IndexValues};
use thalweg_learn::{DataSource, Error, Files, Table};

use crate::error::invalid;

use super::column::Column;
use super::matrix::{Indices, Matrix};
use super::{Base, Source};

/// Data, borrowed from values of Python.
pub(crate) enum View<'a> {
    /// Files that are read.
    Files(Files),
    /// Rows in the memory of Python.
    Memory(BaseView<'a>, Vec<(&'a str, ColumnValues<'a>)>),
}

/// Table of rows in memory.
pub(crate) enum BaseView<'a> {
    Columns,
    Batches(&'a [RecordBatch]),
    RowMajor(ColumnValues<'a>, usize),
    ColumnMajor(ColumnValues<'a>, usize),
    Sparse { indptr: IndexValues<'a>, indices: IndexValues<'a>, values: ColumnValues<'a>, columns: usize },
}

impl<'py> Source<'py> {
    /// Borrows the data, without copies.
    pub(crate) fn view<'a>(&'a self, py: Python<'py>) -> PyResult<View<'a>> {
        let memory = match self {
            Self::Files(files) => return Ok(View::Files(Files::from(files.as_slice()))),
            Self::Memory(memory) => memory,
        };
        let base = match &memory.base {
            Base::Columns => BaseView::Columns,
            Base::Batches(batches) => BaseView::Batches(batches),
            Base::Matrix(Matrix::F64(array)) => {
                let values = ColumnValues::from(array.as_slice().map_err(|error| invalid(py, &error.to_string()))?);
                matrix(values, array.is_c_contiguous(), array.shape()[1])
            }
            Base::Matrix(Matrix::F32(array)) => {
                let values = ColumnValues::from(array.as_slice().map_err(|error| invalid(py, &error.to_string()))?);
                matrix(values, array.is_c_contiguous(), array.shape()[1])
            }
            Base::Matrix(Matrix::Sparse(sparse)) => BaseView::Sparse {
                indptr: sparse.indptr.view(py)?,
                indices: sparse.indices.view(py)?,
                values: sparse.values.view(py)?,
                columns: sparse.columns,
            },
        };
        let columns = memory.columns.iter().map(|(name, column)| Ok((name.as_str(), column.view(py)?)));
        Ok(View::Memory(base, columns.collect::<PyResult<_>>()?))
    }
}

fn matrix(values: ColumnValues<'_>, is_row_major: bool, columns: usize) -> BaseView<'_> {
    if is_row_major { BaseView::RowMajor(values, columns) } else { BaseView::ColumnMajor(values, columns) }
}

impl View<'_> {
    /// Number of the columns of a matrix of numbers, whose columns have no names of their own.
    pub(crate) fn matrix_width(&self) -> Option<usize> {
        match self {
            Self::Memory(BaseView::RowMajor(_, width) | BaseView::ColumnMajor(_, width), _) => Some(*width),
            _ => None,
        }
    }

    /// Does work on the data.
    pub(crate) fn with<T>(&self, work: impl FnOnce(DataSource<'_>) -> Result<T, Error>) -> Result<T, Error> {
        match self {
            Self::Files(files) => work(DataSource::from(files.clone())),
            Self::Memory(base, columns) => {
                let columns = columns.as_slice();
                let (table, more) = match base {
                    BaseView::Columns => (Table::from_columns(columns.iter().copied())?, &[][..]),
                    BaseView::Batches(batches) => (Table::from_record_batches(batches)?, columns),
                    BaseView::RowMajor(values, width) => (named(Table::from_row_major(*values, *width)?)?, columns),
                    BaseView::ColumnMajor(values, width) => {
                        (named(Table::from_column_major(*values, *width)?)?, columns)
                    }
                    BaseView::Sparse { indptr, indices, values, columns: width } => {
                        (Table::from_csr(*indptr, *indices, *values, *width)?, columns)
                    }
                };
                let table = more.iter().try_fold(table, |table, (name, values)| table.with_column(*name, *values))?;
                work(DataSource::from(&table))
            }
        }
    }
}

/// Names the columns of a matrix c1, c2, … as those of a table with names, so that more columns can follow.
fn named(table: Table<'_>) -> Result<Table<'_>, Error> {
    let names = table.names().to_vec();
    table.with_column_names(names)
}

impl Column<'_> {
    fn view<'a>(&'a self, py: Python<'_>) -> PyResult<ColumnValues<'a>> {
        match self {
            Self::F64(array) => array.as_slice().map(ColumnValues::from),
            Self::F32(array) => array.as_slice().map(ColumnValues::from),
            Self::Array(array) => return Ok(ColumnValues::from(array)),
        }
        .map_err(|error| invalid(py, &error.to_string()))
    }
}

impl Indices<'_> {
    fn view<'a>(&'a self, py: Python<'_>) -> PyResult<IndexValues<'a>> {
        match self {
            Self::I32(array) => array.as_slice().map(IndexValues::from),
            Self::I64(array) => array.as_slice().map(IndexValues::from),
        }
        .map_err(|error| invalid(py, &error.to_string()))
    }
}
