//! Encoding of interactions, measured on the training rows.

use std::path::Path;

use foldhash::{HashMap, HashSet};
use rayon::prelude::*;

use super::exclusion::{ExcludeReason, Exclusion};
use super::kind::Inferred;
use super::levels::{MANY_LEVELS, is_id_like, is_numeric};
use crate::data::cell::Cell;
use crate::data::encode::{
    CategoricalColumn, MissingValues, find_column, for_each_word_hash, interaction_parts, level_hashes,
    multiply_scaled, resolve,
};
use crate::data::interaction::{
    HashingStats, Interaction, InteractionColumn, InteractionEncoding, InteractionSpec, LevelHash, level_text,
};
use crate::data::moments::{Moments, WeightedRows};
use crate::data::schema::{Encoding, Feature, Schema};
use crate::data::table::Table;
use crate::error::{Error, Result};
use crate::interrupt::ROWS_PER_LOOK;
use crate::pool;

/// Number of rows whose levels one task hashes.
const ROWS_PER_TASK: usize = 1 << 15;

/// Measures an interaction of features of the schema, whose levels are hashed if `hash_bits` is not 0; excludes one of
/// excluded columns, or with too many levels.
pub(super) fn measure_interaction(
    schema: &Schema,
    hash_bits: u8,
    table: &Table<'_>,
    train: &WeightedRows<'_>,
    InteractionSpec(names): &InteractionSpec,
) -> Result<Inferred<Interaction>> {
    let mut columns = Vec::new();
    for name in names {
        let Some(feature) = schema.features.iter().find(|feature| feature.name == *name) else {
            return Ok(Inferred::Excluded(ExcludeReason::Without { column: name.clone() }));
        };
        let is_number = matches!(feature.encoding, Encoding::Number { .. });
        let numeric = !is_number && is_numeric(table, find_column(schema, table, name)?, train.rows)?;
        columns.push(InteractionColumn { name: name.clone(), numeric });
    }
    let mut interaction = Interaction { columns, encoding: InteractionEncoding::Hashed };
    let features = resolve(schema, table)?;
    let parts = interaction_parts(schema, table, &interaction, &features.numbers)?;
    if !parts.categories.is_empty() {
        let name = interaction.name();
        return Ok(match measure_levels(hash_bits, table, train.rows, &name, &parts.categories)? {
            Inferred::Used(encoding) => Inferred::Used(Interaction { encoding, ..interaction }),
            Inferred::Excluded(reason) => Inferred::Excluded(reason),
        });
    }
    let mut products = vec![1.0; train.rows.len()];
    multiply_scaled(table, train.rows, &MissingValues::new(schema, table), &parts.numbers, &mut products)?;
    let moments = Moments::of_values(&products, train.weights, table.interrupt())?;
    if moments.is_constant {
        let nearly = moments.different().map(|(lowest, highest)| ExcludeReason::NearlyConstant { lowest, highest });
        let value = products.first().map_or_else(String::new, f64::to_string);
        return Ok(Inferred::Excluded(nearly.unwrap_or(ExcludeReason::Constant { value })));
    }
    interaction.encoding = InteractionEncoding::Number { mean: moments.mean, deviation: moments.deviation };
    Ok(Inferred::Used(interaction))
}

/// Collects the combinations of levels, or decides to hash them.
fn measure_levels(
    hash_bits: u8,
    table: &Table<'_>,
    rows: &[usize],
    name: &str,
    columns: &[CategoricalColumn],
) -> Result<Inferred<InteractionEncoding>> {
    let mut first_rows = HashMap::default();
    for rows in rows.chunks(ROWS_PER_LOOK) {
        let hashes = level_hashes(table, rows, name, columns, |cell| cell == Cell::Missing)?;
        for (hash, &row) in hashes.into_iter().zip(rows) {
            first_rows.entry(hash).or_insert(row);
        }
    }
    let hashed = hash_bits > 0;
    if is_id_like(first_rows.len(), rows.len(), hashed) {
        return Ok(Inferred::Excluded(ExcludeReason::IdLike { distinct: first_rows.len(), rows: rows.len() }));
    }
    if hashed && first_rows.len() > MANY_LEVELS {
        return Ok(Inferred::Used(InteractionEncoding::Hashed));
    }
    let level = |row: usize, &CategoricalColumn { column, numeric }: &CategoricalColumn| {
        level_text(table.at(row, column), numeric).into_owned()
    };
    let combination = |row: usize| columns.iter().map(|column| level(row, column)).collect();
    let mut levels: Vec<Vec<String>> = first_rows.into_values().map(combination).collect();
    levels.sort_unstable();
    Ok(Inferred::Used(InteractionEncoding::Levels(levels)))
}

/// Features whose levels or words are hashed.
#[derive(Default)]
struct HashedFeatures {
    /// Name and columns of each feature of levels.
    levels: Vec<(String, Vec<CategoricalColumn>)>,
    /// Name and column of each feature of words.
    words: Vec<(LevelHash, usize)>,
}

/// Distinct hashes of levels and of words.
#[derive(Default)]
struct Hashes {
    levels: HashSet<LevelHash>,
    words: HashSet<LevelHash>,
}

impl HashedFeatures {
    /// Finds the hashed features and interactions of a schema.
    fn of(schema: &Schema, table: &Table<'_>) -> Result<Self> {
        let mut hashed = Self::default();
        for Feature { name, encoding } in &schema.features {
            match *encoding {
                Encoding::Hashed { numeric } => {
                    let column = CategoricalColumn { column: find_column(schema, table, name)?, numeric };
                    hashed.levels.push((name.clone(), vec![column]));
                }
                Encoding::Text { .. } => {
                    hashed.words.push((LevelHash::of_feature(name), find_column(schema, table, name)?));
                }
                Encoding::Number { .. } | Encoding::Category { .. } => {}
            }
        }
        let numbers = resolve(schema, table)?.numbers;
        for interaction in &schema.interactions {
            if interaction.encoding == InteractionEncoding::Hashed {
                let parts = interaction_parts(schema, table, interaction, &numbers)?;
                hashed.levels.push((interaction.name(), parts.categories));
            }
        }
        Ok(hashed)
    }

    /// Returns the distinct hashes in the given rows.
    fn hashes(&self, table: &Table<'_>, rows: &[usize]) -> Result<Hashes> {
        let mut hashes = Hashes::default();
        for (name, columns) in &self.levels {
            hashes.levels.extend(level_hashes(table, rows, name, columns, |cell| cell == Cell::Missing)?);
        }
        for &(name, column) in &self.words {
            table.gather(column, rows, |_, cell| {
                for_each_word_hash(cell, name, |hash| hashes.words.extend([hash]));
            })?;
        }
        Ok(hashes)
    }

    /// Returns the distinct hashes in the given rows, found in parallel.
    fn all_hashes(&self, table: &Table<'_>, rows: &[usize]) -> Result<Hashes> {
        let union = |mut all: Hashes, more: Hashes| {
            all.levels.extend(more.levels);
            all.words.extend(more.words);
            Ok(all)
        };
        let hashes = |rows: &[usize]| self.hashes(table, rows);
        if pool::is_inside() {
            rows.par_chunks(ROWS_PER_TASK).map(hashes).try_reduce(Hashes::default, union)
        } else {
            rows.chunks(ROWS_PER_TASK).map(hashes).try_fold(Hashes::default(), |all, more| union(all, more?))
        }
    }
}

impl Schema {
    /// Returns statistics of the hashed levels and words of rows; `None` if nothing is hashed.
    pub(crate) fn hashing_stats(&self, table: &Table<'_>, rows: &[usize]) -> Result<Option<HashingStats>> {
        if !self.is_hashed() {
            return Ok(None);
        }
        let Hashes { levels, words } = HashedFeatures::of(self, table)?.all_hashes(table, rows)?;
        Ok(Some(HashingStats::new(self.hash_bits, &levels, &words)))
    }
}

/// Checks that no interaction uses an excluded column.
pub(super) fn check_interactions(table: &Table<'_>, specs: &[InteractionSpec], excluded: &[Exclusion]) -> Result<()> {
    let mut names = specs.iter().flat_map(|spec| &spec.0);
    match names.find_map(|name| excluded.iter().find(|exclusion| exclusion.column == *name)) {
        None => Ok(()),
        Some(exclusion) => Err(Error::InteractionOfExcluded {
            path: table.path().map(Path::to_path_buf),
            column: exclusion.column.clone(),
            reason: exclusion.description(),
        }),
    }
}
