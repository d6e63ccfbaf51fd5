//! Significance of the difference between two methods.

use serde::Serialize;
use thalweg::statistics::{bootstrap_interval, median};

/// Ratio of the median cost of a method to that of the best, with a 95 % bootstrap interval.
///
/// The ratio is infinite (in JSON `null`) if the median run missed the target. The interval is NaN (in JSON `null`) if
/// there are fewer than three pairs of runs.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct MedianRatio {
    /// Ratio of the medians.
    pub ratio: f64,
    /// Lower end of the interval.
    pub low: f64,
    /// Upper end of the interval.
    pub high: f64,
    /// If true, the interval excludes 1: the difference is significant.
    #[serde(rename = "told_apart")]
    pub significant: bool,
}

/// Cost of a run.
#[derive(Clone, Copy, Debug)]
pub(super) struct Cost {
    /// Steps to the headline target, or the remaining gap fraction if there is no such target.
    pub(super) headline: f64,
    /// Remaining fraction of the initial gap.
    pub(super) gap_fraction: f64,
}

/// Costs of a method and of the best method on the same seed.
#[derive(Clone, Copy, Debug)]
pub(super) struct PairedCost {
    pub(super) method: Cost,
    pub(super) best: Cost,
}

impl MedianRatio {
    /// Computes the ratio and its percentile bootstrap interval (Efron 1979). Seeds are resampled as pairs, so that the
    /// variation common to both methods cancels.
    pub(super) fn new(pairs: &[PairedCost]) -> Self {
        let [low, high] = bootstrap_interval(pairs, median_ratio);
        Self { ratio: median_ratio(pairs), low, high, significant: low > 1.0 || high < 1.0 }
    }
}

/// Returns the ratio of the medians. If both are infinite, the remaining gaps decide: 0, 1 or infinity, since there is
/// no number for the difference.
fn median_ratio(pairs: &[PairedCost]) -> f64 {
    let median_of = |cost: fn(&PairedCost) -> f64| median(&pairs.iter().map(cost).collect::<Vec<_>>());
    let (method, best) = (median_of(|pair| pair.method.headline), median_of(|pair| pair.best.headline));
    if method.is_finite() || best.is_finite() {
        return if method.to_bits() == best.to_bits() { 1.0 } else { method / best };
    }
    match median_of(|pair| pair.method.gap_fraction).total_cmp(&median_of(|pair| pair.best.gap_fraction)) {
        std::cmp::Ordering::Less => 0.0,
        std::cmp::Ordering::Equal => 1.0,
        std::cmp::Ordering::Greater => f64::INFINITY,
    }
}

#[cfg(test)]
mod tests {
    use thalweg::random::Random;

    use super::*;

    fn pair(method: f64, best: f64) -> PairedCost {
        let cost = |headline: f64| Cost { headline, gap_fraction: 0.0 };
        PairedCost { method: cost(method), best: cost(best) }
    }

    fn missed(method: f64, best: f64) -> PairedCost {
        let cost = |gap_fraction: f64| Cost { headline: f64::INFINITY, gap_fraction };
        PairedCost { method: cost(method), best: cost(best) }
    }

    #[test]
    fn clear_differences_are_significant_and_chance_is_not() {
        let pairs = |ratio: f64| -> Vec<PairedCost> {
            (0..10).map(|i| pair(ratio * (100.0 + f64::from(i)), 100.0 + f64::from(i))).collect()
        };
        let twice = MedianRatio::new(&pairs(2.0));
        // The costs of a pair vary together: the interval has no width.
        assert!(twice.significant && (twice.ratio - 2.0).abs() < 1e-12 && twice.high - twice.low < 1e-12, "{twice:?}");
        let mut random = Random::new(3);
        let chance: Vec<_> = (0..10).map(|_| pair(random.uniform() + 1.0, random.uniform() + 1.0)).collect();
        let chance = MedianRatio::new(&chance);
        assert!(!chance.significant && chance.low < 1.0 && chance.high > 1.0, "{chance:?}");
        let missed = MedianRatio::new(&[10.0, 12.0, 11.0].map(|best| pair(f64::INFINITY, best)));
        assert!(missed.significant && missed.ratio.is_infinite() && missed.low.is_infinite());
        let one = MedianRatio::new(&[pair(3.0, 2.0)]);
        assert!(!one.significant && one.ratio == 1.5 && one.low.is_nan());
    }

    #[test]
    fn two_misses_are_compared_by_their_remaining_gaps() {
        let worse = (0..10).map(|i| missed(0.5 + 0.01 * f64::from(i), 0.4 + 0.01 * f64::from(i)));
        assert!(MedianRatio::new(&worse.collect::<Vec<_>>()).significant);
        let same = (0..10).map(|i| missed(0.1 * f64::from(i), 0.1 * f64::from(9 - i)));
        assert!(!MedianRatio::new(&same.collect::<Vec<_>>()).significant);
    }
}
