//! Encoding of combinations of levels, and of hashed levels.

use foldhash::HashMap;

use super::features::{CategoricalColumn, NumericFeature, multiply_scaled};
use super::known_missing::MissingValues;
use crate::data::cell::Cell;
use crate::data::interaction::LevelHash;
use crate::data::table::Table;
use crate::error::Result;

/// Encoder of a feature of which each row has one combination of levels, multiplied by a number.
///
/// A hashed column is encoded as an interaction of one category and no numbers.
pub(super) struct InteractionEncoder<'s> {
    pub(super) name: String,
    /// Columns of numbers, which are multiplied.
    pub(super) numbers: Vec<NumericFeature<'s>>,
    pub(super) categories: Vec<CategoricalColumn>,
    pub(super) coefficients: LevelCoefficients,
}

/// Coefficients of combinations of levels.
#[derive(Debug)]
pub(super) enum LevelCoefficients {
    /// One coefficient for each combination seen in training.
    Known(HashMap<LevelHash, u32>),
    /// 2^`bits` coefficients from `first` on, selected by the hash.
    Hashed { first: u32, bits: u8 },
}

/// Entry of a row for an interaction.
#[derive(Clone, Copy)]
pub(super) struct InteractionEntry {
    /// Coefficient of the row's levels; `None` if they were not seen in training.
    pub(super) coefficient: Option<u32>,
    /// Product of the scaled numbers.
    pub(super) value: f32,
}

impl InteractionEncoder<'_> {
    /// Encodes the given rows of a table.
    pub(super) fn encode(
        &self,
        table: &Table<'_>,
        rows: &[usize],
        missing: &MissingValues,
    ) -> Result<Vec<InteractionEntry>> {
        let mut products = vec![1.0; rows.len()];
        multiply_scaled(table, rows, missing, &self.numbers, &mut products)?;
        let hashes = level_hashes(table, rows, &self.name, &self.categories, |cell| missing.contains(cell))?;
        let entry = |(hash, product): (LevelHash, f64)| InteractionEntry {
            coefficient: self.coefficients.of(hash),
            value: product as f32,
        };
        Ok(hashes.into_iter().zip(products).map(entry).collect())
    }
}

impl LevelCoefficients {
    /// Returns the coefficient of levels with this hash; `None` if they were not seen in training.
    pub(super) fn of(&self, hash: LevelHash) -> Option<u32> {
        match self {
            Self::Known(coefficients) => coefficients.get(&hash).copied(),
            &Self::Hashed { first, bits } => Some(first + hash.coefficient(bits)),
        }
    }
}

/// Hashes the levels of the given rows.
pub(in crate::data) fn level_hashes(
    table: &Table<'_>,
    rows: &[usize],
    feature: &str,
    columns: &[CategoricalColumn],
    is_missing: impl Fn(Cell<'_>) -> bool,
) -> Result<Vec<LevelHash>> {
    let mut hashes = vec![LevelHash::of_feature(feature); rows.len()];
    for &CategoricalColumn { column, numeric } in columns {
        table.gather(column, rows, |i, cell| {
            let cell = if is_missing(cell) { Cell::Missing } else { cell };
            hashes[i] = hashes[i].with_cell(cell, numeric);
        })?;
    }
    Ok(hashes)
}
