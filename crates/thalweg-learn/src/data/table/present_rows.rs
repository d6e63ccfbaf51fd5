//! Rows that have a value in a column.

use super::store::Table;
use crate::data::cell::Cell;
use crate::error::Result;

impl Table<'_> {
    /// Returns the rows, ascending, that are not ignored and have a value in a column.
    ///
    /// # Errors
    /// [`Error::Interrupted`](crate::Error::Interrupted), if it is requested.
    pub(in crate::data) fn rows_with_value(&self, column: usize) -> Result<Vec<usize>> {
        let (mut rows, mut buffer) = (Vec::with_capacity(self.rows()), Vec::new());
        self.for_each_run(&[column], |_, run| {
            if let Some(numbers) = run.numbers(&mut buffer) {
                let present = (run.start()..).zip(numbers).filter(|(_, number)| !number.is_nan());
                rows.extend(present.map(|(row, _)| row));
            } else {
                rows.extend(run.filter(|(_, cell)| *cell != Cell::Missing).map(|(row, _)| row));
            }
        })?;
        Ok(rows)
    }
}
