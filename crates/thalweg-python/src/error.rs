//! Errors of the libraries as exceptions of Python.

use pyo3::exceptions::PyTypeError;
use pyo3::prelude::*;
use pyo3::sync::PyOnceLock;
use pyo3::types::{PyDict, PyType};

/// Converts an error into an exception.
pub(crate) trait IntoPyErr {
    /// Returns the exception, with the parts of the error as its attributes.
    fn into_py_err(self, py: Python<'_>) -> PyErr;
}

/// Converts the error of a result into an exception.
pub(crate) trait OrRaise<T> {
    /// Returns the result with an exception in place of the error.
    fn or_raise(self, py: Python<'_>) -> PyResult<T>;
}

impl<T, E: IntoPyErr> OrRaise<T> for Result<T, E> {
    fn or_raise(self, py: Python<'_>) -> PyResult<T> {
        self.map_err(|error| error.into_py_err(py))
    }
}

impl IntoPyErr for thalweg::Error {
    fn into_py_err(self, py: Python<'_>) -> PyErr {
        use thalweg::Error;
        let attributes = PyDict::new(py);
        let set = |name: &str, value: Option<String>| attributes.set_item(name, value);
        let parts = set("kind", Some(self.kind().name().to_owned()))
            .and_then(|()| set("found", self.found()))
            .and_then(|()| set("expected", self.expected()));
        if let Err(error) = parts {
            return error;
        }
        match self {
            Error::NotFinite { ref tensor, index, .. } => {
                let more = attributes.set_item("tensor", tensor).and_then(|()| attributes.set_item("index", index));
                more.err().unwrap_or_else(|| new(py, "NotFiniteError", &self.to_string(), &attributes))
            }
            Error::Objective(error) => match error.downcast::<PyErr>() {
                Ok(error) => *error,
                Err(error) => new(py, "Error", &error.to_string(), &attributes),
            },
            Error::OutOfSync => {
                let message = "some coordinates have pending sparse steps: call sync(x) first";
                new(py, "Error", message, &attributes)
            }
            Error::Unknown { ref name, ref known, .. } => {
                let nearest = thalweg_learn::data::nearest_name(name, known);
                let question = nearest.map(|nearest| format!("; did you mean '{nearest}'?")).unwrap_or_default();
                new(py, "Error", &format!("{self}{question}"), &attributes)
            }
            _ => new(py, "Error", &self.to_string(), &attributes),
        }
    }
}

impl IntoPyErr for thalweg_problems::Error {
    fn into_py_err(self, py: Python<'_>) -> PyErr {
        match self {
            Self::Optimization(error) => error.into_py_err(py),
            other => invalid(py, &other.to_string()),
        }
    }
}

/// Returns `thalweg.Error` with a message.
pub(crate) fn invalid(py: Python<'_>, message: &str) -> PyErr {
    new(py, "Error", message, &PyDict::new(py))
}

/// Returns `TypeError` with a message of what was expected of an argument.
pub(crate) fn wrong_type(argument: &str, expected: &str, found: &Bound<'_, PyAny>) -> PyErr {
    match found.get_type().name() {
        Ok(found) => PyTypeError::new_err(format!("{argument} must be {expected}, but is {found}")),
        Err(error) => error,
    }
}

/// Returns an exception of a class of `thalweg.errors`, whose attributes are given by name.
fn new(py: Python<'_>, class: &str, message: &str, attributes: &Bound<'_, PyDict>) -> PyErr {
    static MODULE: PyOnceLock<Py<PyModule>> = PyOnceLock::new();
    let module = MODULE.get_or_try_init(py, || py.import("thalweg.errors").map(Bound::unbind));
    let exception = module.and_then(|module| {
        let class = module.bind(py).getattr(class)?.cast_into::<PyType>()?;
        class.call((message,), Some(attributes))
    });
    exception.map_or_else(|error| error, PyErr::from_value)
}
