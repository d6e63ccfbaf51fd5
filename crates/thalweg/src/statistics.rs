//! Quantiles and bootstrap intervals of few numbers, such as the results of several runs.

use crate::random::Random;

/// Probability that an interval of this module contains the true value.
pub const CONFIDENCE: f64 = 0.95;

/// Number of bootstrap resamples.
const RESAMPLES: usize = 2_000;

/// Smallest number of values for which an interval is given.
const MIN_VALUES: usize = 3;

/// Returns the quantile `q` of values that may be infinite, interpolated linearly; NaN if there are none.
///
/// ```
/// use thalweg::statistics::quantile;
/// assert_eq!(quantile(&[4.0, 1.0, 2.0, 3.0, 5.0], 0.25), 2.0);
/// assert_eq!(quantile(&[1.0, f64::INFINITY, 2.0], 0.5), 2.0);
/// ```
pub fn quantile(values: &[f64], q: f64) -> f64 {
    let mut sorted = values.to_vec();
    sorted.sort_by(f64::total_cmp);
    quantile_of_sorted(&sorted, q)
}

fn quantile_of_sorted(sorted: &[f64], q: f64) -> f64 {
    let position = q * (sorted.len().max(1) - 1) as f64;
    let (low, high) = (position.floor() as usize, position.ceil() as usize);
    match (sorted.get(low), sorted.get(high)) {
        // The difference of equal infinities is NaN.
        (Some(a), Some(b)) if a.to_bits() == b.to_bits() => *a,
        (Some(a), Some(b)) if position.fract() > 0.0 => a + (b - a) * position.fract(),
        (Some(a), _) => *a,
        _ => f64::NAN,
    }
}

/// Returns the median of values that may be infinite; NaN if there are none.
pub fn median(values: &[f64]) -> f64 {
    quantile(values, 0.5)
}

/// Returns the ends of the middle 95 % of values of a bootstrap, its percentile interval (Efron 1979).
pub fn percentile_interval(values: &[f64]) -> [f64; 2] {
    let mut sorted = values.to_vec();
    sorted.sort_by(f64::total_cmp);
    [0.025, 0.975].map(|q| quantile_of_sorted(&sorted, q))
}

/// Returns the 95 % percentile bootstrap interval of a statistic of `values`, from 2,000 resamples that depend on their
/// number alone; NaN for fewer than three values.
///
/// ```
/// use thalweg::statistics::bootstrap_interval;
/// let mean = |sample: &[f64]| sample.iter().sum::<f64>() / sample.len() as f64;
/// let values: Vec<f64> = (0..100).map(f64::from).collect();
/// let [low, high] = bootstrap_interval(&values, mean);
/// // The standard deviation of the mean is 2.89.
/// assert!((low - (49.5 - 1.96 * 2.89)).abs() < 0.6 && (high - (49.5 + 1.96 * 2.89)).abs() < 0.6);
/// ```
pub fn bootstrap_interval<T: Copy>(values: &[T], statistic: impl Fn(&[T]) -> f64) -> [f64; 2] {
    if values.len() < MIN_VALUES {
        return [f64::NAN; 2];
    }
    let mut random = Random::new(0);
    let mut resample =
        || -> Vec<T> { values.iter().map(|_| values[random.below(values.len() as u64) as usize]).collect() };
    let statistics: Vec<f64> = (0..RESAMPLES).map(|_| statistic(&resample())).collect();
    percentile_interval(&statistics)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quantiles_accept_infinities() {
        let inf = f64::INFINITY;
        assert_eq!([0.0, 0.25, 0.5, 1.0].map(|q| quantile(&[4.0, 1.0, 2.0, 3.0, 5.0], q)), [1.0, 2.0, 3.0, 5.0]);
        assert_eq!(median(&[1.0, 2.0]), 1.5);
        assert_eq!([median(&[1.0, inf, inf]), median(&[1.0, inf]), median(&[1.0, 2.0, inf])], [inf, inf, 2.0]);
        assert!(median(&[]).is_nan());
    }

    #[test]
    fn few_values_have_no_interval() {
        let mean = |sample: &[f64]| sample.iter().sum::<f64>() / sample.len() as f64;
        assert!(bootstrap_interval(&[1.0, 2.0], mean).iter().all(|end| end.is_nan()));
        assert_eq!(bootstrap_interval(&[2.0, 2.0, 2.0], mean), [2.0, 2.0]);
    }
}
