//! Errors of the libraries as exceptions of Python.

use pyo3::exceptions::{PyKeyboardInterrupt, PyOSError, PyTypeError};
use pyo3::prelude::*;
use pyo3::sync::PyOnceLock;
use pyo3::types::{PyDict, PyType};
use thalweg_learn::error::{CheckpointError, ColumnRole, ExpectedCell, TargetProblem};

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
                // Some names are listed with their parameters, as `huber:delta=1.35`.
                let names: Vec<String> = known.iter().map(|known| known.split(':').take(1).collect()).collect();
                let nearest = thalweg_learn::data::nearest_name(name, &names);
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

impl IntoPyErr for thalweg_compare::Error {
    fn into_py_err(self, py: Python<'_>) -> PyErr {
        match self {
            Self::Method(error) => error.into_py_err(py),
            Self::Problem(error) => error.into_py_err(py),
            Self::Learn(error) => error.into_py_err(py),
            Self::Callback(error) => match error.downcast::<thalweg_learn::Error>() {
                Ok(error) => error.into_py_err(py),
                Err(error) => invalid(py, &error.to_string()),
            },
            other => invalid(py, &other.to_string()),
        }
    }
}

impl IntoPyErr for thalweg_learn::Error {
    fn into_py_err(self, py: Python<'_>) -> PyErr {
        use thalweg_learn::Error;
        let message = match hint(&self) {
            Some(hint) => format!("{self}; {hint}"),
            None => self.to_string(),
        };
        match self {
            Error::Interrupted => PyKeyboardInterrupt::new_err(()),
            Error::Method(error) => error.into_py_err(py),
            Error::Io { path, source } => {
                let reason = source.to_string();
                let reason = reason.split(" (os error").next().unwrap_or_default().to_owned();
                match source.raw_os_error() {
                    // Python chooses the class by the number, such as FileNotFoundError.
                    Some(number) => PyOSError::new_err((number, reason, path.to_string_lossy().into_owned())),
                    None => PyOSError::new_err(format!("{}: {reason}", path.display())),
                }
            }
            Error::Destination { .. } => PyOSError::new_err(message),
            error => {
                let attributes = PyDict::new(py);
                match set_parts(&attributes, &error) {
                    Ok(()) => new(py, if error.is_bad_data() { "DataError" } else { "Error" }, &message, &attributes),
                    Err(error) => error,
                }
            }
        }
    }
}

/// Sets the parts of an error as attributes.
fn set_parts(attributes: &Bound<'_, PyDict>, error: &thalweg_learn::Error) -> PyResult<()> {
    attributes.set_item("found", error.found())?;
    attributes.set_item("expected", error.expected())?;
    if !error.is_bad_data() {
        return attributes.set_item("kind", error.kind().name());
    }
    let at = error.position();
    attributes.set_item("reason", error.kind().name())?;
    attributes.set_item("path", error.path().map(|path| path.to_string_lossy()))?;
    attributes.set_item("line", at.map(|at| at.line).filter(|line| *line > 0))?;
    attributes.set_item("column", error.column())
}

/// Returns the arguments that may resolve an error; `None` for most errors.
fn hint(error: &thalweg_learn::Error) -> Option<String> {
    use thalweg_learn::Error;
    match error {
        Error::NotUtf8 { .. } => Some("if the text is Latin-1, use encoding='latin1'".into()),
        Error::UnterminatedQuote { .. } => Some("if quotes are characters like any other, use quotes=False".into()),
        Error::Checkpoint(error) if matches!(**error, CheckpointError::OtherFit { .. }) => {
            Some("force=True continues with the data and arguments of this call".into())
        }
        Error::Target(error) if matches!(error.problem, TargetProblem::NotBinary { .. }) => {
            Some("loss='softmax' learns any number of classes".into())
        }
        Error::Cell(error) => {
            let ExpectedCell::Number(Some(statistics)) = &error.expected else { return None };
            if statistics.decimal_comma {
                return Some("decimal=',' reads a comma as decimal mark, thousands=',' one between thousands".into());
            }
            let (found, column) = (&error.found, &error.column);
            let missing = format!("missing='{found}' reads it as a missing value");
            let categories = format!("; categorical='{column}' reads the column as categories");
            Some(if statistics.role == ColumnRole::Feature { missing + &categories } else { missing })
        }
        _ => None,
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
