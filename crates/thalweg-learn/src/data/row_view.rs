//! Rows of a matrix for reading in a loop.

use bytemuck::cast;
use prefetch_index::prefetch_index;

/// Numbers in a cache line of 64 bytes.
pub(super) const LINE: usize = 16;

/// Numbers whose bits hold a target.
pub(super) const TARGET: usize = 2;

/// Rows of a [`RowMatrix`](super::RowMatrix), whose fields a loop keeps in registers.
#[derive(Clone, Copy, Debug)]
pub(crate) struct RowView<'r> {
    numbers: &'r [f32],
    width: usize,
    stride: usize,
}

impl<'r> RowView<'r> {
    /// Takes rows of `width` numbers, each `stride` numbers after the one before.
    #[inline(always)]
    pub(super) fn new(numbers: &'r [f32], width: usize, stride: usize) -> Self {
        Self { numbers, width, stride }
    }

    /// Returns the numbers of a row.
    ///
    /// # Panics
    /// If there is no such row.
    #[inline(always)]
    pub(crate) fn row(self, row: usize) -> &'r [f32] {
        &self.numbers[row * self.stride..][..self.width]
    }

    /// Returns the target behind the numbers of a row.
    ///
    /// # Panics
    /// If there is no such row, or if rows have no numbers.
    #[inline(always)]
    pub(crate) fn target(self, row: usize) -> f64 {
        let row = &self.numbers[row * self.stride..][..self.width + TARGET];
        cast(*row.last_chunk::<TARGET>().expect("room for a target"))
    }

    /// Prefetches a row, with its target if it is there.
    #[inline(always)]
    pub(crate) fn fetch(self, row: usize) {
        let start = row * self.stride;
        let mut line = 0;
        while line < self.stride {
            prefetch_index(self.numbers, start + line);
            line += LINE;
        }
        // Rows that do not begin at a cache line may end in a further one.
        if !self.stride.is_multiple_of(LINE) {
            prefetch_index(self.numbers, start + self.stride - 1);
        }
    }
}
