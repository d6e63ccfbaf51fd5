//! Metrics of the quality of predictions.

mod binary;
mod bootstrap;
mod calibration;
mod class_metrics;
mod curves;
mod diagnostics;
mod evaluated_rows;
mod influence;
mod intervals;
mod main_metrics;
mod multiclass;
mod ranking;
mod regression;
mod residuals;
mod row_terms;
mod scored_rows;
mod thinning;
mod weighted_quantile;

pub use calibration::CalibrationCurve;
pub use class_metrics::ClassMetrics;
pub use curves::{PrecisionRecallCurve, RocCurve};
pub use diagnostics::Diagnostics;
pub use intervals::{Estimate, MetricInterval, MetricIntervals};
pub use residuals::{PredictionBins, ResidualSummary};

pub(crate) use bootstrap::intervals;
pub(crate) use evaluated_rows::EvaluatedRows;
pub(crate) use multiclass::argmax;
pub(crate) use ranking::Ranking;
pub(crate) use scored_rows::{ScoredRows, VisitScores, mean_of_losses, visit_constant};

use serde::{Deserialize, Deserializer, Serialize};

use crate::interrupt::{Interrupt, UNINTERRUPTED};
use crate::model::Loss;
use multiclass::ClassPrediction;

/// Metrics of a model on some rows, as scikit-learn defines them, weights included. `loss` is the mean loss as it is
/// reported ([`Loss::report_scale`]). Classes are in the order of the report's labels: of two, the positive one first.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum Metrics {
    /// Metrics of predicted numbers, in the units of the target.
    Regression {
        /// Mean loss, as it is reported.
        loss: f64,
        /// Root mean squared error.
        rmse: f64,
        /// Coefficient of determination R² = 1 − Σ(y − ŷ)² / Σ(y − ȳ)².
        #[serde(deserialize_with = "null_as_nan")]
        r2: f64,
        /// Mean of the absolute errors.
        mae: f64,
        /// Median of the absolute errors.
        median_absolute_error: f64,
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
        #[serde(deserialize_with = "null_as_nan")]
        auc: f64,
        /// Mean of the precisions at the scores in descending order, weighted by the increase of the recall; NaN
        /// without positive labels.
        #[serde(deserialize_with = "null_as_nan")]
        average_precision: f64,
        /// Mean squared difference of the probability and the label, in [0, 1]; `None` for a model without
        /// probabilities.
        brier_score: Option<f64>,
        /// Mean recall of the labels that occur, in [0, 1].
        balanced_accuracy: f64,
        /// Mean precision of the labels, in [0, 1].
        macro_precision: f64,
        /// Mean recall of the labels, in [0, 1].
        macro_recall: f64,
        /// Mean F1 score of the labels, in [0, 1].
        macro_f1: f64,
        /// Precision, recall and F1 score of the positive label, then those of the negative one.
        classes: Vec<ClassMetrics>,
        /// Confusion matrix: `confusion[i][j]` is the weight of the rows of label i predicted as label j.
        confusion: Vec<Vec<f64>>,
    },
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
        /// Mean of Σ(p − y)² over the classes, for y = 1 of the true class and 0 of the others, in [0, 2].
        brier_score: f64,
        /// Mean recall of the classes that occur, in [0, 1].
        balanced_accuracy: f64,
        /// Mean precision of the classes, in [0, 1].
        macro_precision: f64,
        /// Mean recall of the classes, in [0, 1].
        macro_recall: f64,
        /// Precision, recall and F1 score of each class.
        classes: Vec<ClassMetrics>,
    },
}

/// Reads a number that is not finite, which JSON has no form for.
fn null_as_nan<'de, D: Deserializer<'de>>(deserializer: D) -> Result<f64, D::Error> {
    Ok(Option::deserialize(deserializer)?.unwrap_or(f64::NAN))
}

impl Metrics {
    /// Returns the mean loss.
    pub fn loss(&self) -> f64 {
        match *self {
            Self::Regression { loss, .. } | Self::Binary { loss, .. } | Self::Multiclass { loss, .. } => loss,
        }
    }

    /// Computes the metrics of predicted numbers. `weight` returns the weight of a row.
    pub fn regression(predicted: &[f64], target: &[f64], weight: impl Fn(usize) -> f64, mean_loss: f64) -> Self {
        regression::metrics(predicted, target, weight, mean_loss, Interrupt::NEVER).expect(UNINTERRUPTED)
    }

    /// Computes the metrics of the scores for labels 0 and 1. `weight` returns the weight of a row.
    pub fn binary(
        scores: &[f64],
        target: &[f64],
        weight: impl Fn(usize) -> f64 + Sync,
        loss: Loss,
        mean_loss: f64,
    ) -> Self {
        binary::metrics(scores, target, weight, loss, mean_loss, Interrupt::NEVER).expect(UNINTERRUPTED)
    }

    /// Computes the metrics of `classes` scores for each row. `weight` returns the weight of a row.
    pub fn multiclass(
        classes: usize,
        scores: &[f64],
        target: &[f64],
        weight: impl Fn(usize) -> f64,
        mean_loss: f64,
    ) -> Self {
        let predicted = ClassPrediction::of_rows(classes, scores, target, Interrupt::NEVER).expect(UNINTERRUPTED);
        multiclass::metrics(classes, &predicted, target, weight, mean_loss, Interrupt::NEVER).expect(UNINTERRUPTED)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_weight_of_two_is_a_row_twice() {
        let (scores, target) = ([0.3, -1.0, 2.0, 0.3], [1.0, 0.0, 0.0, 0.0]);
        let (twice, labels) = ([0.3, 0.3, -1.0, 2.0, 2.0, 2.0, 0.3], [1.0, 1.0, 0.0, 0.0, 0.0, 0.0, 0.0]);
        let weight = |i: usize| [2.0, 1.0, 3.0, 1.0][i];
        assert_eq!(
            Metrics::binary(&scores, &target, weight, Loss::Hinge, 0.5),
            Metrics::binary(&twice, &labels, |_| 1.0, Loss::Hinge, 0.5)
        );
        let numbers = |metrics| match metrics {
            Metrics::Regression { rmse, r2, mae, median_absolute_error, .. } => [rmse, r2, mae, median_absolute_error],
            other => panic!("{other:?}"),
        };
        let a = numbers(Metrics::regression(&scores, &target, weight, 0.5));
        let b = numbers(Metrics::regression(&twice, &labels, |_| 1.0, 0.5));
        assert!(a.iter().zip(b).all(|(a, b)| (a - b).abs() < 1e-14), "{a:?} {b:?}");
    }

    #[test]
    fn metrics_are_read_back_from_json() {
        let one_label = Metrics::binary(&[1.0, 2.0], &[1.0, 1.0], |_| 1.0, Loss::Logistic, 0.5);
        let json = serde_json::to_string(&one_label).expect("metrics have a JSON form");
        let read: Metrics = serde_json::from_str(&json).expect("the JSON form is that of metrics");
        assert!(matches!(read, Metrics::Binary { auc, .. } if auc.is_nan()), "{json}");
        for metrics in [
            Metrics::regression(&[1.0, 2.0], &[1.0, 3.0], |_| 1.0, 0.5),
            Metrics::binary(&[1.0, 2.0], &[1.0, 0.0], |_| 1.0, Loss::Logistic, 0.5),
            Metrics::multiclass(2, &[1.0, 2.0, 3.0, 1.0], &[1.0, 0.0], |_| 1.0, 0.5),
        ] {
            let json = serde_json::to_string(&metrics).expect("metrics have a JSON form");
            assert_eq!(serde_json::from_str::<Metrics>(&json).expect("the JSON form is that of metrics"), metrics);
        }
    }
}
