//! Marks in numbers that the caller knows.

use super::marks::is_space;

/// Marks that the caller knows.
#[derive(Clone, Copy, Debug, Default)]
pub(in crate::data) struct GivenMarks {
    pub(in crate::data) decimal: Option<char>,
    pub(in crate::data) thousands: Option<char>,
}

impl GivenMarks {
    /// A point or a comma between thousands leaves the other one for decimals.
    pub(super) fn completed(self) -> Self {
        let other = match self.thousands {
            Some('.') => Some(','),
            Some(',') => Some('.'),
            _ => None,
        };
        let thousands = self.thousands.map(|mark| match mark {
            '\u{2019}' => '\'',
            mark if is_space(mark) => ' ',
            mark => mark,
        });
        Self { decimal: self.decimal.or(other), thousands }
    }
}
