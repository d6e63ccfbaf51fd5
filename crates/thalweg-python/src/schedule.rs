//! Schedules of the learning rate.

use pyo3::prelude::*;
use pyo3::types::PyString;
use thalweg::Schedule;

use crate::error::{OrRaise, wrong_type};

/// Schedule of the learning rate: a factor for each step.
#[pyclass(name = "Schedule", module = "thalweg", frozen, eq, skip_from_py_object)]
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct PySchedule(pub(crate) Schedule);

#[pymethods]
impl PySchedule {
    #[new]
    #[pyo3(signature = (text, /))]
    fn new(text: &Bound<'_, PyAny>) -> PyResult<Self> {
        schedule_of(text).map(Self)
    }

    /// Return the factor of the learning rate at a step, counted from 0.
    fn __call__(&self, py: Python<'_>, step: u64) -> PyResult<f64> {
        self.0.check().or_raise(py)?;
        Ok(self.0.factor_at(step))
    }

    /// Return the schedule with this total number of steps in place of an open length.
    fn with_total_steps(&self, py: Python<'_>, steps: u64) -> PyResult<Self> {
        let schedule = self.0.clone().with_total_steps(steps);
        schedule.check().or_raise(py)?;
        Ok(Self(schedule))
    }

    fn __getnewargs__(&self) -> (String,) {
        (self.0.to_string(),)
    }

    fn __str__(&self) -> String {
        self.0.to_string()
    }

    fn __hash__(&self) -> u64 {
        use std::hash::{DefaultHasher, Hash, Hasher};
        let mut hasher = DefaultHasher::new();
        self.0.to_string().hash(&mut hasher);
        hasher.finish()
    }

    fn __repr__(&self) -> String {
        format!("Schedule('{}')", self.0)
    }
}

/// Returns a schedule given as its text or value.
pub(crate) fn schedule_of(schedule: &Bound<'_, PyAny>) -> PyResult<Schedule> {
    if let Ok(schedule) = schedule.cast::<PySchedule>() {
        return Ok(schedule.get().0.clone());
    }
    match schedule.cast::<PyString>() {
        Ok(text) => text.to_str()?.parse::<Schedule>().or_raise(schedule.py()),
        Err(_) => Err(wrong_type("schedule", "a text or a Schedule", schedule)),
    }
}
