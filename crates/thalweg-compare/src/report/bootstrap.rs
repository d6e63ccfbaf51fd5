//! Whether two methods can be told apart.

use serde::Serialize;
use thalweg::Random;

use crate::score::{median, quantile};

/// Resamples of the seeds.
const RESAMPLES: usize = 2_000;

/// A median by the median of the best, with the interval that holds 95 % of the resamples. Infinite, in JSON `null`, where
/// the median run missed; the interval is not a number, in JSON `null` too, where there are too few runs for one.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct MedianRatio {
    /// The ratio.
    pub ratio: f64,
    /// The lower end of the interval.
    pub low: f64,
    /// Its upper end.
    pub high: f64,
    /// Whether the interval leaves out 1.
    #[serde(rename = "told_apart")]
    pub significant: bool,
}

/// Fewer pairs have no interval.
const FEW: usize = 3;

/// The cost of a run and the share of the gap that it leaves; of this method, and of the best.
type Pair = [[f64; 2]; 2];

impl MedianRatio {
    /// The ratio of the medians of pairs from the same seeds. Seeds are drawn again with replacement, as pairs, so that
    /// what both have in common does not count: the percentile bootstrap, Efron 1979.
    pub(crate) fn of(pairs: &[Pair]) -> Self {
        let ratio = by(pairs);
        if pairs.len() < FEW {
            return Self { ratio, low: f64::NAN, high: f64::NAN, significant: false };
        }
        let mut random = Random::new(0);
        let ratios: Vec<f64> = (0..RESAMPLES)
            .map(|_| {
                let drawn: Vec<_> = pairs.iter().map(|_| pairs[random.below(pairs.len() as u64) as usize]).collect();
                by(&drawn)
            })
            .collect();
        let [low, high] = [0.025, 0.975].map(|q| quantile(&ratios, q));
        Self { ratio, low, high, significant: low > 1.0 || high < 1.0 }
    }
}

/// Where both medians missed, what they leave of the gap decides which is worse: no number says by how much.
fn by(pairs: &[Pair]) -> f64 {
    let of = |which: usize, what: usize| median(&pairs.iter().map(|pair| pair[which][what]).collect::<Vec<_>>());
    let (this, best) = (of(0, 0), of(1, 0));
    if this.is_finite() || best.is_finite() {
        return if this.to_bits() == best.to_bits() { 1.0 } else { this / best };
    }
    match of(0, 1).total_cmp(&of(1, 1)) {
        std::cmp::Ordering::Less => 0.0,
        std::cmp::Ordering::Equal => 1.0,
        std::cmp::Ordering::Greater => f64::INFINITY,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn costs(this: f64, best: f64) -> Pair {
        [[this, 0.0], [best, 0.0]]
    }

    #[test]
    fn clear_differences_are_told_apart_and_chance_is_not() {
        let pairs = |ratio: f64| -> Vec<Pair> {
            (0..10).map(|i| costs(ratio * (100.0 + f64::from(i)), 100.0 + f64::from(i))).collect()
        };
        let twice = MedianRatio::of(&pairs(2.0));
        // Pairs move together: the interval has no width.
        assert!(twice.significant && (twice.ratio - 2.0).abs() < 1e-12 && twice.high - twice.low < 1e-12, "{twice:?}");
        let mut random = Random::new(3);
        let chance: Vec<_> = (0..10).map(|_| costs(random.uniform() + 1.0, random.uniform() + 1.0)).collect();
        let chance = MedianRatio::of(&chance);
        assert!(!chance.significant && chance.low < 1.0 && chance.high > 1.0, "{chance:?}");
        let missed = MedianRatio::of(&[10.0, 12.0, 11.0].map(|best| costs(f64::INFINITY, best)));
        assert!(missed.significant && missed.ratio.is_infinite() && missed.low.is_infinite());
        let one = MedianRatio::of(&[costs(3.0, 2.0)]);
        assert!(!one.significant && one.ratio == 1.5 && one.low.is_nan());
    }

    #[test]
    fn two_misses_are_compared_by_what_they_leave() {
        let inf = f64::INFINITY;
        let worse: Vec<Pair> =
            (0..10).map(|i| [[inf, 0.5 + 0.01 * f64::from(i)], [inf, 0.4 + 0.01 * f64::from(i)]]).collect();
        assert!(MedianRatio::of(&worse).significant);
        let same: Vec<Pair> = (0..10).map(|i| [[inf, 0.1 * f64::from(i)], [inf, 0.1 * f64::from(9 - i)]]).collect();
        assert!(!MedianRatio::of(&same).significant);
    }
}
