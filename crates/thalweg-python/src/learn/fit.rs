//! Fits of models to data.

use std::ops::ControlFlow;
use std::sync::PoisonError;

use numpy::PyArray1;
use pyo3::exceptions::{PyKeyboardInterrupt, PyStopIteration};
use pyo3::prelude::*;
use pyo3::types::{PyDict, PyString};
use thalweg_learn::train::{EpochReport, SingleProcess, Team, TrainingHistory, TrainingStopReason};
use thalweg_learn::{Callbacks, FitReport, Interrupt, ModelFile};

use crate::arguments::Arguments;
use crate::error::{OrRaise, invalid};
use crate::work::{self, Done, Link, OnReport};

use super::checkpoint::Checkpoints;
use super::fit_config::fit_config;
use super::model::PyModel;
use super::source::{Source, WEIGHT};
use super::team::{PyTeam, RankError};

/// Fit a model; see ``thalweg.fit``. Returns the parts of a ``Fit`` as a dict, and warnings. The argument `start` is a
/// model of the same columns, from whose weights the training begins.
#[pyfunction]
pub(crate) fn fit<'py>(
    py: Python<'py>,
    data: &Bound<'py, PyAny>,
    target: String,
    arguments: Bound<'py, PyDict>,
    callback: Option<Bound<'py, PyAny>>,
) -> PyResult<Bound<'py, PyDict>> {
    let arguments = Arguments::new(arguments);
    let mut source = Source::with_target(data, "data", &target)?;
    let weight = weight_column(&mut source, &arguments)?;
    let validation = arguments.get("validation")?;
    let validation = validation.map(|rows| Source::with_target(&rows, "validation", &target)).transpose()?;
    let config = fit_config(target, weight, validation.as_ref(), &arguments)?;
    let rows = source.view(py)?;
    let validation = match &validation {
        Some(source @ Source::Memory(_)) => Some(source.view(py)?),
        _ => None,
    };
    let team = PyTeam::of(&arguments)?;
    let checkpoints = Checkpoints::of(&arguments)?;
    let folds = arguments.whole::<usize>("folds", 2)?;
    let start = arguments.get("start")?;
    let start = start.as_ref().map(|start| start.cast::<PyModel>()).transpose()?.map(Bound::get);
    let threads = arguments.whole("threads", 1)?;
    let warnings = checkpoints.as_ref().map(|checkpoints| checkpoints.warnings.clone()).unwrap_or_default();
    let mut on_epoch = callback.map(|callback| on_epoch(callback.unbind()));
    let has_callback = on_epoch.is_some();
    // With several ranks, all of them learn whether one of them ends the fit.
    let reports = has_callback || team.is_some();
    let on_epoch = on_epoch.as_mut().map(|on_epoch| -> &mut OnReport<'_, EpochReport> { on_epoch });
    let work = |link: &Link<'_, EpochReport>| -> Result<(FitReport, ModelFile), RankError> {
        let interrupt = Interrupt::from(link.interrupt);
        let prepare = || {
            let (cross_validation, mut data) = rows.with(|rows| {
                let cross_validation = folds.map(|folds| config.cross_validate(rows.clone(), folds, interrupt));
                let data = match start {
                    Some(start) => config.prepare_with_until(&start.0.schema, rows, interrupt)?,
                    None => config.prepare_until(rows, interrupt)?,
                };
                Ok((cross_validation.transpose()?, data))
            })?;
            if let Some(validation) = &validation {
                validation.with(|validation| config.set_validation(&mut data, validation))?;
            }
            Ok((cross_validation, data))
        };
        let (cross_validation, data) = match &team {
            Some(team) => {
                let (cross_validation, mut data) =
                    team.prepare(&config, prepare, |(_, data)| config.common_values(data))?;
                data.divide(team);
                (cross_validation, data)
            }
            None => prepare()?,
        };
        let mut callbacks = Callbacks::new();
        if let Some(team) = &team {
            callbacks = callbacks.team(team);
        }
        if reports {
            callbacks = callbacks.on_epoch(|report, _| {
                let flow = if has_callback { link.report(*report) } else { ControlFlow::Continue(()) };
                team.as_ref().map_or(flow, |team| team.end_together(flow))
            });
        }
        let (report, model) = match (&checkpoints, start) {
            (Some(checkpoints), _) => {
                let team = team.as_ref().map_or(&SingleProcess as &dyn Team, |team| team);
                checkpoints.fit(&config, &data, interrupt, callbacks, team)?
            }
            (None, Some(start)) => {
                let start = data.start_of(&start.0)?;
                let fit = config.fit_from(&data, start, callbacks.interrupt(interrupt))?;
                (fit.report, fit.model)
            }
            (None, None) => config.fit(&data, callbacks.interrupt(interrupt))?,
        };
        Ok((FitReport { cross_validation, ..report }, model))
    };
    let Done { result, raised } = work::run(py, threads, on_epoch, work)?;
    let is_ctrl_c = raised.as_ref().is_some_and(|raised| raised.is_instance_of::<PyKeyboardInterrupt>(py));
    let (report, model) = match (result, raised) {
        // Ctrl-C keeps the best model where there is one.
        (Ok(fitted), _) if is_ctrl_c => fitted,
        (_, Some(raised)) => return Err(raised),
        (Ok(fitted), None) => fitted,
        (Err(RankError::Own(error)), None) => return Err(error).or_raise(py),
        (Err(RankError::Other(text)), None) => return Err(invalid(py, &text)),
    };
    let fit = parts(py, &report)?;
    fit.set_item("interrupted", is_ctrl_c)?;
    fit.set_item("model", PyModel::new(model))?;
    let warnings = warnings.lock().unwrap_or_else(PoisonError::into_inner);
    fit.set_item("warnings", warnings.clone())?;
    Ok(fit)
}

/// Returns the parts of a ``Fit`` that its report has.
pub(super) fn parts<'py>(py: Python<'py>, report: &FitReport) -> PyResult<Bound<'py, PyDict>> {
    let fit = PyDict::new(py);
    fit.set_item("stopped", name_of(py, report.stopped)?)?;
    fit.set_item("curve", curve(py, &report.history)?)?;
    let json = serde_json::to_string(report).map_err(|error| invalid(py, &error.to_string()))?;
    fit.set_item("report", json)?;
    Ok(fit)
}

/// Returns the column of the weights: the one that is named, or that of an array.
pub(super) fn weight_column<'py>(source: &mut Source<'py>, arguments: &Arguments<'py>) -> PyResult<Option<String>> {
    match arguments.get("weight")? {
        Some(name) if name.is_instance_of::<PyString>() => return arguments.text("weight"),
        Some(weights) => source.set_weights(&weights)?,
        None => {}
    }
    Ok(source.has_weights().then(|| WEIGHT.to_owned()))
}

/// Returns the name of a reason as in JSON.
fn name_of(py: Python<'_>, reason: TrainingStopReason) -> PyResult<String> {
    let name = serde_json::to_value(reason).map_err(|error| invalid(py, &error.to_string()))?;
    Ok(name.as_str().unwrap_or_default().to_owned())
}

/// Returns the losses of the epochs as arrays.
fn curve<'py>(py: Python<'py>, history: &TrainingHistory) -> PyResult<Bound<'py, PyDict>> {
    let records = history.records();
    let curve = PyDict::new(py);
    let epochs: Vec<i64> = records.iter().map(|record| record.epoch.cast_signed()).collect();
    curve.set_item("epoch", PyArray1::from_vec(py, epochs))?;
    curve.set_item("train_loss", PyArray1::from_iter(py, records.iter().map(|record| record.train_loss)))?;
    curve.set_item("monitored_loss", PyArray1::from_iter(py, records.iter().map(|record| record.monitored_loss)))?;
    curve.set_item("lr", PyArray1::from_iter(py, records.iter().map(|record| record.lr)))?;
    Ok(curve)
}

/// Returns the function that calls a callback; a true value and `StopIteration` end the fit.
fn on_epoch(callback: Py<PyAny>) -> impl FnMut(Python<'_>, &EpochReport) -> PyResult<bool> + Send {
    move |py, report| {
        let epoch = PyDict::new(py);
        epoch.set_item("epoch", report.epoch)?;
        epoch.set_item("epochs", report.epochs)?;
        epoch.set_item("train_loss", report.train_loss)?;
        epoch.set_item("validation_loss", report.validation)?;
        epoch.set_item("is_best", report.is_best)?;
        epoch.set_item("lr", report.lr)?;
        epoch.set_item("rows_per_second", report.rows_per_second)?;
        epoch.set_item("seconds_left", report.seconds_left)?;
        epoch.set_item("stopped", report.stopped.map(|reason| name_of(py, reason)).transpose()?)?;
        match callback.bind(py).call1((epoch,)) {
            Ok(ends) => ends.is_truthy(),
            Err(error) if error.is_instance_of::<PyStopIteration>(py) => Ok(true),
            Err(error) => Err(error),
        }
    }
}
