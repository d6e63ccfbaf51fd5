//! Distinct values of a column.

use crate::data::cell::Cell;
use crate::data::number::parse_number;

/// Distinct value of a column.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) enum DistinctValue<'t> {
    /// Bits of a number.
    Number(u64),
    /// Text, which may be the text of a number.
    Text(&'t str),
}

impl<'t> DistinctValue<'t> {
    pub(super) fn of(cell: Cell<'t>) -> Option<Self> {
        match cell {
            Cell::Missing => None,
            Cell::Number(value) => Some(Self::Number(value.to_bits())),
            Cell::Text(text) => Some(Self::Text(text)),
        }
    }

    /// Returns the number, parsing a text; `None` for other texts.
    pub(super) fn number(self) -> Option<f64> {
        match self {
            Self::Number(bits) => Some(f64::from_bits(bits)),
            Self::Text(text) => parse_number(text),
        }
    }

    /// Returns the value as text.
    pub(super) fn text(self) -> String {
        match self {
            Self::Number(bits) => f64::from_bits(bits).to_string(),
            Self::Text(text) => text.to_string(),
        }
    }
}
