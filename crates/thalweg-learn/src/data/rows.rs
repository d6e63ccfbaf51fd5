//! Rows as a model reads them.

use std::collections::BTreeMap;

/// Whether rows are encoded with their target.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum WithTarget {
    /// To train or to check.
    Yes,
    /// To predict it.
    No,
}

/// Encoded rows, row-major.
///
/// A row of a linear model is `Σ numbers[i]·w[i] + Σ w[code]`: a categorical column has exactly one level, so only the
/// index of its coefficient is kept, not the zeros of the others.
#[derive(Clone, Debug, PartialEq)]
pub struct Rows {
    /// `width` values a row: scaled numbers and indicators, one for each of the first `width` coefficients.
    pub numbers: Vec<f64>,
    /// `code_width` values a row: the coefficient of each category, or `features` for a level never seen in training.
    pub codes: Vec<u32>,
    /// Coefficients that belong to numbers.
    pub width: usize,
    /// Categorical columns.
    pub code_width: usize,
    /// All coefficients.
    pub features: usize,
    /// The target: standardized, or 0 and 1 for the two labels. Empty if not asked for.
    pub target: Vec<f64>,
    /// How much each row counts, 1 on average; empty where all count alike.
    pub weight: Vec<f64>,
    /// How much more a row of label 0 and of label 1 counts in the loss than in the measures.
    pub class_weight: [f64; 2],
    /// Cells of a level never seen in training, by column.
    pub unseen: BTreeMap<String, u64>,
    /// Missing numbers replaced by the mean in columns that were complete in training, by column.
    pub imputed: BTreeMap<String, u64>,
}

impl Default for Rows {
    fn default() -> Self {
        Self {
            numbers: Vec::new(),
            codes: Vec::new(),
            width: 0,
            code_width: 0,
            features: 0,
            target: Vec::new(),
            weight: Vec::new(),
            class_weight: [1.0; 2],
            unseen: BTreeMap::new(),
            imputed: BTreeMap::new(),
        }
    }
}

impl Rows {
    /// The number of rows.
    pub fn len(&self) -> usize {
        let by_numbers = self.numbers.len().checked_div(self.width);
        let by_codes = || self.codes.len().checked_div(self.code_width);
        by_numbers.or_else(by_codes).unwrap_or(0)
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// How much a row counts in the measures.
    #[inline]
    pub fn weight(&self, row: usize) -> f64 {
        self.weight.get(row).copied().unwrap_or(1.0)
    }

    /// How much a row counts in the loss.
    #[inline]
    pub fn loss_weight(&self, row: usize) -> f64 {
        let class = usize::from(self.target.get(row).is_some_and(|y| *y > 0.5));
        self.weight(row) * self.class_weight[class]
    }

    /// The numbers and the codes of one row.
    ///
    /// # Panics
    ///
    /// If there is no such row, as a slice does.
    pub fn row(&self, row: usize) -> (&[f64], &[u32]) {
        let numbers = &self.numbers[row * self.width..(row + 1) * self.width];
        (numbers, &self.codes[row * self.code_width..(row + 1) * self.code_width])
    }
}
