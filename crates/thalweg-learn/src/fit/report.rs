//! Report of a fit.

use std::collections::BTreeMap;

use serde::{Serialize, Serializer};

use super::clock::FitStage;
use super::cross_validation::CrossValidation;
use super::fit_warning::FitWarning;
use super::objective_value::ObjectiveValue;
use super::row_handling::{CacheUsage, ShuffleMode};
use crate::data::{Exclusion, HashingStats, Outliers, ReadNote, SkippedRows};
use crate::metrics::{Diagnostics, MetricIntervals, Metrics};
use crate::model::{Architecture, Coefficient, Loss, ModelKind};
use crate::train::{Certificate, LearningRateRangeTest, PenaltySearch, Rollback, TrainingHistory, TrainingStopReason};

/// Report of a fit. Its JSON form is stable: keys may be added but not renamed.
#[derive(Clone, Debug, Serialize)]
pub struct FitReport {
    /// Name of the target column.
    pub target: String,
    /// Positive label, then the negative one; or all classes in their order; `None` for a number.
    pub labels: Option<Vec<String>>,
    /// Number of rows used, for training and validation together.
    pub rows: usize,
    /// Number of training rows.
    pub train_rows: usize,
    /// Number of validation rows.
    pub validation_rows: usize,
    /// Number of rows skipped because their target is missing.
    pub target_missing: usize,
    /// Rows skipped because they could not be read or used.
    #[serde(rename = "faults")]
    pub skipped_rows: SkippedRows,
    /// Notes of the readers of the files, such as renamed columns and formats of numbers.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub notes: Vec<ReadNote>,
    /// Use of the cache of encoded rows; `None` without a cache.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cache: Option<CacheUsage>,
    /// Statistics of hashed levels; `None` if every level has a coefficient of its own.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub hashed: Option<HashingStats>,
    /// Outliers in the training rows that make the other numbers of their columns nearly equal.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub outliers: Vec<Outliers>,
    /// Number of the first feature, for data whose features have numbers instead of names.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub first_feature: Option<u32>,
    /// Shuffling of the training rows.
    pub shuffle: ShuffleMode,
    /// Number of features, without the intercept.
    pub features: usize,
    /// Kind of the model.
    pub model: ModelKind,
    /// Architecture of the model.
    pub architecture: Architecture,
    /// Number of trained parameters.
    pub parameters: usize,
    /// Loss function in the units of the target.
    pub loss: Loss,
    /// Scale of the residuals, in units of which Huber's loss has its δ; `None` for other losses.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub residual_scale: Option<f64>,
    /// Weight of each class in the loss, in the order of `labels`; `None` if all are equal.
    pub class_weight: Option<Vec<f64>>,
    /// Name of the column with the weights of the rows.
    pub weight: Option<String>,
    /// Optimization method with its parameters.
    pub method: String,
    /// Learning rate schedule in text form.
    pub schedule: String,
    /// Number of rows in a mini-batch.
    pub batch_size: u64,
    /// Number of steps between two averages of the workers; `None` without workers.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub sync_every: Option<u64>,
    /// Number of workers that took steps by themselves; `None` without.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub workers: Option<u64>,
    /// Coefficient of the penalty Σ|w|, in the units of the objective ([`FitConfig::l1`](crate::FitConfig::l1)).
    pub l1: f64,
    /// Coefficient of the penalty Σw²/2, in the units of the objective.
    pub l2: f64,
    /// Coefficient of the penalty on the factors in each row; `None` for models without factors.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub factor_l2: Option<f64>,
    /// Search that chose `l2`; `None` where it was given or has its default.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub penalty_search: Option<PenaltySearch>,
    /// Test that chose the learning rate, with losses as they are reported; `None` where the rate was given or has its
    /// default.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub range_test: Option<LearningRateRangeTest>,
    /// Number of weights that are exactly 0.
    pub zeros: usize,
    /// Number of epochs; the budget may have cut the last one short.
    pub epochs: u64,
    /// Number of optimizer steps.
    pub steps: u64,
    /// Number of training rows seen, where the budget cut the last epoch short.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub samples: Option<u64>,
    /// Objective on the training rows, which the fit minimized; `None` after an interrupt.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub objective: Option<ObjectiveValue>,
    /// Norm of the gradient of the objective at the parameters, for the target as it is trained; only for solvers.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub gradient_norm: Option<f64>,
    /// Objective at the parameters minus a lower bound of its minimum, in the units of the objective; only for solvers
    /// and losses with kinks.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub duality_gap: Option<f64>,
    /// Certificate of how near its minimum the objective on the training rows is, where it was asked for.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub certificate: Option<Certificate>,
    /// Relative decrease of the monitored loss over the last quarter of the epochs; 0 if the training ended before.
    pub late_decrease: f64,
    /// The last fit, to all rows, whose weights are those of the model; `None` if the model is that of the training
    /// rows.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub refit: Option<Refit>,
    /// Parts of the fit that its time left no room for.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub omitted: Vec<FitStage>,
    /// Reason why every step updated all parameters; `None` if the steps were sparse.
    #[serde(rename = "dense")]
    pub dense_reason: Option<String>,
    /// Returns to an earlier epoch after the training diverged, in their order.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub rollbacks: Vec<Rollback>,
    /// Losses of the epochs, as they are reported; not part of the JSON form.
    #[serde(skip)]
    pub history: TrainingHistory,
    /// Epoch whose parameters were kept; 0 is the initialization.
    pub best_epoch: u64,
    /// Reason for the end of the training.
    pub stopped: TrainingStopReason,
    /// Metrics on the training rows; after an interrupt, on at most the first 50,000 of them.
    pub train: Metrics,
    /// Metrics on the validation rows, or the first of them as for the training rows; `None` without validation rows.
    pub validation: Option<Metrics>,
    /// Number of rows that the metrics are limited to, the first ones for training and for validation: only after an
    /// interrupt of a training whose evaluation takes long.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub metrics_rows: Option<usize>,
    /// Metrics of the best constant prediction, such as the mean of the training rows.
    pub baseline: SplitMetrics,
    /// Intervals of the metrics on the validation rows, next to those of the constant; `None` without validation rows.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub intervals: Option<MetricIntervals>,
    /// Cross-validation of the whole fit, where the caller added one ([`FitConfig::cross_validate`]).
    ///
    /// [`FitConfig::cross_validate`]: crate::FitConfig::cross_validate
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cross_validation: Option<CrossValidation>,
    /// Curves and residuals on the validation rows, or the first of them as for the metrics; `None` without validation
    /// rows.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub diagnostics: Option<Diagnostics>,
    /// Wall-clock time of the parts of the fit.
    pub seconds: Timings,
    /// Rows × epochs per second of training.
    pub rows_per_second: f64,
    /// Intercept in the units of the prediction (log-odds for two labels); with several classes that of the first.
    pub intercept: f64,
    /// Intercept of each class; empty unless there are several.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub intercepts: Vec<f64>,
    /// Coefficients of a linear model in descending order of magnitude, without those of hashed levels; at most 1000
    /// of features without names. Empty for other architectures, and after an interrupt if there are very many.
    pub coefficients: Vec<Coefficient>,
    /// Warnings about the data and the model, each with its evidence.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub warnings: Vec<FitWarning>,
    /// Number of distinct values of a target that was taken for a number although it has few whole numbers, which may
    /// be classes.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub whole_number_values: Option<usize>,
    /// Columns taken for numbers whose values may be names of levels, such as the numbers of users: at least 120
    /// distinct whole numbers that are repeated.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub possible_levels: Vec<String>,
    /// Number of texts read as missing numbers, by column.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub text_as_missing: BTreeMap<String, u64>,
    /// Columns that were not used; in JSON, with the reasons in words.
    #[serde(rename = "left_out", serialize_with = "exclusions_in_words")]
    pub excluded_columns: Vec<Exclusion>,
}

/// The last fit of a model, to the training and the validation rows together, with the settings of the fit before.
#[derive(Clone, Debug, Serialize)]
pub struct Refit {
    /// Number of all rows.
    pub rows: usize,
    /// Number of epochs completed.
    pub epochs: u64,
    /// Number of optimizer steps.
    pub steps: u64,
    /// Coefficient of the penalty Σw²/2.
    pub l2: f64,
    /// Search that chose `l2`; `None` where it was given or has its default.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub penalty_search: Option<PenaltySearch>,
    /// Reason for the end of the training.
    pub stopped: TrainingStopReason,
    /// Norm of the gradient of the objective at the parameters, for the target as it is trained; only for solvers.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub gradient_norm: Option<f64>,
    /// Objective at the parameters minus a lower bound of its minimum, in the units of the objective; only for solvers
    /// and losses with kinks.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub duality_gap: Option<f64>,
    /// Certificate of how near its minimum the objective on all rows is, where it was asked for.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub certificate: Option<Certificate>,
    /// Metrics on all rows.
    pub metrics: Metrics,
}

/// Metrics on the training and the validation rows.
#[derive(Clone, Debug, Serialize)]
pub struct SplitMetrics {
    /// Metrics on the training rows.
    pub train: Metrics,
    /// Metrics on the validation rows; `None` without validation rows.
    pub validation: Option<Metrics>,
}

/// Wall-clock seconds of the parts of a fit.
#[derive(Clone, Copy, Debug, Default, Serialize)]
pub struct Timings {
    /// Seconds spent on reading, type detection and encoding.
    pub read: f64,
    /// Seconds spent on training.
    pub fit: f64,
    /// Seconds of the whole fit, the evaluation included.
    pub total: f64,
}

/// Writes excluded columns with their reasons in words.
fn exclusions_in_words<S: Serializer>(exclusions: &[Exclusion], serializer: S) -> Result<S::Ok, S::Error> {
    #[derive(Serialize)]
    struct InWords<'e> {
        column: &'e str,
        reason: String,
    }
    serializer.collect_seq(
        exclusions.iter().map(|exclusion| InWords { column: &exclusion.column, reason: exclusion.description() }),
    )
}

impl FitReport {
    /// Adds the seconds of reading and of the rest to those of the training.
    pub(super) fn with_timings(self, read: f64, rest: f64) -> Self {
        let seconds = Timings { read, fit: self.seconds.fit, total: read + rest };
        let samples = self.samples.map_or(self.rows as f64 * self.epochs as f64, |samples| samples as f64);
        let rows_per_second = samples / seconds.fit;
        Self { seconds, rows_per_second, ..self }
    }
}
