//! The rate of a method by one rule for all: the best of a grid.

use thalweg::{Optimizer, OptimizerSpec, ProblemInstance, StopCriteria};

use crate::trail::{Trail, follow_until};

/// The best rate of a grid, and the run at it.
#[derive(Clone, Debug)]
pub struct Tuned {
    /// The rate.
    pub rate: f64,
    /// Steps after which f stays at most the target.
    pub steps: u64,
    /// The whole run.
    pub trail: Trail,
}

/// Rates `per_decade` to a decade, from 10^`from` to 10^`to`, in three digits.
///
/// ```
/// let rates: Vec<f64> = thalweg_experiments::grid(-1, 0, 3).collect();
/// assert_eq!(rates, [0.1, 0.215, 0.464, 1.0]);
/// ```
pub fn grid(from: i32, to: i32, per_decade: i32) -> impl Iterator<Item = f64> {
    (from * per_decade..=to * per_decade).map(move |k| {
        let rate = 10_f64.powf(f64::from(k) / f64::from(per_decade));
        format!("{rate:.2e}").parse().unwrap_or(rate)
    })
}

/// The rate of `rates` with which a method needs the fewest steps until f is at most `target` and stays so up to the end of a
/// run of `length` steps; none if no rate does it.
pub fn tune(
    problem: &ProblemInstance,
    method: &str,
    rates: impl Iterator<Item = f64>,
    target: f64,
    length: u64,
) -> crate::Result<Option<Tuned>> {
    let mut best: Option<Tuned> = None;
    for rate in rates {
        let mut spec: OptimizerSpec = method.parse()?;
        spec.method = spec.method.with_lr(rate);
        let mut optimizer = Optimizer::new(spec, problem.start.len())?;
        let stop = StopCriteria { steps: Some(length), ..StopCriteria::default() };
        let trail = follow_until(&mut problem.clone(), &mut optimizer, &problem.start, &stop, |_| false)?;
        // A value that is not finite is above any target.
        let above = |value: &f64| value.is_nan() || *value > target;
        let steps = trail.values.iter().rposition(above).map_or(0, |last| last as u64 + 1);
        if trail.outcome.steps == length && steps <= length && best.as_ref().is_none_or(|best| steps < best.steps) {
            best = Some(Tuned { rate, steps, trail });
        }
    }
    Ok(best)
}
