//! Choice of the learning rate from a grid, by the same rule for all methods.

use thalweg::{Optimizer, OptimizerSpec, StopCriteria};
use thalweg_problems::ProblemInstance;

use crate::error::Result;
use crate::trajectory::{Trajectory, run_until};

/// The best learning rate of a grid and the run with it.
#[derive(Clone, Debug)]
pub struct TunedRun {
    /// Chosen learning rate of the grid.
    pub lr: f64,
    /// Number of steps after which f stays at or below the target.
    pub steps: u64,
    /// All points of the run.
    pub trajectory: Trajectory,
}

/// Returns learning rates from 10^`from` to 10^`to`, `per_decade` to a decade, rounded to three significant digits.
///
/// ```
/// let rates: Vec<f64> = thalweg_experiments::lr_grid(-1, 0, 3).collect();
/// assert_eq!(rates, [0.1, 0.215, 0.464, 1.0]);
/// ```
pub fn lr_grid(from: i32, to: i32, per_decade: i32) -> impl Iterator<Item = f64> {
    (from * per_decade..=to * per_decade).map(move |k| {
        let lr = 10_f64.powf(f64::from(k) / f64::from(per_decade));
        format!("{lr:.2e}").parse().expect("a formatted number is a number")
    })
}

/// Finds the learning rate with which a method needs the fewest steps until f reaches `target` and stays at or below it
/// to the end of a run of `length` steps; `None` if no rate reaches it.
///
/// # Errors
/// An unknown method or an invalid hyperparameter; an error of the problem.
pub fn tune_lr(
    problem: &ProblemInstance,
    method: &str,
    lrs: impl Iterator<Item = f64>,
    target: f64,
    length: u64,
) -> Result<Option<TunedRun>> {
    let mut best: Option<TunedRun> = None;
    for lr in lrs {
        let mut spec: OptimizerSpec = method.parse()?;
        spec.method = spec.method.with_lr(lr);
        let mut optimizer = Optimizer::new(spec, problem.start.len())?;
        let stop = StopCriteria { max_steps: Some(length), ..StopCriteria::default() };
        let trajectory = run_until(&mut problem.clone(), &mut optimizer, &problem.start, &stop, |_| false)?;
        // A value that is NaN is above any target.
        let is_above = |value: &f64| value.is_nan() || *value > target;
        let steps = trajectory.values.iter().rposition(is_above).map_or(0, |last| last as u64 + 1);
        if trajectory.outcome.steps == length && steps <= length && best.as_ref().is_none_or(|best| steps < best.steps)
        {
            best = Some(TunedRun { lr, steps, trajectory });
        }
    }
    Ok(best)
}
