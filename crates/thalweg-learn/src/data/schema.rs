//! What a model must know of a table to encode a row of it.

use serde::{Deserialize, Serialize};

use super::cross::{Interaction, InteractionEncoding};
use super::rows::Rows;
use super::source::block::Cell;
use super::source::{HeaderRow, IndexBase, ReadOptions};
use super::table::Table;
use super::target::Target;
use crate::error::{Error, Result};

/// The text of a category's level for cells without a value.
pub(crate) const MISSING_LEVEL: &str = "(missing)";

/// How a table becomes numbers, and numbers a prediction.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Schema {
    /// The column to predict.
    pub target: Target,
    /// The columns to predict from, in the order of the file.
    pub features: Vec<Feature>,
    /// Features without names, most of them 0: those of libsvm files.
    #[serde(rename = "unnamed", default, skip_serializing_if = "Option::is_none")]
    pub indexed_features: Option<IndexedFeatures>,
    /// Features of several columns together.
    #[serde(rename = "crosses", default, skip_serializing_if = "Vec::is_empty")]
    pub interactions: Vec<Interaction>,
    /// Levels that are hashed have 2^`hash_bits` coefficients; 0: nothing is hashed.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub hash_bits: u8,
    /// Texts that mean "no value".
    pub missing: Vec<String>,
    /// Whether the file had a header.
    pub header: bool,
    /// Columns of the file, and the place of the target among them: without names, they tell where a column is.
    pub width: usize,
    /// The target's place, from 0.
    pub target_index: usize,
}

/// Features that have numbers for names.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct IndexedFeatures {
    /// How many.
    pub features: u32,
    /// The number of the first.
    pub first: u32,
}

/// A column to predict from.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Feature {
    /// Its name.
    pub name: String,
    /// How its cells become numbers.
    pub encoding: Encoding,
}

/// How the cells of a column become numbers.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Encoding {
    /// As (x − mean) / deviation, with one coefficient, and one more for the indicator.
    Number {
        /// Mean over the training rows with a value.
        mean: f64,
        /// Population standard deviation over the same.
        deviation: f64,
        /// What is done where there is no value.
        missing: Imputation,
    },
    /// As one coefficient per level, of which one is on.
    Category {
        /// The texts seen in training, sorted; "(missing)" is the level of cells without a value.
        levels: Vec<String>,
    },
    /// As one of the coefficients that all hashed features share: that of the level's hash.
    Hashed {
        /// Whether its levels are numbers: 7 and 7.0 are one then.
        numeric: bool,
    },
}

#[allow(clippy::trivially_copy_pass_by_ref)] // as serde wants it
fn is_zero(bits: &u8) -> bool {
    *bits == 0
}

/// What becomes of a missing number, besides the mean put in its place.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Imputation {
    /// It is counted: none was missing in training.
    #[serde(rename = "none")]
    Mean,
    /// A second coefficient, "name (missing)", is on.
    #[serde(rename = "indicator")]
    MeanAndIndicator,
}

impl Schema {
    /// The coefficients in order: those of numbers ("age", "age (missing)") and their products ("age*height"), then those of
    /// categories ("job=clerk") and crosses ("job*town=clerk*Ulm"), of features by number ("17"), and of hashed levels ("#4711").
    pub fn coefficient_names(&self) -> Vec<String> {
        let (mut numbers, mut levels) = (Vec::new(), Vec::new());
        for Feature { name, encoding } in &self.features {
            match encoding {
                Encoding::Number { missing, .. } => {
                    numbers.push(name.clone());
                    if *missing == Imputation::MeanAndIndicator {
                        numbers.push(format!("{name} {MISSING_LEVEL}"));
                    }
                }
                Encoding::Category { levels: of } => levels.extend(of.iter().map(|level| format!("{name}={level}"))),
                Encoding::Hashed { .. } => {}
            }
        }
        for cross in &self.interactions {
            match &cross.encoding {
                InteractionEncoding::Number { .. } => numbers.push(cross.name()),
                InteractionEncoding::Levels(of) => {
                    levels.extend(of.iter().map(|level| format!("{}={}", cross.name(), level.join("*"))));
                }
                InteractionEncoding::Hashed => {}
            }
        }
        let indexed_features = self
            .indexed_features
            .iter()
            .flat_map(|indexed_features| indexed_features.first..indexed_features.first + indexed_features.features);
        let hashed = (0..self.hashed_count()).map(|slot| format!("#{slot}"));
        numbers
            .into_iter()
            .chain(levels)
            .chain(indexed_features.map(|number| number.to_string()))
            .chain(hashed)
            .collect()
    }

    /// How many coefficients there are.
    pub fn coefficient_count(&self) -> usize {
        let levels = |feature: &Feature| match &feature.encoding {
            Encoding::Category { levels } => levels.len(),
            Encoding::Number { .. } | Encoding::Hashed { .. } => 0,
        };
        let crossed = |cross: &Interaction| match &cross.encoding {
            InteractionEncoding::Levels(levels) => levels.len(),
            InteractionEncoding::Number { .. } | InteractionEncoding::Hashed => 0,
        };
        let levels = self.features.iter().map(levels).chain(self.interactions.iter().map(crossed)).sum::<usize>();
        let indexed_features = self.indexed_features.map_or(0, |indexed_features| indexed_features.features as usize);
        self.number_width() + levels + indexed_features + self.hashed_count()
    }

    /// Whether anything is hashed.
    pub(super) fn hashes(&self) -> bool {
        let feature = |feature: &Feature| matches!(feature.encoding, Encoding::Hashed { .. });
        self.features.iter().any(feature)
            || self.interactions.iter().any(|cross| cross.encoding == InteractionEncoding::Hashed)
    }

    /// Coefficients that hashed levels share.
    pub(crate) fn hashed_count(&self) -> usize {
        if self.hash_bits == 0 { 0 } else { 1 << self.hash_bits }
    }

    /// Rows as it encodes them, but none.
    pub(crate) fn no_rows(&self) -> Rows {
        let is_category = |feature: &&Feature| matches!(feature.encoding, Encoding::Category { .. });
        let code_width = self.features.iter().filter(is_category).count();
        Rows { width: self.number_width(), code_width, features: self.coefficient_count(), ..Rows::default() }
    }

    /// Coefficients that belong to numbers and their products.
    pub(super) fn number_width(&self) -> usize {
        let width = |feature: &Feature| match feature.encoding {
            Encoding::Number { missing: Imputation::Mean, .. } => 1,
            Encoding::Number { missing: Imputation::MeanAndIndicator, .. } => 2,
            Encoding::Category { .. } | Encoding::Hashed { .. } => 0,
        };
        let products =
            self.interactions.iter().filter(|cross| matches!(cross.encoding, InteractionEncoding::Number { .. }));
        self.features.iter().map(width).sum::<usize>() + products.count()
    }

    /// How to read a table to predict from, so that it reads as the one trained on.
    pub fn read_options(&self) -> ReadOptions {
        let header = if self.header { HeaderRow::Present } else { HeaderRow::Absent };
        let is_category = |feature: &&Feature| {
            matches!(feature.encoding, Encoding::Category { .. } | Encoding::Hashed { numeric: false })
        };
        let text_columns = self.features.iter().filter(is_category).map(|feature| feature.name.clone()).collect();
        let index_base = match self.indexed_features {
            Some(IndexedFeatures { first: 0, .. }) => IndexBase::Zero,
            Some(_) => IndexBase::One,
            None => IndexBase::Auto,
        };
        // Without names a column is found by its place, which the target may be missing from.
        let names = self.features.iter().map(|feature| feature.name.as_str()).chain([self.target.name()]);
        let only_columns = names.filter(|_| self.header).map(str::to_string).collect();
        ReadOptions {
            header,
            missing_tokens: self.missing.clone(),
            text_columns,
            index_base,
            only_columns,
            ..ReadOptions::default()
        }
    }
}

/// Mean and deviation of the numbers of a column.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Moments {
    pub(super) mean: f64,
    pub(super) deviation: f64,
    /// All numbers are the same, or there are none.
    pub(super) constant: bool,
    /// How many there are.
    pub(super) count: usize,
}

impl Moments {
    /// Over the given rows with their weights, passing over missing cells; refuses a text, and numbers whose sum has no
    /// bound.
    pub(super) fn of(table: &Table, index: usize, rows: &WeightedRows<'_>) -> Result<Moments> {
        let (mut values, mut weights) = (Vec::with_capacity(rows.rows.len()), Vec::new());
        table.gather(index, rows.rows, |i, cell| {
            if cell != Cell::Missing {
                values.push(finite(table, (rows.rows[i], index), cell)?);
                weights.extend(rows.weights.get(i));
            }
            Ok::<(), Error>(())
        })?;
        let moments = Moments::over(&values, &weights);
        if moments.mean.is_finite() && moments.deviation.is_finite() {
            return Ok(moments);
        }
        // The sum overflowed, so a number beyond any measure is among them: the largest.
        let size = |row: &&usize| table.at(**row, index).number().map_or(0.0, f64::abs);
        let largest = rows.rows.iter().max_by(|a, b| size(a).total_cmp(&size(b)));
        Err(not_finite(table, largest.copied().unwrap_or(0), index))
    }

    /// In two passes, so that a large mean does not drown a small deviation, and scaled by the largest difference, so
    /// that squares neither overflow nor vanish. Without weights all count alike.
    pub(super) fn over(values: &[f64], weights: &[f64]) -> Moments {
        let weighted = |of: &dyn Fn(f64) -> f64| match weights {
            [] => values.iter().map(|&x| of(x)).sum::<f64>(),
            _ => values.iter().zip(weights).map(|(&x, w)| w * of(x)).sum(),
        };
        let n = if weights.is_empty() { values.len().max(1) as f64 } else { weights.iter().sum() };
        let mean = weighted(&|x| x) / n;
        // The rounding of the sum is taken back by the mean of what is left.
        let mean = mean + weighted(&|x| x - mean) / n;
        let scale = values.iter().map(|x| (x - mean).abs()).fold(0.0, f64::max);
        let squares = weighted(&|x| ((x - mean) / scale) * ((x - mean) / scale));
        // Not "scale is 0": the mean of many 0.1 is not exactly 0.1.
        // Numbers that differ by rounding alone would be blown up by the division.
        let constant = scale <= 1e-12 * mean.abs() || values.windows(2).all(|pair| pair[0].total_cmp(&pair[1]).is_eq());
        let deviation = if constant { 0.0 } else { scale * (squares / n).sqrt() };
        Moments { mean, deviation, constant, count: values.len() }
    }

    /// The same for numbers that keep their 0: no mean is taken away, and the deviation is the root of the mean square.
    pub(super) fn around_zero(self) -> Moments {
        Moments { mean: 0.0, deviation: self.mean.hypot(self.deviation), ..self }
    }
}

/// Rows with how much each counts; without weights all count alike.
#[derive(Clone, Copy, Debug)]
pub struct WeightedRows<'a> {
    /// The rows.
    pub rows: &'a [usize],
    /// A weight for each, or none at all.
    pub weights: &'a [f64],
}

impl<'a, R: AsRef<[usize]> + ?Sized> From<&'a R> for WeightedRows<'a> {
    fn from(rows: &'a R) -> Self {
        Self { rows: rows.as_ref(), weights: &[] }
    }
}

/// The number in a cell, or the error that it is none.
#[inline]
pub(super) fn finite(table: &Table, (row, index): (usize, usize), cell: Cell<'_>) -> Result<f64> {
    match cell.number() {
        Some(value) if value.is_finite() => Ok(value),
        Some(_) => Err(not_finite(table, row, index)),
        None => Err(Error::NotNumber {
            at: table.position(row, index),
            column: table.names()[index].clone(),
            found: table.written(row, index),
            hint: String::new(),
        }),
    }
}

pub(super) fn not_finite(table: &Table, row: usize, index: usize) -> Error {
    Error::NotFinite {
        at: table.position(row, index),
        column: table.names()[index].clone(),
        found: table.written(row, index),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn close(found: f64, wanted: f64) {
        assert!((found / wanted - 1.0).abs() < 1e-14, "{found} is not {wanted}");
    }

    #[test]
    fn moments_are_those_of_the_population() {
        let moments = Moments::over(&[2.0, 4.0, 4.0, 4.0, 5.0, 5.0, 7.0, 9.0], &[]);
        close(moments.mean, 5.0);
        close(moments.deviation, 2.0);
    }

    #[test]
    fn a_weight_of_two_is_a_number_twice() {
        let (a, b) =
            (Moments::over(&[2.0, 5.0, 9.0], &[1.0, 3.0, 2.0]), Moments::over(&[2.0, 5.0, 5.0, 5.0, 9.0, 9.0], &[]));
        close(a.mean, b.mean);
        close(a.deviation, b.deviation);
        close(a.around_zero().deviation, ((4.0_f64 + 75.0 + 162.0) / 6.0).sqrt());
    }

    #[test]
    fn a_large_mean_does_not_drown_the_deviation() {
        let moments = Moments::over(&[1e9 + 4.0, 1e9 + 7.0, 1e9 + 13.0, 1e9 + 16.0], &[]);
        close(moments.mean, 1e9 + 10.0);
        close(moments.deviation, 22.5f64.sqrt());
    }

    #[test]
    fn tiny_and_huge_numbers_have_a_deviation() {
        close(Moments::over(&[1e-200, 3e-200], &[]).deviation, 1e-200);
        close(Moments::over(&[1e200, 3e200], &[]).deviation, 1e200);
    }

    #[test]
    fn many_equal_numbers_are_constant_despite_rounding() {
        assert!(Moments::over(&[0.1; 1000], &[]).constant);
        assert!(Moments::over(&[0.3, 0.3, 0.300_000_000_000_000_04], &[]).constant);
        assert!(!Moments::over(&[0.1, 0.1, 0.100_000_1], &[]).constant);
    }
}
