//! Two-pass reading of large files: column types are detected from the beginning, then all rows are encoded as they
//! are read, in memory as long as they fit and on disk beyond.

use thalweg::random::{Purpose, Stream};

use super::config::FitConfig;
use super::data_summary::DataSummary;
use super::memory_budget::MemoryBudget;
use super::prepared_data::{PreparedData, plan};
use super::weights;
use crate::data::{
    DiskRowsWriter, OnError, RowStore, Rows, Schema, SkippedRows, Table, TableInput, TableLimits, WeightedRows,
    WithTarget,
};
use crate::error::Result;
use crate::interrupt::Interrupt;
use crate::memory;
use crate::model::Loss;

/// Number of rows by which the memory of a training is estimated before they are read.
const EXPECTED_ROWS: usize = 1 << 15;

impl FitConfig {
    /// Reads the data and encodes their rows; for a last fit to all rows, a second time without division.
    pub(super) fn read_data(
        &self,
        input: TableInput<'_>,
        schema: Option<&Schema>,
        interrupt: Interrupt<'_>,
    ) -> Result<PreparedData> {
        let mut data = self.read_divided(input, schema, interrupt)?;
        if schema.is_none()
            && let Some(config) = self.refit_config(data.train.len() + data.validation.len())
        {
            data.all_rows = Some(Box::new(config.read_divided(input, None, interrupt)?));
        }
        Ok(data)
    }

    /// Reads the data and encodes their rows, divided into training and validation.
    fn read_divided(
        &self,
        input: TableInput<'_>,
        schema: Option<&Schema>,
        interrupt: Interrupt<'_>,
    ) -> Result<PreparedData> {
        let budget = MemoryBudget::of(self.max_memory);
        let rows = self.sample_rows.unwrap_or(usize::MAX);
        // As in `rows_without_weight`, the target is no column of weights.
        let weight_column = self.weight_column.as_deref().filter(|column| *column != self.target);
        let (mut table, whole) = input.head(TableLimits { rows, weight_column, bytes: budget.table, interrupt })?;
        table.set_interrupt(interrupt);
        let without_weight = self.rows_without_weight(&table)?;
        // If there is no other row, the sum of the weights is an error.
        if without_weight.contains(&false) {
            table.ignore_rows(without_weight);
        }
        match (schema, whole) {
            (None, true) => PreparedData::of(self, &table),
            (None, false) => self.stream(input, table, budget, interrupt),
            (Some(schema), true) => PreparedData::with_schema(self, schema, &table),
            (Some(schema), false) => {
                let weights = self.usable_weights(&table, &schema.usable_rows(&table)?)?;
                let summary = DataSummary::of_schema(schema, &table)?;
                let sample = StreamSample::new(summary, schema.clone(), &weights)?;
                drop(table);
                self.encode_stream(input, sample, budget, interrupt)
            }
        }
    }

    /// Reads the data a second time after the types of their columns were detected from `sample`.
    fn stream(
        &self,
        input: TableInput<'_>,
        sample: Table<'_>,
        budget: MemoryBudget,
        interrupt: Interrupt<'_>,
    ) -> Result<PreparedData> {
        let mut plan = plan(self, &sample)?;
        let weights = self.usable_weights(&sample, &plan.usable_rows)?;
        let rows = plan.usable_rows.clone();
        let schema = plan.schema(&sample, WeightedRows { rows: &rows, weights: &weights })?;
        plan.set_sample_rows(sample.rows());
        // Frees the text of the sample before the rows are read.
        drop(sample);
        self.encode_stream(input, StreamSample::new(plan.into(), schema, &weights)?, budget, interrupt)
    }

    /// Returns `true` for each row of weight 0 of a table; no list without a column of weights.
    pub(super) fn rows_without_weight(&self, table: &Table<'_>) -> Result<Vec<bool>> {
        weights::rows_without_weight(self.weight_column.as_deref(), &self.target, table)
    }

    /// Returns the weights of rows; empty if the rows have none.
    pub(super) fn usable_weights(&self, table: &Table<'_>, rows: &[usize]) -> Result<Vec<f64>> {
        match &self.weight_column {
            Some(column) => weights::row_weights(table, column, rows),
            None => Ok(Vec::new()),
        }
    }

    /// Reads the data and encodes all rows.
    fn encode_stream(
        &self,
        input: TableInput<'_>,
        sample: StreamSample,
        budget: MemoryBudget,
        interrupt: Interrupt<'_>,
    ) -> Result<PreparedData> {
        let StreamSample { mut summary, schema, mean_weight, mean_repetitions } = sample;
        let empty = Rows { mean_weight: mean_repetitions, ..schema.empty_rows() };
        let model = self.model_parts(&schema, &empty, EXPECTED_ROWS)?;
        let budget = budget.beside(&model);
        memory::check(model, self.max_memory)?;
        let mut splitter = StreamSplitter::new(self, &schema, mean_weight, empty, budget);
        (summary.skipped_rows, summary.target_missing) = (SkippedRows::default(), 0);
        let on_error = self.column_options.on_error;
        // Columns of texts stay texts even in blocks that look like numbers.
        let mut tables = input.open(&schema.read_options().text_columns)?;
        while let Some(mut table) = tables.next()? {
            table.set_interrupt(interrupt);
            table.ignore_rows(self.rows_without_weight(&table)?);
            let mut rows = schema.usable_rows(&table)?;
            summary.skipped_rows.merge(table.skipped_rows(), on_error)?;
            summary.target_missing += table.considered_rows() - rows.len();
            if on_error != OnError::Fail {
                schema.skip_invalid_rows(&table, &mut rows, on_error, &mut summary.skipped_rows)?;
            }
            if self.loss == Some(Loss::Poisson) {
                schema.check_counts(&table, &rows)?;
            }
            splitter.add(&table, &rows, &mut summary)?;
        }
        summary.notes = tables.notes().to_vec();
        let (train, validation) = splitter.finish()?;
        PreparedData::new(self, summary, schema, train, validation)
    }
}

/// Results of the first rows of a stream, which are needed to encode all rows.
struct StreamSample {
    summary: DataSummary,
    schema: Schema,
    /// Mean of the weights of the rows.
    mean_weight: f64,
    /// The same if the weights are numbers of repetitions; see [`weights::mean_repetitions`].
    mean_repetitions: Option<f64>,
}

impl StreamSample {
    fn new(summary: DataSummary, schema: Schema, weights: &[f64]) -> Result<Self> {
        let mean_weight = weights::mean(weights)?;
        Ok(Self { summary, schema, mean_weight, mean_repetitions: weights::mean_repetitions(weights, mean_weight) })
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

    /// Adds the rows with these indices of the next table, and what is counted of them.
    fn add(&mut self, table: &Table<'_>, rows: &[usize], summary: &mut DataSummary) -> Result<()> {
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
        summary.count(&validation);
        summary.count(&training);
        match &mut self.train {
            TrainRows::Memory(rows) => {
                rows.append(&training);
                if rows.len().saturating_mul(rows.row_bytes()) > self.budget.rows {
                    let mut writer = DiskRowsWriter::temporary(rows, self.budget.rows)?;
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
            encoded.weight = weights::row_weights(table, column, rows)?;
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
                RowStore::from(*rows)
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
