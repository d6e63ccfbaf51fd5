//! Paths of data files.

use std::path::{Path, PathBuf};

use pyo3::prelude::*;
use pyo3::types::{PyBytes, PyList, PyTuple};

use crate::error::invalid;

/// Returns the paths, if the value is a path or a sequence of paths.
pub(crate) fn paths_of(value: &Bound<'_, PyAny>) -> PyResult<Option<Vec<PathBuf>>> {
    if value.is_instance_of::<PyBytes>() {
        return Ok(None);
    }
    let paths = if let Ok(path) = value.extract::<PathBuf>() {
        vec![path]
    } else if value.is_instance_of::<PyList>() || value.is_instance_of::<PyTuple>() {
        match value.extract::<Vec<PathBuf>>() {
            Ok(paths) if !paths.is_empty() => paths,
            _ => return Ok(None),
        }
    } else {
        return Ok(None);
    };
    if paths.iter().any(|path| path == Path::new("-")) {
        let message = "a path must be that of a file, but is '-': standard input is read by the program alone";
        return Err(invalid(value.py(), message));
    }
    Ok(Some(paths))
}
