//! Schedules of the learning rate.

use pyo3::prelude::*;
use pyo3::types::PyString;
use thalweg::Schedule;
use thalweg_plot::{Axis, Chart, Figure, PlotError, Series, Theme};

use crate::error::{OrRaise, invalid, wrong_type};
use crate::picture::{Form, Image, draw};

/// Steps of a picture where no number is given.
const STEPS: u64 = 1000;
/// Points of a picture.
const POINTS: u64 = 400;
/// Width of a picture in pixels.
const WIDTH: f64 = 440.0;
/// Pixels of a PNG per unit of a picture.
const PNG_SCALE: f32 = 2.0;

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

    /// Draw the factor over the steps.
    ///
    /// Parameters
    /// ----------
    /// steps : int, default 1000
    ///     Number of steps, also that of the parts with an open length.
    ///
    /// Returns
    /// -------
    /// Picture
    ///
    /// Examples
    /// --------
    /// >>> import thalweg
    /// >>> thalweg.schedule("warmup:steps=100+cosine").plot(steps=500)
    /// <thalweg.Picture>
    #[pyo3(signature = (steps=1000))]
    fn plot<'py>(slf: &Bound<'py, Self>, steps: u64) -> PyResult<Bound<'py, PyAny>> {
        let py = slf.py();
        if steps == 0 {
            return Err(invalid(py, "steps must be at least 1, but is 0"));
        }
        slf.get().with_total_steps(py, steps)?;
        let draw = py.import("functools")?.getattr("partial")?.call1((slf.getattr("_draw")?, steps))?;
        py.import("thalweg._picture")?.getattr("Picture")?.call1((draw,))
    }

    /// Return the picture of `plot` in a form, ``"svg"`` or ``"png"``.
    #[pyo3(name = "_draw")]
    fn draw_as<'py>(&self, py: Python<'py>, steps: u64, form: &str) -> PyResult<Image<'py>> {
        let schedule = self.with_total_steps(py, steps)?.0;
        let points = POINTS.min(steps);
        let step = |point: u64| (u128::from(point) * u128::from(steps) / u128::from(points.max(1))) as u64;
        let line = (0..=points).map(step).map(|step| [step as f64, schedule.factor_at(step)]).collect();
        let chart = Chart {
            title: self.0.to_string(),
            note: "factor of the learning rate".into(),
            x: Axis::linear("step"),
            y: Axis::linear("factor"),
            series: vec![Series::line("", line, 0)],
            ..Chart::default()
        };
        let figure = || Figure { panel_width: Some(WIDTH), ..Figure::new(chart.clone()) };
        let svg = || Ok::<_, PlotError>(figure().svg(Theme::Light));
        draw(py, Form::named(py, form)?, svg, || figure().png(Theme::Light, PNG_SCALE))
    }

    #[pyo3(name = "_repr_svg_")]
    fn repr_svg<'py>(&self, py: Python<'py>) -> PyResult<Image<'py>> {
        self.draw_as(py, STEPS, "svg")
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
