//! Fits that continue on new rows, epoch by epoch.

use std::path::Path;

use pyo3::prelude::*;
use pyo3::types::{PyBytes, PyDict, PyTuple};
use thalweg_learn::train::{AnyTrainingState, TrainingStart};
use thalweg_learn::{Callbacks, Interrupt, ModelFile};

use crate::arguments::Arguments;
use crate::error::{OrRaise, invalid};
use crate::work::{self, Done};

use super::fit::{parts, weight_column};
use super::fit_config::fit_config;
use super::model::PyModel;
use super::source::Source;

/// State of a training between two calls: the encoding of the rows, the weights, and the state of the optimizer.
#[pyclass(name = "TrainingState", module = "thalweg._thalweg", frozen)]
pub(crate) struct PyTrainingState {
    /// Model with the schema of the rows of the first call.
    model: ModelFile,
    state: AnyTrainingState,
}

#[pymethods]
impl PyTrainingState {
    /// Number of optimizer steps taken.
    #[getter]
    fn steps(&self) -> u64 {
        self.state.steps()
    }

    /// Number of epochs completed.
    #[getter]
    fn epochs(&self) -> u64 {
        self.state.epoch()
    }

    /// Return the state of a model and of a training, as they are pickled.
    #[staticmethod]
    fn from_parts(py: Python<'_>, model: &[u8], state: &str) -> PyResult<Self> {
        let model = ModelFile::from_bytes(Path::new("a training state"), model).or_raise(py)?;
        let state = serde_json::from_str(state).map_err(|error| invalid(py, &format!("training state: {error}")))?;
        Ok(Self { model, state })
    }

    fn __reduce__<'py>(slf: &Bound<'py, Self>) -> PyResult<(Bound<'py, PyAny>, Bound<'py, PyTuple>)> {
        let (py, this) = (slf.py(), slf.get());
        let model = this.model.to_bytes(Path::new("a training state")).or_raise(py)?;
        let state = serde_json::to_string(&this.state).map_err(|error| invalid(py, &error.to_string()))?;
        let parts = (PyBytes::new(py, &model), state).into_pyobject(py)?;
        Ok((slf.get_type().getattr("from_parts")?, parts))
    }
}

/// Run `epochs` epochs on rows, from a state of an earlier call or from the initial weights. Returns the parts of a
/// ``Fit``, and the state.
#[pyfunction]
pub(crate) fn partial_fit<'py>(
    py: Python<'py>,
    data: &Bound<'py, PyAny>,
    target: String,
    arguments: Bound<'py, PyDict>,
    start: Option<&Bound<'py, PyTrainingState>>,
) -> PyResult<Bound<'py, PyDict>> {
    let arguments = Arguments::new(arguments);
    let mut source = Source::with_target(data, "data", &target)?;
    let weight = weight_column(&mut source, &arguments)?;
    let config = fit_config(target, weight, None, &arguments)?;
    let threads = arguments.whole("threads", 1)?;
    let rows = source.view(py)?;
    let start = start.map(Bound::get);
    let Done { result, raised } = work::run::<(), _>(py, threads, None, |link| {
        let interrupt = Interrupt::from(link.interrupt);
        let callbacks = Callbacks::new().interrupt(interrupt);
        rows.with(|rows| match start {
            None => {
                let data = config.prepare_until(rows, interrupt)?;
                config.fit_from(&data, TrainingStart::Initialization, callbacks)
            }
            Some(start) => {
                let data = config.prepare_with_until(&start.model.schema, rows, interrupt)?;
                config.fit_from(&data, TrainingStart::State(start.state.clone()), callbacks)
            }
        })
    })?;
    if let Some(raised) = raised {
        return Err(raised);
    }
    let fit = result.or_raise(py)?;
    let dict = parts(py, &fit.report)?;
    dict.set_item("model", PyModel::new(fit.model.clone()))?;
    dict.set_item("state", PyTrainingState { model: fit.model, state: fit.state })?;
    Ok(dict)
}
