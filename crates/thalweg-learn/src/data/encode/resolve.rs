//! Resolution of a schema's columns in a table.

use std::cmp::Ordering;
use std::path::Path;

use super::features::{CategoricalColumn, CategoricalFeature, IndexedBlock, NumericFeature, ProductFeature};
use super::interactions::{InteractionEncoder, LevelCoefficients};
use super::level_index::LevelIndex;
use super::texts::{TextFeature, WordCoefficients};
use crate::data::interaction::{Interaction, InteractionEncoding, LevelHash, level_spelling};
use crate::data::names::nearest_name;
use crate::data::schema::{Encoding, Schema};
use crate::data::table::Table;
use crate::error::{Error, MismatchError, MismatchProblem, Result};

/// Features of a schema with their columns in a table and their coefficients.
pub(in crate::data) struct ResolvedFeatures<'s> {
    pub(in crate::data) numbers: Vec<NumericFeature<'s>>,
    pub(super) products: Vec<ProductFeature<'s>>,
    pub(super) categories: Vec<CategoricalFeature<'s>>,
    pub(super) interactions: Vec<InteractionEncoder<'s>>,
    pub(super) texts: Vec<TextFeature>,
    pub(super) indexed: Option<IndexedBlock>,
    /// Number of coefficients of numbers and their products.
    pub(super) width: usize,
    /// Number of all coefficients.
    pub(super) features: usize,
}

impl ResolvedFeatures<'_> {
    /// Returns `true` if rows have sparse features.
    pub(super) fn has_sparse(&self) -> bool {
        !self.interactions.is_empty() || !self.texts.is_empty() || self.indexed.is_some()
    }
}

/// Columns of an interaction by their kind.
pub(in crate::data) struct InteractionParts<'s> {
    pub(in crate::data) numbers: Vec<NumericFeature<'s>>,
    pub(in crate::data) categories: Vec<CategoricalColumn>,
}

/// Finds the columns of a schema in a table and assigns coefficients.
///
/// Coefficients of numbers come first, then those of levels, of combinations of levels, of indexed features, and of
/// hashed levels.
///
/// # Errors
/// A missing column; a table without features by index, if the schema has such.
pub(in crate::data) fn resolve<'s>(schema: &'s Schema, table: &Table<'_>) -> Result<ResolvedFeatures<'s>> {
    if schema.indexed_features.is_some() && table.indexed_features().is_none() {
        let path = table.path().map(Path::to_path_buf);
        return Err(MismatchError { path, problem: MismatchProblem::NoIndexedFeatures }.into());
    }
    resolve_columns(schema, &|name| find_column(schema, table, name))
}

/// Assigns coefficients to the columns of a schema, whose indices `find` returns.
///
/// # Errors
/// The errors of `find`, which are returned as they are.
pub(super) fn resolve_columns<'s>(
    schema: &'s Schema,
    find: &dyn Fn(&str) -> Result<usize>,
) -> Result<ResolvedFeatures<'s>> {
    let width = schema.number_width();
    let mut next = width as u32;
    // All hashed features share the coefficients after all others.
    let first_hashed = (schema.coefficient_count() - schema.hashed_count()) as u32;
    let (mut numbers, mut categories, mut hashed, mut texts) = (Vec::new(), Vec::new(), Vec::new(), Vec::new());
    for feature in &schema.features {
        let (column, name) = (find(&feature.name)?, feature.name.as_str());
        match &feature.encoding {
            &Encoding::Number { mean, deviation, missing: imputation } => {
                numbers.push(NumericFeature { column, name, mean, deviation, imputation });
            }
            Encoding::Category { levels } => {
                let index = LevelIndex::new(levels.iter().map(String::as_str).zip(next..));
                next += levels.len() as u32;
                categories.push(CategoricalFeature { column, name, levels: index });
            }
            &Encoding::Hashed { numeric } => hashed.push((name, CategoricalColumn { column, numeric })),
            Encoding::Text { weighting, document_frequencies } => {
                let words = WordCoefficients { first: first_hashed, bits: schema.hash_bits };
                texts.push(TextFeature::new(column, name, words, *weighting, document_frequencies.as_ref()));
            }
        }
    }
    let shared = || LevelCoefficients::Hashed { first: first_hashed, bits: schema.hash_bits };
    let (mut products, mut interactions) = (Vec::new(), Vec::new());
    for interaction in &schema.interactions {
        let parts = divide_columns(interaction, &numbers, find)?;
        let name = interaction.name();
        let coefficients = match &interaction.encoding {
            &InteractionEncoding::Number { mean, deviation } => {
                products.push(ProductFeature { factors: parts.numbers, mean, deviation });
                continue;
            }
            InteractionEncoding::Levels(levels) => {
                let hash = |levels: &Vec<String>| {
                    levels
                        .iter()
                        .fold(LevelHash::of_feature(&name), |hash, level| hash.with_level(&level_spelling(level)))
                };
                let coefficients = levels.iter().map(hash).zip(next..).collect();
                next += levels.len() as u32;
                LevelCoefficients::Known(coefficients)
            }
            InteractionEncoding::Hashed => shared(),
        };
        let InteractionParts { numbers, categories } = parts;
        interactions.push(InteractionEncoder { name, numbers, categories, coefficients });
    }
    let indexed = schema.indexed_features.map(|features| IndexedBlock { features, first_coefficient: next });
    interactions.extend(hashed.into_iter().map(|(name, column)| InteractionEncoder {
        name: name.to_string(),
        numbers: Vec::new(),
        categories: vec![column],
        coefficients: shared(),
    }));
    let features = schema.coefficient_count();
    Ok(ResolvedFeatures { numbers, products, categories, interactions, texts, indexed, width, features })
}

/// Divides the columns of an interaction into numbers, found among `numbers`, and categories.
pub(in crate::data) fn interaction_parts<'s>(
    schema: &Schema,
    table: &Table<'_>,
    interaction: &Interaction,
    numbers: &[NumericFeature<'s>],
) -> Result<InteractionParts<'s>> {
    divide_columns(interaction, numbers, &|name| find_column(schema, table, name))
}

/// Divides the columns of an interaction, whose indices `find` returns; see [`interaction_parts`].
fn divide_columns<'s>(
    interaction: &Interaction,
    numbers: &[NumericFeature<'s>],
    find: &dyn Fn(&str) -> Result<usize>,
) -> Result<InteractionParts<'s>> {
    let mut parts = InteractionParts { numbers: Vec::new(), categories: Vec::new() };
    for part in &interaction.columns {
        if let Some(number) = numbers.iter().find(|number| number.name == part.name) {
            parts.numbers.push(*number);
        } else {
            let column = find(&part.name)?;
            parts.categories.push(CategoricalColumn { column, numeric: part.numeric });
        }
    }
    Ok(parts)
}

/// Returns the index of a schema's column in a table: by its name or, in tables without names, by its number, taking
/// into account that the target may be absent, or all columns from the target on.
///
/// # Errors
/// A missing column; a table without names that has another number of columns than the training table.
pub(in crate::data) fn find_column(schema: &Schema, table: &Table<'_>, name: &str) -> Result<usize> {
    let missing = || Error::MissingColumn {
        path: table.path().map(Path::to_path_buf),
        column: name.to_string(),
        nearest: nearest_name(name, table.names()),
    };
    if schema.header || table.has_header() {
        return table.find_column(name).ok_or_else(missing);
    }
    let number = name.strip_prefix('c').and_then(|digits| digits.parse::<usize>().ok());
    let found = table.names().len();
    // A column that was added to a matrix has a name, whose place is known for the target only.
    let Some(index) = number.and_then(|number| number.checked_sub(1)) else {
        let is_target = name == schema.target.name() && found == schema.width;
        return table.find_column(name).or(is_target.then_some(schema.target_index)).ok_or_else(missing);
    };
    if found == schema.width || (found == schema.target_index && index < found) {
        return Ok(index);
    }
    if found + 1 != schema.width {
        return Err(Error::Width { path: table.path().map(Path::to_path_buf), width: schema.width, found });
    }
    match index.cmp(&schema.target_index) {
        Ordering::Less => Ok(index),
        Ordering::Equal => Err(missing()),
        Ordering::Greater => Ok(index - 1),
    }
}
