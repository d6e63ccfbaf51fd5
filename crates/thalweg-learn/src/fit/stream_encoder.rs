//! Encoding of the rows of a stream, and the draw of those for validation.

use thalweg::random::{Purpose, Stream};

use super::config::FitConfig;
use super::weights;
use crate::data::{Rows, Schema, Table, WithTarget};
use crate::error::Result;
use crate::team::{Team, gather_messages};

/// Encoder of the rows of a stream, with the draw of those for validation.
pub(super) struct StreamEncoder<'a> {
    config: &'a FitConfig,
    schema: &'a Schema,
    /// Mean of the weights of the rows in the sample.
    mean_weight: f64,
    /// Random numbers of the hold-out, one for each row of the files.
    hold_out: Stream,
}

impl<'a> StreamEncoder<'a> {
    pub(super) fn new(config: &'a FitConfig, schema: &'a Schema, mean_weight: f64) -> Self {
        Self { config, schema, mean_weight, hold_out: config.seed.stream(Purpose::Split) }
    }

    /// Returns `true` for each of some rows of a table that is drawn for validation, a function of the seed and the
    /// position of the row in the files; `before` are the rows of the files before the table. Rows of weight 0 do not
    /// count.
    pub(super) fn draw(&self, table: &Table<'_>, rows: &[usize], before: u64) -> Vec<bool> {
        let (mut ignored, mut next) = (0, 0);
        let is_drawn = |&row: &usize| {
            ignored += (next..row).filter(|&before| table.is_ignored(before)).count();
            next = row;
            let row = before + (row - ignored) as u64;
            self.hold_out.at([row]).uniform() < self.config.validation.fraction()
        };
        rows.iter().map(is_drawn).collect()
    }

    /// Encodes some rows of a table.
    pub(super) fn encode(&self, table: &Table<'_>, rows: &[usize]) -> Result<Rows> {
        let mut encoded = self.schema.encode(table, rows, WithTarget::Yes)?;
        if let Some(column) = &self.config.weight_column {
            encoded.weight = weights::row_weights(table, column, rows)?;
            encoded.weight.iter_mut().for_each(|weight| *weight /= self.mean_weight);
        }
        Ok(encoded)
    }
}

/// Appends the rows that this rank and the others have.
pub(super) fn append_all(rows: &mut Rows, team: &dyn Team, own: &Rows) {
    if team.ranks() == 1 {
        return rows.append(own);
    }
    for message in gather_messages(team, &own.to_message()) {
        rows.append_message(&message);
    }
}
