//! Whether two methods can be told apart.

use serde::Serialize;
use thalweg::Random;

use crate::score::{median, quantile};

/// Resamples of the seeds.
const RESAMPLES: usize = 2_000;

/// A median by the median of the best, with the interval that holds 95 % of the resamples. Infinite, in JSON `null`, where
/// the median run missed.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Ratio {
    /// The ratio.
    pub ratio: f64,
    /// The lower end of the interval.
    pub low: f64,
    /// Its upper end.
    pub high: f64,
    /// Whether the interval leaves out 1.
    pub told_apart: bool,
}

impl Ratio {
    /// The ratio of the medians of pairs (this method, the best) from the same seeds. Seeds are drawn again with
    /// replacement, as pairs, so that what both have in common does not count: the percentile bootstrap, Efron 1979.
    pub(crate) fn of(pairs: &[(f64, f64)]) -> Self {
        let mut random = Random::new(0);
        let ratios: Vec<f64> = (0..RESAMPLES)
            .map(|_| {
                let drawn: Vec<_> = pairs.iter().map(|_| pairs[random.below(pairs.len() as u64) as usize]).collect();
                by(&drawn)
            })
            .collect();
        let [low, high] = [0.025, 0.975].map(|q| quantile(&ratios, q));
        Self { ratio: by(pairs), low, high, told_apart: low > 1.0 || high < 1.0 }
    }
}

/// Two misses are equal, and so are two costs of nothing.
fn by(pairs: &[(f64, f64)]) -> f64 {
    let (this, best): (Vec<f64>, Vec<f64>) = pairs.iter().copied().unzip();
    let (this, best) = (median(&this), median(&best));
    if this.to_bits() == best.to_bits() { 1.0 } else { this / best }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn clear_differences_are_told_apart_and_chance_is_not() {
        let pairs =
            |ratio: f64| (0..10).map(|i| (ratio * (100.0 + f64::from(i)), 100.0 + f64::from(i))).collect::<Vec<_>>();
        let twice = Ratio::of(&pairs(2.0));
        // Pairs move together: the interval has no width.
        assert!(twice.told_apart && (twice.ratio - 2.0).abs() < 1e-12 && twice.high - twice.low < 1e-12, "{twice:?}");
        let mut random = Random::new(3);
        let chance: Vec<_> = (0..10).map(|_| (random.uniform() + 1.0, random.uniform() + 1.0)).collect();
        let chance = Ratio::of(&chance);
        assert!(!chance.told_apart && chance.low < 1.0 && chance.high > 1.0, "{chance:?}");
        let missed = Ratio::of(&[(f64::INFINITY, 10.0), (f64::INFINITY, 12.0), (f64::INFINITY, 11.0)]);
        assert!(missed.told_apart && missed.ratio.is_infinite() && missed.low.is_infinite());
        let both = Ratio::of(&[(f64::INFINITY, f64::INFINITY)]);
        assert!(!both.told_apart && both.ratio == 1.0);
    }
}
