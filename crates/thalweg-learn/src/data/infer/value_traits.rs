//! Properties of a value by itself.

use crate::data::cell::Cell;
use crate::data::date::is_date;
use crate::data::number::parse_number;

/// Properties of a value by itself, in which equal texts agree.
#[derive(Clone, Copy, Debug)]
pub(super) struct ValueTraits {
    pub(super) number: Option<f64>,
    pub(super) is_date: bool,
    /// True for a number with a decimal comma.
    pub(super) has_decimal_comma: bool,
}

impl ValueTraits {
    pub(super) fn of(cell: Cell<'_>) -> Self {
        let number = cell.number();
        match cell {
            Cell::Text(text) if number.is_none() => Self {
                number,
                is_date: is_date(text),
                has_decimal_comma: text.contains(',') && parse_number(&text.replacen(',', ".", 1)).is_some(),
            },
            _ => Self { number, is_date: false, has_decimal_comma: false },
        }
    }
}
