//! Methods with their hyperparameters and options, and the tables of both.

use pyo3::exceptions::PyTypeError;
use pyo3::prelude::*;
use pyo3::types::{PyBool, PyDict, PyFloat, PyInt, PyList, PyString, PyTuple};
use thalweg::method::{HYPERPARAMETERS, HyperparamValue, OptimizerOptions};
use thalweg::{Method, OptimizerSpec, Schedule};

use crate::error::{OrRaise, wrong_type};
use crate::schedule::schedule_of;

/// A method with its hyperparameters and options.
#[pyclass(name = "Method", module = "thalweg", frozen, eq, skip_from_py_object)]
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct PyMethod(pub(crate) OptimizerSpec);

#[pymethods]
impl PyMethod {
    #[new]
    #[pyo3(signature = (method, /, *, schedule=None, **hyperparameters))]
    fn new(
        method: &Bound<'_, PyAny>,
        schedule: Option<&Bound<'_, PyAny>>,
        hyperparameters: Option<&Bound<'_, PyDict>>,
    ) -> PyResult<Self> {
        spec_of(method, schedule, hyperparameters).map(Self)
    }

    /// Name of the method.
    #[getter]
    fn name(&self) -> &'static str {
        self.0.method.name()
    }

    /// Learning rate before the schedule.
    #[getter]
    fn lr(&self) -> f64 {
        self.0.method.lr()
    }

    /// The update in one line.
    #[getter]
    fn formula(&self) -> &'static str {
        self.0.method.formula()
    }

    /// Author, year, and number of the algorithm in the paper.
    #[getter]
    fn source(&self) -> &'static str {
        self.0.method.source()
    }

    /// Values of the hyperparameters by name.
    #[getter]
    fn hyperparameters<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyDict>> {
        let values = PyDict::new(py);
        for (name, value) in self.0.method.hyperparameters() {
            values.set_item(name, value_to_python(py, &value))?;
        }
        Ok(values)
    }

    /// Schedule of the learning rate, as text.
    #[getter]
    fn schedule(&self) -> String {
        self.0.options.schedule.to_string()
    }

    fn __getnewargs_ex__<'py>(&self, py: Python<'py>) -> PyResult<(Bound<'py, PyTuple>, Bound<'py, PyDict>)> {
        let keywords = PyDict::new(py);
        if self.0.options.schedule != Schedule::Constant {
            keywords.set_item("schedule", self.schedule())?;
        }
        Ok((PyTuple::new(py, [self.0.to_string()])?, keywords))
    }

    fn __str__(&self) -> String {
        self.0.to_string()
    }

    fn __hash__(&self) -> u64 {
        use std::hash::{DefaultHasher, Hash, Hasher};
        let mut hasher = DefaultHasher::new();
        (self.0.to_string(), self.schedule()).hash(&mut hasher);
        hasher.finish()
    }

    fn __repr__(&self) -> String {
        match &self.0.options.schedule {
            Schedule::Constant => format!("Method('{}')", self.0),
            schedule => format!("Method('{}', schedule='{schedule}')", self.0),
        }
    }
}

/// Returns a method given as its text or value, with a schedule, hyperparameters and options that replace its own.
pub(crate) fn spec_of(
    method: &Bound<'_, PyAny>,
    schedule: Option<&Bound<'_, PyAny>>,
    hyperparameters: Option<&Bound<'_, PyDict>>,
) -> PyResult<OptimizerSpec> {
    let py = method.py();
    let (text, own_schedule) = if let Ok(method) = method.cast::<PyMethod>() {
        let spec = &method.get().0;
        (spec.to_string(), spec.options.schedule.clone())
    } else if let Ok(text) = method.cast::<PyString>() {
        (text.to_str()?.to_owned(), Schedule::Constant)
    } else {
        return Err(wrong_type("method", "a text or a Method", method));
    };
    let text = match hyperparameters {
        None => text,
        Some(hyperparameters) => with_hyperparameters(&text, hyperparameters)?,
    };
    let mut spec: OptimizerSpec = text.parse::<OptimizerSpec>().or_raise(py)?;
    spec.options.schedule = schedule.map(schedule_of).transpose()?.unwrap_or(own_schedule);
    Ok(spec)
}

/// Returns the text of a method with values by name that replace those in the text.
fn with_hyperparameters(text: &str, values: &Bound<'_, PyDict>) -> PyResult<String> {
    let (name, own) = text.split_once(':').unwrap_or((text, ""));
    let mut given = Vec::new();
    for (key, value) in values {
        let key = key.cast::<PyString>()?.to_str()?.to_owned();
        let value = value_text(&value, &key)?;
        given.push((key, value));
    }
    let is_given = |part: &&str| {
        let key = part.split_once('=').map_or(*part, |(key, _)| key).trim();
        given.iter().any(|(given, _)| given == key)
    };
    let own = own.split(',').filter(|part| !part.is_empty() && !is_given(part)).map(str::to_owned);
    let parts: Vec<_> = own.chain(given.iter().map(|(key, value)| format!("{key}={value}"))).collect();
    Ok(if parts.is_empty() { name.to_owned() } else { format!("{name}:{}", parts.join(",")) })
}

/// Returns the text of a hyperparameter.
fn value_text(value: &Bound<'_, PyAny>, key: &str) -> PyResult<String> {
    let refuse = || wrong_type(key, "a number or a text", value);
    if let Ok(text) = value.cast::<PyString>() {
        let text = text.to_str()?;
        // These would change other hyperparameters.
        if text.is_empty() || text.contains([',', '=', ':', '+']) {
            return Err(PyTypeError::new_err(format!(
                "{key} must be a number or the name of a choice, but is '{text}'"
            )));
        }
        return Ok(text.to_owned());
    }
    if value.is_instance_of::<PyBool>() {
        return Err(refuse());
    }
    if value.is_instance_of::<PyInt>() {
        return Ok(value.str()?.to_str()?.to_owned());
    }
    let is_number = value.is_instance_of::<PyFloat>() || value.hasattr("__float__")? || value.hasattr("__index__")?;
    if !is_number {
        return Err(refuse());
    }
    value.extract::<f64>().map(|number| HyperparamValue::Number(number).to_string()).map_err(|_| refuse())
}

/// Returns a hyperparameter as a float or a text.
pub(crate) fn value_to_python<'py>(py: Python<'py>, value: &HyperparamValue) -> Bound<'py, PyAny> {
    match value {
        HyperparamValue::Number(number) => PyFloat::new(py, *number).into_any(),
        HyperparamValue::Choice(name) => PyString::new(py, name).into_any(),
    }
}

/// Returns a hyperparameter given as a number or a text.
pub(crate) fn value_of(value: &Bound<'_, PyAny>, key: &str) -> PyResult<HyperparamValue> {
    if let Ok(text) = value.cast::<PyString>() {
        return Ok(text.to_str()?.to_owned().into());
    }
    if value.is_instance_of::<PyBool>() {
        return Err(wrong_type(key, "a number or a text", value));
    }
    value.extract::<f64>().map(Into::into).map_err(|_| wrong_type(key, "a number or a text", value))
}

/// Return the table of methods: names, formulas, sources, and hyperparameters with their defaults.
#[pyfunction]
pub(crate) fn method_table(py: Python<'_>) -> PyResult<Bound<'_, PyList>> {
    let rows = PyList::empty(py);
    for method in Method::all().into_iter().chain(Method::solvers()) {
        let row = PyDict::new(py);
        let defaults = PyDict::new(py);
        for (name, value) in method.hyperparameters() {
            defaults.set_item(name, value_to_python(py, &value))?;
        }
        row.set_item("name", method.name())?;
        row.set_item("formula", method.formula())?;
        row.set_item("source", method.source())?;
        row.set_item("defaults", defaults)?;
        row.set_item("presets", method.presets())?;
        row.set_item("is_solver", method.is_solver())?;
        rows.append(row)?;
    }
    Ok(rows)
}

/// Return the meaning and the range of every hyperparameter.
#[pyfunction]
pub(crate) fn hyperparameter_table(py: Python<'_>) -> PyResult<Bound<'_, PyDict>> {
    let table = PyDict::new(py);
    for row in HYPERPARAMETERS {
        table.set_item(row.name, (row.meaning, row.range()))?;
    }
    Ok(table)
}

/// Return the values of every option that any method takes.
#[pyfunction]
pub(crate) fn option_table(py: Python<'_>) -> PyResult<Bound<'_, PyDict>> {
    let table = PyDict::new(py);
    for option in OptimizerOptions::KEYS {
        table.set_item(option.name, option.values)?;
    }
    Ok(table)
}
