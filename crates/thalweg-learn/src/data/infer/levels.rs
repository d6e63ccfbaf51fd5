//! Criteria on the levels of a category, and their spelling.

use std::borrow::Cow;
use std::collections::BTreeSet;

use crate::data::cell::Cell;
use crate::data::date::is_date;
use crate::data::missing::MISSING_LEVEL;
use crate::data::number::parse_number;
use crate::data::table::Table;
use crate::data::value_key::{has_leading_zero, value_key};
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

/// Returns `true` if the levels of a column are numbers, and not codes with leading zeros or texts by their type.
///
/// # Errors
/// [`Error::Interrupted`](crate::Error::Interrupted), if it is requested.
pub(super) fn is_numeric(table: &Table<'_>, column: usize, rows: &[usize]) -> Result<bool> {
    let mut numeric = !table.is_text(column);
    table.gather(column, rows, |_, cell| {
        numeric = numeric
            && match cell {
                Cell::Missing | Cell::Number(_) => true,
                Cell::Text(text) => parse_number(text).is_some() && !has_leading_zero(text),
            }
    })?;
    Ok(numeric)
}

/// Gives the levels of a column one spelling, whatever format they are read from: numbers and truth values, unless they
/// are texts by their type or have leading zeros.
pub(super) fn spell_levels(levels: BTreeSet<String>, is_text: bool) -> BTreeSet<String> {
    let key = |level: &String| match (level.as_str(), is_text) {
        (MISSING_LEVEL, _) => Some(MISSING_LEVEL.to_string()),
        (level, false) if !has_leading_zero(level) || is_date(level) => value_key(level).map(Cow::into_owned),
        _ => None,
    };
    levels.iter().map(key).collect::<Option<_>>().unwrap_or(levels)
}
