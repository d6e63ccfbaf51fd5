//! Criteria on the number of levels of a category.

use crate::data::cell::Cell;
use crate::data::table::Table;
use crate::error::Result;

/// Number of levels above which a category is hashed, or needs enough rows for each level.
pub(super) const MANY_LEVELS: usize = 100;

/// Number of rows from which on a column that counts rows, or has distinct values, is no coincidence.
pub(super) const MIN_ROWS: usize = 20;

/// Least number of rows per level if there are many levels and none is hashed.
const MIN_ROWS_PER_LEVEL: usize = 5;

/// Returns `true` if there are too many levels for the rows to learn anything about one: at least nine levels for ten
/// rows, or many levels with fewer than five rows each, unless they are hashed.
pub(super) fn is_id_like(levels: usize, rows: usize, hashed: bool) -> bool {
    let too_few_rows = levels > MANY_LEVELS && rows < MIN_ROWS_PER_LEVEL * levels && !hashed;
    rows > MIN_ROWS && (mostly_distinct(levels, rows) || too_few_rows)
}

/// Returns `true` if at least nine of ten values are distinct.
pub(super) fn mostly_distinct(levels: usize, values: usize) -> bool {
    levels * 10 >= values * 9
}

/// Returns `true` if none of the rows has a text in the column.
///
/// # Errors
/// [`Error::Interrupted`](crate::Error::Interrupted), if it is requested.
pub(super) fn is_numeric(table: &Table<'_>, column: usize, rows: &[usize]) -> Result<bool> {
    let mut numeric = true;
    table.gather(column, rows, |_, cell| numeric &= !matches!(cell, Cell::Text(_)))?;
    Ok(numeric)
}
