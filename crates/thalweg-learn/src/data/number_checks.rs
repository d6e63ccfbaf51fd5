//! Checks that cells are finite numbers.

use std::collections::BTreeMap;

use super::cell::Cell;
use super::skipped_rows::{OnError, SkippedRows};
use super::table::Table;
use crate::error::{CellError, Error, ExpectedCell, Result};

/// Largest size of the numbers of a target: the squares of larger ones overflow.
pub(super) const MAX_TARGET: f64 = 1e152;

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
