//! Encoding of interactions, measured on the training rows.

use std::path::Path;

use foldhash::{HashMap, HashSet};
use rayon::prelude::*;

use super::kind::{ExcludeReason, Exclusion, Inferred};
use super::levels::{MANY_LEVELS, is_id_like, is_numeric};
use crate::data::cell::Cell;
use crate::data::encode::{
    CategoricalColumn, MissingValues, find_column, interaction_parts, level_hashes, multiply_scaled, resolve,
};
use crate::data::interaction::{
    HashingStats, Interaction, InteractionColumn, InteractionEncoding, InteractionSpec, LevelHash, level_text,
};
use crate::data::moments::{Moments, WeightedRows, different};
use crate::data::schema::{Encoding, Schema};
use crate::data::table::Table;
use crate::error::{Error, Result};
use crate::interrupt::ROWS_PER_LOOK;
use crate::pool;

/// Number of rows whose levels one task hashes.
const ROWS_PER_TASK: usize = 1 << 15;

/// Measures an interaction of features of the schema; excludes one of excluded columns, or with too many levels.
pub(super) fn measure_interaction(
    schema: &Schema,
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
        return Ok(match measure_levels(schema.hash_bits, table, train.rows, &name, &parts.categories)? {
            Inferred::Used(encoding) => Inferred::Used(Interaction { encoding, ..interaction }),
            Inferred::Excluded(reason) => Inferred::Excluded(reason),
        });
    }
    let mut products = vec![1.0; train.rows.len()];
    multiply_scaled(table, train.rows, &MissingValues::new(schema, table), &parts.numbers, &mut products)?;
    let moments = Moments::of_values(&products, train.weights, table.interrupt())?;
    if moments.is_constant {
        let nearly = different(&products).map(|(lowest, highest)| ExcludeReason::NearlyConstant { lowest, highest });
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

/// Returns the distinct hashes of the levels of all hashed features and interactions.
fn hashed_levels(schema: &Schema, table: &Table<'_>, rows: &[usize]) -> Result<HashSet<LevelHash>> {
    let mut hashed: Vec<(String, Vec<CategoricalColumn>)> = Vec::new();
    for feature in &schema.features {
        if let Encoding::Hashed { numeric } = feature.encoding {
            let column = CategoricalColumn { column: find_column(schema, table, &feature.name)?, numeric };
            hashed.push((feature.name.clone(), vec![column]));
        }
    }
    let numbers = resolve(schema, table)?.numbers;
    for interaction in &schema.interactions {
        if interaction.encoding == InteractionEncoding::Hashed {
            let parts = interaction_parts(schema, table, interaction, &numbers)?;
            hashed.push((interaction.name(), parts.categories));
        }
    }
    let hashes = |rows: &[usize]| -> Result<HashSet<LevelHash>> {
        let mut hashes = HashSet::default();
        for (name, columns) in &hashed {
            hashes.extend(level_hashes(table, rows, name, columns, |cell| cell == Cell::Missing)?);
        }
        Ok(hashes)
    };
    let union = |mut all: HashSet<LevelHash>, more: HashSet<LevelHash>| {
        all.extend(more);
        Ok(all)
    };
    if pool::is_inside() {
        rows.par_chunks(ROWS_PER_TASK).map(hashes).try_reduce(HashSet::default, union)
    } else {
        rows.chunks(ROWS_PER_TASK).map(hashes).try_fold(HashSet::default(), |all, more| union(all, more?))
    }
}

impl Schema {
    /// Returns statistics of the hashed levels of rows; `None` if nothing is hashed.
    pub(crate) fn hashing_stats(&self, table: &Table<'_>, rows: &[usize]) -> Result<Option<HashingStats>> {
        let levels = self.is_hashed().then(|| hashed_levels(self, table, rows)).transpose()?;
        Ok(levels.map(|levels| HashingStats::new(self.hash_bits, &levels)))
    }
}

/// Checks that no interaction uses an excluded column.
pub(super) fn check_interactions(table: &Table<'_>, specs: &[InteractionSpec], excluded: &[Exclusion]) -> Result<()> {
    let mut names = specs.iter().flat_map(|spec| &spec.0);
    match names.find_map(|name| excluded.iter().find(|exclusion| exclusion.column == *name)) {
        None => Ok(()),
        Some(Exclusion { column, reason }) => Err(Error::InteractionOfExcluded {
            path: table.path().map(Path::to_path_buf),
            column: column.clone(),
            reason: reason.to_string(),
        }),
    }
}
