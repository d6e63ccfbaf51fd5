//! Report of an evaluation.

use std::collections::BTreeMap;

use serde::Serialize;

use crate::data::{ReadNote, SkippedRows};
use crate::metrics::{Diagnostics, MetricIntervals, Metrics};
use crate::model::{Architecture, Loss, ModelKind};

/// Report of the evaluation of a model. Its JSON form is stable: keys may be added but not renamed.
#[derive(Clone, Debug, Serialize)]
pub struct EvaluationReport {
    /// Name of the target column.
    pub target: String,
    /// Positive label, then the negative one; or all classes in their order; `None` for a number.
    pub labels: Option<Vec<String>>,
    /// Number of rows evaluated.
    pub rows: usize,
    /// Number of rows skipped because their target is missing.
    pub target_missing: usize,
    /// Rows skipped because they could not be read or used.
    #[serde(rename = "faults")]
    pub skipped_rows: SkippedRows,
    /// Notes of the readers of the files, such as renamed columns and formats of numbers.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub notes: Vec<ReadNote>,
    /// Kind of the model.
    pub model: ModelKind,
    /// Architecture of the model.
    pub architecture: Architecture,
    /// Number of trained parameters.
    pub parameters: usize,
    /// Loss function in the units of the target.
    pub loss: Loss,
    /// Name of the column with the weights of the rows.
    pub weight: Option<String>,
    /// Metrics of the model; of equal weights of the classes, whatever those of its fit were.
    pub metrics: Metrics,
    /// Metrics of the best constant prediction for these rows, such as their mean.
    pub baseline: Metrics,
    /// Intervals of the metrics, next to those of the constant prediction.
    pub intervals: MetricIntervals,
    /// Curves and residuals of the model.
    pub diagnostics: Diagnostics,
    /// Number of cells with a level not seen in training, by column.
    pub unseen: BTreeMap<String, u64>,
    /// Number of texts read as missing numbers, by column.
    pub text_as_missing: BTreeMap<String, u64>,
    /// Number of missing numbers replaced by the mean in columns that were complete in training, by column.
    pub imputed: BTreeMap<String, u64>,
}
