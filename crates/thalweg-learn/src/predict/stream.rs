//! Predictions for the rows of files, block by block.

use std::collections::BTreeMap;
use std::ops::AddAssign;

use rayon::prelude::*;

use super::{Prediction, check_levels, prediction};
use crate::data::{
    Files, Input, LevelCounts, ReadNote, ReadOptions, Rows, SkippedRows, StreamBuffer, Table, TableAllowance,
    TableInput, WithTarget, estimated_rows,
};
use crate::error::{Error, MemoryPart, Result};
use crate::memory::{self, READING_BYTES};
use crate::model::{ModelFile, RowScorer};
use crate::pool;

/// Least number of predictions that justify a second thread.
const ROWS_PER_TASK: usize = 1 << 10;

/// Scores of the rows that are predicted while those before are written.
const SCORES_PER_BLOCK: usize = 1 << 16;

/// Settings of predictions block by block.
#[derive(Clone, Debug, Default)]
pub struct PredictConfig {
    /// Format of the files, as returned by [`Schema::read_options`](crate::data::Schema::read_options); `on_error` is
    /// the policy for invalid rows.
    pub read: ReadOptions,
    /// Memory limit in bytes, at least 128 MiB.
    pub max_memory: Option<usize>,
}

/// Counts of the rows of predictions block by block.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct PredictSummary {
    /// Number of rows with a prediction.
    pub rows: usize,
    /// Rows without a prediction, since they are invalid.
    pub skipped_rows: SkippedRows,
    /// Notes of the readers of the files, such as renamed columns and formats of numbers.
    pub notes: Vec<ReadNote>,
    /// Number of cells with a level not seen in training, by column.
    pub unseen: BTreeMap<String, u64>,
    /// Number of texts read as missing numbers, by column.
    pub text_as_missing: BTreeMap<String, u64>,
    /// Number of missing numbers replaced by the mean in columns that were complete in training, by column.
    pub imputed: BTreeMap<String, u64>,
}

/// Predicts the rows of files block by block, so that the memory does not depend on their number. `on_block` receives a
/// prediction for each row in its order, `None` for a row that is skipped. Of a pipe, blocks have the rows that have
/// arrived, and the format is detected by the first of them.
///
/// # Errors
/// As [`predict`](crate::predict()), that of unseen values at the end, and the errors of `on_block`; a memory limit
/// that the model exceeds.
pub fn predict_blocks<E: From<Error> + Send>(
    model: &ModelFile,
    files: impl Into<Files>,
    config: &PredictConfig,
    mut on_block: impl FnMut(&[Option<Prediction>]) -> std::result::Result<(), E> + Send,
) -> std::result::Result<PredictSummary, E> {
    config.check(model)?;
    let inputs = Input::all_as_they_arrive(&files.into(), config.stream_buffer())?;
    pool::in_pool(estimated_rows(&inputs), || {
        let mut predictor = BlockPredictor::new(model, config);
        let mut summary = PredictSummary::default();
        let mut tables = TableInput::Files { inputs: &inputs, options: &config.read }.open(&[])?;
        let (mut allowance, mut bytes) = (TableAllowance::of(&inputs), 0_u64);
        let is_arriving = inputs.iter().any(Input::is_arriving);
        while let Some(table) = tables.next()? {
            bytes = bytes.saturating_add(table.bytes() as u64);
            if let (None, Some(path)) = (config.max_memory, table.path()) {
                if is_arriving {
                    allowance = TableAllowance::of(&inputs);
                }
                allowance.check(path, bytes)?;
            }
            predictor.predict(&table, &mut summary, &mut on_block)?;
        }
        if summary.rows == 0 && summary.skipped_rows.rows == 0 {
            return Err(Error::NoRows { path: inputs.first().map(Input::display_path) }.into());
        }
        summary.notes = tables.notes().to_vec();
        check_levels(&predictor.levels, inputs.first().map(Input::display_path).as_deref())?;
        Ok(summary)
    })
}

impl PredictConfig {
    /// Returns the storage for inputs that can be read only once.
    fn stream_buffer(&self) -> StreamBuffer {
        StreamBuffer::within(self.max_memory)
    }

    /// Checks that the model fits in the memory limit.
    fn check(&self, model: &ModelFile) -> Result<()> {
        memory::check_limit(self.max_memory)?;
        memory::check(memory_parts(model), self.max_memory)
    }
}

/// Returns the memory of a model and of the blocks of rows that it predicts.
pub(crate) fn memory_parts(model: &ModelFile) -> Vec<MemoryPart> {
    let weights: usize = model.tensors.iter().map(|tensor| tensor.values.len()).sum();
    vec![
        // Those of the file, those of the predictor, and those in single precision.
        MemoryPart::new("weights", weights.saturating_mul(2 * size_of::<f64>() + size_of::<f32>())),
        memory::levels(&model.schema),
        MemoryPart::new("blocks of rows", READING_BYTES - memory::PROGRAM_BYTES),
    ]
}

/// Model that predicts tables of some rows.
struct BlockPredictor<'a> {
    model: &'a ModelFile,
    config: &'a PredictConfig,
    scorer: RowScorer,
    /// Counts of values so far, by column of a category.
    levels: BTreeMap<String, LevelCounts>,
}

impl<'a> BlockPredictor<'a> {
    fn new(model: &'a ModelFile, config: &'a PredictConfig) -> Self {
        Self { model, config, scorer: RowScorer::new(model.model(), model.parameters()), levels: BTreeMap::new() }
    }

    /// Predicts the rows of a table.
    fn predict<E: From<Error> + Send>(
        &mut self,
        table: &Table<'_>,
        summary: &mut PredictSummary,
        on_block: &mut (impl FnMut(&[Option<Prediction>]) -> std::result::Result<(), E> + Send),
    ) -> std::result::Result<(), E> {
        let (schema, policy) = (&self.model.schema, self.config.read.on_error);
        summary.skipped_rows.merge(table.skipped_rows(), policy)?;
        let rows = schema.predictable_rows(table, policy, &mut summary.skipped_rows)?;
        let mut positions = SkippedPositions { skipped: table.skipped_before(), row: 0 };
        let encoded = schema.encode(table, &rows, WithTarget::No)?;
        let (mut done, mut block) = (0, Vec::new());
        for part in encoded.parts((SCORES_PER_BLOCK / schema.target.outputs()).max(1)) {
            let predicted = &rows[done..done + part.len()];
            done += part.len();
            // The block before is written meanwhile.
            let (written, next) = pool::join(
                || if block.is_empty() { Ok(()) } else { on_block(&block) },
                || positions.with_skipped(predicted, self.predictions(&part)),
            );
            written?;
            block = next;
        }
        on_block(&block)?;
        let mut last = Vec::new();
        positions.fill_before(table.rows(), &mut last);
        on_block(&last)?;
        summary.rows += rows.len();
        add_counts(&mut self.levels, encoded.levels);
        add_counts(&mut summary.unseen, encoded.unseen);
        add_counts(&mut summary.text_as_missing, encoded.text_as_missing);
        add_counts(&mut summary.imputed, encoded.imputed);
        Ok(())
    }

    fn predictions(&self, rows: &Rows) -> Vec<Option<Prediction>> {
        let (target, loss) = (&self.model.schema.target, self.model.loss());
        let scores = self.scorer.scores(rows);
        let rows = scores.par_chunks_exact(target.outputs()).with_min_len(ROWS_PER_TASK);
        pool::map(rows, |z| Some(prediction(target, loss, z)))
    }
}

/// Adds counts by column.
pub(crate) fn add_counts<C: AddAssign + Default>(sums: &mut BTreeMap<String, C>, counts: BTreeMap<String, C>) {
    for (column, count) in counts {
        *sums.entry(column).or_default() += count;
    }
}

/// Rows without a prediction: those of the table that are invalid, and those that are not even in the table.
struct SkippedPositions<'t> {
    /// Row of the table before which each row of the file was skipped, ascending.
    skipped: &'t [usize],
    /// Row of the table that follows.
    row: usize,
}

impl SkippedPositions<'_> {
    /// Returns the predictions of the next rows, with `None` for each row that was skipped before one of them.
    fn with_skipped(&mut self, rows: &[usize], predictions: Vec<Option<Prediction>>) -> Vec<Option<Prediction>> {
        let Some(&last) = rows.last() else { return predictions };
        if self.skipped.is_empty() && last + 1 - self.row == rows.len() {
            self.row = last + 1;
            return predictions;
        }
        let mut all = Vec::with_capacity(predictions.len());
        for (&row, prediction) in rows.iter().zip(predictions) {
            self.fill_before(row, &mut all);
            all.push(prediction);
            self.row = row + 1;
        }
        all
    }

    /// Appends `None` for each row between those seen so far and this one.
    fn fill_before(&mut self, row: usize, predictions: &mut Vec<Option<Prediction>>) {
        let skipped = self.skipped.partition_point(|&before| before <= row);
        predictions.resize(predictions.len() + (row - self.row) + skipped, None);
        (self.skipped, self.row) = (&self.skipped[skipped..], row);
    }
}
