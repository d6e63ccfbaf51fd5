//! Minimization of functions of Python and of formulas.

pub(crate) mod draw;

use std::ops::ControlFlow;
use std::time::{Duration, Instant};

use numpy::PyArray1;
use pyo3::prelude::*;
use pyo3::types::{PyDict, PyTuple};
use thalweg::minimize::{Progress, TrackBest};
use thalweg::{Minimize, Objective, OptimizerSpec, Outcome};
use thalweg_problems::{ProblemInstance, norm};

use crate::arrays::vector;
use crate::error::{OrRaise, invalid};
use crate::formula::PyFormula;
use crate::method::PyMethod;
use crate::work::look_at_signals;

/// Looks at the signals of Python from time to time during a run, and reports its progress.
struct Watch {
    last: Instant,
    /// Steps between two looks at the clock.
    steps: u64,
    /// Function of Python of the number of steps, the value and the norm of the gradient.
    on_time: Option<Py<PyAny>>,
}

impl Watch {
    /// Time between two looks.
    const INTERVAL: Duration = Duration::from_millis(50);

    /// Steps between two looks at the clock of a run whose steps can be as short as those of a formula.
    const SHORT_STEPS: u64 = 64;

    fn new(steps: u64, on_time: Option<Py<PyAny>>) -> Self {
        Self { last: Instant::now(), steps, on_time }
    }

    /// Calls the handlers of signals that have arrived, and the function, if it is time to look.
    fn look(&mut self, progress: &Progress<'_, f64>) -> PyResult<()> {
        if !progress.step.is_multiple_of(self.steps) || self.last.elapsed() <= Self::INTERVAL {
            return Ok(());
        }
        self.last = Instant::now();
        Python::attach(|py| {
            look_at_signals(py)?;
            if let Some(on_time) = &self.on_time {
                on_time.call1(py, (progress.step, progress.value, norm(progress.gradient)))?;
            }
            Ok(())
        })
    }
}

/// Criteria and bounds of a run, and the noise on the gradient.
#[derive(FromPyObject)]
#[pyo3(from_item_all)]
pub(crate) struct Settings {
    gradient_tolerance: Option<f64>,
    step_tolerance: Option<f64>,
    target: Option<f64>,
    patience: Option<u64>,
    max_steps: Option<u64>,
    max_evaluations: Option<u64>,
    lower: Option<Vec<f64>>,
    upper: Option<Vec<f64>>,
    /// Standard deviation of the noise on each component of the gradient of a formula; 0 for no noise.
    noise: f64,
    /// Seed of the noise.
    seed: u64,
}

impl Settings {
    /// Gives a problem the noise of the run.
    fn add_noise(&self, py: Python<'_>, problem: &mut ProblemInstance) -> PyResult<()> {
        if !(self.noise >= 0.0 && self.noise.is_finite()) {
            return Err(invalid(py, &format!("noise must be a finite number of at least 0, but is {}", self.noise)));
        }
        problem.noise = self.noise;
        problem.set_noise_seed(self.seed);
        Ok(())
    }

    /// Returns the run of a method with these settings on a number of variables.
    fn run(self, py: Python<'_>, spec: OptimizerSpec, variables: usize) -> PyResult<Minimize<f64>> {
        let mut run = Minimize::<f64>::new(spec)
            .gradient_tolerance(self.gradient_tolerance)
            .step_tolerance(self.step_tolerance)
            .target(self.target)
            .patience(self.patience)
            .max_steps(self.max_steps)
            .max_evaluations(self.max_evaluations)
            .track_best(TrackBest::On);
        for (bounds, argument) in [(&self.lower, "lower"), (&self.upper, "upper")] {
            if let Some(found) = bounds.as_ref().map(Vec::len).filter(|found| *found != variables) {
                let message = format!("the {argument} bounds must have {variables} numbers, but have {found}");
                return Err(invalid(py, &message));
            }
        }
        if let Some(lower) = self.lower {
            run = run.lower_bounds(lower);
        }
        if let Some(upper) = self.upper {
            run = run.upper_bounds(upper);
        }
        Ok(run)
    }
}

/// Run a minimization; see ``thalweg.minimize``. ``fun`` is a formula, or returns value and gradient; ``on_time`` is
/// called from time to time.
#[pyfunction]
pub(crate) fn minimize<'py>(
    py: Python<'py>,
    fun: &Bound<'py, PyAny>,
    x0: &Bound<'py, PyAny>,
    method: &Bound<'py, PyMethod>,
    settings: Settings,
    callback: Option<Bound<'py, PyAny>>,
    on_time: Option<Bound<'py, PyAny>>,
) -> PyResult<Bound<'py, PyDict>> {
    let start = vector(x0, "x0")?;
    let (spec, callback) = (method.get().0.clone(), callback.map(Bound::unbind));
    let mut error = None;
    let steps = if fun.is_instance_of::<PyFormula>() { Watch::SHORT_STEPS } else { 1 };
    let mut watch = Watch::new(steps, on_time.map(Bound::unbind));
    let formula = fun.cast::<PyFormula>().ok();
    let problem = formula.map(|formula| problem_of(py, formula.get(), &start, &settings)).transpose()?;
    let run = settings.run(py, spec, start.len())?;
    let mut run = run.callback(|progress: &mut Progress<'_, f64>| {
        let result = watch.look(progress).and_then(|()| match &callback {
            Some(callback) => Python::attach(|py| call(callback.bind(py), progress)),
            None => Ok(ControlFlow::Continue(())),
        });
        result.unwrap_or_else(|raised| {
            error = Some(raised);
            ControlFlow::Break(())
        })
    });
    let (outcome, gradient) = if let Some(problem) = problem {
        let mut objective = WithGradient { objective: problem, gradient: Vec::new() };
        (py.detach(|| run.run(&mut objective, &start)), objective.gradient)
    } else {
        let mut objective = WithGradient { objective: Function(fun), gradient: Vec::new() };
        (run.run(&mut objective, &start), objective.gradient)
    };
    drop(run);
    match error {
        Some(error) => Err(error),
        None => to_dict(py, outcome.or_raise(py)?, gradient),
    }
}

/// Returns a formula with the noise of the run as an objective.
fn problem_of(py: Python<'_>, formula: &PyFormula, start: &[f64], settings: &Settings) -> PyResult<ProblemInstance> {
    let formula = formula.to_formula(py);
    let (expected, found) = (formula.variables().len(), start.len());
    if expected != found {
        return Err(invalid(py, &format!("x0 must have {expected} numbers, one for each variable, but has {found}")));
    }
    let mut problem = ProblemInstance::from_formula(formula, start.to_vec()).or_raise(py)?;
    settings.add_noise(py, &mut problem)?;
    Ok(problem)
}

/// Calls the callback with the state of the run; it returns a true value to end it.
fn call(callback: &Bound<'_, PyAny>, progress: &Progress<'_, f64>) -> PyResult<ControlFlow<()>> {
    let py = callback.py();
    let (x, gradient) = (PyArray1::from_slice(py, progress.x), PyArray1::from_slice(py, progress.gradient));
    let ends = callback.call1((progress.step, progress.evaluations, x, progress.value, gradient))?.is_truthy()?;
    Ok(if ends { ControlFlow::Break(()) } else { ControlFlow::Continue(()) })
}

fn to_dict(py: Python<'_>, outcome: Outcome<f64>, gradient: Vec<f64>) -> PyResult<Bound<'_, PyDict>> {
    let result = PyDict::new(py);
    let reason = serde_json::to_value(outcome.reason).map_err(|error| invalid(py, &error.to_string()))?;
    result.set_item("x", PyArray1::from_vec(py, outcome.x))?;
    result.set_item("fun", outcome.value)?;
    result.set_item("jac", PyArray1::from_vec(py, gradient))?;
    result.set_item("gradient_norm", outcome.gradient_norm)?;
    result.set_item("nit", outcome.steps)?;
    result.set_item("evaluations", outcome.evaluations)?;
    result.set_item("why", reason.as_str())?;
    result.set_item("message", outcome.reason.to_string())?;
    let best = outcome.best;
    result.set_item("best", (PyArray1::from_vec(py, best.x), best.value, best.step))?;
    Ok(result)
}

/// An objective that keeps the gradient of the last evaluation.
struct WithGradient<O> {
    objective: O,
    gradient: Vec<f64>,
}

impl<O: Objective<f64>> Objective<f64> for WithGradient<O> {
    fn eval(&mut self, x: &[f64], g: &mut [f64]) -> thalweg::Result<f64> {
        let value = self.objective.eval(x, g)?;
        self.gradient.clear();
        self.gradient.extend_from_slice(g);
        Ok(value)
    }
}

/// A function of Python that returns value and gradient.
struct Function<'a, 'py>(&'a Bound<'py, PyAny>);

impl Function<'_, '_> {
    fn call(&self, x: &[f64], g: &mut [f64]) -> PyResult<f64> {
        let result = self.0.call1((PyArray1::from_slice(self.0.py(), x),))?;
        let (value, gradient): (Bound<'_, PyAny>, Bound<'_, PyAny>) = result.cast::<PyTuple>()?.extract()?;
        let gradient = vector(&gradient, "the gradient that jac returns")?;
        if gradient.len() != g.len() {
            let (expected, found) = (g.len(), gradient.len());
            let message = format!("the gradient that jac returns must have {expected} numbers, but has {found}");
            return Err(invalid(self.0.py(), &message));
        }
        g.copy_from_slice(&gradient);
        value.extract()
    }
}

impl Objective<f64> for Function<'_, '_> {
    fn eval(&mut self, x: &[f64], g: &mut [f64]) -> thalweg::Result<f64> {
        self.call(x, g).map_err(|error| thalweg::Error::Objective(Box::new(error)))
    }
}
