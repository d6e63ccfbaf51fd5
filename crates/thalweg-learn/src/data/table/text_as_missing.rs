//! Columns of numbers in which texts are missing values.

use std::borrow::Cow;

use super::store::Table;
use crate::data::cell::Cell;
use crate::error::Result;

impl Table<'_> {
    /// Returns the table with missing values in place of the texts that are no numbers, in columns by their index.
    pub(in crate::data) fn with_text_as_missing(&self, columns: &[usize]) -> Cow<'_, Table<'_>> {
        if columns.is_empty() {
            return Cow::Borrowed(self);
        }
        let mut view = self.view(0..self.block_count());
        view.ignored.clone_from(&self.ignored);
        view.skipped_rows.clone_from(&self.skipped_rows);
        view.skipped_before.clone_from(&self.skipped_before);
        for &column in columns {
            view.columns[column].set_text_as_missing();
        }
        Cow::Owned(view)
    }

    /// Returns the number of rows with a text that is no number, and satisfies a condition.
    ///
    /// # Errors
    /// [`Error::Interrupted`](crate::Error::Interrupted), if it is requested.
    pub(in crate::data) fn count_texts(
        &self,
        column: usize,
        rows: &[usize],
        is_counted: impl Fn(Cell<'_>) -> bool,
    ) -> Result<u64> {
        let mut count = 0;
        self.gather(column, rows, |_, cell| {
            let is_text = cell != Cell::Missing && cell.number().is_none();
            count += u64::from(is_text && is_counted(cell));
        })?;
        Ok(count)
    }
}
