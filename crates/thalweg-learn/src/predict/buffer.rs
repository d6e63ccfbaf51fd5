//! Memory for the prediction of one row.

use crate::data::Rows;
use crate::model::RowScratch;

/// Memory for the prediction of one row, made by [`Predictor::buffer`](crate::Predictor::buffer), and the last
/// prediction.
#[derive(Debug)]
pub struct PredictionBuffer {
    pub(super) rows: Rows,
    pub(super) scratch: RowScratch,
    pub(super) scores: Vec<f64>,
    pub(super) values: Vec<f64>,
    pub(super) class: Option<usize>,
    pub(super) unseen: u64,
}

impl PredictionBuffer {
    /// Returns the scores of the row, as the model computes them: one, or one for each class.
    pub fn scores(&self) -> &[f64] {
        &self.scores
    }

    /// Returns the predicted number in the units of the target; the probability of the positive label, or its score if
    /// the loss has no probabilities; or the probability of each class.
    pub fn values(&self) -> &[f64] {
        &self.values
    }

    /// Returns the index of the predicted label among [`Predictor::labels`](crate::Predictor::labels); `None` for a
    /// number.
    pub fn class(&self) -> Option<usize> {
        self.class
    }

    /// Returns the number of cells and interactions with levels not seen in training, which add nothing to the scores.
    pub fn unseen_levels(&self) -> u64 {
        self.unseen
    }
}
