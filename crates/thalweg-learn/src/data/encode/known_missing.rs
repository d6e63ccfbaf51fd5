//! Missing values of a table to be encoded.

use crate::data::cell::Cell;
use crate::data::missing::MissingTokens;
use crate::data::schema::Schema;
use crate::data::table::Table;

/// Cells that count as missing: those missing in the table, and the missing tokens of the training table.
pub(in crate::data) struct MissingValues {
    /// Missing tokens of the training table that the table was read without.
    tokens: MissingTokens,
}

impl MissingValues {
    pub(in crate::data) fn new(schema: &Schema, table: &Table<'_>) -> MissingValues {
        let additional = schema.missing.iter().filter(|token| !table.missing_tokens().contains(token));
        MissingValues { tokens: MissingTokens::of(additional.cloned()) }
    }

    /// Returns `true` if numbers may count as missing.
    pub(super) fn have_numbers(&self) -> bool {
        self.tokens.has_numbers()
    }

    #[inline]
    pub(in crate::data) fn contains(&self, cell: Cell<'_>) -> bool {
        match cell {
            Cell::Missing => true,
            Cell::Number(value) => self.tokens.is_number(value),
            Cell::Text(text) => self.tokens.contains(text),
        }
    }
}
