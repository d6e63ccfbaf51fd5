//! Weighted moments of columns, and checks that cells are finite numbers.

use std::collections::BTreeMap;

use super::cell::Cell;
use super::skipped_rows::{OnError, SkippedRows};
use super::table::Table;
use crate::error::{CellError, Error, ExpectedCell, Result};
use crate::interrupt::{Interrupt, ROWS_PER_LOOK};

/// Relative range below which numbers count as equal: they differ by a few roundings.
const MIN_RELATIVE_RANGE: f64 = 8.0 * f64::EPSILON;

/// Values of which a function is computed together.
const LANES: usize = 8;

/// Largest size of the numbers of a target: the squares of larger ones overflow.
pub(super) const MAX_TARGET: f64 = 1e152;

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
}

/// Values with their weights, summed in their order.
struct WeightedValues<'a> {
    values: &'a [f64],
    /// Weight of each value; empty if all are equal.
    weights: &'a [f64],
    interrupt: Interrupt<'a>,
}

impl WeightedValues<'_> {
    /// Returns the sum of a function of the values.
    fn sum(&self, of: impl Fn(f64) -> f64) -> Result<f64> {
        let mut weights = self.weights.chunks(ROWS_PER_LOOK);
        self.values.chunks(ROWS_PER_LOOK).try_fold(-0.0, |sum, values| {
            self.interrupt.check()?;
            Ok(match weights.next() {
                None => sum_in_order(sum, values, &of),
                Some(weights) => values.iter().zip(weights).fold(sum, |sum, (&x, w)| sum + w * of(x)),
            })
        })
    }

    /// Returns the lowest and the highest value; `None` without values.
    fn extremes(&self) -> Result<Option<[f64; 2]>> {
        let Some(&first) = self.values.first() else { return Ok(None) };
        let (mut lowest, mut highest) = ([first; LANES], [first; LANES]);
        for values in self.values.chunks(ROWS_PER_LOOK) {
            self.interrupt.check()?;
            let (groups, remainder) = values.as_chunks::<LANES>();
            for group in groups {
                for lane in 0..LANES {
                    lowest[lane] = if group[lane] < lowest[lane] { group[lane] } else { lowest[lane] };
                    highest[lane] = if group[lane] > highest[lane] { group[lane] } else { highest[lane] };
                }
            }
            lowest[0] = remainder.iter().copied().fold(lowest[0], f64::min);
            highest[0] = remainder.iter().copied().fold(highest[0], f64::max);
        }
        Ok(Some([lowest.into_iter().fold(first, f64::min), highest.into_iter().fold(first, f64::max)]))
    }

    fn all_equal(&self) -> Result<bool> {
        for values in self.values.chunks(ROWS_PER_LOOK) {
            self.interrupt.check()?;
            if values.iter().any(|x| x.total_cmp(&self.values[0]).is_ne()) {
                return Ok(false);
            }
        }
        Ok(true)
    }

    fn total_weight(&self) -> Result<f64> {
        WeightedValues { values: self.weights, weights: &[], interrupt: self.interrupt }.sum(|weight| weight)
    }
}

/// Returns a sum to which a function of the values is added, one after another. The function is computed for several
/// values together, which an addition has to wait for anyway.
#[inline]
fn sum_in_order(mut sum: f64, values: &[f64], of: impl Fn(f64) -> f64) -> f64 {
    let (groups, remainder) = values.as_chunks::<LANES>();
    for group in groups {
        let mut terms = *group;
        for term in &mut terms {
            *term = of(*term);
        }
        for term in terms {
            sum += term;
        }
    }
    remainder.iter().fold(sum, |sum, &x| sum + of(x))
}

impl Moments {
    /// Moments of values with the given weights; without weights, all are equal.
    ///
    /// Uses two passes, so that a large mean does not hide a small deviation, and scales by the largest deviation, so
    /// that squares neither overflow nor underflow.
    ///
    /// # Errors
    /// [`Error::Interrupted`], if it is requested.
    pub(super) fn of_values(values: &[f64], weights: &[f64], interrupt: Interrupt<'_>) -> Result<Moments> {
        let all = WeightedValues { values, weights, interrupt };
        let n = if weights.is_empty() { values.len().max(1) as f64 } else { all.total_weight()? };
        let mean = all.sum(|x| x)? / n;
        // The mean of the residuals corrects the rounding error of the sum.
        let mean = mean + all.sum(|x| x - mean)? / n;
        // Rounding keeps the order, so the largest deviation is that of an extreme.
        let scale = all.extremes()?.into_iter().flatten().map(|x| (x - mean).abs()).fold(0.0, f64::max);
        let squares = all.sum(|x| ((x - mean) / scale) * ((x - mean) / scale))?;
        // The scale need not be exactly 0: the mean of many 0.1 is not exactly 0.1.
        let is_constant = scale <= MIN_RELATIVE_RANGE * mean.abs() || all.all_equal()?;
        let deviation = if is_constant { 0.0 } else { scale * (squares / n).sqrt() };
        Ok(Moments { mean, deviation, is_constant, count: values.len() })
    }

    /// Moments about zero: the mean is 0, and the deviation is the root mean square.
    pub(super) fn about_zero(self) -> Moments {
        Moments { mean: 0.0, deviation: self.mean.hypot(self.deviation), ..self }
    }
}

/// Returns the lowest and the highest value as texts; `None` if all values are equal.
pub(super) fn different(values: &[f64]) -> Option<(String, String)> {
    let lowest = values.iter().copied().fold(f64::INFINITY, f64::min);
    let highest = values.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    (lowest < highest).then(|| (lowest.to_string(), highest.to_string()))
}

/// Returns the number in a cell.
///
/// # Errors
/// A text, a missing value, or an infinite number.
#[inline]
pub(super) fn finite_number(table: &Table<'_>, row: usize, column: usize, cell: Cell<'_>) -> Result<f64> {
    match cell.number() {
        Some(value) if value.is_finite() => Ok(value),
        Some(_) => Err(not_finite(table, row, column)),
        None => Err(cell_error(table, row, column, ExpectedCell::Number(None))),
    }
}

/// Returns the number in a cell of a numeric target.
///
/// # Errors
/// As [`finite_number`]; a number above [`MAX_TARGET`].
pub(super) fn target_number(table: &Table<'_>, row: usize, column: usize, cell: Cell<'_>) -> Result<f64> {
    let value = finite_number(table, row, column, cell)?;
    if value.abs() > MAX_TARGET { Err(not_finite(table, row, column)) } else { Ok(value) }
}

/// Error of an infinite number, or of one too large to compute with.
pub(super) fn not_finite(table: &Table<'_>, row: usize, column: usize) -> Error {
    cell_error(table, row, column, ExpectedCell::FiniteNumber)
}

/// Error of a cell with another value than expected.
pub(super) fn cell_error(table: &Table<'_>, row: usize, column: usize, expected: ExpectedCell) -> Error {
    let (at, found) = (table.position(row, column), table.original_text(row, column));
    CellError { at, column: table.names()[column].clone(), expected, found }.into()
}

/// Checks that the numbers of a column are not negative in the given rows.
///
/// # Errors
/// The first negative number.
pub(super) fn check_counts(table: &Table<'_>, column: usize, rows: &[usize]) -> Result<()> {
    table.try_gather(column, rows, |i, cell| match cell.number() {
        Some(value) if value < 0.0 => Err(cell_error(table, rows[i], column, ExpectedCell::Count)),
        _ => Ok(()),
    })
}

/// Removes from `rows`, which ascend, those with a value that is no finite number in one of the given columns, or too
/// large a number in the target.
///
/// # Errors
/// The first such value, or too many of them, according to the policy.
pub(super) fn skip_invalid_rows(
    table: &Table<'_>,
    number_columns: &[usize],
    target: Option<usize>,
    rows: &mut Vec<usize>,
    policy: OnError,
    skipped_rows: &mut SkippedRows,
) -> Result<()> {
    let mut invalid = BTreeMap::new();
    for &column in number_columns.iter().chain(&target) {
        let most = if target == Some(column) { MAX_TARGET } else { f64::MAX };
        table.for_each_cell(column, |row, cell| {
            if cell != Cell::Missing && !cell.number().is_some_and(|number| number.abs() <= most) {
                invalid.entry(row).or_insert((column, cell));
            }
        })?;
    }
    // Rows without a target are not among `rows`.
    for (&row, &(column, cell)) in invalid.iter().filter(|(row, _)| rows.binary_search(row).is_ok()) {
        let number = if target == Some(column) { target_number } else { finite_number };
        let error = || number(table, row, column, cell).expect_err("the cell is no finite number");
        skipped_rows.add(policy, error)?;
    }
    rows.retain(|row| !invalid.contains_key(row));
    Ok(())
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
}
