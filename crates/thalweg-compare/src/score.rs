//! How good a setting is: what its runs come to in the median.

use crate::benchmark::EndReason;
use crate::curve::CurvePoint;
use crate::run::Run;

/// The quantile `q` of numbers that may be infinite, halfway between two; NaN of none.
pub(crate) fn quantile(values: &[f64], q: f64) -> f64 {
    let mut sorted = values.to_vec();
    sorted.sort_by(f64::total_cmp);
    let place = q * (sorted.len().max(1) - 1) as f64;
    let (low, high) = (place.floor() as usize, place.ceil() as usize);
    match (sorted.get(low), sorted.get(high)) {
        // Equal infinities have no difference.
        (Some(a), Some(b)) if a.to_bits() == b.to_bits() => *a,
        (Some(a), Some(b)) if place.fract() > 0.0 => a + (b - a) * place.fract(),
        (Some(a), _) => *a,
        _ => f64::NAN,
    }
}

pub(crate) fn median(values: &[f64]) -> f64 {
    quantile(values, 0.5)
}

/// The lowest value of a run; infinite where it diverged, for then it came to nothing.
pub(crate) fn lowest(run: &Run) -> f64 {
    if run.end_reason == EndReason::Diverged { f64::INFINITY } else { run.curve.lowest() }
}

/// The share of its first gap to `reference` that a run leaves: floored at the tightest target, infinite where it diverged.
pub(crate) fn gap_fraction(run: &Run, reference: f64, tightest: f64) -> f64 {
    let (gap, lowest) = (run.curve.initial() - reference, lowest(run));
    // One that begins at the minimum has nothing left to do.
    let gap_fraction = if gap > 0.0 || lowest.is_infinite() { (lowest - reference) / gap.max(0.0) } else { 0.0 };
    gap_fraction.max(tightest)
}

/// Where a share of the first gap was first left; never where the run diverged.
pub(crate) fn first_at_target(run: &Run, reference: f64, gap_fraction: f64) -> Option<&CurvePoint> {
    let initial = run.curve.initial();
    run.curve.first(reference + gap_fraction * (initial - reference)).filter(|_| run.end_reason != EndReason::Diverged)
}

/// Steps until a share of the first gap is left; infinite where that is missed.
pub(crate) fn steps_to_target(run: &Run, reference: f64, gap_fraction: f64) -> f64 {
    first_at_target(run, reference, gap_fraction).map_or(f64::INFINITY, |sample| sample.step as f64)
}

/// What settings of one method are ordered by: the median share of the gap that is left, then the median steps to the
/// tightest target. Smaller is better, the first first.
pub(crate) fn score(runs: &[&Run], reference: f64, tightest: f64) -> [f64; 2] {
    let shares: Vec<f64> = runs.iter().map(|run| gap_fraction(run, reference, tightest)).collect();
    let steps: Vec<f64> = runs.iter().map(|run| steps_to_target(run, reference, tightest)).collect();
    [median(&shares), median(&steps)]
}

/// Whether a score is better than another; NaN, of no runs, is the worst.
pub(crate) fn is_better(a: [f64; 2], b: [f64; 2]) -> bool {
    let key = |v: f64| if v.is_nan() { f64::INFINITY } else { v };
    a.map(key).partial_cmp(&b.map(key)) == Some(std::cmp::Ordering::Less)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quantiles_bear_infinities() {
        let inf = f64::INFINITY;
        assert_eq!([0.0, 0.25, 0.5, 1.0].map(|q| quantile(&[4.0, 1.0, 2.0, 3.0, 5.0], q)), [1.0, 2.0, 3.0, 5.0]);
        assert_eq!(median(&[1.0, 2.0]), 1.5);
        assert_eq!([median(&[1.0, inf, inf]), median(&[1.0, inf]), median(&[1.0, 2.0, inf])], [inf, inf, 2.0]);
        assert!(median(&[]).is_nan());
        assert!(
            is_better([1.0, 2.0], [1.0, 3.0])
                && is_better([1.0, 9.0], [f64::NAN, 0.0])
                && !is_better([1.0, 2.0], [1.0, 2.0])
        );
    }
}
