//! Crosses measured on the rows to train on.

use std::collections::{HashMap, HashSet};

use rayon::prelude::*;

use super::columns::multiply;
use super::crossing::{NameColumn, keys};
use super::gaps::Gaps;
use crate::data::cross::{
    Interaction, InteractionColumn, InteractionEncoding, InteractionSpec, Key, is_numeric, level,
};
use crate::data::kind::{ExcludeReason, MANY, id_like};
use crate::data::schema::{Encoding, Moments, Schema, WeightedRows};
use crate::data::source::block::Cell;
use crate::data::table::Table;
use crate::error::{Error, Result};

/// Rows whose levels one worker looks at.
const PART: usize = 1 << 15;

impl Schema {
    /// The cross of these columns, which are features of this schema, or why there is none.
    pub(in crate::data) fn cross(
        &self,
        table: &Table,
        train: &WeightedRows<'_>,
        InteractionSpec(names): &InteractionSpec,
    ) -> Result<std::result::Result<Interaction, ExcludeReason>> {
        let mut columns = Vec::new();
        for name in names {
            let Some(feature) = self.features.iter().find(|feature| feature.name == *name) else {
                return Ok(Err(ExcludeReason::Without { column: name.clone() }));
            };
            let is_number = matches!(feature.encoding, Encoding::Number { .. });
            let numeric = !is_number && is_numeric(table, self.column(table, name)?, train.rows);
            columns.push(InteractionColumn { name: name.clone(), numeric });
        }
        let mut cross = Interaction { columns, encoding: InteractionEncoding::Hashed };
        let of_numbers = self.columns(table)?.numbers;
        let (numbers, of_names) = self.parts(table, &cross, &of_numbers)?;
        if !of_names.is_empty() {
            let encoding = self.levels(table, train.rows, &cross.name(), &of_names);
            return Ok(encoding.map(|encoding| Interaction { encoding, ..cross }));
        }
        let mut products = vec![1.0; train.rows.len()];
        multiply(table, train.rows, &Gaps::of(self, table), &numbers, &mut products)?;
        let moments = Moments::over(&products, train.weights);
        if moments.constant {
            let value = products.first().map_or_else(String::new, f64::to_string);
            return Ok(Err(ExcludeReason::Constant { value }));
        }
        cross.encoding = InteractionEncoding::Number { mean: moments.mean, deviation: moments.deviation };
        Ok(Ok(cross))
    }

    /// How combinations of levels are encoded.
    fn levels(
        &self,
        table: &Table,
        rows: &[usize],
        name: &str,
        columns: &[NameColumn],
    ) -> std::result::Result<InteractionEncoding, ExcludeReason> {
        let mut first = HashMap::new();
        for (key, &row) in keys(table, rows, name, columns, |cell| cell == Cell::Missing).into_iter().zip(rows) {
            first.entry(key).or_insert(row);
        }
        let hashed = self.hash_bits > 0;
        if id_like(first.len(), rows.len(), hashed) {
            return Err(ExcludeReason::IdLike { distinct: first.len(), rows: rows.len() });
        }
        if hashed && first.len() > MANY {
            return Ok(InteractionEncoding::Hashed);
        }
        let text = |row: usize, &NameColumn { index, numeric }: &NameColumn| {
            let cell = table.at(row, index);
            level(cell, cell == Cell::Missing, numeric).into_owned()
        };
        let mut levels: Vec<Vec<String>> =
            first.into_values().map(|row| columns.iter().map(|column| text(row, column)).collect()).collect();
        levels.sort_unstable();
        Ok(InteractionEncoding::Levels(levels))
    }

    /// What the levels of all that is hashed fall on.
    pub(in crate::data) fn hashed_keys(&self, table: &Table, rows: &[usize]) -> Result<HashSet<Key>> {
        let mut hashed: Vec<(String, Vec<NameColumn>)> = Vec::new();
        for feature in &self.features {
            if let Encoding::Hashed { numeric } = feature.encoding {
                let column = NameColumn { index: self.column(table, &feature.name)?, numeric };
                hashed.push((feature.name.clone(), vec![column]));
            }
        }
        let numbers = self.columns(table)?.numbers;
        for cross in self.interactions.iter().filter(|cross| cross.encoding == InteractionEncoding::Hashed) {
            hashed.push((cross.name(), self.parts(table, cross, &numbers)?.1));
        }
        let part = |rows: &[usize]| -> HashSet<Key> {
            let keys = hashed
                .iter()
                .flat_map(|(name, columns)| keys(table, rows, name, columns, |cell| cell == Cell::Missing));
            keys.collect()
        };
        let join = |mut all: HashSet<Key>, more: HashSet<Key>| {
            all.extend(more);
            all
        };
        Ok(rows.par_chunks(PART).map(part).reduce(HashSet::new, join))
    }
}

/// The error that a column cannot be crossed because it is left out.
pub(in crate::data) fn refuse_left_out(
    table: &Table,
    interactions: &[InteractionSpec],
    excluded_columns: &[(String, ExcludeReason)],
) -> Result<()> {
    let mut crossed = interactions.iter().flat_map(|interaction| &interaction.0);
    let found = crossed.find_map(|name| excluded_columns.iter().find(|(other, _)| other == name));
    found.map_or(Ok(()), |(column, why)| {
        Err(Error::CannotCross { path: table.path().to_path_buf(), column: column.clone(), why: why.to_string() })
    })
}
