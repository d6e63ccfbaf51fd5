//! Encoding of single columns: numbers, products of numbers, and categories.

use thalweg::optimizer::Isa;

use super::known_missing::MissingValues;
use super::level_index::LevelIndex;
use crate::data::cell::Cell;
use crate::data::number_checks::{finite_number, not_finite};
use crate::data::schema::{Imputation, IndexedFeatures};
use crate::data::table::Table;
use crate::error::{Error, Result};

/// Column of numbers and its scaling.
#[derive(Clone, Copy)]
pub(in crate::data) struct NumericFeature<'s> {
    pub(super) column: usize,
    pub(super) name: &'s str,
    pub(super) mean: f64,
    pub(super) deviation: f64,
    pub(super) imputation: Imputation,
}

/// Product of scaled numbers, standardized.
pub(super) struct ProductFeature<'s> {
    pub(super) factors: Vec<NumericFeature<'s>>,
    pub(super) mean: f64,
    pub(super) deviation: f64,
}

/// Column of a category and the coefficients of its levels.
pub(super) struct CategoricalFeature<'s> {
    pub(super) column: usize,
    pub(super) name: &'s str,
    pub(super) levels: LevelIndex<&'s str>,
}

/// Column of a category whose levels are identified by their text.
#[derive(Clone, Copy, Debug)]
pub(in crate::data) struct CategoricalColumn {
    pub(in crate::data) column: usize,
    /// If true, the levels are numbers, so that 7 and 7.0 are the same level.
    pub(in crate::data) numeric: bool,
}

/// Features addressed by index.
#[derive(Clone, Copy, Debug)]
pub(super) struct IndexedBlock {
    pub(super) features: IndexedFeatures,
    /// Coefficient of the first feature.
    pub(super) first_coefficient: u32,
}

impl NumericFeature<'_> {
    /// Returns (x − mean)/deviation; 0 for a missing value.
    ///
    /// # Errors
    /// A text; a number that is infinite or becomes so by scaling.
    #[inline]
    pub(super) fn scaled(&self, table: &Table<'_>, row: usize, cell: Cell<'_>, is_missing: bool) -> Result<f32> {
        if is_missing {
            return Ok(0.0);
        }
        let x = finite_number(table, row, self.column, cell)?;
        scale(x, self.mean, self.deviation).ok_or_else(|| not_finite(table, row, self.column))
    }
}

impl NumericFeature<'_> {
    /// Writes (x − mean)/deviation of each number x to `out`, or 0 for NaN, which is a missing value. Returns the index
    /// of a number for which that is not finite, if there is one.
    pub(super) fn scale_all(&self, numbers: &[f64], out: &mut [f32]) -> Option<usize> {
        let are_finite = Isa::best().run(
            #[inline(always)]
            || {
                let mut are_finite = true;
                for (x, out) in numbers.iter().zip(out) {
                    let scaled = ((x - self.mean) / self.deviation) as f32;
                    are_finite &= scaled.is_finite() | x.is_nan();
                    *out = if x.is_nan() { 0.0 } else { scaled };
                }
                are_finite
            },
        );
        let is_invalid = |x: &f64| !x.is_nan() && scale(*x, self.mean, self.deviation).is_none();
        if are_finite { None } else { numbers.iter().position(is_invalid) }
    }
}

/// Returns (x − mean)/deviation, or `None` if that is not finite.
#[inline]
pub(super) fn scale(x: f64, mean: f64, deviation: f64) -> Option<f32> {
    let scaled = ((x - mean) / deviation) as f32;
    scaled.is_finite().then_some(scaled)
}

/// Multiplies each of `products` by the scaled numbers of the row with the same index in `rows`.
pub(in crate::data) fn multiply_scaled(
    table: &Table<'_>,
    rows: &[usize],
    missing: &MissingValues,
    factors: &[NumericFeature<'_>],
    products: &mut [f64],
) -> Result<()> {
    factors.iter().try_for_each(|factor| {
        table.try_gather(factor.column, rows, |i, cell| {
            products[i] *= f64::from(factor.scaled(table, rows[i], cell, missing.contains(cell))?);
            Ok::<(), Error>(())
        })
    })
}
