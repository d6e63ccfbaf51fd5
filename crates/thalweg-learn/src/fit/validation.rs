//! Choice of the validation rows.

use crate::data::Files;

/// Rows that the loss is monitored on. They take no part in statistics, levels or steps.
///
/// ```
/// use std::path::Path;
/// use thalweg_learn::{FitConfig, Validation};
/// let mut fit = FitConfig::new("income");
/// assert_eq!(fit.validation, Validation::Fraction(0.2));
/// fit.validation = Validation::Files(Path::new("2026.csv").into());
/// ```
#[derive(Clone, Debug, PartialEq)]
pub enum Validation {
    /// No rows: the loss on the training rows in memory is monitored instead.
    None,
    /// A random fraction of the rows, in [0, 1); of every class the same.
    Fraction(f64),
    /// All rows of these files, which have the columns of the training files.
    Files(Files),
}

impl Validation {
    /// Returns the fraction of the rows to hold out.
    pub(super) fn fraction(&self) -> f64 {
        match self {
            Self::Fraction(fraction) => *fraction,
            Self::None | Self::Files(_) => 0.0,
        }
    }
}

impl Default for Validation {
    /// A fifth of the rows.
    fn default() -> Self {
        Self::Fraction(0.2)
    }
}
