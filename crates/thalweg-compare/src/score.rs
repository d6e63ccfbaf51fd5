//! Scores by which settings and methods are ordered.

use thalweg::statistics::median;

use crate::benchmark::EndReason;
use crate::curve::CurvePoint;
use crate::run::Run;

/// Returns the lowest value of a run; infinite if it diverged.
pub(crate) fn lowest(run: &Run) -> f64 {
    if run.end_reason == EndReason::Diverged { f64::INFINITY } else { run.curve.lowest() }
}

/// Returns the fraction of the initial gap to `reference` that remains after a run, at least the tightest target;
/// infinite if the run diverged.
pub(crate) fn gap_fraction(run: &Run, reference: f64, tightest: f64) -> f64 {
    let (gap, lowest) = (run.curve.initial() - reference, lowest(run));
    // A run that starts at the minimum has no gap to close.
    let fraction = if gap > 0.0 || lowest.is_infinite() { (lowest - reference) / gap.max(0.0) } else { 0.0 };
    fraction.max(tightest)
}

/// Returns the first point at which at most `fraction` of the initial gap remains; `None` if the run diverged.
pub(crate) fn first_at_target(run: &Run, reference: f64, fraction: f64) -> Option<&CurvePoint> {
    let initial = run.curve.initial();
    let value = reference + fraction * (initial - reference);
    run.curve.first_at_most(value).filter(|_| run.end_reason != EndReason::Diverged)
}

/// Returns the number of steps until at most `fraction` of the initial gap remains; infinite if that is not reached.
pub(crate) fn steps_to_target(run: &Run, reference: f64, fraction: f64) -> f64 {
    first_at_target(run, reference, fraction).map_or(f64::INFINITY, |point| point.step as f64)
}

/// Score of a setting or a method. Smaller is better.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Score {
    /// Value that decides first.
    pub(crate) primary: f64,
    /// Value that decides between equal primary values.
    pub(crate) tie_breaker: f64,
}

impl Score {
    /// Returns the score of a setting: the median fraction of the initial gap that remains, then the median number of
    /// steps to the tightest target.
    pub(crate) fn of_setting(runs: &[&Run], reference: f64, tightest: f64) -> Self {
        let fractions: Vec<f64> = runs.iter().map(|run| gap_fraction(run, reference, tightest)).collect();
        let steps: Vec<f64> = runs.iter().map(|run| steps_to_target(run, reference, tightest)).collect();
        Self { primary: median(&fractions), tie_breaker: median(&steps) }
    }

    /// Returns `true` if this score is smaller than `other`. NaN, the score of no runs, is the worst.
    pub(crate) fn is_better_than(self, other: Self) -> bool {
        let key = |score: Self| {
            [score.primary, score.tie_breaker].map(|value| if value.is_nan() { f64::INFINITY } else { value })
        };
        key(self).partial_cmp(&key(other)) == Some(std::cmp::Ordering::Less)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_primary_value_decides_first_and_nan_is_worst() {
        let score = |primary: f64, tie_breaker: f64| Score { primary, tie_breaker };
        assert!(score(1.0, 2.0).is_better_than(score(1.0, 3.0)));
        assert!(score(1.0, 9.0).is_better_than(score(f64::NAN, 0.0)));
        assert!(!score(1.0, 2.0).is_better_than(score(1.0, 2.0)));
    }
}
