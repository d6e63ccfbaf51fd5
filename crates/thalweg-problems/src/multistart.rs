//! Multistart: minimization from many starting points, and the distinct minima that were found.

use thalweg::Error;
use thalweg::method::Goal;
use thalweg::random::Random;

use crate::critical_point::{CriticalPointKind, norm};
use crate::error::Result;
use crate::problem::ProblemInstance;

/// Interval of every variable if neither the options nor the problem give one.
const DEFAULT_INTERVAL: [f64; 2] = [-5.0, 5.0];
/// Random points tried for one start at which f is finite.
const MAX_DRAWS: usize = 1_000;
/// Two points are the same minimum if their distance is at most this fraction of 1 + ‖x‖.
const SAME_MINIMUM: f64 = 1e-3;

/// Choice of the starting points of a multistart run.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct MultistartOptions {
    /// Number of starting points, the problem's own included.
    pub count: usize,
    /// Interval from which every variable is drawn; `None` for the domain of the problem, or [-5, 5].
    pub interval: Option<[f64; 2]>,
    /// Seed of the random points.
    pub seed: u64,
}

/// Returns the starting point of the problem, followed by uniformly random points at which f is finite.
///
/// # Errors
/// [`Error::InvalidValue`] if f is not finite at any of 1,000 random points.
pub fn starting_points(instance: &ProblemInstance, options: &MultistartOptions) -> Result<Vec<Vec<f64>>> {
    let mut random = Random::new(options.seed);
    let interval = |variable: usize| {
        let domain = instance.problem.map(|problem| problem.interval(variable));
        options.interval.or(domain.filter(|[low, high]| high - low < f64::MAX)).unwrap_or(DEFAULT_INTERVAL)
    };
    let mut starts = vec![instance.start.clone()];
    let mut formula = instance.formula.clone();
    while starts.len() < options.count {
        let mut draw = || {
            let coordinate = |variable| {
                let [low, high] = interval(variable);
                low + (high - low) * random.uniform()
            };
            (0..instance.start.len()).map(coordinate).collect::<Vec<f64>>()
        };
        let is_finite = |x: &Vec<f64>| formula.value(x).is_ok_and(f64::is_finite);
        let start = (0..MAX_DRAWS).map(|_| draw()).find(is_finite).ok_or_else(|| {
            let [low, high] = interval(0);
            Error::InvalidValue {
                what: "the interval of the starting points".into(),
                expected: "an interval in which f is finite".into(),
                found: format!("{low},{high}"),
            }
        })?;
        starts.push(start);
    }
    Ok(starts)
}

/// Reason why a run of a multistart ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RunStatus {
    /// The gradient is within its tolerance.
    Converged,
    /// Another stopping criterion holds, for example the number of steps.
    Stopped,
    /// The function or its gradient is not finite.
    Diverged,
    /// The run was interrupted.
    Interrupted,
}

/// Final point of one run of a multistart.
#[derive(Clone, Debug, PartialEq)]
pub struct MultistartRun {
    /// Parameters at the end of the run.
    pub x: Vec<f64>,
    /// Value of the function at `x`.
    pub value: f64,
    /// Kind of the point; `None` if it was not determined.
    pub kind: Option<CriticalPointKind>,
    /// Reason why the run ended.
    pub status: RunStatus,
}

/// A local minimum (or maximum, by the goal) at which runs ended.
#[derive(Clone, Debug, PartialEq)]
pub struct LocalMinimum {
    /// Coordinates of the point with the best value of all runs that ended there.
    pub x: Vec<f64>,
    /// Value of the function at `x`.
    pub value: f64,
    /// Kind of the point.
    pub kind: CriticalPointKind,
    /// Number of runs that ended there.
    pub runs: u64,
}

/// Distinct minima of a multistart, and the number of runs by their end.
#[derive(Clone, Debug, PartialEq)]
pub struct MultistartSummary {
    /// Distinct minima (maxima, by the goal), best first.
    pub minima: Vec<LocalMinimum>,
    /// Index of the run with the best finite value, or 0 if there is none.
    pub best_run: usize,
    /// Number of runs in total.
    pub runs: u64,
    /// Number of runs that ended at no critical point.
    pub unfinished: u64,
    /// Number of interrupted runs.
    pub interrupted: u64,
    /// Number of runs that diverged.
    pub diverged: u64,
    /// Number of runs that ended at a saddle.
    pub saddles: u64,
}

impl MultistartSummary {
    /// Groups the ends of all runs by minimum.
    pub fn new(ends: &[MultistartRun], goal: Goal) -> Self {
        let (wanted, sign) = match goal {
            Goal::Minimize => (CriticalPointKind::Minimum, 1.0),
            Goal::Maximize => (CriticalPointKind::Maximum, -1.0),
        };
        let mut order: Vec<usize> = (0..ends.len()).collect();
        order.sort_by(|&a, &b| (sign * ends[a].value).total_cmp(&(sign * ends[b].value)));
        let mut minima: Vec<LocalMinimum> = Vec::new();
        for end in order.iter().map(|&i| &ends[i]) {
            let Some(kind) = end.kind_reached().filter(|kind| [wanted, CriticalPointKind::Degenerate].contains(kind))
            else {
                continue;
            };
            match minima.iter_mut().find(|minimum| is_same_minimum(&minimum.x, &end.x)) {
                Some(minimum) => minimum.runs += 1,
                None => minima.push(LocalMinimum { x: end.x.clone(), value: end.value, kind, runs: 1 }),
            }
        }
        let count = |holds: &dyn Fn(&MultistartRun) -> bool| ends.iter().filter(|end| holds(end)).count() as u64;
        let interrupted = count(&|end| end.status == RunStatus::Interrupted);
        let diverged = count(&MultistartRun::has_diverged);
        let saddles = count(&|end| end.kind_reached() == Some(CriticalPointKind::Saddle));
        let listed: u64 = minima.iter().map(|minimum| minimum.runs).sum();
        let runs = ends.len() as u64;
        let unfinished = runs - listed - diverged - interrupted - saddles;
        let best_run = order.iter().copied().find(|&i| ends[i].value.is_finite()).unwrap_or(0);
        Self { minima, best_run, runs, unfinished, interrupted, diverged, saddles }
    }
}

impl MultistartRun {
    fn has_diverged(&self) -> bool {
        self.status != RunStatus::Interrupted && (self.status == RunStatus::Diverged || !self.value.is_finite())
    }

    /// Returns the kind of the final point. If it was not determined, a small gradient is taken for a minimum, as
    /// descent methods rarely end elsewhere.
    fn kind_reached(&self) -> Option<CriticalPointKind> {
        if self.status == RunStatus::Interrupted || self.has_diverged() {
            return None;
        }
        self.kind.or_else(|| (self.status == RunStatus::Converged).then_some(CriticalPointKind::Minimum))
    }
}

fn is_same_minimum(a: &[f64], b: &[f64]) -> bool {
    let difference: Vec<f64> = a.iter().zip(b).map(|(a, b)| a - b).collect();
    norm(&difference) <= SAME_MINIMUM * (1.0 + norm(a))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn end(x: f64, value: f64, kind: Option<CriticalPointKind>, status: RunStatus) -> MultistartRun {
        MultistartRun { x: vec![x], value, kind, status }
    }

    #[test]
    fn runs_are_grouped_by_their_minima() {
        use CriticalPointKind::{Minimum, NotCritical, Saddle};
        let ends = [
            end(1.0, 2.0, Some(Minimum), RunStatus::Converged),
            end(-1.0, 1.0, Some(Minimum), RunStatus::Converged),
            end(1.0005, 2.000_1, Some(Minimum), RunStatus::Stopped),
            end(0.0, 3.0, Some(Saddle), RunStatus::Converged),
            end(5.0, 9.0, Some(NotCritical), RunStatus::Stopped),
            end(7.0, f64::NAN, None, RunStatus::Diverged),
            end(8.0, 0.5, Some(Minimum), RunStatus::Interrupted),
        ];
        let summary = MultistartSummary::new(&ends, Goal::Minimize);
        let minima: Vec<_> = summary.minima.iter().map(|minimum| (minimum.x[0], minimum.runs)).collect();
        assert_eq!(minima, [(-1.0, 1), (1.0, 2)]);
        let counts = [summary.runs, summary.unfinished, summary.interrupted, summary.diverged, summary.saddles];
        assert_eq!((counts, summary.best_run), ([7, 1, 1, 1, 1], 6));
    }

    #[test]
    fn starting_points_are_finite_and_within_the_interval() {
        let instance = ProblemInstance::named("himmelblau", None).expect("a known problem");
        let options = MultistartOptions { count: 20, interval: Some([1.0, 2.0]), seed: 3 };
        let starts = starting_points(&instance, &options).expect("f is finite everywhere");
        assert_eq!((starts.len(), &starts[0]), (20, &instance.start));
        assert!(starts[1..].iter().flatten().all(|x| (1.0..2.0).contains(x)), "{starts:?}");
        assert_eq!(starting_points(&instance, &options).expect("the same again"), starts);
    }
}
