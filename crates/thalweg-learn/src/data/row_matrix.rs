//! Row-major matrix of 32-bit numbers whose rows begin at cache lines.

use std::ops::Range;

use bytemuck::{cast, cast_slice_mut};
use rayon::prelude::*;

use super::row_view::{LINE, RowView, TARGET};
use crate::pool;

/// Least number of rows that a thread writes the targets of.
const ROWS_PER_TASK: usize = 1 << 12;

/// Row-major matrix of 32-bit numbers: the dense features of encoded rows.
///
/// Shuffled training reads rows at random, and each cache line of a row is a miss. Therefore a row has room for its
/// target behind its numbers, and begins at a cache line where that costs at most a quarter of its size: 28 numbers and
/// a target take two lines.
///
/// ```
/// use thalweg_learn::data::RowMatrix;
/// let mut matrix = RowMatrix::new(2, &[1.0, 2.0, 3.0, 4.0]);
/// matrix.push_row().copy_from_slice(&[5.0, 6.0]);
/// assert_eq!((matrix.width(), matrix.len()), (2, 3));
/// assert_eq!(matrix.row(1), [3.0, 4.0]);
/// assert_eq!(matrix.to_vec(), [1.0, 2.0, 3.0, 4.0, 5.0, 6.0]);
/// ```
#[derive(Debug, Default)]
pub struct RowMatrix {
    /// Numbers before the first cache line, then the rows.
    storage: Vec<f32>,
    /// Position of the first row in `storage`.
    start: usize,
    width: usize,
    /// Distance between the first numbers of consecutive rows.
    stride: usize,
    /// True if the target of each row is behind its numbers.
    has_targets: bool,
}

impl RowMatrix {
    /// Creates a matrix without rows.
    pub fn empty(width: usize) -> Self {
        Self { width, stride: stride(width), ..Self::default() }
    }

    /// Creates a matrix from its numbers, row by row.
    ///
    /// # Panics
    /// If `numbers` are no whole rows of `width`.
    pub fn new(width: usize, numbers: &[f32]) -> Self {
        assert!(numbers.is_empty() || numbers.len().is_multiple_of(width), "expected whole rows of {width} numbers");
        let rows = numbers.len().checked_div(width).unwrap_or(0);
        let mut matrix = Self::zeros(width, rows);
        let stride = matrix.stride.max(1);
        for (row, numbers) in matrix.strided_mut().chunks_exact_mut(stride).zip(numbers.chunks(width.max(1))) {
            row[..width].copy_from_slice(numbers);
        }
        matrix
    }

    /// Creates a matrix of zeros.
    pub(crate) fn zeros(width: usize, rows: usize) -> Self {
        let stride = stride(width);
        let mut storage = vec![0.0; rows * stride + LINE];
        let start = first_line(&storage);
        storage.truncate(start + rows * stride);
        Self { storage, start, width, stride, has_targets: false }
    }

    /// Number of numbers in a row.
    pub fn width(&self) -> usize {
        self.width
    }

    /// Number of rows; 0 if they have no numbers.
    pub fn len(&self) -> usize {
        self.strided().len().checked_div(self.stride).unwrap_or(0)
    }

    /// Returns `true` if there are no rows, or no numbers in them.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Returns the numbers of a row.
    ///
    /// # Panics
    /// If there is no such row.
    #[inline(always)]
    pub fn row(&self, row: usize) -> &[f32] {
        self.view().row(row)
    }

    /// Returns the rows in their order; none if they have no numbers.
    pub fn rows(&self) -> impl ExactSizeIterator<Item = &[f32]> + Clone {
        self.strided().chunks_exact(self.stride.max(1)).map(|row| &row[..self.width])
    }

    /// Returns all numbers, row by row.
    pub fn to_vec(&self) -> Vec<f32> {
        let mut numbers = Vec::with_capacity(self.len() * self.width);
        self.rows().for_each(|row| numbers.extend(row));
        numbers
    }

    /// Appends a row of zeros and returns it.
    pub fn push_row(&mut self) -> &mut [f32] {
        self.has_targets = false;
        self.reserve(self.stride);
        let row = self.storage.len();
        self.storage.resize(row + self.stride, 0.0);
        &mut self.storage[row..row + self.width]
    }

    /// Appends a range of the rows of a matrix of the same width, without their targets, which may change there.
    pub(crate) fn append(&mut self, other: &Self, rows: Range<usize>) {
        self.has_targets = false;
        let rows = &other.strided()[rows.start * self.stride..rows.end * self.stride];
        self.reserve(rows.len());
        self.storage.extend_from_slice(rows);
    }

    /// Appends rows of the bytes of their numbers, row by row.
    pub(super) fn append_bytes(&mut self, bytes: &[u8]) {
        let row_bytes = self.width * size_of::<f32>();
        self.has_targets = false;
        let more = bytes.len().checked_div(row_bytes).unwrap_or(0) * self.stride;
        self.reserve(more);
        let start = self.storage.len();
        self.storage.resize(start + more, 0.0);
        let rows = self.storage[start..].chunks_exact_mut(self.stride.max(1));
        for (row, bytes) in rows.zip(bytes.chunks_exact(row_bytes.max(1))) {
            cast_slice_mut::<f32, u8>(&mut row[..self.width]).copy_from_slice(bytes);
        }
    }

    /// Removes all rows; keeps the memory.
    pub(crate) fn clear(&mut self) {
        self.truncate(0);
    }

    /// Removes all rows but the first `len`; keeps the memory.
    pub(crate) fn truncate(&mut self, len: usize) {
        self.storage.truncate(self.start + len * self.stride);
    }

    /// Distance between the first numbers of consecutive rows.
    #[inline(always)]
    pub(crate) fn stride(&self) -> usize {
        self.stride
    }

    /// Returns the rows with what lies between them: [`RowMatrix::stride`] numbers for each.
    #[inline(always)]
    pub(crate) fn strided(&self) -> &[f32] {
        &self.storage[self.start..]
    }

    /// Returns the same as [`RowMatrix::strided`], to write the first numbers of each row.
    pub(crate) fn strided_mut(&mut self) -> &mut [f32] {
        self.has_targets = false;
        &mut self.storage[self.start..]
    }

    /// Writes the target of each row behind its numbers; nothing, if rows have no numbers or no targets.
    pub(crate) fn set_targets(&mut self, targets: &[f64]) {
        self.set_targets_from(0, targets);
    }

    /// Writes the targets of the rows from `first` on, if those of the rows before are there; see
    /// [`RowMatrix::set_targets`].
    pub(crate) fn set_targets_from(&mut self, first: usize, targets: &[f64]) {
        if self.len() != targets.len() {
            return;
        }
        let (width, stride) = (self.width, self.stride.max(1));
        let rows = self.storage[self.start + first * self.stride..].par_chunks_exact_mut(stride);
        pool::for_each(rows.zip(&targets[first..]).with_min_len(ROWS_PER_TASK), |(row, &target)| {
            row[width..width + TARGET].copy_from_slice(&cast::<f64, [f32; TARGET]>(target));
        });
        self.has_targets = true;
    }

    /// Returns `true` if each row has its target behind its numbers.
    #[inline(always)]
    pub(crate) fn has_targets(&self) -> bool {
        self.has_targets
    }

    /// Returns the rows for reading in a loop.
    #[inline(always)]
    pub(crate) fn view(&self) -> RowView<'_> {
        RowView::new(self.strided(), self.width, self.stride)
    }

    /// Makes room for this many further numbers. The rows begin at a cache line of their new place as well, which a
    /// vector that grows by itself does not care for.
    fn reserve(&mut self, more: usize) {
        if self.storage.capacity() - self.storage.len() >= more {
            return;
        }
        let used = self.strided().len();
        let mut storage = Vec::with_capacity((used + more).max(2 * used) + LINE);
        let start = first_line(&storage);
        storage.resize(start, 0.0);
        storage.extend_from_slice(self.strided());
        (self.storage, self.start) = (storage, start);
    }
}

/// A copy begins at a cache line as well. It has no targets, since those of the copied rows may change.
impl Clone for RowMatrix {
    fn clone(&self) -> Self {
        let mut copy = Self::empty(self.width);
        copy.append(self, 0..self.len());
        copy
    }
}

/// The same numbers in the same rows.
impl PartialEq for RowMatrix {
    fn eq(&self, other: &Self) -> bool {
        self.width == other.width && self.rows().eq(other.rows())
    }
}

/// Returns the distance between rows of `width` numbers.
fn stride(width: usize) -> usize {
    if width == 0 {
        return 0;
    }
    let packed = width + TARGET;
    let lines = packed.next_multiple_of(LINE);
    if lines - packed <= packed / 4 { lines } else { packed }
}

/// Returns the position of the first number at the start of a cache line.
fn first_line(storage: &[f32]) -> usize {
    // `align_offset` may fail, though not at run time on known targets: then the rows are not aligned, only slower.
    let line = storage.as_ptr().align_offset(LINE * size_of::<f32>());
    if line < LINE { line } else { 0 }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn matrix(width: usize, rows: usize) -> RowMatrix {
        let numbers: Vec<f32> = (0..width * rows).map(|i| i as f32).collect();
        RowMatrix::new(width, &numbers)
    }

    #[test]
    fn rows_begin_at_cache_lines_where_little_is_lost() {
        assert_eq!([1, 8, 10, 13, 14, 24, 28, 30, 784].map(stride), [3, 10, 12, 16, 16, 32, 32, 32, 800]);
        for width in [1, 14, 28] {
            let mut grown = RowMatrix::empty(width);
            for more in [1, 2, 500, 3, 4000] {
                grown.append(&matrix(width, more), 0..more);
                for matrix in [&grown, &grown.clone()] {
                    assert_eq!(matrix.row(0).as_ptr() as usize % 64, 0, "{width}");
                }
            }
            assert_eq!(grown.len(), 4506);
            assert_eq!(grown.row(506), matrix(width, 1).row(0));
            assert_eq!(grown.row(4505), matrix(width, 4000).row(3999));
        }
    }

    #[test]
    fn copies_have_no_targets_which_do_not_count_as_numbers() {
        let targets = [0.1, -0.0, f64::NAN, 4.0];
        let mut with_targets = matrix(3, 4);
        with_targets.set_targets(&targets);
        assert!(with_targets.has_targets() && with_targets == matrix(3, 4));
        let bits = [0, 1, 2, 3].map(|row| with_targets.view().target(row).to_bits());
        assert_eq!(bits, targets.map(f64::to_bits));
        let mut part = RowMatrix::empty(3);
        part.append(&with_targets, 1..3);
        part.append(&with_targets.clone(), 0..1);
        assert!(!part.has_targets() && !with_targets.clone().has_targets());
        assert_eq!(part.to_vec(), [3.0, 4.0, 5.0, 6.0, 7.0, 8.0, 0.0, 1.0, 2.0]);
        part.set_targets(&targets[..3]);
        assert!(part.has_targets());
        part.push_row();
        assert!(!part.has_targets());
    }

    #[test]
    fn rows_without_numbers_are_none() {
        let mut none = RowMatrix::zeros(0, 5);
        none.set_targets(&[1.0; 5]);
        none.append(&RowMatrix::empty(0), 0..0);
        assert_eq!((none.len(), none.rows().len(), none.to_vec().len()), (0, 0, 0));
    }
}
