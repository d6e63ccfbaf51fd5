//! Validation rows given by the caller.

use super::config::FitConfig;
use super::memory_budget::MemoryBudget;
use super::prepared_data::PreparedData;
use super::weights;
use crate::data::{DataSource, Input, OnError, Rows, Table, TableInput, WithTarget};
use crate::error::Result;
use crate::interrupt::Interrupt;
use crate::model::Loss;
use crate::pool;

impl FitConfig {
    /// Replaces the validation rows by all rows with a target of files or of a table in memory. They are encoded as the
    /// training rows are. Use it with [`Validation::None`](super::Validation::None), so that no training rows are held
    /// out.
    ///
    /// # Errors
    /// A missing column; a cell that cannot be encoded; no row with a target; rows that exceed the memory limit.
    pub fn set_validation<'a>(&self, data: &mut PreparedData, rows: impl Into<DataSource<'a>>) -> Result<()> {
        let rows = rows.into();
        pool::in_pool(rows.rows_at_most(), || match &rows {
            DataSource::Files(files) => {
                let inputs = Input::all(files, self.stream_buffer())?;
                let options = self.options_of(&data.schema);
                let input = TableInput::Files { inputs: &inputs, options: &options };
                self.read_validation(input, data, Interrupt::NEVER)
            }
            DataSource::Table(table) => self.read_validation(TableInput::Table(table), data, Interrupt::NEVER),
        })
    }

    /// Reads the validation rows, and adds what is skipped of them to the summary.
    pub(super) fn read_validation(
        &self,
        input: TableInput<'_>,
        data: &mut PreparedData,
        interrupt: Interrupt<'_>,
    ) -> Result<()> {
        let limit = MemoryBudget::of(self.max_memory).validation;
        let mut tables = input.open(&data.schema.read_options().text_columns)?;
        let (mut rows, mut have_zeros) = (data.schema.empty_rows(), false);
        while let Some(mut table) = tables.next()? {
            table.set_interrupt(interrupt);
            have_zeros |= self.add_validation(data, &table, &mut rows)?;
            if rows.len().saturating_mul(rows.row_bytes()) > limit {
                let expected = format!("rows that take at most {} MiB", limit >> 20);
                let (what, found) = ("validation".into(), format!("more than {} rows", rows.len()));
                return Err(thalweg::Error::InvalidValue { what, expected, found }.into());
            }
        }
        if rows.is_empty() {
            return Err(weights::no_rows(input.path(), have_zeros));
        }
        data.validation = finish_validation(data, rows)?;
        Ok(())
    }

    /// Encodes the rows of a table with a target, and appends them to `validation`. Returns `true` if rows have the
    /// weight 0, which are omitted.
    fn add_validation(&self, data: &mut PreparedData, table: &Table<'_>, validation: &mut Rows) -> Result<bool> {
        let PreparedData { schema, summary, .. } = data;
        let on_error = self.column_options.on_error;
        summary.skipped_rows.merge(table.skipped_rows(), on_error)?;
        let mut rows = schema.usable_rows(table)?;
        summary.target_missing += table.considered_rows() - rows.len();
        let without_weight = self.rows_without_weight(table)?;
        rows.retain(|&row| !without_weight.get(row).is_some_and(|&without| without));
        if on_error != OnError::Fail {
            schema.skip_invalid_rows(table, &mut rows, on_error, &mut summary.skipped_rows)?;
        }
        if self.loss == Some(Loss::Poisson) {
            schema.check_counts(table, &rows)?;
        }
        let mut encoded = schema.encode(table, &rows, WithTarget::Yes)?;
        summary.count(&encoded);
        if let Some(column) = &self.weight_column {
            encoded.weight = weights::row_weights(table, column, &rows)?;
        }
        validation.append(&encoded);
        Ok(without_weight.contains(&true))
    }
}

/// Divides the weights by their mean, and sets the class weights of the training rows.
fn finish_validation(data: &PreparedData, mut rows: Rows) -> Result<Rows> {
    weights::normalize(&mut rows)?;
    rows.class_weight.clone_from(&data.train.sample().class_weight);
    Ok(rows)
}
