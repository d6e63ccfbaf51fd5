//! Metrics of rows from their scores, which come part by part.

use super::evaluated_rows::{EvaluatedRows, RowPredictions};
use super::multiclass::ClassPrediction;
use crate::data::{Rows, Target};
use crate::error::Result;
use crate::interrupt::Interrupt;
use crate::model::{Loss, most_scored_rows, row_losses};

/// Function that takes some of the rows after others, and their scores.
pub(crate) type VisitScores<'a> = dyn FnMut(&Rows, Vec<f64>) -> Result<()> + 'a;

/// Losses and scores of rows.
pub(crate) struct ScoredRows<'t> {
    target: &'t Target,
    /// Loss in the units of the target.
    loss: Loss,
    /// Weighted loss of each row, for the target as it is trained.
    losses: Vec<f64>,
    /// Score of each row; empty if rows have several.
    scores: Vec<f64>,
    /// Prediction of each row that has several scores.
    predicted: Vec<ClassPrediction>,
}

impl<'t> ScoredRows<'t> {
    /// Returns no rows of this target; `loss` is in its units.
    pub(crate) fn new(target: &'t Target, loss: Loss, capacity: usize) -> Self {
        Self { target, loss, losses: Vec::with_capacity(capacity), scores: Vec::new(), predicted: Vec::new() }
    }

    /// Adds the next rows with their scores.
    ///
    /// # Errors
    /// [`Error::Interrupted`](crate::Error::Interrupted), if it is requested.
    pub(crate) fn add(&mut self, rows: &Rows, scores: Vec<f64>, interrupt: Interrupt<'_>) -> Result<()> {
        let outputs = self.target.outputs();
        self.losses.extend(row_losses(rows, &scores, self.loss.of_trained(self.target), interrupt)?);
        if outputs > 1 {
            // Of several scores only the predicted class is kept.
            self.predicted.extend(ClassPrediction::of_rows(outputs, &scores, &rows.target, interrupt)?);
        } else {
            self.scores.extend(scores);
        }
        Ok(())
    }

    /// Multiplies the losses by the weights of their rows, which were added without weights.
    pub(crate) fn apply_weights(&mut self, rows: &Rows) {
        self.losses.iter_mut().enumerate().for_each(|(i, loss)| *loss *= rows.loss_weight(i));
    }

    /// Returns the rows in the units of the target; `rows` are all rows that were added, of which only targets and
    /// weights are read.
    ///
    /// # Errors
    /// [`Error::Interrupted`](crate::Error::Interrupted), if it is requested.
    pub(crate) fn evaluated(self, rows: &Rows, interrupt: Interrupt<'_>) -> Result<EvaluatedRows> {
        let Self { target, loss, mut losses, scores, predicted } = self;
        let transform = target.inverse_transform();
        let scale = loss.report_scale(transform.scale);
        let mean_loss = mean_of_losses(rows, &losses, interrupt)? * scale;
        for loss in &mut losses {
            *loss *= scale;
        }
        let weight = (0..rows.len()).map(|row| rows.repetitions(row)).collect();
        let loss_weight = (0..rows.len()).map(|row| rows.loss_weight(row)).collect();
        let are_repeated = !rows.weight.is_empty() && rows.mean_weight.is_some();
        let (target, predictions) = match target {
            Target::Number { .. } => {
                let predicted = scores.into_iter().map(|z| loss.prediction(z, transform)).collect();
                let target = rows.target.iter().map(|&y| transform.apply(y)).collect();
                (target, RowPredictions::Numbers(predicted))
            }
            Target::Label { .. } => (rows.target.clone(), RowPredictions::Scores(scores)),
            Target::Classes { labels, .. } => (rows.target.clone(), RowPredictions::Classes(labels.len(), predicted)),
        };
        Ok(EvaluatedRows { loss, mean_loss, target, weight, are_repeated, losses, loss_weight, predictions })
    }
}

/// Calls `visit` with some of the rows after others, and the scores of a constant prediction.
pub(crate) fn visit_constant(rows: &Rows, constant: &[f64], visit: &mut VisitScores<'_>) -> Result<()> {
    rows.parts(most_scored_rows(constant.len())).try_for_each(|part| visit(&part, constant.repeat(part.len())))
}

/// Returns the mean of the weighted losses of rows.
///
/// # Errors
/// [`Error::Interrupted`](crate::Error::Interrupted), if it is requested.
pub(crate) fn mean_of_losses(rows: &Rows, losses: &[f64], interrupt: Interrupt<'_>) -> Result<f64> {
    let sum = interrupt.sum_rows(losses.len(), |i| losses[i])?;
    let count = if rows.class_weight.is_empty() {
        rows.weight_sum()
    } else {
        interrupt.sum_rows(rows.len(), |i| rows.loss_weight(i))?
    };
    Ok(sum / if count > 0.0 { count } else { 1.0 })
}
