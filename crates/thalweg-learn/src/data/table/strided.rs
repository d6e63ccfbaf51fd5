//! Columns of numbers within arrays of the caller.

use prefetch_index::prefetch_index;

/// Numbers between one that is read and one that is prefetched meanwhile.
const NUMBERS_AHEAD: usize = 16;

/// Numbers at equal distances in a slice.
#[derive(Debug)]
pub(super) struct Strided<'a, T> {
    /// Slice that begins with the first number.
    values: &'a [T],
    /// Distance of consecutive numbers, at least 1.
    stride: usize,
}

impl<'a, T> Strided<'a, T> {
    /// Numbers of `values` from `start` on, each `stride` after the one before.
    pub(super) fn new(values: &'a [T], start: usize, stride: usize) -> Self {
        Self { values: &values[start..], stride }
    }

    /// Returns `true` if other numbers lie between them.
    pub(super) fn is_spread(&self) -> bool {
        self.stride > 1
    }

    /// Returns a number by its index, and prefetches one that is read soon if indices ascend. Where other numbers lie
    /// between them, each is in a cache line of its own.
    #[inline]
    pub(super) fn at_prefetching(&self, index: usize) -> &'a T {
        if self.is_spread() {
            prefetch_index(self.values, (index + NUMBERS_AHEAD) * self.stride);
        }
        self.at(index)
    }

    /// Returns a number by its index.
    #[inline]
    pub(super) fn at(&self, index: usize) -> &'a T {
        &self.values[index * self.stride]
    }
}

impl<T> Clone for Strided<'_, T> {
    fn clone(&self) -> Self {
        Self { ..*self }
    }
}
