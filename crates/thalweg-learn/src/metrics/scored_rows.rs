//! Metrics of rows from their scores, which come part by part.

use super::{Metrics, argmax};
use crate::data::{Rows, Target};
use crate::error::Result;
use crate::interrupt::Interrupt;
use crate::model::{Loss, MAX_SCORES, row_losses};

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
    /// Predicted class of each row that has several scores.
    predicted: Vec<usize>,
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
            self.predicted.extend(scores.chunks_exact(outputs).map(argmax));
        } else {
            self.scores.extend(scores);
        }
        Ok(())
    }

    /// Multiplies the losses by the weights of their rows, which were added without weights.
    pub(crate) fn apply_weights(&mut self, rows: &Rows) {
        self.losses.iter_mut().enumerate().for_each(|(i, loss)| *loss *= rows.loss_weight(i));
    }

    /// Returns the metrics; `rows` are all rows that were added, of which only targets and weights are read.
    ///
    /// # Errors
    /// [`Error::Interrupted`](crate::Error::Interrupted), if it is requested.
    pub(crate) fn metrics(&self, rows: &Rows, interrupt: Interrupt<'_>) -> Result<Metrics> {
        let transform = self.target.inverse_transform();
        let scale = self.loss.report_scale(transform.scale);
        let mean_loss = mean_of_losses(rows, &self.losses, interrupt)? * scale;
        let weight = |row| rows.repetitions(row);
        match self.target {
            Target::Number { .. } => {
                let predicted: Vec<f64> = self.scores.iter().map(|&z| self.loss.prediction(z, transform)).collect();
                let target: Vec<f64> = rows.target.iter().map(|&y| transform.apply(y)).collect();
                Metrics::regression_until(&predicted, &target, weight, mean_loss, interrupt)
            }
            Target::Label { .. } => {
                Metrics::binary_until(&self.scores, &rows.target, weight, self.loss, mean_loss, interrupt)
            }
            Target::Classes { labels, .. } => {
                Metrics::of_classes(labels.len(), &self.predicted, &rows.target, weight, mean_loss, interrupt)
            }
        }
    }
}

/// Calls `visit` with some of the rows after others, and the scores of a constant prediction.
pub(crate) fn visit_constant(rows: &Rows, constant: &[f64], visit: &mut VisitScores<'_>) -> Result<()> {
    rows.parts(MAX_SCORES / constant.len()).try_for_each(|part| visit(&part, constant.repeat(part.len())))
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
