//! Errors of columns that are meant as numbers but have other values.

use foldhash::HashSet;

use super::profile::{ColumnProfile, MIN_DISTINCT_NUMBERS};
use crate::data::cell::Cell;
use crate::data::number::parse_number;
use crate::data::number_checks::{cell_error, not_finite};
use crate::error::{ColumnRole, Error, ExpectedCell, NonNumbers, Result};

/// Least number of values in a column for a text among them to be taken for a mistake.
const MIN_VALUES: usize = 5;

/// Least number of distinct codes such as V57 among numbers for the numbers to be taken for codes too.
const MIN_CODES: usize = 3;

impl ColumnProfile<'_> {
    /// Returns the error of a column of numbers with a text, an infinite number, or one too large for its role; `None`
    /// if all values are numbers of moderate size.
    pub(super) fn number_error(&self, role: ColumnRole) -> Option<Error> {
        if let Some(row) = self.first_text {
            return Some(self.non_number_error(row, role, false));
        }
        let first = match role {
            ColumnRole::Feature => self.first_infinite,
            ColumnRole::Target => self.first_too_large,
        };
        first.map(|row| not_finite(self.table, row, self.column))
    }

    /// Returns the error of a column that is clearly meant as numbers but has other values: at least nine of ten values
    /// are numbers, and the others are neither codes nor names.
    ///
    /// # Errors
    /// [`Error::Interrupted`], if it is requested.
    pub(super) fn nearly_number_error(&self, role: ColumnRole) -> Result<Option<Error>> {
        let numbers = self.values - self.texts;
        let are_nearly_all = |count: usize| self.values >= MIN_VALUES && count * 10 >= self.values * 9;
        if self.texts == 0 {
            return Ok(self.number_error(role));
        }
        if let Some(row) = self.first_decimal_comma
            && are_nearly_all(numbers + self.decimal_commas)
            && self.distinct_values()?.len() >= MIN_DISTINCT_NUMBERS
        {
            return Ok(Some(self.non_number_error(row, role, true)));
        }
        if are_nearly_all(numbers) && self.some_numbers.len() >= MIN_DISTINCT_NUMBERS && !self.has_codes()? {
            return Ok(self.number_error(role));
        }
        Ok(None)
    }

    /// Returns `true` if the texts among the numbers are codes such as V57 and E865.1: the numbers are then codes too.
    fn has_codes(&self) -> Result<bool> {
        let mut texts = HashSet::default();
        self.for_each_value(|cell| match cell {
            Cell::Text(text) if parse_number(text).is_none() => drop(texts.insert(text)),
            _ => {}
        })?;
        let is_code = |text: &&str| {
            text.starts_with(|c: char| c.is_ascii_alphabetic()) && text.contains(|c: char| c.is_ascii_digit())
        };
        Ok(texts.len() >= MIN_CODES && texts.iter().all(is_code))
    }

    fn non_number_error(&self, row: usize, role: ColumnRole, decimal_comma: bool) -> Error {
        let statistics = NonNumbers { values: self.values, non_numbers: self.texts, decimal_comma, role };
        cell_error(self.table, row, self.column, ExpectedCell::Number(Some(statistics)))
    }
}
