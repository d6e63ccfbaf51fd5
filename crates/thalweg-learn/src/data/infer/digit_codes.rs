//! Codes of digits, such as 007.

use crate::data::cell::Cell;
use crate::data::value_key::has_leading_zero;

/// Spellings of the numbers of a column: codes have one length, and some have a leading zero.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct DigitCodes {
    has_leading_zeros: bool,
    /// Length of the first number.
    length: Option<usize>,
    /// If true, a number has another length, or is not stored as written.
    has_others: bool,
}

impl DigitCodes {
    /// Adds the cell of a number.
    #[inline]
    pub(super) fn add(&mut self, cell: Cell<'_>) {
        let Cell::Text(text) = cell else {
            self.has_others = true;
            return;
        };
        self.has_leading_zeros |= has_leading_zero(text);
        self.has_others |= *self.length.get_or_insert(text.len()) != text.len();
    }

    /// Returns `true` if the numbers are codes, as far as their spelling tells.
    pub(super) fn are_codes(self) -> bool {
        self.has_leading_zeros && !self.has_others
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_have_one_length_and_leading_zeros() {
        let are_codes = |cells: &[Cell<'_>]| {
            let mut codes = DigitCodes::default();
            for cell in cells {
                codes.add(*cell);
            }
            codes.are_codes()
        };
        assert!(are_codes(&[Cell::Text("001"), Cell::Text("120")]));
        assert!(!are_codes(&[Cell::Text("101"), Cell::Text("120")]));
        assert!(!are_codes(&[Cell::Text("01"), Cell::Text("120")]));
        assert!(!are_codes(&[Cell::Text("01"), Cell::Number(2.0)]));
        assert!(!are_codes(&[]));
    }
}
