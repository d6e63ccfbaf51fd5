//! Two-pass reading of large files: column types are detected from the beginning, then all rows are encoded as they
//! are read, in memory as long as they fit and on disk beyond.

use thalweg::random::{Purpose, Stream};

use super::config::FitConfig;
use super::memory_budget::MemoryBudget;
use super::prepared_data::{PreparedData, plan};
use super::weights;
use crate::data::{
    DiskRowsWriter, OnError, RowStore, Rows, Schema, SkippedRows, Table, TableInput, TableLimits, WeightedRows,
    WithTarget,
};
use crate::error::Result;
use crate::interrupt::Interrupt;

impl FitConfig {
    /// Reads the data and encodes their rows.
    pub(super) fn read_data(&self, input: TableInput<'_>, interrupt: Interrupt<'_>) -> Result<PreparedData> {
        let budget = MemoryBudget::of(self.max_memory);
        let rows = self.sample_rows.unwrap_or(usize::MAX);
        let (mut table, whole) = input.head(TableLimits { rows, bytes: budget.table, interrupt })?;
        let without_weight = weights::rows_without_weight(self, &table);
        // If there is no other row, the sum of the weights is an error.
        if without_weight.contains(&false) {
            table.ignore_rows(without_weight);
        }
        if whole { PreparedData::of(self, &table, interrupt) } else { self.stream(input, table, budget, interrupt) }
    }

    /// Reads the data a second time after the types of their columns were detected from `sample`.
    fn stream(
        &self,
        input: TableInput<'_>,
        sample: Table<'_>,
        budget: MemoryBudget,
        interrupt: Interrupt<'_>,
    ) -> Result<PreparedData> {
        let mut plan = plan(self, &sample, interrupt)?;
        let weights = match &self.weight_column {
            Some(column) => weights::row_weights(&sample, column, &self.target, &plan.usable_rows)?,
            None => Vec::new(),
        };
        let mean_weight = weights::mean(&weights)?;
        let schema = plan.schema_until(
            &sample,
            &WeightedRows { rows: &plan.usable_rows.clone(), weights: &weights },
            interrupt,
        )?;
        let mut empty = schema.encode(&sample, &[], WithTarget::Yes)?;
        empty.mean_weight = self.weight_column.as_ref().map(|_| mean_weight);
        // Frees the text of the sample before the rows are read.
        drop(sample);

        let mut splitter = StreamSplitter::new(self, &schema, mean_weight, empty, budget);
        (plan.skipped_rows, plan.target_missing) = (SkippedRows::default(), 0);
        let on_error = self.column_options.on_error;
        // Columns of texts stay texts even in blocks that look like numbers.
        let mut tables = input.open(&schema.read_options().text_columns)?;
        while let Some(mut table) = tables.next()? {
            interrupt.check()?;
            table.ignore_rows(weights::rows_without_weight(self, &table));
            let mut rows = schema.usable_rows(&table)?;
            plan.skipped_rows.merge(table.skipped_rows(), on_error)?;
            plan.target_missing += table.considered_rows() - rows.len();
            if on_error != OnError::Fail {
                schema.skip_invalid_rows(&table, &mut rows, on_error, &mut plan.skipped_rows)?;
            }
            if plan.standardization.count_target {
                plan.check_counts(&table, &rows)?;
            }
            splitter.add(&table, &rows)?;
        }
        let (train, validation) = splitter.finish()?;
        PreparedData::new(self, plan.into(), schema, train, validation)
    }
}

/// Division of the rows of a stream into training and validation.
struct StreamSplitter<'a> {
    config: &'a FitConfig,
    schema: &'a Schema,
    /// Mean of the weights of the rows in the sample.
    mean_weight: f64,
    budget: MemoryBudget,
    /// Random numbers of the hold-out, one for each row of the files.
    hold_out: Stream,
    /// Number of rows of the files so far, without those of weight 0.
    rows_read: usize,
    train: TrainRows,
    validation: Rows,
}

/// Training rows so far.
enum TrainRows {
    Memory(Box<Rows>),
    Disk(Box<DiskRowsWriter>),
}

impl<'a> StreamSplitter<'a> {
    fn new(config: &'a FitConfig, schema: &'a Schema, mean_weight: f64, empty: Rows, budget: MemoryBudget) -> Self {
        Self {
            config,
            schema,
            mean_weight,
            budget,
            hold_out: config.seed.stream(Purpose::Split),
            rows_read: 0,
            validation: empty.empty_like(),
            train: TrainRows::Memory(Box::new(empty)),
        }
    }

    /// Returns `true` for a validation row: a function of the seed and the position of the row in the files, until the
    /// memory for validation rows is full.
    fn is_validation(&self, row: usize) -> bool {
        let full = self.validation.len() * self.validation.row_bytes() >= self.budget.validation;
        !full && self.hold_out.at([row as u64]).uniform() < self.config.validation.fraction()
    }

    /// Adds the rows with these indices of the next table.
    fn add(&mut self, table: &Table<'_>, rows: &[usize]) -> Result<()> {
        let (mut ignored, mut next) = (0, 0);
        let is_validation = |&&row: &&usize| {
            ignored += (next..row).filter(|&before| table.is_ignored(before)).count();
            next = row;
            self.is_validation(self.rows_read + row - ignored)
        };
        let (validation, training): (Vec<usize>, Vec<usize>) = rows.iter().partition(is_validation);
        self.rows_read += table.considered_rows();
        let validation = self.encode(table, &validation)?;
        self.validation.append(&validation);
        let training = self.encode(table, &training)?;
        match &mut self.train {
            TrainRows::Memory(rows) => {
                rows.append(&training);
                if rows.len().saturating_mul(rows.row_bytes()) > self.budget.rows {
                    let mut writer = DiskRowsWriter::temporary(rows)?;
                    writer.push(rows)?;
                    self.train = TrainRows::Disk(Box::new(writer));
                }
            }
            TrainRows::Disk(writer) => writer.push(&training)?,
        }
        Ok(())
    }

    fn encode(&self, table: &Table<'_>, rows: &[usize]) -> Result<Rows> {
        let mut encoded = self.schema.encode(table, rows, WithTarget::Yes)?;
        if let Some(column) = &self.config.weight_column {
            encoded.weight = weights::row_weights(table, column, &self.config.target, rows)?;
            encoded.weight.iter_mut().for_each(|weight| *weight /= self.mean_weight);
        }
        Ok(encoded)
    }

    /// Returns the training and the validation rows.
    fn finish(mut self) -> Result<(RowStore, Rows)> {
        weights::normalize(&mut self.validation)?;
        let train = match self.train {
            TrainRows::Memory(mut rows) => {
                weights::normalize(&mut rows)?;
                RowStore::Memory(*rows)
            }
            TrainRows::Disk(writer) => RowStore::Disk(writer.finish(self.budget.rows / 2)?),
        };
        Ok((train, self.validation))
    }
}

#[cfg(test)]
mod tests {
    use thalweg::Seed;

    use super::*;

    #[test]
    fn the_hold_out_shares_no_numbers_with_the_shuffle() {
        for seed in [0, 1, u64::MAX] {
            let seed = Seed::new(seed);
            let hold_out: Vec<u64> = (0..1000).map(|row| seed.stream(Purpose::Split).at([row]).bits()).collect();
            for epoch in 0..5 {
                let mut shuffle = seed.stream(Purpose::Shuffle).at([epoch, 0]);
                let shared = (0..1000).filter(|_| hold_out.contains(&shuffle.bits())).count();
                assert_eq!(shared, 0, "epoch {epoch}");
            }
        }
    }
}
