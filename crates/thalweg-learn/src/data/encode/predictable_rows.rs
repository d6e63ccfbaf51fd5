//! Rows whose features can be encoded.

use std::collections::BTreeMap;

use super::features::scale;
use super::known_missing::MissingValues;
use super::resolve::resolve;
use crate::data::schema::Schema;
use crate::data::skipped_rows::{OnError, SkippedRows};
use crate::data::table::Table;
use crate::error::Result;

impl Schema {
    /// Returns the rows that [`Schema::encode`] accepts without their target, and counts the others.
    ///
    /// # Errors
    /// A missing column; an invalid row that must not be skipped.
    pub(crate) fn predictable_rows(
        &self,
        table: &Table<'_>,
        policy: OnError,
        skipped_rows: &mut SkippedRows,
    ) -> Result<Vec<usize>> {
        let all = 0..table.rows();
        if policy == OnError::Fail {
            return Ok(all.collect());
        }
        let table = &*self.apply_text_as_missing(table)?;
        let (missing, features) = (MissingValues::new(self, table), resolve(self, table)?);
        let mut invalid = BTreeMap::new();
        for number in &features.numbers {
            table.for_each_cell(number.column, |row, cell| {
                let scaled = || scale(cell.number()?, number.mean, number.deviation);
                if !missing.contains(cell) && scaled().is_none() {
                    invalid.entry(row).or_insert((number, cell));
                }
            })?;
        }
        for (&row, (number, cell)) in &invalid {
            let error = || number.scaled(table, row, *cell, false).expect_err("the cell cannot be scaled");
            skipped_rows.add(policy, error)?;
        }
        Ok(all.filter(|row| !invalid.contains_key(row)).collect())
    }
}
