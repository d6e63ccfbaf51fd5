//! Sizes of encoded rows in bytes, and parts of limited size.

use std::borrow::Cow;
use std::ops::Range;

use super::rows::Rows;

impl Rows {
    /// Returns the rows in parts of `len` of them, at least 1; borrowed if that is all of them.
    pub(crate) fn parts(&self, len: usize) -> impl Iterator<Item = Cow<'_, Rows>> {
        let len = len.max(1);
        (0..self.len()).step_by(len).map(move |start| self.part(start..self.len().min(start + len)))
    }

    /// Returns a range of the rows; borrowed if that is all of them.
    pub(crate) fn part(&self, range: Range<usize>) -> Cow<'_, Rows> {
        if range == (0..self.len()) { Cow::Borrowed(self) } else { Cow::Owned(self.range(range)) }
    }

    /// Returns the number of rows from `start` on, at most `most`, that together have at most `bytes`.
    pub(crate) fn rows_within(&self, start: usize, most: usize, bytes: usize) -> usize {
        let (end, dense) = (self.len().min(start.saturating_add(most)), self.bytes_of_dense());
        let mut total = 0_usize;
        let fits = |row: &usize| {
            total = total.saturating_add(dense + 8 * self.sparse.row(*row).0.len());
            total <= bytes
        };
        (start..end).take_while(fits).count()
    }

    /// Returns the size of all rows as [`Rows::rows_within`] counts it.
    pub(crate) fn bytes_within_limits(&self) -> usize {
        self.len() * self.bytes_of_dense() + 8 * self.sparse.index.len()
    }

    /// Size of a row without sparse values.
    fn bytes_of_dense(&self) -> usize {
        4 * (self.numbers.stride() + self.code_width) + 16 + if self.sparse.ends.is_empty() { 0 } else { 8 }
    }

    /// Size of all rows in bytes.
    pub(crate) fn bytes(&self) -> usize {
        let numbers = 4 * (self.numbers.strided().len() + self.codes.len() + 2 * self.sparse.index.len());
        numbers + 8 * (self.sparse.ends.len() + self.target.len() + self.weight.len())
    }

    /// Average size of a row in bytes.
    pub(crate) fn row_bytes(&self) -> usize {
        let of_sparse = 8 + 8 * self.sparse.index.len().div_ceil(self.len().max(1));
        4 * (self.numbers.stride() + self.code_width) + 16 + if self.sparse.ends.is_empty() { 0 } else { of_sparse }
    }
}
