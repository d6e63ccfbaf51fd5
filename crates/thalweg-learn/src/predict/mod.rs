//! Predictions of a model for the rows of files or of a table, or for single rows in memory.

mod buffer;
mod indexed;
mod predictor;
mod stream;

pub use buffer::PredictionBuffer;
pub use predictor::Predictor;
pub use stream::{PredictConfig, PredictSummary, predict_blocks};
pub(crate) use stream::{add_counts, memory_parts};

use std::collections::BTreeMap;
use std::path::Path;

use crate::data::{DataSource, LevelCounts, Rows, Table, Target, WithTarget};
use crate::error::{MismatchError, MismatchProblem, Result};
use crate::metrics::argmax;
use crate::model::{Loss, ModelFile, sigmoid, softmax};
use crate::pool;

/// Predictions for the rows of files or of a table.
#[derive(Clone, Debug)]
pub struct Predictions {
    /// One prediction for each row, in the order of the data.
    pub values: Vec<Prediction>,
    /// Encoded rows, with the counts of unseen levels and imputed numbers for each column.
    pub rows: Rows,
}

/// Prediction for one row.
#[derive(Clone, Debug, PartialEq)]
pub enum Prediction {
    /// Number in the units of the target.
    Number(f64),
    /// One of two labels.
    Label {
        /// Probability of the positive label, in [0, 1]; `None` for a loss without probabilities, such as hinge.
        probability: Option<f64>,
        /// Predicted label: the positive one if its probability is at least ½.
        label: String,
    },
    /// One of several classes.
    Class {
        /// Probability of each class, in the order of the labels of the model.
        probabilities: Vec<f64>,
        /// Label of the most probable class.
        label: String,
    },
}

/// Predicts every row of files or of a table in memory, which need not have the target column. Files are read as those
/// of the training ([`Schema::read_options`](crate::data::Schema::read_options)); to read them otherwise, use
/// [`Table::read`].
///
/// # Errors
/// Files that cannot be read; a column of the model that the data lack, or of which no value was seen in training; a
/// text where the model expects a number, with its position.
pub fn predict<'a>(model: &ModelFile, data: impl Into<DataSource<'a>>) -> Result<Predictions> {
    let data = data.into();
    pool::in_pool(data.rows_at_most(), || match data {
        DataSource::Files(files) => predict_table(model, &Table::read(files, &model.schema.read_options())?),
        DataSource::Table(table) => predict_table(model, table),
    })
}

fn predict_table(model: &ModelFile, table: &Table<'_>) -> Result<Predictions> {
    let all: Vec<usize> = (0..table.rows()).collect();
    let rows = model.schema.encode(table, &all, WithTarget::No)?;
    check_levels(&rows.levels, table.path())?;
    let loss = model.loss();
    let scores = model.model().scores(&rows, &model.parameters());
    let prediction = |z: &[f64]| prediction(&model.schema.target, loss, z);
    let values = scores.chunks_exact(model.schema.target.outputs()).map(prediction);
    Ok(Predictions { values: values.collect(), rows })
}

/// Checks that every column has a level that was seen in training: otherwise, the data were written differently or
/// belong to another model. A single value may be new.
pub(crate) fn check_levels(levels: &BTreeMap<String, LevelCounts>, path: Option<&Path>) -> Result<()> {
    match levels.iter().find(|(_, counts)| counts.values > 1 && counts.seen == 0) {
        None => Ok(()),
        Some((column, counts)) => {
            let problem = MismatchProblem::UnseenLevels { column: column.clone(), values: counts.values };
            Err(MismatchError { path: path.map(Path::to_path_buf), problem }.into())
        }
    }
}

/// Returns the prediction for the scores `z` of a row.
fn prediction(target: &Target, loss: Loss, z: &[f64]) -> Prediction {
    match target {
        Target::Number { .. } => Prediction::Number(loss.prediction(z[0], target.inverse_transform())),
        Target::Label { negative, positive, .. } => {
            let label = if z[0] >= 0.0 { positive } else { negative };
            let probability = (loss == Loss::Logistic).then(|| sigmoid(z[0]));
            Prediction::Label { probability, label: label.clone() }
        }
        Target::Classes { labels, .. } => {
            let mut probabilities = vec![0.0; z.len()];
            softmax(z, &mut probabilities);
            Prediction::Class { probabilities, label: labels[argmax(z)].clone() }
        }
    }
}
