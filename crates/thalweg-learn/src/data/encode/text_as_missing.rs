//! Tables in which texts among numbers are missing values.

use std::borrow::Cow;
use std::collections::BTreeMap;

use super::known_missing::MissingValues;
use super::resolve::find_column;
use crate::data::schema::Schema;
use crate::data::table::Table;
use crate::error::Result;

impl Schema {
    /// Returns the table with missing values in place of texts in the columns [`Schema::text_as_missing`].
    ///
    /// # Errors
    /// A missing column.
    pub(super) fn apply_text_as_missing<'t>(&self, table: &'t Table<'_>) -> Result<Cow<'t, Table<'t>>> {
        let columns = self.text_as_missing.iter().map(|name| find_column(self, table, name));
        Ok(table.with_text_as_missing(&columns.collect::<Result<Vec<_>>>()?))
    }

    /// Returns the number of texts that are missing values, by column, without those that always are.
    pub(super) fn count_text_as_missing(
        &self,
        table: &Table<'_>,
        rows: &[usize],
        missing: &MissingValues,
    ) -> Result<BTreeMap<String, u64>> {
        let mut counts = BTreeMap::new();
        for name in &self.text_as_missing {
            let column = find_column(self, table, name)?;
            let count = table.count_texts(column, rows, |cell| !missing.contains(cell))?;
            if count > 0 {
                counts.insert(name.clone(), count);
            }
        }
        Ok(counts)
    }
}
