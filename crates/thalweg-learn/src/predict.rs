//! From a model and a table to predictions.

use crate::data::{Rows, Table, Target, WithTarget};
use crate::error::Result;
use crate::metrics::argmax;
use crate::model::{Loss, ModelFile, sigmoid, softmax};

/// Predictions for the rows of a table, and what was odd about it.
#[derive(Clone, Debug)]
pub struct Predictions {
    /// One a row, in the file's order.
    pub values: Vec<Prediction>,
    /// The encoded rows' counts of unseen levels and imputed numbers, by column.
    pub rows: Rows,
}

/// A prediction for one row.
#[derive(Clone, Debug, PartialEq)]
pub enum Prediction {
    /// A number, in the target's units.
    Number(f64),
    /// The probability of the positive label, and the likelier label.
    Label {
        /// Of the positive label; none where the model knows none, as with the hinge loss.
        probability: Option<f64>,
        /// The label whose probability is at least ½.
        label: String,
    },
    /// The probabilities of several classes, and the likeliest.
    Class {
        /// Of each class, in the order of the model's labels.
        probabilities: Vec<f64>,
        /// The label of the likeliest.
        label: String,
    },
}

/// Predicts every row of `table`; the target's column is not needed.
///
/// # Errors
/// A column of the model that the table lacks; a text where the model wants a number, with its place.
pub fn predict(model: &ModelFile, table: &Table) -> Result<Predictions> {
    let all: Vec<usize> = (0..table.rows()).collect();
    let rows = model.schema.encode(table, &all, WithTarget::No)?;
    let (units, loss) = (model.schema.target.units(), model.loss());
    let scores = model.model().scores(&rows, &model.parameters());
    let of_row = |z: &[f64]| match &model.schema.target {
        Target::Number { .. } => Prediction::Number(loss.prediction(z[0], units)),
        Target::Label { negative, positive, .. } => {
            let label = if z[0] >= 0.0 { positive } else { negative };
            let probability = (loss == Loss::Logistic).then(|| sigmoid(z[0]));
            Prediction::Label { probability, label: label.clone() }
        }
        Target::Classes { labels, .. } => {
            let mut of_classes = vec![0.0; z.len()];
            softmax(z, &mut of_classes);
            Prediction::Class { probabilities: of_classes, label: labels[argmax(z)].clone() }
        }
    };
    let values = scores.chunks_exact(model.schema.target.outputs()).map(of_row);
    Ok(Predictions { values: values.collect(), rows })
}
