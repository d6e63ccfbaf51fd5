//! Metrics of the quality of predictions.

mod auc;
mod scored_rows;

use serde::{Deserialize, Serialize};

use crate::error::Result;
use crate::interrupt::{Interrupt, ROWS_PER_LOOK, UNINTERRUPTED};
use crate::model::Loss;
use auc::auc;
pub(crate) use scored_rows::{ScoredRows, VisitScores, mean_of_losses, visit_constant};

/// Metrics of a model on some rows. `loss` is the mean loss as it is reported ([`Loss::report_scale`]).
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum Metrics {
    /// Metrics of the probabilities of several classes.
    Multiclass {
        /// Mean loss, as it is reported.
        loss: f64,
        /// Mean of −log p of the true class, in nats.
        log_loss: f64,
        /// Fraction of rows whose most probable class is the true one, in [0, 1].
        accuracy: f64,
        /// Mean F1 score of the classes, in [0, 1]; 0 for a class that neither occurs nor is predicted.
        macro_f1: f64,
        /// Confusion matrix: `confusion[i][j]` is the weight of the rows of class i predicted as class j.
        confusion: Vec<Vec<f64>>,
    },
    /// Metrics of predicted numbers, in the units of the target.
    Regression {
        /// Mean loss, as it is reported.
        loss: f64,
        /// Root mean squared error.
        rmse: f64,
        /// Coefficient of determination R² = 1 − Σ(y − ŷ)² / Σ(y − ȳ)².
        r2: f64,
    },
    /// Metrics of the predictions of two labels.
    Binary {
        /// Mean loss, as it is reported.
        loss: f64,
        /// Mean of −log p of the true label, in nats; `None` for a model without probabilities.
        log_loss: Option<f64>,
        /// Fraction of rows whose true label has the score sign of the prediction, in [0, 1]; a score of 0 predicts the
        /// positive label.
        accuracy: f64,
        /// Area under the ROC curve, in [0, 1]; NaN if only one label occurs.
        auc: f64,
    },
}

/// Ratio of the mean to the standard deviation up to which the rounding of the mean does not matter.
const MAX_OFFSET: f64 = 1e9;

impl Metrics {
    /// Returns the mean loss.
    pub fn loss(&self) -> f64 {
        match *self {
            Self::Regression { loss, .. } | Self::Binary { loss, .. } | Self::Multiclass { loss, .. } => loss,
        }
    }

    /// Computes the metrics of predicted numbers. `weight` returns the weight of a row.
    pub fn regression(predicted: &[f64], target: &[f64], weight: impl Fn(usize) -> f64, mean_loss: f64) -> Self {
        Self::regression_until(predicted, target, weight, mean_loss, Interrupt::NEVER).expect(UNINTERRUPTED)
    }

    /// Computes the metrics of the scores for labels 0 and 1. `weight` returns the weight of a row.
    pub fn binary(scores: &[f64], target: &[f64], weight: impl Fn(usize) -> f64, loss: Loss, mean_loss: f64) -> Self {
        Self::binary_until(scores, target, weight, loss, mean_loss, Interrupt::NEVER).expect(UNINTERRUPTED)
    }

    /// Computes the metrics of `classes` scores for each row. `weight` returns the weight of a row.
    pub fn multiclass(
        classes: usize,
        scores: &[f64],
        target: &[f64],
        weight: impl Fn(usize) -> f64,
        mean_loss: f64,
    ) -> Self {
        let predicted: Vec<usize> = scores.chunks_exact(classes).map(argmax).collect();
        Self::of_classes(classes, &predicted, target, weight, mean_loss, Interrupt::NEVER).expect(UNINTERRUPTED)
    }

    pub(crate) fn regression_until(
        predicted: &[f64],
        target: &[f64],
        weight: impl Fn(usize) -> f64,
        mean_loss: f64,
        interrupt: Interrupt<'_>,
    ) -> Result<Self> {
        let sum = |of: &dyn Fn(usize) -> f64| interrupt.sum_rows(target.len(), |i| weight(i) * of(i));
        let n = interrupt.sum_rows(target.len(), &weight)?;
        let mean = sum(&|i| target[i])? / n;
        let residual = sum(&|i| (predicted[i] - target[i]) * (predicted[i] - target[i]))?;
        let total = sum(&|i| (target[i] - mean) * (target[i] - mean))?;
        let is_precise = total.is_normal() && residual.is_finite() && mean.abs() < MAX_OFFSET * (total / n).sqrt();
        if is_precise {
            return Ok(Self::Regression { loss: mean_loss, rmse: (residual / n).sqrt(), r2: 1.0 - residual / total });
        }
        // Numbers are divided by the largest, so that squares neither overflow nor vanish.
        let mean = sum(&|i| target[i] / n)?;
        let rounding = sum(&|i| (target[i] - mean) / n)?;
        let deviation = |of: &dyn Fn(usize) -> f64| {
            let largest = (0..target.len()).map(|i| of(i).abs()).fold(0.0, f64::max);
            let squares = sum(&|i| if largest == 0.0 { 0.0 } else { (of(i) / largest) * (of(i) / largest) });
            squares.map(|squares| largest * (squares / n).sqrt())
        };
        let (rmse, total) = (deviation(&|i| predicted[i] - target[i])?, deviation(&|i| target[i] - mean - rounding)?);
        let rmse = if residual.is_normal() { (residual / n).sqrt() } else { rmse };
        Ok(Self::Regression { loss: mean_loss, rmse, r2: 1.0 - (rmse / total) * (rmse / total) })
    }

    pub(crate) fn binary_until(
        scores: &[f64],
        target: &[f64],
        weight: impl Fn(usize) -> f64,
        loss: Loss,
        mean_loss: f64,
        interrupt: Interrupt<'_>,
    ) -> Result<Self> {
        let n = interrupt.sum_rows(target.len(), &weight)?;
        let log_loss = (loss == Loss::Logistic).then_some(mean_loss);
        let is_correct = |i: usize| (scores[i] >= 0.0) == (target[i] > 0.5);
        let correct = interrupt.sum_rows(target.len(), |i| if is_correct(i) { weight(i) } else { 0.0 })?;
        let auc = auc(scores, target, &weight, interrupt)?;
        Ok(Self::Binary { loss: mean_loss, log_loss, accuracy: correct / n, auc })
    }

    /// Computes the metrics of a predicted class for each row.
    pub(crate) fn of_classes(
        classes: usize,
        predicted: &[usize],
        target: &[f64],
        weight: impl Fn(usize) -> f64,
        mean_loss: f64,
        interrupt: Interrupt<'_>,
    ) -> Result<Self> {
        let mut confusion = vec![vec![0.0; classes]; classes];
        for (i, (&predicted, &class)) in predicted.iter().zip(target).enumerate() {
            if i % ROWS_PER_LOOK == 0 {
                interrupt.check()?;
            }
            confusion[class as usize][predicted] += weight(i);
        }
        let total: f64 = confusion.iter().flatten().sum();
        let correct: f64 = (0..classes).map(|class| confusion[class][class]).sum();
        let (accuracy, macro_f1) = (correct / total, macro_f1(&confusion));
        Ok(Self::Multiclass { loss: mean_loss, log_loss: mean_loss, accuracy, macro_f1, confusion })
    }
}

/// Returns the index of the largest score, the first of equal ones.
pub(crate) fn argmax(scores: &[f64]) -> usize {
    (1..scores.len()).fold(0, |best, j| if scores[j] > scores[best] { j } else { best })
}

/// Returns the mean F1 score of the classes: 2·correct / (rows of the class + rows predicted as it).
fn macro_f1(confusion: &[Vec<f64>]) -> f64 {
    let f1 = |class: usize| {
        let actual: f64 = confusion[class].iter().sum();
        let predicted: f64 = confusion.iter().map(|row| row[class]).sum();
        if actual + predicted > 0.0 { 2.0 * confusion[class][class] / (actual + predicted) } else { 0.0 }
    };
    (0..confusion.len()).map(f1).sum::<f64>() / confusion.len() as f64
}

#[cfg(test)]
#[allow(clippy::float_cmp)] // the numbers are exact
mod tests {
    use super::*;

    #[test]
    fn of_numbers_by_hand() {
        let metrics = Metrics::regression(&[1.0, 2.0, 5.0], &[1.0, 3.0, 3.0], |_| 1.0, 5.0 / 3.0);
        let Metrics::Regression { loss, rmse, r2 } = metrics else { panic!("regression") };
        assert!((loss - 5.0 / 3.0).abs() < 1e-15 && (rmse * rmse - loss).abs() < 1e-15);
        assert!((r2 - (1.0 - 5.0 / (8.0 / 3.0))).abs() < 1e-15, "{r2}");
    }

    #[test]
    fn squares_neither_overflow_nor_vanish() {
        let (predicted, target) = ([1.0, 2.0, 5.0], [1.0, 3.0, 3.0]);
        for (factor, offset) in [(1e200, 0.0), (1e-200, 0.0), (1e300, 0.0), (8.0, 1e15)] {
            let scaled = |numbers: [f64; 3]| numbers.map(|number| number * factor + offset);
            let metrics = Metrics::regression(&scaled(predicted), &scaled(target), |_| 1.0, 1.0);
            let Metrics::Regression { rmse, r2, .. } = metrics else { panic!("regression") };
            assert!((rmse / factor - (5.0_f64 / 3.0).sqrt()).abs() < 1e-12, "{rmse}");
            assert!((r2 - (1.0 - 5.0 / (8.0 / 3.0))).abs() < 1e-12, "{factor}: {r2}");
        }
        let metrics = Metrics::regression(&[2.0, 2.0], &[1.0, 1.0], |_| 1.0, 1.0);
        assert!(matches!(metrics, Metrics::Regression { r2: f64::NEG_INFINITY, .. }), "a constant has no R²");
    }

    #[test]
    fn of_labels_by_hand() {
        // Pairs (positive, negative): 2 > 0, 2 > 1, 1 = 1 (half), 1 > 0 → 3.5 of 4.
        let metrics = Metrics::binary(&[0.0, 1.0, 1.0, 2.0], &[0.0, 0.0, 1.0, 1.0], |_| 1.0, Loss::Logistic, 0.7);
        let Metrics::Binary { log_loss, accuracy, auc, .. } = metrics else { panic!("binary") };
        assert_eq!(auc, 3.5 / 4.0);
        assert_eq!(accuracy, 0.5); // z = 0 predicts the positive label
        assert_eq!(log_loss, Some(0.7));
    }

    #[test]
    fn of_classes_by_hand() {
        // Predicted: 0, 1, 1, 2 (the first of a tie); actual: 0, 1, 2, 2.
        let scores = [2.0, 1.0, 0.0, 0.0, 3.0, 1.0, 0.0, 5.0, 5.0, -1.0, -2.0, 0.0];
        let metrics = Metrics::multiclass(3, &scores, &[0.0, 1.0, 2.0, 2.0], |i| [1.0, 1.0, 2.0, 1.0][i], 0.4);
        let Metrics::Multiclass { accuracy, macro_f1, confusion, .. } = metrics else { panic!("multiclass") };
        assert_eq!(confusion, [[1.0, 0.0, 0.0], [0.0, 1.0, 0.0], [0.0, 2.0, 1.0]]);
        assert_eq!(accuracy, 3.0 / 5.0);
        assert!((macro_f1 - (1.0 + 2.0 / 4.0 + 2.0 / 4.0) / 3.0).abs() < 1e-15, "{macro_f1}");
    }

    #[test]
    fn a_weight_of_two_is_a_row_twice() {
        let (scores, target) = ([0.3, -1.0, 2.0, 0.3], [1.0, 0.0, 0.0, 0.0]);
        let (twice, labels) = ([0.3, 0.3, -1.0, 2.0, 2.0, 2.0, 0.3], [1.0, 1.0, 0.0, 0.0, 0.0, 0.0, 0.0]);
        let weight = |i: usize| [2.0, 1.0, 3.0, 1.0][i];
        assert_eq!(
            Metrics::binary(&scores, &target, weight, Loss::Hinge, 0.5),
            Metrics::binary(&twice, &labels, |_| 1.0, Loss::Hinge, 0.5)
        );
        let a = Metrics::regression(&scores, &target, weight, 0.5);
        let b = Metrics::regression(&twice, &labels, |_| 1.0, 0.5);
        let (Metrics::Regression { rmse, r2, .. }, Metrics::Regression { rmse: rmse2, r2: r22, .. }) = (a, b) else {
            panic!("regression")
        };
        assert!((rmse - rmse2).abs() < 1e-15 && (r2 - r22).abs() < 1e-14);
    }
}
