//! Names of coefficients, of which millions may have numbers for names.

use std::ops::Range;

/// Names of the coefficients of a schema; those of indexed features and of hashed levels are made when they are needed.
pub(crate) struct CoefficientNames {
    /// Names of the coefficients of columns and of interactions.
    pub(super) columns: Vec<String>,
    /// Indices of the indexed features, which are their names.
    pub(super) indexed: Range<u32>,
}

impl CoefficientNames {
    /// Returns the name of a coefficient.
    pub(crate) fn name(&self, coefficient: usize) -> String {
        if let Some(name) = self.columns.get(coefficient) {
            return name.clone();
        }
        let place = coefficient - self.columns.len();
        if let Some(index) = self.indexed.clone().nth(place) {
            return index.to_string();
        }
        format!("#{}", place - self.indexed.len())
    }
}
