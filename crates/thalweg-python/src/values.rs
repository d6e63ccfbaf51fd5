//! Values of JSON as values of Python, and back.

use pyo3::IntoPyObjectExt;
use pyo3::exceptions::PyTypeError;
use pyo3::prelude::*;
use pyo3::types::{PyBool, PyDict, PyFloat, PyInt, PyList, PyString, PyTuple};
use serde_json::{Map, Number, Value};

/// Nesting beyond which a value is refused.
const MAX_DEPTH: usize = 64;

/// Returns a value of Python: a dict for an object, a list for an array.
pub(crate) fn to_python<'py>(py: Python<'py>, value: &Value) -> PyResult<Bound<'py, PyAny>> {
    match value {
        Value::Null => Ok(py.None().into_bound(py)),
        Value::Bool(value) => value.into_bound_py_any(py),
        Value::Number(number) => match (number.as_u64(), number.as_i64()) {
            (Some(number), _) => number.into_bound_py_any(py),
            (None, Some(number)) => number.into_bound_py_any(py),
            (None, None) => number.as_f64().into_bound_py_any(py),
        },
        Value::String(text) => text.into_bound_py_any(py),
        Value::Array(values) => {
            let values: Vec<_> = values.iter().map(|value| to_python(py, value)).collect::<PyResult<_>>()?;
            Ok(PyList::new(py, values)?.into_any())
        }
        Value::Object(values) => {
            let dict = PyDict::new(py);
            for (name, value) in values {
                dict.set_item(name, to_python(py, value)?)?;
            }
            Ok(dict.into_any())
        }
    }
}

/// Returns the JSON of None, a bool, a number, a text, or a list, tuple or dict of such values.
pub(crate) fn from_python(value: &Bound<'_, PyAny>, argument: &str) -> PyResult<Value> {
    from_nested(value, argument, 0)
}

fn from_nested(value: &Bound<'_, PyAny>, argument: &str, depth: usize) -> PyResult<Value> {
    let refuse = |reason: String| PyTypeError::new_err(format!("{argument} {reason}"));
    if depth > MAX_DEPTH {
        return Err(refuse("is nested too deeply".into()));
    }
    let items = |items: Vec<Bound<'_, PyAny>>| -> PyResult<Value> {
        items.iter().map(|item| from_nested(item, argument, depth + 1)).collect::<PyResult<_>>().map(Value::Array)
    };
    if value.is_none() {
        Ok(Value::Null)
    } else if let Ok(value) = value.cast::<PyBool>() {
        Ok(Value::Bool(value.is_true()))
    } else if value.is_instance_of::<PyInt>() {
        let unsigned = value.extract::<u64>().map(Number::from);
        Ok(Value::Number(unsigned.or_else(|_| value.extract::<i64>().map(Number::from))?))
    } else if let Ok(value) = value.cast::<PyFloat>() {
        let number = Number::from_f64(value.value());
        number.map(Value::Number).ok_or_else(|| refuse(format!("must be finite, but contains {}", value.value())))
    } else if let Ok(text) = value.cast::<PyString>() {
        Ok(Value::String(text.to_str()?.to_owned()))
    } else if let Ok(list) = value.cast::<PyList>() {
        items(list.iter().collect())
    } else if let Ok(tuple) = value.cast::<PyTuple>() {
        items(tuple.iter().collect())
    } else if let Ok(dict) = value.cast::<PyDict>() {
        let mut values = Map::new();
        for (name, value) in dict {
            let name =
                name.cast::<PyString>().map_err(|_| refuse("must have texts as keys".into()))?.to_str()?.to_owned();
            values.insert(name, from_nested(&value, argument, depth + 1)?);
        }
        Ok(Value::Object(values))
    } else {
        Err(refuse(format!("must not contain a value of type {}", value.get_type().name()?)))
    }
}
