//! Encoded rows, the input of models.

use std::collections::BTreeMap;
use std::ops::Range;

use prefetch_index::prefetch_index;

use super::level_counts::LevelCounts;
use super::row_matrix::RowMatrix;
use super::sparse_rows::SparseRows;

/// Choice between rows with and without their target.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum WithTarget {
    /// Encode the target, for training or evaluation.
    Yes,
    /// Do not encode the target, for prediction.
    No,
}

/// Encoded row, borrowed from [`Rows`].
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Row<'a> {
    /// Values of the first features.
    pub numbers: &'a [f32],
    /// Indices of features whose value is 1: the levels of categories.
    pub codes: &'a [u32],
    /// Indices of sparse features.
    pub index: &'a [u32],
    /// Values of the sparse features.
    pub value: &'a [f32],
}

impl<'a> Row<'a> {
    /// Returns the index and value of each feature, except the zeros of categories and sparse features. An index of
    /// [`Rows::features`] or more is a level unseen in training.
    #[inline]
    pub fn features(&self) -> impl Iterator<Item = (u32, f64)> + use<'a> {
        let numbers = self.numbers.iter().zip(0..).map(|(&x, feature)| (feature, f64::from(x)));
        let codes = self.codes.iter().map(|&code| (code, 1.0));
        let sparse = self.index.iter().zip(self.value).map(|(&feature, &x)| (feature, f64::from(x)));
        numbers.chain(codes).chain(sparse)
    }

    /// Calls `visit` with the index and value of each feature, except the zeros of categories and sparse features.
    #[inline(always)]
    pub fn each(&self, mut visit: impl FnMut(usize, f64)) {
        self.numbers.iter().enumerate().for_each(|(feature, &x)| visit(feature, f64::from(x)));
        self.each_sparse(visit);
    }

    /// Calls `visit` as [`Row::each`], but for categories and sparse features only.
    #[inline(always)]
    pub fn each_sparse(&self, mut visit: impl FnMut(usize, f64)) {
        self.codes.iter().for_each(|&code| visit(code as usize, 1.0));
        self.index.iter().zip(self.value).for_each(|(&feature, &x)| visit(feature as usize, f64::from(x)));
    }
}

/// Encoded rows, row-major.
///
/// The score of a linear model is `Σ numbers[i]·w[i] + Σ w[code] + Σ value·w[index]`: a categorical column has exactly
/// one level, so only the index of its coefficient is stored, not the zeros of the others. Numbers are stored as `f32`,
/// since memory bandwidth limits training; all arithmetic is in `f64`.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Rows {
    /// Scaled numbers and missing-value indicators, which belong to the first coefficients.
    pub numbers: RowMatrix,
    /// Coefficient index of each category, `code_width` per row; `features` for a level not seen in training.
    pub codes: Vec<u32>,
    /// Sparse features: libsvm entries, interactions and hashed levels.
    pub sparse: SparseRows,
    /// Number of categorical columns.
    pub code_width: usize,
    /// Number of all coefficients.
    pub features: usize,
    /// Standardized target, or the index of the class, from 0. Empty if rows are encoded without target.
    pub target: Vec<f64>,
    /// Weight of each row, 1 on average; empty if all weights are equal.
    pub weight: Vec<f64>,
    /// Mean of the weights before they were divided by it, if they are numbers of repetitions; `None` if each row
    /// counts once on average.
    pub mean_weight: Option<f64>,
    /// Factor of the loss for rows of each class; empty if all factors are 1. Metrics do not use it.
    pub class_weight: Vec<f64>,
    /// Average number of sparse values of a row, rounded up, if other rows of a sum are on other ranks; else `None`.
    pub entries_in_a_row: Option<usize>,
    /// Number of cells with a level not seen in training, by column.
    pub unseen: BTreeMap<String, u64>,
    /// Number of cells with a value, and of those with a level seen in training, by column of a category.
    pub levels: BTreeMap<String, LevelCounts>,
    /// Number of texts read as missing numbers, by column.
    pub text_as_missing: BTreeMap<String, u64>,
    /// Number of missing numbers replaced by the mean in columns that were complete in training, by column.
    pub imputed: BTreeMap<String, u64>,
}

impl Rows {
    /// Number of coefficients that belong to [`Rows::numbers`].
    #[inline(always)]
    pub fn width(&self) -> usize {
        self.numbers.width()
    }

    /// Number of encoded rows.
    pub fn len(&self) -> usize {
        let by_numbers = (self.width() > 0).then(|| self.numbers.len());
        let by_codes = || self.codes.len().checked_div(self.code_width);
        by_numbers.or_else(by_codes).unwrap_or(self.sparse.ends.len())
    }

    /// Returns `true` if there are no rows.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Returns `true` if rows have numbers only, no categories and no sparse features.
    pub fn is_dense(&self) -> bool {
        self.code_width == 0 && self.sparse.ends.is_empty() && self.entries_in_a_row.is_none()
    }

    /// Weight of a row in metrics.
    #[inline]
    pub fn weight(&self, row: usize) -> f64 {
        if self.weight.is_empty() { 1.0 } else { self.weight[row] }
    }

    /// Number of rows that a row stands for: its weight in the file, or relative to the mean.
    #[inline]
    pub fn repetitions(&self, row: usize) -> f64 {
        self.weight(row) * self.mean_weight.unwrap_or(1.0)
    }

    /// Sum of [`Rows::weight`], the divisor of means over the rows; the number of rows if all weights are equal.
    pub fn weight_sum(&self) -> f64 {
        if self.weight.is_empty() { self.len() as f64 } else { self.weight.iter().sum() }
    }

    /// Weight of a row in the loss: its weight times the factor of its class.
    #[inline]
    pub fn loss_weight(&self, row: usize) -> f64 {
        if self.class_weight.is_empty() {
            return self.weight(row);
        }
        self.weight(row) * self.class_weight[self.target[row] as usize]
    }

    /// Returns a row.
    ///
    /// # Panics
    ///
    /// If there is no such row.
    #[inline]
    pub fn row(&self, row: usize) -> Row<'_> {
        let (index, value) = self.sparse.row(row);
        Row {
            numbers: self.numbers.row(row),
            codes: &self.codes[row * self.code_width..(row + 1) * self.code_width],
            index,
            value,
        }
    }

    /// Prefetches a row into the cache, since shuffled rows are cache misses.
    #[inline(always)]
    pub(crate) fn fetch(&self, row: usize) {
        self.numbers.view().fetch(row);
        if !self.numbers.has_targets() {
            prefetch_index(&self.target, row);
        }
    }

    /// Returns rows of the same shape, but none.
    pub fn empty_like(&self) -> Rows {
        let Rows { code_width, features, mean_weight, .. } = *self;
        let (numbers, class_weight) = (RowMatrix::empty(self.width()), self.class_weight.clone());
        Rows { numbers, code_width, features, mean_weight, class_weight, ..Rows::default() }
    }

    /// Removes all rows; keeps the shape and the memory.
    pub(crate) fn clear(&mut self) {
        self.numbers.clear();
        self.codes.clear();
        self.target.clear();
        self.weight.clear();
        self.sparse.ends.clear();
        self.sparse.index.clear();
        self.sparse.value.clear();
    }

    /// Removes all rows but the first `len`; keeps the memory.
    pub(crate) fn truncate(&mut self, len: usize) {
        self.numbers.truncate(len);
        self.codes.truncate(len * self.code_width);
        self.target.truncate(len);
        self.weight.truncate(len);
        self.sparse.ends.truncate(len);
        let entries = self.sparse.ends.last().copied().unwrap_or(0);
        self.sparse.index.truncate(entries);
        self.sparse.value.truncate(entries);
    }

    /// Appends rows of the same shape.
    pub fn append(&mut self, more: &Rows) {
        self.take_from(more, 0..more.len());
    }

    /// Returns the rows with the given indices, in that order.
    pub fn pick(&self, indices: &[u32]) -> Rows {
        let mut picked = self.empty_like();
        for &row in indices {
            picked.take_from(self, row as usize..row as usize + 1);
        }
        picked
    }

    /// Returns a range of the rows.
    pub(crate) fn range(&self, range: Range<usize>) -> Rows {
        let mut part = self.empty_like();
        part.take_from(self, range);
        part
    }

    /// Appends a range of rows of `other`.
    pub(crate) fn take_from(&mut self, other: &Rows, range: Range<usize>) {
        self.numbers.append(&other.numbers, range.clone());
        self.codes.extend(&other.codes[range.start * other.code_width..range.end * other.code_width]);
        if !other.target.is_empty() {
            self.target.extend(&other.target[range.clone()]);
        }
        if !other.weight.is_empty() {
            self.weight.extend(&other.weight[range.clone()]);
        }
        if other.sparse.ends.is_empty() {
            return;
        }
        for row in range {
            let (index, value) = other.sparse.row(row);
            self.sparse.index.extend(index);
            self.sparse.value.extend(value);
            self.sparse.ends.push(self.sparse.index.len());
        }
    }

    /// Average number of numbers, codes and sparse values of a row.
    pub fn numbers_in_a_row(&self) -> usize {
        let of_these = || self.sparse.index.len().div_ceil(self.len().max(1));
        self.width() + self.code_width + self.entries_in_a_row.unwrap_or_else(of_these)
    }
}
