//! What a fit came to: one object, stable keys.

use serde::{Deserialize, Serialize};

use super::PreparedData;
use crate::data::{Exclusion, HashingStats, ROWS_PER_BLOCK, RowStore, Rows, SkippedRows, Target};
use crate::metrics::Metrics;
use crate::model::{Architecture, Coefficient, Loss, ModelFile, ModelKind};
use crate::train::{TrainingConfig, TrainingResult, TrainingStopReason};

/// A fit in numbers. Its JSON form is stable: keys may be added, not renamed.
#[derive(Clone, Debug, Serialize)]
pub struct FitReport {
    /// The column predicted.
    pub target: String,
    /// The label whose probability is predicted, and the other; or all classes in their order; `None` for numbers.
    pub labels: Option<Vec<String>>,
    /// Rows used, for training and validation.
    pub rows: usize,
    /// Rows trained on.
    pub train_rows: usize,
    /// Rows held out.
    pub validation_rows: usize,
    /// Rows left out because their target is missing.
    pub target_missing: usize,
    /// Rows left out because they could not be read or used.
    #[serde(rename = "faults")]
    pub skipped_rows: SkippedRows,
    /// The cache of the encoded rows, where one is used.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cache: Option<CacheUsage>,
    /// Levels that share coefficients by their hash; none where each has its own.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub hashed: Option<HashingStats>,
    /// The number of the first feature, of features by number.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub first_feature: Option<u32>,
    /// How rows are shuffled.
    pub shuffle: ShuffleMode,
    /// Coefficients, without the intercept.
    pub features: usize,
    /// The kind of model.
    pub model: ModelKind,
    /// How its scores come about.
    pub architecture: Architecture,
    /// How many numbers were trained.
    pub parameters: usize,
    /// Its loss.
    pub loss: Loss,
    /// How much more each of the labels counts in the loss than its rows do.
    pub class_weight: Option<Vec<f64>>,
    /// The column with the weights of the rows.
    pub weight: Option<String>,
    /// The method with its parameters.
    pub method: String,
    /// The schedule of its rate.
    pub schedule: String,
    /// Rows in a batch.
    pub batch_size: u64,
    /// Weight of Σ|w|.
    pub l1: f64,
    /// Weight of Σw²/2.
    pub l2: f64,
    /// Coefficients that are exactly 0.
    pub zeros: usize,
    /// Epochs run.
    pub epochs: u64,
    /// Steps of the method.
    pub steps: u64,
    /// Why every step moved all parameters; none where each moved those that its batch touched.
    pub dense: Option<String>,
    /// The epoch whose weights were kept; 0 is the start.
    pub best_epoch: u64,
    /// Why it ended.
    pub stopped: TrainingStopReason,
    /// On the training rows.
    pub train: Metrics,
    /// On the rows held out; `None` without any.
    pub validation: Option<Metrics>,
    /// The same of the best model that always predicts the same: the training rows' mean, or what suits the loss.
    pub baseline: SplitMetrics,
    /// Wall-clock seconds.
    pub seconds: Timings,
    /// rows × epochs / seconds.fit.
    pub rows_per_second: f64,
    /// The intercept, on the scale of the prediction (log-odds for labels); with several classes the first one's.
    pub intercept: f64,
    /// With several classes: the intercept of each.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub intercepts: Vec<f64>,
    /// All coefficients but those of hashed levels, the largest first; of features without names a thousand. None of a model that is not linear.
    pub coefficients: Vec<Coefficient>,
    /// Columns left out, and why.
    #[serde(rename = "left_out")]
    pub excluded_columns: Vec<ExcludedColumn>,
    /// Where the model was written.
    pub model_path: String,
    /// What to type to predict with it.
    pub predict_command: String,
}

/// Measures on both parts of the rows.
#[derive(Clone, Debug, Serialize)]
pub struct SplitMetrics {
    /// On the training rows.
    pub train: Metrics,
    /// On the rows held out.
    pub validation: Option<Metrics>,
}

/// Wall-clock seconds of the parts of a fit.
#[derive(Clone, Copy, Debug, Default, Serialize)]
pub struct Timings {
    /// Reading, typing and encoding.
    pub read: f64,
    /// Training.
    pub fit: f64,
    /// All.
    pub total: f64,
}

/// Coefficients told of features without names; the model file has all of them.
const MAX_LISTED_COEFFICIENTS: usize = 1000;

/// How rows are shuffled, each epoch anew.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(tag = "by", rename_all = "lowercase")]
pub enum ShuffleMode {
    /// Every order is as likely as any other.
    Rows,
    /// The rows did not fit the memory: blocks come in any order, and rows are shuffled among those in memory together.
    Blocks {
        /// Rows of a block, consecutive in the file.
        block: usize,
        /// Rows in memory together: a row comes at any time with its block, and among these at any place.
        together: usize,
    },
}

impl ShuffleMode {
    fn of(store: &RowStore) -> Self {
        match store {
            RowStore::Memory(_) => ShuffleMode::Rows,
            RowStore::Disk(disk_rows) => ShuffleMode::Blocks {
                block: ROWS_PER_BLOCK,
                together: (ROWS_PER_BLOCK * disk_rows.blocks_in_memory).min(disk_rows.len()),
            },
        }
    }
}

/// The cache of the encoded rows.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct CacheUsage {
    /// Its file.
    pub path: String,
    /// What was done with it.
    pub done: CacheStatus,
}

/// What was done with a cache.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum CacheStatus {
    /// The rows were read from it.
    Read,
    /// There was none, and they were written to it.
    Written,
    /// It was of other data or options, or damaged, and was written anew.
    Rewritten,
}

/// A column that is not used.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct ExcludedColumn {
    /// Its name.
    pub column: String,
    /// Why, in words.
    pub reason: String,
}

impl PreparedData {
    pub(super) fn report(&self, training: &TrainingConfig, trained: &TrainingResult, model: &ModelFile) -> FitReport {
        let labels = match &self.schema.target {
            Target::Number { .. } => None,
            Target::Label { negative, positive, .. } => Some(vec![positive.clone(), negative.clone()]),
            Target::Classes { labels, .. } => Some(labels.clone()),
        };
        let intercepts = model.intercepts();
        let mut coefficients = model.coefficients();
        // The coefficient of a hash, which come last, is no level's own, and its number tells nobody anything.
        coefficients
            .truncate(coefficients.len().saturating_sub(self.schema.hashed_count() * self.schema.target.outputs()));
        coefficients.sort_by(|a, b| b.weight.abs().total_cmp(&a.weight.abs()));
        if self.schema.indexed_features.is_some() {
            coefficients.truncate(MAX_LISTED_COEFFICIENTS);
        }
        let fitted = self.model();
        let measured = self.measure(|rows| fitted.scores(rows, &trained.parameters));
        FitReport {
            target: self.schema.target.name().into(),
            labels,
            rows: self.train.len() + self.validation.len(),
            train_rows: self.train.len(),
            validation_rows: self.validation.len(),
            target_missing: self.found.target_missing,
            skipped_rows: self.found.skipped_rows.clone(),
            cache: self.found.cache.clone(),
            hashed: self.found.hashed,
            first_feature: self.schema.indexed_features.map(|indexed_features| indexed_features.first),
            shuffle: ShuffleMode::of(&self.train),
            features: self.train.sample().features,
            model: model.training_info.model,
            architecture: model.training_info.architecture.clone(),
            parameters: trained.parameters.len(),
            loss: self.loss,
            class_weight: self.balanced.then(|| {
                let mut weights = self.train.sample().class_weight.clone();
                if let Target::Label { .. } = self.schema.target {
                    weights.reverse();
                }
                weights
            }),
            weight: None,
            method: model.training_info.method.clone(),
            schedule: model.training_info.schedule.clone(),
            batch_size: model.training_info.batch_size,
            l1: training.l1,
            l2: training.l2,
            zeros: model.weights().iter().filter(|weight| **weight == 0.0).count(),
            epochs: trained.epochs,
            steps: trained.steps,
            dense: trained.dense.clone(),
            best_epoch: trained.best_epoch,
            stopped: trained.stopped,
            train: measured.train,
            validation: measured.validation,
            baseline: self.baseline(),
            seconds: Timings::default(),
            rows_per_second: 0.0,
            intercept: intercepts.first().copied().unwrap_or(0.0),
            intercepts: if intercepts.len() > 1 { intercepts } else { Vec::new() },
            coefficients,
            excluded_columns: self.found.excluded_columns.clone(),
            model_path: String::new(),
            predict_command: String::new(),
        }
    }

    /// Of the model that always predicts the same, the best that it can. Without an intercept that is 0.
    fn baseline(&self) -> SplitMetrics {
        let (rows, outputs) = (self.train.sample(), self.schema.target.outputs());
        let constant = if self.intercept {
            self.loss().best_constant(outputs, &rows.target, |row| rows.loss_weight(row))
        } else {
            vec![0.0; outputs]
        };
        self.measure(|rows| constant.repeat(rows.len()))
    }

    /// The measures of what gives scores.
    fn measure(&self, scores: impl Fn(&Rows) -> Vec<f64>) -> SplitMetrics {
        let units = self.schema.target.units();
        let on = |rows: &Rows| {
            let scores = scores(rows);
            let loss = self.mean_loss(rows, &scores);
            match self.schema.target {
                Target::Number { .. } => {
                    let predicted: Vec<f64> = scores.iter().map(|&z| self.loss.prediction(z, units)).collect();
                    let target: Vec<f64> = rows.target.iter().map(|y| y * units.0 + units.1).collect();
                    Metrics::regression(&predicted, &target, |row| rows.weight(row), loss)
                }
                Target::Label { .. } => {
                    Metrics::binary(&scores, &rows.target, |row| rows.weight(row), (self.loss, loss))
                }
                Target::Classes { ref labels, .. } => {
                    Metrics::multiclass(labels.len(), &scores, &rows.target, |row| rows.weight(row), loss)
                }
            }
        };
        SplitMetrics {
            train: on(self.train.sample()),
            validation: (!self.validation.is_empty()).then(|| on(&self.validation)),
        }
    }
}

impl ExcludedColumn {
    pub(super) fn new(exclusion: &Exclusion) -> Self {
        Self { column: exclusion.column.clone(), reason: exclusion.reason.to_string() }
    }
}

impl FitReport {
    pub(super) fn with_seconds(self, seconds: Timings) -> Self {
        let rows_per_second = self.rows as f64 * self.epochs as f64 / seconds.fit;
        Self { seconds, rows_per_second, ..self }
    }
}
