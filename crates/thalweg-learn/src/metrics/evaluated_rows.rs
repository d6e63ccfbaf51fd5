//! Rows with their predictions and losses, from which everything that is reported of them is computed.

use super::diagnostics::Diagnostics;
use super::multiclass::ClassPrediction;
use super::{Metrics, binary, multiclass, regression};
use crate::error::Result;
use crate::interrupt::Interrupt;
use crate::model::Loss;

/// Rows with their predictions and losses, in the units of the target.
#[derive(Clone, Debug)]
pub(crate) struct EvaluatedRows {
    pub(super) loss: Loss,
    /// Mean loss, as it is reported.
    pub(super) mean_loss: f64,
    /// Target of each row: a number, a label 0 or 1, or the index of a class.
    pub(super) target: Vec<f64>,
    /// Number of rows that each row stands for.
    pub(super) weight: Vec<f64>,
    /// If true, the weights are numbers of repetitions.
    pub(super) are_repeated: bool,
    /// Loss of each row, as it is reported, times its weight in the mean.
    pub(super) losses: Vec<f64>,
    /// Weight of each row in the mean loss.
    pub(super) loss_weight: Vec<f64>,
    pub(super) predictions: RowPredictions,
}

/// Predictions of all rows, by the kind of their target.
#[derive(Clone, Debug)]
pub(super) enum RowPredictions {
    /// Predicted numbers in the units of the target.
    Numbers(Vec<f64>),
    /// Scores of the positive label.
    Scores(Vec<f64>),
    /// Predicted ones of this many classes.
    Classes(usize, Vec<ClassPrediction>),
}

impl EvaluatedRows {
    /// Returns the rows of several evaluations, at least one, as one.
    pub(crate) fn concat(mut parts: Vec<Self>) -> Self {
        let mut all = parts.remove(0);
        for part in parts {
            all.target.extend(part.target);
            all.weight.extend(part.weight);
            all.losses.extend(part.losses);
            all.loss_weight.extend(part.loss_weight);
            match (&mut all.predictions, part.predictions) {
                (RowPredictions::Numbers(all), RowPredictions::Numbers(part))
                | (RowPredictions::Scores(all), RowPredictions::Scores(part)) => all.extend(part),
                (RowPredictions::Classes(_, all), RowPredictions::Classes(_, part)) => all.extend(part),
                _ => unreachable!("all rows have the same target"),
            }
        }
        all.mean_loss = all.losses.iter().sum::<f64>() / all.loss_weight.iter().sum::<f64>();
        all
    }

    pub(super) fn len(&self) -> usize {
        self.target.len()
    }

    /// Returns the number of times that a row occurs among those that are drawn for intervals.
    pub(super) fn repetitions(&self, row: usize) -> usize {
        if self.are_repeated { self.weight[row].round() as usize } else { 1 }
    }

    /// Returns the number of rows that are drawn for intervals.
    pub(super) fn drawn_rows(&self) -> usize {
        (0..self.len()).map(|row| self.repetitions(row)).fold(0, usize::saturating_add)
    }

    /// Returns the metrics.
    ///
    /// # Errors
    /// [`Error::Interrupted`](crate::Error::Interrupted), if it is requested.
    pub(crate) fn metrics(&self, interrupt: Interrupt<'_>) -> Result<Metrics> {
        let Self { loss, mean_loss, target, .. } = self;
        let weight = |row: usize| self.weight[row];
        match &self.predictions {
            RowPredictions::Numbers(predicted) => regression::metrics(predicted, target, weight, *mean_loss, interrupt),
            RowPredictions::Scores(scores) => binary::metrics(scores, target, weight, *loss, *mean_loss, interrupt),
            RowPredictions::Classes(classes, predicted) => {
                multiclass::metrics(*classes, predicted, target, weight, *mean_loss, interrupt)
            }
        }
    }

    /// Returns curves and residuals.
    ///
    /// # Errors
    /// [`Error::Interrupted`](crate::Error::Interrupted), if it is requested.
    pub(crate) fn diagnostics(&self, interrupt: Interrupt<'_>) -> Result<Diagnostics> {
        let (target, weight) = (self.target.as_slice(), |row: usize| self.weight[row]);
        match &self.predictions {
            RowPredictions::Numbers(predicted) => Diagnostics::of_numbers(predicted, target, weight, interrupt),
            RowPredictions::Scores(scores) => Diagnostics::of_labels(scores, target, weight, self.loss, interrupt),
            RowPredictions::Classes(_, predicted) => Diagnostics::of_classes(predicted, target, weight, interrupt),
        }
    }
}
