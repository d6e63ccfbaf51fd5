//! Weighted moments of numbers.

mod part;

pub(super) use part::{PartMoments, ROWS_PER_TILE};

use crate::error::Result;
use crate::interrupt::Interrupt;

/// Rows with their weights.
#[derive(Clone, Copy, Debug)]
pub struct WeightedRows<'a> {
    /// Row indices in the table.
    pub rows: &'a [usize],
    /// Weight of each row, or none if all weights are equal.
    pub weights: &'a [f64],
}

impl<'a, R: AsRef<[usize]> + ?Sized> From<&'a R> for WeightedRows<'a> {
    fn from(rows: &'a R) -> Self {
        Self { rows: rows.as_ref(), weights: &[] }
    }
}

/// Mean and standard deviation of numbers.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Moments {
    pub(super) mean: f64,
    /// Population standard deviation, 0 if constant.
    pub(super) deviation: f64,
    /// If true, the numbers are equal up to rounding, or there are none.
    pub(super) is_constant: bool,
    /// Number of values that are not missing.
    pub(super) count: usize,
    /// The lowest and the highest value whose weight is not 0.
    extremes: [f64; 2],
}

/// Moments of consecutive parts, merged pairwise: rounding errors grow with the logarithm of the number of parts.
#[derive(Clone, Debug, Default)]
pub(super) struct MomentTree {
    /// Moments of 2ᵏ parts at place k, as the digits of a binary number.
    levels: Vec<Option<PartMoments>>,
}

impl MomentTree {
    /// Appends a part.
    fn push(&mut self, mut part: PartMoments) {
        for level in &mut self.levels {
            match level.take() {
                Some(before) => part = before.merge(part),
                None => return *level = Some(part),
            }
        }
        self.levels.push(Some(part));
    }

    /// Moments of all parts together; `None` if there are none.
    pub(super) fn total(&self) -> Option<PartMoments> {
        self.levels.iter().flatten().copied().reduce(|last, before| before.merge(last))
    }

    /// Mean and deviation of all parts together.
    pub(super) fn moments(&self) -> Moments {
        let none = Moments { mean: 0.0, deviation: 0.0, is_constant: true, count: 0, extremes: [0.0; 2] };
        self.total().map_or(none, |all| all.moments())
    }
}

impl Extend<PartMoments> for MomentTree {
    fn extend<I: IntoIterator<Item = PartMoments>>(&mut self, parts: I) {
        parts.into_iter().for_each(|part| self.push(part));
    }
}

impl Moments {
    /// Moments of values with the given weights; without weights, all are equal.
    ///
    /// # Errors
    /// [`Error::Interrupted`](crate::Error::Interrupted), if it is requested.
    pub(super) fn of_values(values: &[f64], weights: &[f64], interrupt: Interrupt<'_>) -> Result<Moments> {
        let (mut tree, mut weights) = (MomentTree::default(), weights.chunks(ROWS_PER_TILE));
        for values in values.chunks(ROWS_PER_TILE) {
            interrupt.check()?;
            tree.extend(PartMoments::of(values, weights.next().unwrap_or_default()));
        }
        Ok(tree.moments())
    }

    /// Moments about zero: the mean is 0, and the deviation is the root mean square.
    pub(super) fn about_zero(self) -> Moments {
        Moments { mean: 0.0, deviation: self.mean.hypot(self.deviation), ..self }
    }

    /// Returns the lowest and the highest value as texts; `None` if all values are equal.
    pub(super) fn different(&self) -> Option<(String, String)> {
        let [lowest, highest] = self.extremes;
        (lowest < highest).then(|| (lowest.to_string(), highest.to_string()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn moments(values: &[f64], weights: &[f64]) -> Moments {
        Moments::of_values(values, weights, Interrupt::NEVER).expect("nothing interrupts")
    }

    fn assert_close(found: f64, expected: f64) {
        assert!((found / expected - 1.0).abs() < 1e-14, "{found} is not {expected}");
    }

    #[test]
    fn moments_are_those_of_the_population() {
        let moments = moments(&[2.0, 4.0, 4.0, 4.0, 5.0, 5.0, 7.0, 9.0], &[]);
        assert_close(moments.mean, 5.0);
        assert_close(moments.deviation, 2.0);
    }

    #[test]
    fn a_weight_of_two_counts_as_two_rows() {
        let (a, b) = (moments(&[2.0, 5.0, 9.0], &[1.0, 3.0, 2.0]), moments(&[2.0, 5.0, 5.0, 5.0, 9.0, 9.0], &[]));
        assert_close(a.mean, b.mean);
        assert_close(a.deviation, b.deviation);
        assert_close(a.about_zero().deviation, ((4.0_f64 + 75.0 + 162.0) / 6.0).sqrt());
    }

    #[test]
    fn a_large_mean_does_not_hide_the_deviation() {
        let moments = moments(&[1e9 + 4.0, 1e9 + 7.0, 1e9 + 13.0, 1e9 + 16.0], &[]);
        assert_close(moments.mean, 1e9 + 10.0);
        assert_close(moments.deviation, 22.5f64.sqrt());
    }

    #[test]
    fn tiny_and_huge_numbers_have_a_deviation() {
        assert_close(moments(&[1e-200, 3e-200], &[]).deviation, 1e-200);
        assert_close(moments(&[1e200, 3e200], &[]).deviation, 1e200);
    }

    #[test]
    fn many_equal_numbers_are_constant_despite_rounding() {
        assert!(moments(&[0.1; 1000], &[]).is_constant);
        assert!(moments(&[0.3, 0.3, 0.300_000_000_000_000_04], &[]).is_constant);
        assert!(!moments(&[0.1, 0.1, 0.100_000_1], &[]).is_constant);
        // 2⁵³ is about 9e15: there, numbers that differ by 2 are neighbours.
        assert!(moments(&[1e16, 1e16 + 2.0, 1e16 + 4.0], &[]).is_constant);
        let at_large_offset = moments(&[1e15 - 2.5, 1e15 - 1.0, 1e15 + 0.5, 1e15 + 3.0], &[]);
        assert_close(at_large_offset.deviation, 4.125_f64.sqrt());
    }

    #[test]
    fn many_parts_have_the_moments_of_all_values() {
        // 0, 1, …, n − 1 about a large offset: mean (n − 1)/2 and variance (n² − 1)/12, in closed form.
        for (n, weights) in [(512, false), (513, false), (100_003, false), (100_003, true)] {
            let values: Vec<f64> = (0..n).map(|i| 1e9 + ((i * 7919) % n) as f64).collect();
            let weights = vec![0.25; if weights { n } else { 0 }];
            let Moments { mean, deviation, is_constant, count, .. } = moments(&values, &weights);
            assert!(!is_constant && count == n);
            let n = n as f64;
            assert!((mean - 1e9 - (n - 1.0) / 2.0).abs() < 2e-7, "{mean}");
            assert_close(deviation, ((n * n - 1.0) / 12.0).sqrt());
        }
    }

    #[test]
    fn parts_of_any_size_and_sign_are_merged() {
        // Halves at ±x: mean 0 and deviation x, in parts of their own, even where x² overflows.
        for x in [1e-310, 1e-200, 1.0, 1e200, 1e305] {
            let values = [[-x; 2 * ROWS_PER_TILE], [x; 2 * ROWS_PER_TILE]].concat();
            let moments = moments(&values, &[]);
            assert!(moments.mean == 0.0 && (moments.deviation / x - 1.0).abs() < 1e-15, "{x}: {moments:?}");
        }
        // Values of weight 0 count for nothing but their number.
        for parts in [1, ROWS_PER_TILE] {
            let values = [7.0, 3.0, 5.0, -1e300].map(|value| vec![value; parts]).concat();
            let weights = [0.0, 2.0, 2.0, 0.0].map(|weight| vec![weight; parts]).concat();
            let moments = moments(&values, &weights);
            let Moments { mean, deviation, count, .. } = moments;
            assert_eq!([mean, deviation].map(f64::to_bits), [4.0_f64, 1.0].map(f64::to_bits), "{parts}");
            assert_eq!((count, moments.different()), (4 * parts, Some(("3".into(), "5".into()))));
        }
    }
}
