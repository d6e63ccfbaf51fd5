//! Rows as a model reads them.

use std::collections::BTreeMap;
use std::ops::Range;

use prefetch_index::prefetch_index;

/// Numbers on a line of the cache.
const LINE: usize = 16;

/// Whether rows are encoded with their target.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum WithTarget {
    /// To train or to check.
    Yes,
    /// To predict it.
    No,
}

/// Rows with few numbers that are not 0: for each, where it ends in the lists, and which features have which values.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct SparseRows {
    /// Where each row ends.
    pub ends: Vec<usize>,
    /// Features, from 0.
    pub index: Vec<u32>,
    /// Their values.
    pub value: Vec<f32>,
}

impl SparseRows {
    /// Asks the memory for the first lines of a row.
    #[inline(always)]
    pub(crate) fn fetch(&self, row: usize) {
        let start = if row == 0 { 0 } else { self.ends.get(row - 1).copied().unwrap_or(0) };
        for line in [0, LINE, 2 * LINE] {
            prefetch_index(&self.index, start + line);
            prefetch_index(&self.value, start + line);
        }
    }

    /// Puts a feature and its value behind the others, of the row that has no end yet.
    pub(crate) fn push(&mut self, index: u32, value: f32) {
        self.index.push(index);
        self.value.push(value);
    }

    /// Puts rows behind these.
    pub(crate) fn append(&mut self, more: SparseRows) {
        let before = self.index.len();
        self.ends.extend(more.ends.into_iter().map(|end| before + end));
        self.index.extend(more.index);
        self.value.extend(more.value);
    }

    /// The features and values of one row; nothing where there are no rows at all.
    #[inline]
    pub fn row(&self, row: usize) -> (&[u32], &[f32]) {
        let Some(&end) = self.ends.get(row) else { return (&[], &[]) };
        let start = if row == 0 { 0 } else { self.ends[row - 1] };
        (&self.index[start..end], &self.value[start..end])
    }
}

/// One encoded row.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Row<'a> {
    /// The values of the first features.
    pub numbers: &'a [f32],
    /// Features whose value is 1.
    pub codes: &'a [u32],
    /// Features whose values are `value`.
    pub index: &'a [u32],
    /// Their values.
    pub value: &'a [f32],
}

impl Row<'_> {
    /// Calls `see` with each feature and its value, but for the zeros of categories and sparse rows.
    #[inline(always)]
    pub fn each(&self, mut see: impl FnMut(usize, f64)) {
        self.numbers.iter().enumerate().for_each(|(feature, &x)| see(feature, f64::from(x)));
        self.each_sparse(see);
    }

    /// As [`Row::each`], without the numbers.
    #[inline(always)]
    pub fn each_sparse(&self, mut see: impl FnMut(usize, f64)) {
        self.codes.iter().for_each(|&code| see(code as usize, 1.0));
        self.index.iter().zip(self.value).for_each(|(&feature, &x)| see(feature as usize, f64::from(x)));
    }
}

/// Encoded rows, row-major.
///
/// A row of a linear model is `Σ numbers[i]·w[i] + Σ w[code]`: a categorical column has exactly one level, so only the
/// index of its coefficient is kept, not the zeros of the others. Numbers are kept in `f32`, for reading them is what
/// training waits for; all that is worked out of them is `f64`.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Rows {
    /// `width` values a row: scaled numbers and indicators, one for each of the first `width` coefficients.
    pub numbers: Vec<f32>,
    /// `code_width` values a row: the coefficient of each category, or `features` for a level never seen in training.
    pub codes: Vec<u32>,
    /// Rows of few numbers, as libsvm has them.
    pub sparse: SparseRows,
    /// Coefficients that belong to numbers.
    pub width: usize,
    /// Categorical columns.
    pub code_width: usize,
    /// All coefficients.
    pub features: usize,
    /// The target: standardized, or the number of the class, from 0. Empty if not asked for.
    pub target: Vec<f64>,
    /// How much each row counts, 1 on average; empty where all count alike.
    pub weight: Vec<f64>,
    /// How much more a row of each class counts in the loss than in the measures; empty where all count alike.
    pub class_weight: Vec<f64>,
    /// Cells of a level never seen in training, by column.
    pub unseen: BTreeMap<String, u64>,
    /// Missing numbers replaced by the mean in columns that were complete in training, by column.
    pub imputed: BTreeMap<String, u64>,
}

impl Rows {
    /// The number of rows.
    pub fn len(&self) -> usize {
        let by_numbers = self.numbers.len().checked_div(self.width);
        let by_codes = || self.codes.len().checked_div(self.code_width);
        by_numbers.or_else(by_codes).unwrap_or(self.sparse.ends.len())
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Whether rows have numbers alone.
    pub fn is_dense(&self) -> bool {
        self.code_width == 0 && self.sparse.ends.is_empty()
    }

    /// How much a row counts in the measures.
    #[inline]
    pub fn weight(&self, row: usize) -> f64 {
        self.weight.get(row).copied().unwrap_or(1.0)
    }

    /// How much a row counts in the loss.
    #[inline]
    pub fn loss_weight(&self, row: usize) -> f64 {
        let of_class = self.target.get(row).and_then(|&class| self.class_weight.get(class as usize));
        self.weight(row) * of_class.copied().unwrap_or(1.0)
    }

    /// What one row holds.
    ///
    /// # Panics
    ///
    /// If there is no such row, as a slice does.
    #[inline]
    pub fn row(&self, row: usize) -> Row<'_> {
        let (index, value) = self.sparse.row(row);
        Row {
            numbers: &self.numbers[row * self.width..(row + 1) * self.width],
            codes: &self.codes[row * self.code_width..(row + 1) * self.code_width],
            index,
            value,
        }
    }

    /// Asks the memory for a row, so that it is near when it is wanted: a shuffled row is a miss of the cache.
    #[inline(always)]
    pub(crate) fn fetch(&self, row: usize) {
        let start = row * self.width;
        for line in (0..self.width).step_by(LINE) {
            prefetch_index(&self.numbers, start + line);
        }
        // Rows begin anywhere on a line.
        prefetch_index(&self.numbers, (start + self.width).saturating_sub(1));
        prefetch_index(&self.target, row);
    }

    /// None of the rows, but their shape.
    pub fn empty_like(&self) -> Rows {
        let Rows { width, code_width, features, .. } = *self;
        Rows { width, code_width, features, class_weight: self.class_weight.clone(), ..Rows::default() }
    }

    /// Takes all rows out; their shape stays, and the memory.
    pub(crate) fn clear(&mut self) {
        self.numbers.clear();
        self.codes.clear();
        self.target.clear();
        self.weight.clear();
        self.sparse.ends.clear();
        self.sparse.index.clear();
        self.sparse.value.clear();
    }

    /// Puts rows of the same shape behind these.
    pub fn append(&mut self, more: &Rows) {
        self.take_from(more, 0..more.len());
    }

    /// The rows listed, in that order.
    pub fn pick(&self, listed: &[u32]) -> Rows {
        let mut picked = self.empty_like();
        for &row in listed {
            picked.take_from(self, row as usize..row as usize + 1);
        }
        picked
    }

    /// Puts some of `other`'s rows behind these.
    pub(crate) fn take_from(&mut self, other: &Rows, range: Range<usize>) {
        self.numbers.extend(&other.numbers[range.start * other.width..range.end * other.width]);
        self.codes.extend(&other.codes[range.start * other.code_width..range.end * other.code_width]);
        self.target.extend(other.target.get(range.clone()).unwrap_or_default());
        self.weight.extend(other.weight.get(range.clone()).unwrap_or_default());
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

    /// Bytes that a row takes, on average.
    pub(crate) fn row_bytes(&self) -> usize {
        let of_sparse = 8 + 8 * self.sparse.index.len().div_ceil(self.len().max(1));
        4 * (self.width + self.code_width) + 16 + if self.sparse.ends.is_empty() { 0 } else { of_sparse }
    }

    /// The numbers, codes and sparse values of a row, on average.
    pub fn numbers_in_a_row(&self) -> usize {
        self.width + self.code_width + self.sparse.index.len().div_ceil(self.len().max(1))
    }
}
