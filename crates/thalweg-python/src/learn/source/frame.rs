//! Data frames, by the Arrow PyCapsule interface.

use arrow_pyarrow::FromPyArrow;
use pyo3::exceptions::{PyImportError, PyTypeError};
use pyo3::prelude::*;
use pyo3::types::{PyDict, PyString};
use thalweg_learn::arrow::array::ffi_stream::RecordBatchStreamReader;
use thalweg_learn::arrow::array::{RecordBatch, RecordBatchReader};

use crate::error::invalid;

/// Method of the interface.
const STREAM: &str = "__arrow_c_stream__";

/// Returns the batches of a data frame, whose numbers are not copied; `None` for other values, and for data frames of
/// pandas without pyarrow.
pub(super) fn batches(frame: &Bound<'_, PyAny>, argument: &str) -> PyResult<Option<Vec<RecordBatch>>> {
    let py = frame.py();
    if !frame.hasattr(STREAM)? {
        if frame.hasattr("collect")? && frame.hasattr("collect_schema")? {
            return Err(invalid(py, &format!("{argument} must be a data frame, but is a lazy one: call collect()")));
        }
        return Ok(None);
    }
    // The index of pandas would be a column, or only metadata.
    let is_pandas = is_pandas(frame)?;
    let without_index = if is_pandas { Some(frame.call_method("reset_index", (), Some(&dropped(py)?))?) } else { None };
    let reader = RecordBatchStreamReader::from_pyarrow_bound(without_index.as_ref().unwrap_or(frame));
    let reader = match reader {
        Ok(reader) => reader,
        Err(error) if is_pandas && error.is_instance_of::<PyImportError>(py) => return Ok(None),
        Err(error) => return Err(not_table(argument, &error.to_string())),
    };
    let schema = reader.schema();
    // Values of Python and of Rust share the memory until the last batch is dropped.
    let mut batches =
        py.detach(|| reader.collect::<Result<Vec<_>, _>>()).map_err(|error| not_table(argument, &error.to_string()))?;
    if batches.is_empty() {
        batches.push(RecordBatch::new_empty(schema));
    }
    Ok(Some(batches))
}

/// Returns the columns of a data frame of pandas; `None` for other values.
pub(super) fn columns<'py>(frame: &Bound<'py, PyAny>) -> PyResult<Option<Bound<'py, PyDict>>> {
    if !is_pandas(frame)? {
        return Ok(None);
    }
    let columns = PyDict::new(frame.py());
    for item in frame.call_method0("items")?.try_iter()? {
        let (name, values): (Bound<'py, PyAny>, Bound<'py, PyAny>) = item?.extract()?;
        let name = if name.is_instance_of::<PyString>() { name } else { name.str()?.into_any() };
        columns.set_item(name, values.call_method0("to_numpy")?)?;
    }
    Ok(Some(columns))
}

/// Returns `true` for a data frame of pandas.
fn is_pandas(frame: &Bound<'_, PyAny>) -> PyResult<bool> {
    let class = frame.get_type();
    let is_pandas = class.module()?.to_str()?.split('.').next() == Some("pandas");
    Ok(is_pandas && frame.hasattr("columns")? && frame.hasattr("reset_index")?)
}

fn dropped(py: Python<'_>) -> PyResult<Bound<'_, PyDict>> {
    let arguments = PyDict::new(py);
    arguments.set_item("drop", true)?;
    Ok(arguments)
}

fn not_table(argument: &str, reason: &str) -> PyErr {
    PyTypeError::new_err(format!("{argument} must be a table of columns, but its Arrow stream is none: {reason}"))
}
