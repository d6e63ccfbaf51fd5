//! The program `thalweg` as a function.

use std::ffi::OsString;

use pyo3::prelude::*;

/// Run the program with its arguments, of which the first one is its name, and return its exit code. It handles the
/// signals of the process from then on.
#[pyfunction]
pub(crate) fn run_program(py: Python<'_>, arguments: Vec<OsString>) -> u8 {
    py.detach(|| thalweg_cli::run(arguments)).into()
}
