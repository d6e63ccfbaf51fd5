//! Encoding of the target.

use rayon::prelude::*;

use super::resolve::find_column;
use crate::data::number_checks::{cell_error, target_number};
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
    let encode = |(rows, encoded): (&[usize], &mut [f64])| {
        table.try_gather(column, rows, |i, cell| {
            encoded[i] = match &schema.target {
                Target::Number { mean, deviation, .. } => {
                    (target_number(table, rows[i], column, cell)? - mean) / deviation
                }
                Target::Label { .. } | Target::Classes { .. } => {
                    let class = classes.class(cell).ok_or_else(|| unknown_label(table, rows[i], column, &labels))?;
                    class as f64
                }
            };
            Ok::<(), Error>(())
        })
    };
    pool::map(parts, encode).into_iter().collect::<Result<()>>()?;
    Ok(encoded)
}

/// Error of a target with another label than those of the training.
pub(super) fn unknown_label(table: &Table<'_>, row: usize, target: usize, labels: &[String]) -> Error {
    cell_error(table, row, target, ExpectedCell::Label(labels.to_vec()))
}
