//! Encoding of the target.

use rayon::prelude::*;

use super::resolve::find_column;
use crate::data::number_checks::{MAX_TARGET, cell_error, target_number};
use crate::data::schema::Schema;
use crate::data::table::Table;
use crate::data::target::{ClassIndex, Target};
use crate::error::{Error, ExpectedCell, Result};
use crate::pool;

/// Number of rows whose targets a thread encodes at a time.
const ROWS_PER_TASK: usize = 1 << 13;

/// Returns the standardized number or the index of the class of each row.
///
/// # Errors
/// The table has no target column; a number that is not finite; an unknown label.
pub(super) fn encode_target(schema: &Schema, table: &Table<'_>, rows: &[usize]) -> Result<Vec<f64>> {
    let column = find_column(schema, table, schema.target.name())?;
    let labels = schema.target.labels().unwrap_or_default();
    let classes = ClassIndex::new(&labels);
    let mut encoded = vec![0.0; rows.len()];
    let parts = rows.par_chunks(ROWS_PER_TASK).zip(encoded.par_chunks_mut(ROWS_PER_TASK));
    // The index of the first row that is invalid: its error reads the file again.
    let encode = |(rows, encoded): (&[usize], &mut [f64])| -> Result<Option<usize>> {
        let mut invalid = None;
        table.gather(column, rows, |i, cell| {
            let value = match &schema.target {
                Target::Number { mean, deviation, .. } => {
                    let value = cell.number().filter(|value| value.abs() <= MAX_TARGET);
                    value.map(|value| (value - mean) / deviation)
                }
                Target::Label { .. } | Target::Classes { .. } => classes.class(cell).map(|class| class as f64),
            };
            match value {
                Some(value) => encoded[i] = value,
                None => invalid = invalid.or(Some(rows[i])),
            }
        })?;
        Ok(invalid)
    };
    for invalid in pool::map(parts, encode) {
        if let Some(row) = invalid? {
            return Err(match &schema.target {
                Target::Number { .. } => target_number(table, row, column, table.at(row, column))
                    .expect_err("the cell is no number of a target"),
                Target::Label { .. } | Target::Classes { .. } => unknown_label(table, row, column, &labels),
            });
        }
    }
    Ok(encoded)
}

/// Error of a target with another label than those of the training.
pub(super) fn unknown_label(table: &Table<'_>, row: usize, target: usize, labels: &[String]) -> Error {
    cell_error(table, row, target, ExpectedCell::Label(labels.to_vec()))
}
