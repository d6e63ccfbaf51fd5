//! Quantiles of weighted numbers.

use crate::error::Result;
use crate::interrupt::Interrupt;
use crate::sort::sort_until;

/// Numbers in ascending order with the sums of the weights up to each.
#[derive(Debug)]
pub(super) struct WeightedNumbers {
    /// Number, and weight of the numbers up to it.
    sorted: Vec<(f64, f64)>,
}

impl WeightedNumbers {
    /// Sorts numbers; those of weight 0 are ignored.
    pub(super) fn new(numbers: &[f64], weight: impl Fn(usize) -> f64, interrupt: Interrupt<'_>) -> Result<Self> {
        let items = numbers.iter().copied().enumerate().filter(|&(i, _)| weight(i) > 0.0);
        let items = items.map(|(i, number)| (number, i)).collect();
        let ascending = |a: &(f64, usize), b: &(f64, usize)| a.0.total_cmp(&b.0).then(a.1.cmp(&b.1));
        let mut below = 0.0;
        let sorted = sort_until(items, ascending, interrupt)?.into_iter().map(|(number, i)| {
            below += weight(i);
            (number, below)
        });
        Ok(Self { sorted: sorted.collect() })
    }

    /// Returns the smallest number such that at least the fraction `q` of the weight is at or below it, which is the
    /// inverse of the distribution function; NaN without numbers.
    pub(super) fn quantile(&self, q: f64) -> f64 {
        self.sorted.get(self.position(q)).map_or(f64::NAN, |item| item.0)
    }

    /// Returns the median: the mean of both numbers in the middle where half of the weight is below.
    fn median(&self) -> f64 {
        let at = self.position(0.5);
        let (Some(&(number, below)), half) = (self.sorted.get(at), 0.5 * self.total()) else { return f64::NAN };
        match self.sorted.get(at + 1) {
            Some(&(next, _)) if below - half <= f64::EPSILON => f64::midpoint(number, next),
            _ => number,
        }
    }

    fn position(&self, q: f64) -> usize {
        let wanted = q * self.total();
        self.sorted.partition_point(|&(_, below)| below < wanted).min(self.sorted.len().saturating_sub(1))
    }

    fn total(&self) -> f64 {
        self.sorted.last().map_or(0.0, |item| item.1)
    }
}

/// Returns the weighted median of numbers; NaN for none.
pub(super) fn weighted_median(
    mut numbers: Vec<f64>,
    weight: impl Fn(usize) -> f64,
    interrupt: Interrupt<'_>,
) -> Result<f64> {
    let first = if numbers.is_empty() { 0.0 } else { weight(0) };
    if first <= 0.0 || (1..numbers.len()).any(|i| weight(i).to_bits() != first.to_bits()) {
        return Ok(WeightedNumbers::new(&numbers, weight, interrupt)?.median());
    }
    interrupt.check()?;
    // Of equal weights, a selection is faster than a sort.
    let (half, is_odd) = (numbers.len() / 2, numbers.len() % 2 == 1);
    let (below, &mut middle, _) = numbers.select_nth_unstable_by(half, f64::total_cmp);
    Ok(if is_odd { middle } else { f64::midpoint(below.iter().copied().fold(below[0], f64::max), middle) })
}

#[cfg(test)]
#[allow(clippy::float_cmp, reason = "the numbers are exact")]
mod tests {
    use super::*;

    fn median(numbers: &[f64], weights: &[f64]) -> f64 {
        weighted_median(numbers.to_vec(), |i| weights[i], Interrupt::NEVER).expect("nothing interrupts")
    }

    #[test]
    fn a_weight_counts_as_repetitions() {
        assert_eq!(median(&[3.0, 1.0, 2.0], &[1.0; 3]), 2.0);
        assert_eq!(median(&[4.0, 1.0, 2.0, 3.0], &[2.0; 4]), 2.5);
        assert_eq!(median(&[5.0, 1.0, 3.0], &[1.0, 2.0, 1.0]), 2.0); // of 1, 1, 3, 5
        assert_eq!(median(&[5.0, 1.0, 3.0], &[1.0, 2.0, 2.0]), 3.0); // of 1, 1, 3, 3, 5
        assert_eq!(median(&[5.0, 1.0, 9.0], &[1.0, 1.0, 0.0]), 3.0);
        assert!(median(&[], &[]).is_nan() && median(&[1.0, 2.0], &[0.0, 0.0]).is_nan());
    }
}
