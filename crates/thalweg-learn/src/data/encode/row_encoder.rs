//! Encoding of single rows in memory.

use super::features::{CategoricalColumn, IndexedBlock, NumericFeature, scale};
use super::interactions::{InteractionEncoder, LevelCoefficients};
use super::level_index::LevelIndex;
use super::resolve::resolve_columns;
use super::texts::TextFeature;
use crate::data::cell::Cell;
use crate::data::cell_value::CellValue;
use crate::data::interaction::LevelHash;
use crate::data::missing::MissingTokens;
use crate::data::rows::Rows;
use crate::data::schema::{Imputation, Schema};
use crate::error::{Error, ExpectedCell, Result};

/// Encoder of rows in memory, with the same numbers as [`Schema::encode`] for the same rows of a table.
///
/// The cells of a row are those of the schema's features in their order, then those of the features by number.
#[derive(Debug)]
pub(crate) struct RowEncoder {
    missing: MissingTokens,
    /// Columns of numbers in which texts are missing values.
    text_as_missing: Vec<usize>,
    /// Number of columns with a name.
    named: usize,
    numbers: Vec<ScaledColumn>,
    products: Vec<ScaledProduct>,
    /// Column of each category, and the coefficients of its levels.
    categories: Vec<(usize, LevelIndex<String>)>,
    interactions: Vec<LevelProduct>,
    texts: Vec<TextFeature>,
    indexed: Option<IndexedBlock>,
    /// If true, rows have sparse features.
    has_sparse: bool,
    /// Rows of the right shape, but none.
    empty: Rows,
}

/// Column of numbers and its scaling.
#[derive(Clone, Copy, Debug)]
struct ScaledColumn {
    column: usize,
    mean: f64,
    deviation: f64,
    imputation: Imputation,
}

/// Product of scaled numbers, standardized.
#[derive(Debug)]
struct ScaledProduct {
    factors: Vec<ScaledColumn>,
    mean: f64,
    deviation: f64,
}

/// Product of scaled numbers with a coefficient for each combination of levels.
#[derive(Debug)]
struct LevelProduct {
    /// Hash of the feature's name.
    hash: LevelHash,
    factors: Vec<ScaledColumn>,
    categories: Vec<CategoricalColumn>,
    coefficients: LevelCoefficients,
}

/// Cell that cannot be encoded.
#[derive(Debug)]
pub(crate) struct InvalidCell {
    /// Index of the column.
    pub(crate) column: usize,
    /// Requirement that the cell violates.
    pub(crate) expected: ExpectedCell,
}

impl From<&NumericFeature<'_>> for ScaledColumn {
    fn from(number: &NumericFeature<'_>) -> Self {
        let &NumericFeature { column, mean, deviation, imputation, .. } = number;
        Self { column, mean, deviation, imputation }
    }
}

fn scaled_columns(numbers: &[NumericFeature<'_>]) -> Vec<ScaledColumn> {
    numbers.iter().map(ScaledColumn::from).collect()
}

impl From<InteractionEncoder<'_>> for LevelProduct {
    fn from(interaction: InteractionEncoder<'_>) -> Self {
        Self {
            hash: LevelHash::of_feature(&interaction.name),
            factors: scaled_columns(&interaction.numbers),
            categories: interaction.categories,
            coefficients: interaction.coefficients,
        }
    }
}

impl RowEncoder {
    /// Creates the encoder of a schema.
    ///
    /// # Errors
    /// An interaction of a column that is no feature.
    pub(crate) fn new(schema: &Schema) -> Result<Self> {
        let find = |name: &str| {
            let unknown = || Error::MissingColumn { path: None, column: name.to_string(), nearest: None };
            schema.features.iter().position(|feature| feature.name == name).ok_or_else(unknown)
        };
        let features = resolve_columns(schema, &find)?;
        let has_sparse = features.has_sparse();
        let products = features.products.iter().map(|product| ScaledProduct {
            factors: scaled_columns(&product.factors),
            mean: product.mean,
            deviation: product.deviation,
        });
        let categories =
            features.categories.into_iter().map(|category| (category.column, category.levels.into_owned()));
        Ok(Self {
            missing: MissingTokens::with(&schema.missing),
            text_as_missing: schema.text_as_missing.iter().map(|name| find(name)).collect::<Result<_>>()?,
            named: schema.features.len(),
            numbers: scaled_columns(&features.numbers),
            products: products.collect(),
            categories: categories.collect(),
            has_sparse,
            interactions: features.interactions.into_iter().map(LevelProduct::from).collect(),
            texts: features.texts,
            indexed: features.indexed,
            empty: schema.empty_rows(),
        })
    }

    /// Returns `true` if rows have columns with a name.
    pub(crate) fn has_names(&self) -> bool {
        self.named > 0
    }

    /// Returns rows that [`RowEncoder::append`] can append to.
    pub(crate) fn empty_rows(&self) -> Rows {
        self.empty.clone()
    }

    /// Appends a row, whose cells `value` returns by their column; returns the number of levels not seen in training.
    /// After an error, the last row is incomplete.
    pub(crate) fn append<'t>(
        &self,
        value: &impl Fn(usize) -> CellValue<'t>,
        rows: &mut Rows,
    ) -> std::result::Result<u64, InvalidCell> {
        let cell = |column| self.cell(column, value(column));
        let mut unseen = 0;
        let mut places = rows.numbers.push_row().iter_mut();
        let mut push = |number| *places.next().expect("a place for each number") = number;
        for number in &self.numbers {
            let cell = cell(number.column);
            push(number.scaled(cell)?);
            if number.imputation == Imputation::MeanAndIndicator {
                push(f32::from(u8::from(cell == Cell::Missing)));
            }
        }
        for product in &self.products {
            let x = multiply(&product.factors, &cell)?;
            push(((x - product.mean) / product.deviation) as f32);
        }
        for (column, levels) in &self.categories {
            let code = levels.code(cell(*column));
            unseen += u64::from(code.is_none());
            rows.codes.push(code.unwrap_or(rows.features as u32));
        }
        for interaction in &self.interactions {
            let product = multiply(&interaction.factors, &cell)?;
            let with_level =
                |hash: LevelHash, category: &CategoricalColumn| hash.with_cell(cell(category.column), category.numeric);
            let hash = interaction.categories.iter().fold(interaction.hash, with_level);
            match interaction.coefficients.of(hash) {
                Some(coefficient) => rows.sparse.push(coefficient, product as f32),
                None => unseen += 1,
            }
        }
        let mut hashes = Vec::new();
        for text in &self.texts {
            text.append(cell(text.column), &mut hashes, &mut rows.sparse);
        }
        if let Some(indexed) = self.indexed {
            for feature in 0..indexed.features.features {
                let column = self.named + feature as usize;
                let x = match cell(column) {
                    Cell::Missing => 0.0,
                    cell => finite(column, cell, |x| x as f32)?,
                };
                if x != 0.0 {
                    rows.sparse.push(indexed.first_coefficient + feature, x);
                }
            }
        }
        if self.has_sparse {
            rows.sparse.ends.push(rows.sparse.index.len());
        }
        Ok(unseen)
    }

    /// Appends a row of features by number, ascending and finite; returns the number of those not seen in training.
    pub(crate) fn append_indexed(&self, indices: &[u32], values: &[f64], rows: &mut Rows) -> u64 {
        let mut unseen = 0;
        for (index, value) in indices.iter().zip(values) {
            let seen = self.indexed.and_then(|block| {
                let feature = index.checked_sub(block.features.first)?;
                (feature < block.features.features).then_some(block.first_coefficient + feature)
            });
            match seen {
                Some(coefficient) => rows.sparse.push(coefficient, *value as f32),
                None => unseen += 1,
            }
        }
        rows.sparse.ends.push(rows.sparse.index.len());
        unseen
    }

    /// Returns the cell that a table with this value would have; a value that counts as missing is missing.
    fn cell<'t>(&self, column: usize, value: CellValue<'t>) -> Cell<'t> {
        match value {
            CellValue::Missing => Cell::Missing,
            CellValue::Number(x) if x.is_nan() => Cell::Missing,
            CellValue::Number(x) => {
                // Adding 0 turns −0 into 0: they are one value.
                let x = x + 0.0;
                if self.missing.is_number(x) { Cell::Missing } else { Cell::Number(x) }
            }
            CellValue::Text(text) => {
                let text = text.trim();
                let cell = if self.missing.contains(text) { Cell::Missing } else { Cell::Text(text) };
                let is_number = || cell.number().is_some();
                if self.text_as_missing.contains(&column) && !is_number() { Cell::Missing } else { cell }
            }
        }
    }
}

impl ScaledColumn {
    /// Returns (x − mean)/deviation; 0 for a missing value.
    fn scaled(&self, cell: Cell<'_>) -> std::result::Result<f32, InvalidCell> {
        match cell {
            Cell::Missing => Ok(0.0),
            cell => finite(self.column, cell, |x| scale(x, self.mean, self.deviation).unwrap_or(f32::INFINITY)),
        }
    }
}

/// Returns `of` of the number in a cell, both of which must be finite.
fn finite(column: usize, cell: Cell<'_>, of: impl Fn(f64) -> f32) -> std::result::Result<f32, InvalidCell> {
    let number = cell.number().ok_or(InvalidCell { column, expected: ExpectedCell::Number(None) })?;
    let result = of(number);
    let is_finite = number.is_finite() && result.is_finite();
    if is_finite { Ok(result) } else { Err(InvalidCell { column, expected: ExpectedCell::FiniteNumber }) }
}

/// Returns the product of scaled numbers.
fn multiply<'t>(factors: &[ScaledColumn], cell: &impl Fn(usize) -> Cell<'t>) -> std::result::Result<f64, InvalidCell> {
    factors.iter().try_fold(1.0, |product, factor| Ok(product * f64::from(factor.scaled(cell(factor.column))?)))
}
