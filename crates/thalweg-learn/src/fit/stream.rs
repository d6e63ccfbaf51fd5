//! A file that is read twice: its beginning tells what the columns are, then all of its rows are encoded as they come, into
//! memory as long as they fit and into a file beyond that.

use thalweg::{Purpose, Stream};

use super::config::FitConfig;
use super::memory_budget::MemoryBudget;
use super::prepared_data::{PreparedData, plan};
use super::weights;
use crate::data::{
    DiskRowsWriter, Input, OnError, ReadOptions, RowStore, Rows, Schema, SkippedRows, Table, TableLimits, TableReader,
    WeightedRows, WithTarget,
};
use crate::error::Result;

impl FitConfig {
    /// Reads the file, and makes numbers of its rows.
    pub(super) fn read_files(&self, inputs: &[Input], options: &ReadOptions) -> Result<PreparedData> {
        let budget = MemoryBudget::of(self.max_memory);
        let rows = self.sample_rows.unwrap_or(usize::MAX);
        let (table, whole) = Table::read_limited(inputs, options, TableLimits { rows, bytes: budget.table })?;
        if whole { PreparedData::of(self, &table) } else { self.stream(inputs, options, table, budget) }
    }

    fn stream(
        &self,
        inputs: &[Input],
        options: &ReadOptions,
        sample: Table,
        budget: MemoryBudget,
    ) -> Result<PreparedData> {
        let mut plan = plan(self, &sample)?;
        let weights = match &self.weight_column {
            Some(column) => weights::row_weights(&sample, column, &self.target, &plan.usable_rows)?,
            None => Vec::new(),
        };
        let mean = weights::mean(&weights)?;
        let schema = plan.schema(&sample, WeightedRows { rows: &plan.usable_rows.clone(), weights: &weights })?;
        let like = schema.encode(&sample, &[], WithTarget::Yes)?;
        // The text of the sample is done with before the rows come.
        drop(sample);

        let mut sorter = RowSplitter::new(self, like, budget);
        (plan.skipped_rows, plan.target_missing) = (SkippedRows::default(), 0);
        // Names stay names, even where all of a block look like numbers.
        let text_columns = [options.text_columns.as_slice(), &schema.read_options().text_columns].concat();
        let mut tables = TableReader::open(inputs, &ReadOptions { text_columns, ..options.clone() })?;
        let mut first = 0;
        while let Some(table) = tables.next()? {
            let mut rows = schema.usable_rows(&table)?;
            plan.skipped_rows.merge(table.skipped_rows(), options.on_error)?;
            plan.target_missing += table.rows() - rows.len();
            if options.on_error != OnError::Fail {
                schema.skip_invalid_rows(&table, &mut rows, options.on_error, &mut plan.skipped_rows)?;
            }
            if plan.standardization.count_target {
                plan.check_counts(&table, &rows)?;
            }
            sorter.take(self, &schema, &table, &rows, (first, mean))?;
            first += table.rows();
        }
        let (train, validation) = sorter.done()?;
        PreparedData::new(self, plan.into(), schema, train, validation)
    }
}

/// Deals rows out for training and validation.
struct RowSplitter {
    budget: MemoryBudget,
    hold_out: Stream,
    fraction: f64,
    train: TrainRows,
    validation: Rows,
}

enum TrainRows {
    Memory(Box<Rows>),
    Disk(Box<DiskRowsWriter>),
}

impl RowSplitter {
    fn new(fit: &FitConfig, like: Rows, budget: MemoryBudget) -> Self {
        let (hold_out, fraction) = (fit.seed.stream(Purpose::Split), fit.val_fraction);
        Self { budget, hold_out, fraction, validation: like.empty_like(), train: TrainRows::Memory(Box::new(like)) }
    }

    /// Whether a row of the file is to be validated on: that depends on the seed and its place alone.
    fn validates(&self, row: usize) -> bool {
        let full = self.validation.len() * self.validation.row_bytes() >= self.budget.validation;
        !full && self.hold_out.at([row as u64]).uniform() < self.fraction
    }

    fn take(
        &mut self,
        fit: &FitConfig,
        schema: &Schema,
        table: &Table,
        rows: &[usize],
        (first, mean): (usize, f64),
    ) -> Result<()> {
        let (held_out, learned): (Vec<usize>, Vec<usize>) = rows.iter().partition(|row| self.validates(first + **row));
        let encode = |rows: &[usize]| -> Result<Rows> {
            let mut encoded = schema.encode(table, rows, WithTarget::Yes)?;
            if let Some(column) = &fit.weight_column {
                encoded.weight = weights::row_weights(table, column, &fit.target, rows)?;
                encoded.weight.iter_mut().for_each(|weight| *weight /= mean);
            }
            Ok(encoded)
        };
        self.validation.append(&encode(&held_out)?);
        let learned = encode(&learned)?;
        match &mut self.train {
            TrainRows::Memory(rows) => {
                rows.append(&learned);
                if rows.len().saturating_mul(rows.row_bytes()) > self.budget.rows {
                    let mut writer = DiskRowsWriter::temporary(rows)?;
                    writer.push(rows)?;
                    self.train = TrainRows::Disk(Box::new(writer));
                }
            }
            TrainRows::Disk(writer) => writer.push(&learned)?,
        }
        Ok(())
    }

    fn done(self) -> Result<(RowStore, Rows)> {
        let train = match self.train {
            TrainRows::Memory(rows) => RowStore::Memory(*rows),
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
