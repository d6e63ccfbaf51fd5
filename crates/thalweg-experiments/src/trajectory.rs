//! Runs with all their points.

use std::ops::ControlFlow::{Break, Continue};

use thalweg::minimize::{RunRecorder, TrackBest};
use thalweg::{Minimize, Objective, Optimizer, OptimizerSpec, Outcome, StopCriteria};

use crate::error::Result;

/// A run with all its points.
#[derive(Clone, Debug)]
pub struct Trajectory {
    /// Parameters before the first step and after each step.
    pub points: Vec<Vec<f64>>,
    /// Objective value of each point (at the look-ahead point for methods that use one).
    pub values: Vec<f64>,
    /// Result of the run.
    pub outcome: Outcome<f64>,
}

/// Returns the optimizer of a text such as `adam:lr=0.01`, for `n` parameters.
///
/// # Errors
/// An unknown method or an invalid hyperparameter.
pub fn new_optimizer(method: &str, n: usize) -> Result<Optimizer<f64>> {
    Ok(Optimizer::new(method.parse::<OptimizerSpec>()?, n)?)
}

/// Minimizes `objective` from `start` by a method until `stop` ends the run, and records all points.
///
/// # Errors
/// An unknown method or an invalid hyperparameter; a start of the wrong length; an error of the objective.
pub fn run_method(
    objective: &mut impl Objective<f64>,
    method: &str,
    start: &[f64],
    stop: &StopCriteria,
) -> Result<Trajectory> {
    run_until(objective, &mut new_optimizer(method, start.len())?, start, stop, |_| false)
}

/// Minimizes `objective` until `stop` ends the run or a condition on x holds, and records all points.
///
/// # Errors
/// A start of the wrong length; an error of the objective.
pub fn run_until(
    objective: &mut impl Objective<f64>,
    optimizer: &mut Optimizer<f64>,
    start: &[f64],
    stop: &StopCriteria,
    mut until: impl FnMut(&[f64]) -> bool,
) -> Result<Trajectory> {
    let mut recorder = RunRecorder::all_points();
    let mut run = Minimize::with_optimizer(optimizer).criteria(*stop).callback(|progress| {
        recorder.record(progress);
        if until(progress.x) { Break(()) } else { Continue(()) }
    });
    let outcome = run.run(objective, start)?;
    let (points, values) = recorder.finish().into_iter().map(|point| (point.x, point.value)).unzip();
    Ok(Trajectory { points, values, outcome })
}

/// Returns the number of steps from `start` until a condition on x holds; `None` if it does not hold within `max_steps`
/// or the run diverges.
///
/// # Errors
/// A start of the wrong length; an error of the objective.
pub fn steps_until(
    objective: &mut impl Objective<f64>,
    optimizer: &mut Optimizer<f64>,
    start: &[f64],
    max_steps: u64,
    until: impl Fn(&[f64]) -> bool,
) -> Result<Option<u64>> {
    let stop = StopCriteria { max_steps: Some(max_steps), track_best: TrackBest::Off, ..StopCriteria::default() };
    let mut holds = false;
    let mut run = Minimize::with_optimizer(optimizer).criteria(stop).callback(|progress| {
        holds = until(progress.x);
        if holds { Break(()) } else { Continue(()) }
    });
    let outcome = run.run(objective, start)?;
    Ok(holds.then_some(outcome.steps))
}

impl Trajectory {
    /// Returns the first two coordinates of each point, with 0 for a missing second one.
    pub fn points_2d(&self) -> Vec<[f64; 2]> {
        self.points.iter().map(|x| [x[0], x.get(1).copied().unwrap_or(0.0)]).collect()
    }

    /// Returns the step and the value of each point, for a chart.
    pub fn curve(&self) -> Vec<[f64; 2]> {
        self.values.iter().enumerate().map(|(step, &value)| [step as f64, value]).collect()
    }

    /// Returns the first `steps` steps of the run.
    #[must_use]
    pub fn truncated(&self, steps: u64) -> Self {
        let mut start = self.clone();
        let points = usize::try_from(steps).unwrap_or(usize::MAX).saturating_add(1);
        start.points.truncate(points);
        start.values.truncate(points);
        start
    }

    /// Returns the length of the path.
    pub fn length(&self) -> f64 {
        self.points.windows(2).map(|pair| distance(&pair[0], &pair[1])).sum()
    }

    /// Returns the length of the path divided by the distance of its ends: 1 for a straight line.
    pub fn detour(&self) -> f64 {
        let (Some(first), Some(last)) = (self.points.first(), self.points.last()) else { return 1.0 };
        self.length() / distance(first, last)
    }
}

fn distance(a: &[f64], b: &[f64]) -> f64 {
    a.iter().zip(b).map(|(a, b)| (a - b) * (a - b)).sum::<f64>().sqrt()
}
