//! Missing values of a table to be encoded.

use crate::data::cell::Cell;
use crate::data::number::parse_number;
use crate::data::schema::Schema;
use crate::data::table::Table;

/// Cells that count as missing: those missing in the table, and the missing tokens of the training table.
pub(in crate::data) struct MissingValues {
    /// Missing tokens of the training table that the table was read without.
    texts: Vec<String>,
    /// Numbers among these tokens.
    numbers: Vec<f64>,
}

impl MissingValues {
    pub(in crate::data) fn new(schema: &Schema, table: &Table<'_>) -> MissingValues {
        let additional = schema.missing.iter().filter(|token| !table.missing_tokens().contains(token));
        let texts: Vec<String> = additional.cloned().collect();
        let numbers = texts.iter().filter_map(|token| parse_number(token)).collect();
        MissingValues { texts, numbers }
    }

    fn is_number(&self, value: f64) -> bool {
        self.numbers.iter().any(|missing| missing.total_cmp(&value).is_eq())
    }

    #[inline]
    pub(in crate::data) fn contains(&self, cell: Cell<'_>) -> bool {
        match cell {
            Cell::Missing => true,
            Cell::Number(value) => self.is_number(value),
            Cell::Text(text) => {
                self.texts.iter().any(|missing| missing == text)
                    || (!self.numbers.is_empty() && parse_number(text).is_some_and(|value| self.is_number(value)))
            }
        }
    }
}
