//! Quantiles and intervals of few numbers, such as the results of several runs.

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

/// Returns the 95 % interval of the mean of normally distributed values: the mean ± t·s/√n, with Student's t of n − 1
/// degrees of freedom; NaN for fewer than two values.
///
/// ```
/// use thalweg::statistics::mean_interval;
/// // Of scipy: t.interval(0.95, 2, loc=2, scale=1/√3).
/// let [low, high] = mean_interval(&[1.0, 2.0, 3.0]);
/// assert!((low + 0.484_137_711_709).abs() < 1e-9 && (high - 4.484_137_711_709).abs() < 1e-9);
/// ```
pub fn mean_interval(values: &[f64]) -> [f64; 2] {
    let n = values.len() as f64;
    if values.len() < 2 {
        return [f64::NAN; 2];
    }
    let mean = values.iter().sum::<f64>() / n;
    let squares: f64 = values.iter().map(|value| (value - mean) * (value - mean)).sum();
    let half = student_bound(values.len() as u64 - 1) * (squares / (n - 1.0) / n).sqrt();
    [mean - half, mean + half]
}

/// Returns the bound between whose negative and which Student's t of this many degrees of freedom lies with the
/// probability [`CONFIDENCE`].
fn student_bound(degrees: u64) -> f64 {
    // Bisection: 12.7 is the bound of one degree of freedom, 1.96 that of a normal distribution.
    let (mut low, mut high) = (1.9, 13.0);
    for _ in 0..60 {
        let middle = 0.5 * (low + high);
        if student_probability(middle, degrees) < CONFIDENCE { low = middle } else { high = middle }
    }
    0.5 * (low + high)
}

/// Returns the probability that Student's t lies between −t and t, by its finite sums (Abramowitz and Stegun, 26.7.3
/// and 26.7.4); that of 1,000 degrees of freedom for more.
fn student_probability(t: f64, degrees: u64) -> f64 {
    let degrees = degrees.min(1_000);
    let n = degrees as f64;
    let (sine, cosine) = (t / (n + t * t).sqrt(), (n / (n + t * t)).sqrt());
    let is_odd = degrees % 2 == 1;
    // The terms are cosᵏ times 1, 1/2, 1·3/(2·4), … for even k, or 1, 2/3, 2·4/(3·5), … for odd k.
    let (mut term, mut sum) = if is_odd { (cosine, 0.0) } else { (1.0, 0.0) };
    let mut power = u64::from(is_odd);
    while power + 2 <= degrees {
        sum += term;
        power += 2;
        term *= cosine * cosine * (power - 1) as f64 / power as f64;
    }
    let angle = libm::atan(t / n.sqrt());
    if is_odd { std::f64::consts::FRAC_2_PI * (angle + sine * sum) } else { sine * sum }
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
    fn bounds_are_those_of_students_distribution() {
        // scipy.stats.t.ppf(0.975, degrees)
        for (degrees, expected) in [
            (1, 12.706_204_736_174_694),
            (2, 4.302_652_729_749_462),
            (3, 3.182_446_305_283_707_8),
            (4, 2.776_445_105_197_793_4),
            (9, 2.262_157_162_798_205),
            (30, 2.042_272_456_301_237_8),
            (99, 1.984_216_951_586_417_4),
            (1_000, 1.962_339_080_826_408_3),
        ] {
            let found = student_bound(degrees);
            assert!((found / expected - 1.0).abs() < 1e-12, "{degrees}: {found}, not {expected}");
        }
        assert!(mean_interval(&[1.0]).iter().all(|end| end.is_nan()));
        assert_eq!(mean_interval(&[2.0, 2.0, 2.0]), [2.0, 2.0]);
    }

    #[test]
    fn few_values_have_no_interval() {
        let mean = |sample: &[f64]| sample.iter().sum::<f64>() / sample.len() as f64;
        assert!(bootstrap_interval(&[1.0, 2.0], mean).iter().all(|end| end.is_nan()));
        assert_eq!(bootstrap_interval(&[2.0, 2.0, 2.0], mean), [2.0, 2.0]);
    }
}
