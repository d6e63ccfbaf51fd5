//! Evaluation of a model on labelled rows that it has not seen.

mod report;

pub use report::EvaluationReport;

use std::collections::BTreeMap;

use thalweg::Seed;

use crate::data::{
    DataSource, Input, LevelCounts, OnError, ReadOptions, Rows, StreamBuffer, Table, TableAllowance, TableInput,
    WithTarget, estimated_rows,
};
use crate::error::{MemoryPart, Result};
use crate::fit::weights;
use crate::interrupt::Interrupt;
use crate::memory;
use crate::metrics::{EvaluatedRows, ScoredRows, intervals, visit_constant};
use crate::model::{Loss, ModelFile};
use crate::pool;
use crate::predict::{PredictSummary, add_counts, check_levels, memory_parts};

/// Bytes of a row whose metrics are computed: target, weight, prediction and loss of the model and of the baseline,
/// lists that grow, and the order of the scores.
const BYTES_PER_ROW: usize = 256;

/// Settings of an evaluation.
#[derive(Clone, Debug, Default)]
pub struct EvaluateConfig {
    /// Format of the files, as returned by [`Schema::read_options`](crate::data::Schema::read_options); `on_error` is
    /// the policy for invalid rows.
    pub read: ReadOptions,
    /// Column with the weight of each row.
    pub weight_column: Option<String>,
    /// Memory limit in bytes, at least 128 MiB.
    pub max_memory: Option<usize>,
    /// Seed of the draws for intervals.
    pub seed: Seed,
}

/// Computes the metrics of a model on the rows of files or of a table that have a target, and those of the best
/// constant prediction for the same rows. Rows are read block by block; only their targets and scores are kept.
///
/// ```
/// use thalweg_learn::{Callbacks, EvaluateConfig, FitConfig, Metrics, Table, evaluate};
///
/// let (x, y) = ([1.0, 2.0, 3.0, 4.0, 5.0, 6.0], [3.0, 5.0, 7.0, 9.0, 11.0, 13.0]); // y = 2·x + 1
/// let rows = Table::from_row_major(&x, 1)?.with_column("y", &y)?;
/// let (_, model) = FitConfig::new("y").run(&rows, Callbacks::new())?;
/// let new = Table::from_row_major(&[7.0, 8.0, 9.0], 1)?.with_column("y", &[15.0, 17.0, 19.0])?;
/// let report = evaluate(&model, &new, &EvaluateConfig::default())?;
/// let Metrics::Regression { rmse, .. } = report.baseline else { unreachable!("y is a number") };
/// assert!((rmse * rmse - 8.0 / 3.0).abs() < 1e-9); // the variance
/// # Ok::<(), thalweg_learn::Error>(())
/// ```
///
/// # Errors
/// As [`predict`](crate::predict()); a missing target or weight column; an unknown label; no row with a target; rows
/// that exceed the memory limit.
pub fn evaluate<'a>(
    model: &ModelFile,
    data: impl Into<DataSource<'a>>,
    config: &EvaluateConfig,
) -> Result<EvaluationReport> {
    memory::check_limit(config.max_memory)?;
    memory::check(memory_parts(model), config.max_memory)?;
    match data.into() {
        DataSource::Files(files) => {
            let inputs = Input::all(&files, StreamBuffer::within(config.max_memory))?;
            let options = config.read_options(model);
            pool::in_pool(estimated_rows(&inputs), || {
                let allowance = config.max_memory.is_none().then(|| TableAllowance::of(&inputs));
                let input = TableInput::Files { inputs: &inputs, options: &options };
                evaluate_tables(model, input, allowance.as_ref(), config)
            })
        }
        DataSource::Table(table) => {
            pool::in_pool(table.rows(), || evaluate_tables(model, TableInput::Table(table), None, config))
        }
    }
}

fn evaluate_tables(
    model: &ModelFile,
    input: TableInput<'_>,
    allowance: Option<&TableAllowance>,
    config: &EvaluateConfig,
) -> Result<EvaluationReport> {
    let mut evaluation = Evaluation::new(model, config);
    let (mut tables, mut bytes) = (input.open(&[])?, 0_u64);
    while let Some(table) = tables.next()? {
        bytes = bytes.saturating_add(table.bytes() as u64);
        if let (Some(allowance), Some(path)) = (allowance, table.path()) {
            allowance.check(path, bytes)?;
        }
        evaluation.add(table)?;
    }
    if evaluation.rows.is_empty() {
        return Err(weights::no_rows(input.path(), evaluation.have_zeros));
    }
    check_levels(&evaluation.levels, input.path().as_deref())?;
    evaluation.summary.notes = tables.notes().to_vec();
    evaluation.report()
}

impl EvaluateConfig {
    /// Returns the options of reading the files with their target and their weights.
    fn read_options(&self, model: &ModelFile) -> ReadOptions {
        let mut options = ReadOptions { optional_labels: false, ..self.read.clone() };
        if !options.only_columns.is_empty() {
            options.only_columns.extend([model.schema.target.name().to_string()]);
            options.only_columns.extend(self.weight_column.clone());
        }
        options
    }
}

/// Rows evaluated so far.
struct Evaluation<'a> {
    model: &'a ModelFile,
    config: &'a EvaluateConfig,
    loss: Loss,
    parameters: Vec<f64>,
    scored: ScoredRows<'a>,
    /// Targets and weights of the rows, without features.
    rows: Rows,
    /// Counts of values, by column of a category.
    levels: BTreeMap<String, LevelCounts>,
    /// Counts of the rows.
    summary: PredictSummary,
    /// Number of rows without a target.
    target_missing: usize,
    /// If true, rows of weight 0 were omitted.
    have_zeros: bool,
}

impl<'a> Evaluation<'a> {
    fn new(model: &'a ModelFile, config: &'a EvaluateConfig) -> Self {
        let loss = model.loss();
        Self {
            model,
            config,
            loss,
            parameters: model.parameters(),
            scored: ScoredRows::new(&model.schema.target, loss, 0),
            rows: Rows::default(),
            levels: BTreeMap::new(),
            summary: PredictSummary::default(),
            target_missing: 0,
            have_zeros: false,
        }
    }

    /// Adds the rows of a table that have a target.
    fn add(&mut self, mut table: Table<'_>) -> Result<()> {
        let (schema, policy) = (&self.model.schema, self.config.read.on_error);
        let (summary, weight_column) = (&mut self.summary, self.config.weight_column.as_deref());
        let without_weight = weights::rows_without_weight(weight_column, schema.target.name(), &table)?;
        self.have_zeros |= without_weight.contains(&true);
        table.ignore_rows(without_weight);
        summary.skipped_rows.merge(table.skipped_rows(), policy)?;
        let mut used = schema.usable_rows(&table)?;
        self.target_missing += table.considered_rows() - used.len();
        if policy != OnError::Fail {
            schema.skip_invalid_rows(&table, &mut used, policy, &mut summary.skipped_rows)?;
        }
        if self.loss == Loss::Poisson {
            schema.check_counts(&table, &used)?;
        }
        let encoded = schema.encode(&table, &used, WithTarget::Yes)?;
        let mut add = |part: &Rows, scores| self.scored.add(part, scores, Interrupt::NEVER);
        self.model.model().score_parts(&encoded, &self.parameters, Interrupt::NEVER, &mut add)?;
        if let Some(column) = weight_column {
            self.rows.weight.extend(weights::row_weights(&table, column, &used)?);
        }
        self.rows.target.extend(encoded.target);
        // Each row has no feature.
        self.rows.sparse.ends.resize(self.rows.target.len(), 0);
        add_counts(&mut self.levels, encoded.levels);
        add_counts(&mut summary.unseen, encoded.unseen);
        add_counts(&mut summary.text_as_missing, encoded.text_as_missing);
        add_counts(&mut summary.imputed, encoded.imputed);
        let Some(limit) = self.config.max_memory else { return Ok(()) };
        let mut parts = memory_parts(self.model);
        parts.push(MemoryPart::new("targets and scores of rows", self.rows.len().saturating_mul(BYTES_PER_ROW)));
        memory::check(parts, Some(limit))
    }

    /// Returns the report of all rows.
    fn report(self) -> Result<EvaluationReport> {
        let Self { model, config, loss, parameters, mut scored, mut rows, summary, target_missing, .. } = self;
        weights::normalize(&mut rows)?;
        scored.apply_weights(&rows);
        let never = Interrupt::NEVER;
        let (evaluated, baseline) = (scored.evaluated(&rows, never)?, baseline(model, loss, &rows)?);
        let PredictSummary { skipped_rows, notes, unseen, text_as_missing, imputed, .. } = summary;
        Ok(EvaluationReport {
            target: model.schema.target.name().to_string(),
            labels: model.schema.target.reported_labels(),
            rows: rows.len(),
            target_missing,
            skipped_rows,
            notes,
            model: model.training_info.model,
            architecture: model.training_info.architecture.clone(),
            parameters: parameters.len(),
            loss,
            weight: config.weight_column.clone(),
            metrics: evaluated.metrics(never)?,
            baseline: baseline.metrics(never)?,
            intervals: intervals(&evaluated, &baseline, config.seed, never)?,
            diagnostics: evaluated.diagnostics(never)?,
            unseen,
            text_as_missing,
            imputed,
        })
    }
}

/// Returns the rows with the best constant prediction.
fn baseline(model: &ModelFile, loss: Loss, rows: &Rows) -> Result<EvaluatedRows> {
    let (target, never) = (&model.schema.target, Interrupt::NEVER);
    let trained = loss.of_trained(target);
    let constant = trained.best_constant_until(target.outputs(), &rows.target, |row| rows.weight(row), never)?;
    let mut scored = ScoredRows::new(target, loss, rows.len());
    visit_constant(rows, &constant, &mut |part, scores| scored.add(part, scores, never))?;
    scored.evaluated(rows, never)
}
