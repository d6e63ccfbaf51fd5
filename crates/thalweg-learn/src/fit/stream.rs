//! Two-pass reading of large files: column types are detected from the beginning, then all rows are encoded as they
//! are read, in memory as long as they fit and on disk beyond.

use super::config::FitConfig;
use super::data_summary::DataSummary;
use super::memory_budget::MemoryBudget;
use super::prepared_data::{PreparedData, plan};
use super::range_splitter::RangeSplitter;
use super::stream_encoder::StreamEncoder;
use super::stream_splitter::StreamSplitter;
use super::weights;
use crate::data::{OnError, Rows, Schema, SkippedRows, Table, TableInput, TableLimits, WeightedRows};
use crate::error::Result;
use crate::interrupt::Interrupt;
use crate::memory;
use crate::model::Loss;
use crate::team::gather_numbers;

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

    /// Returns the number of rows of weight 0 in the ranges of the ranks before this one. The ranks read their weights.
    fn rows_without_weight_before(&self, input: TableInput<'_>, interrupt: Interrupt<'_>) -> Result<u64> {
        let Some(column) = self.weight_column.as_ref().filter(|column| **column != self.target) else { return Ok(0) };
        let (mut tables, mut count) = (input.open_column_on(column, interrupt.team())?, 0);
        while let Some(table) = tables.next()? {
            interrupt.gather_numbers(Vec::new());
            interrupt.check()?;
            count += self.rows_without_weight(&table)?.into_iter().filter(|without| *without).count();
        }
        let counts = gather_numbers(interrupt.team(), count as u64);
        Ok(counts[..interrupt.team().rank()].iter().sum())
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
        let model_parts = |ranks| self.model_parts(&schema, (&empty, EXPECTED_ROWS), ranks);
        // The blocks of rows, and with them their order, are those of one process.
        let budget = budget.beside(&model_parts(1)?);
        memory::check(model_parts(interrupt.team().ranks())?, self.max_memory)?;
        (summary.skipped_rows, summary.target_missing) = (SkippedRows::default(), 0);
        let on_error = self.column_options.on_error;
        // Columns of texts stay texts even in blocks that look like numbers.
        let (text_columns, team) = (schema.read_options().text_columns, interrupt.team());
        let mut tables = input.open_on(&text_columns, team)?;
        let encoder = StreamEncoder::new(self, &schema, mean_weight);
        let mut splitter = if let Some(first) = tables.first_row() {
            let rows_before = first - self.rows_without_weight_before(input, interrupt)?;
            Splitter::OfRange(Box::new(RangeSplitter::new(encoder, &empty, budget, team, rows_before)))
        } else {
            Splitter::OfTables(Box::new(StreamSplitter::new(encoder, empty, budget, team)))
        };
        while let Some(mut table) = tables.next()? {
            // The ranks learn of each other's requests to end.
            interrupt.gather_numbers(Vec::new());
            interrupt.check()?;
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
            match &mut splitter {
                Splitter::OfTables(splitter) => splitter.add(&table, &rows, tables.are_divided(), &mut summary)?,
                Splitter::OfRange(splitter) => splitter.add(&table, &rows, &mut summary)?,
            }
        }
        if tables.are_divided() {
            summary.add_rows_of_other_ranks(interrupt.team(), on_error)?;
        }
        summary.notes = tables.into_notes();
        let (train, validation) = match splitter {
            Splitter::OfTables(splitter) => splitter.finish(&mut summary)?,
            Splitter::OfRange(splitter) => splitter.finish(&mut summary)?,
        };
        PreparedData::new(self, summary, schema, (train, validation), interrupt.team().ranks())
    }
}

/// Division of the rows of a stream.
enum Splitter<'a> {
    /// Of tables that follow one another on the ranks in turn.
    OfTables(Box<StreamSplitter<'a>>),
    /// Of the tables of a range of rows on each rank.
    OfRange(Box<RangeSplitter<'a>>),
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
