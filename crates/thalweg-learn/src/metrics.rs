//! How good predictions are.

use rayon::prelude::*;
use serde::{Deserialize, Serialize};

use crate::model::Loss;

/// Measures of a model on some rows. `loss` is what the model was trained for, as it is reported ([`Loss::report_scale`]).
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum Metrics {
    /// Of the probabilities of several classes.
    Multiclass {
        /// The mean of the model's loss.
        loss: f64,
        /// −mean log p of the class that was right, in nats.
        log_loss: f64,
        /// The share of rows whose likeliest class is right.
        accuracy: f64,
        /// The mean over the classes of the harmonic mean of precision and recall; of a class never seen nor said it is 0.
        macro_f1: f64,
        /// The weight of the rows of each class (the first axis) taken for each class (the second).
        confusion: Vec<Vec<f64>>,
    },
    /// Of predicted numbers, in the target's units.
    Regression {
        /// The mean of the model's loss.
        loss: f64,
        /// The root of the mean squared error.
        rmse: f64,
        /// 1 − Σ(y − ŷ)² / Σ(y − ȳ)²: the share of the spread that is explained.
        r2: f64,
    },
    /// Of predicted probabilities.
    Binary {
        /// The mean of the model's loss.
        loss: f64,
        /// −mean log p of the label that was right, in nats; none where the model knows no probabilities.
        log_loss: Option<f64>,
        /// The share of rows whose label has p ≥ ½.
        accuracy: f64,
        /// The probability that a positive row scores above a negative one (area under the ROC curve).
        auc: f64,
    },
}

impl Metrics {
    /// The loss, whichever it is.
    pub fn loss(&self) -> f64 {
        match *self {
            Self::Regression { loss, .. } | Self::Binary { loss, .. } | Self::Multiclass { loss, .. } => loss,
        }
    }

    /// Of predictions ŷ for the targets y, with the mean loss of the model; `weight` is that of a row.
    pub fn regression(predicted: &[f64], target: &[f64], weight: impl Fn(usize) -> f64, loss: f64) -> Self {
        let n: f64 = (0..target.len()).map(&weight).sum();
        let sum = |of: &dyn Fn(usize) -> f64| (0..target.len()).map(|i| weight(i) * of(i)).sum::<f64>();
        let mean = sum(&|i| target[i]) / n;
        let off = sum(&|i| (predicted[i] - target[i]) * (predicted[i] - target[i]));
        let spread = sum(&|i| (target[i] - mean) * (target[i] - mean));
        Self::Regression { loss, rmse: (off / n).sqrt(), r2: 1.0 - off / spread }
    }

    /// Of the scores for labels 0 and 1, with the mean loss of the model; `weight` is that of a row.
    pub fn binary(scores: &[f64], target: &[f64], weight: impl Fn(usize) -> f64, (loss, mean): (Loss, f64)) -> Self {
        let n: f64 = (0..target.len()).map(&weight).sum();
        let log_loss = (loss == Loss::Logistic).then_some(mean);
        let right = (0..target.len()).filter(|&i| (scores[i] >= 0.0) == (target[i] > 0.5)).map(&weight).sum::<f64>();
        let auc = auc(scores, target, &weight);
        Self::Binary { loss: mean, log_loss, accuracy: right / n, auc }
    }

    /// Of the scores of `classes` classes a row, with the mean loss of the model; `weight` is that of a row.
    pub fn multiclass(
        classes: usize,
        scores: &[f64],
        target: &[f64],
        weight: impl Fn(usize) -> f64,
        loss: f64,
    ) -> Self {
        let mut confusion = vec![vec![0.0; classes]; classes];
        for (i, (scores, &class)) in scores.chunks_exact(classes).zip(target).enumerate() {
            confusion[class as usize][argmax(scores)] += weight(i);
        }
        let all: f64 = confusion.iter().flatten().sum();
        let right: f64 = (0..classes).map(|class| confusion[class][class]).sum();
        Self::Multiclass { loss, log_loss: loss, accuracy: right / all, macro_f1: macro_f1(&confusion), confusion }
    }
}

/// The place of the largest score, the first of equals.
pub(crate) fn argmax(scores: &[f64]) -> usize {
    (1..scores.len()).fold(0, |best, j| if scores[j] > scores[best] { j } else { best })
}

/// The mean F1 of all classes: 2·right / (rows of the class + rows taken for it).
fn macro_f1(confusion: &[Vec<f64>]) -> f64 {
    let f1 = |class: usize| {
        let is: f64 = confusion[class].iter().sum();
        let said: f64 = confusion.iter().map(|row| row[class]).sum();
        if is + said > 0.0 { 2.0 * confusion[class][class] / (is + said) } else { 0.0 }
    };
    (0..confusion.len()).map(f1).sum::<f64>() / confusion.len() as f64
}

/// The area under the ROC curve from ranks, ties counting half (Mann & Whitney 1947); NaN with one class only.
fn auc(scores: &[f64], target: &[f64], weight: &impl Fn(usize) -> f64) -> f64 {
    let mut order: Vec<(f64, usize)> = scores.iter().copied().zip(0..).collect();
    order.par_sort_unstable_by(|a, b| a.0.total_cmp(&b.0).then(a.1.cmp(&b.1)));
    let of = |rows: &[(f64, usize)], label: bool| {
        rows.iter().filter(|&&(_, i)| (target[i] > 0.5) == label).map(|&(_, i)| weight(i)).sum::<f64>()
    };
    let (positives, negatives) = (of(&order, true), of(&order, false));
    let (mut below, mut wins) = (0.0, 0.0);
    for tied in order.chunk_by(|a, b| a.0.total_cmp(&b.0).is_eq()) {
        let (up, down) = (of(tied, true), of(tied, false));
        wins += up * (below + down / 2.0);
        below += down;
    }
    wins / (positives * negatives)
}

#[cfg(test)]
#[allow(clippy::float_cmp)] // by hand, the numbers are exact
mod tests {
    use super::*;

    #[test]
    fn of_numbers_by_hand() {
        let metrics = Metrics::regression(&[1.0, 2.0, 5.0], &[1.0, 3.0, 3.0], |_| 1.0, 5.0 / 3.0);
        let Metrics::Regression { loss, rmse, r2 } = metrics else { panic!("of numbers") };
        assert!((loss - 5.0 / 3.0).abs() < 1e-15 && (rmse * rmse - loss).abs() < 1e-15);
        assert!((r2 - (1.0 - 5.0 / (8.0 / 3.0))).abs() < 1e-15, "{r2}");
    }

    #[test]
    fn of_labels_by_hand() {
        // Pairs (positive, negative): 2 > 0, 2 > 1, 1 = 1 (half), 1 > 0 → 3.5 of 4.
        let metrics = Metrics::binary(&[0.0, 1.0, 1.0, 2.0], &[0.0, 0.0, 1.0, 1.0], |_| 1.0, (Loss::Logistic, 0.7));
        let Metrics::Binary { log_loss, accuracy, auc, .. } = metrics else { panic!("of labels") };
        assert_eq!(auc, 3.5 / 4.0);
        assert_eq!(accuracy, 0.5); // z = 0 counts as the positive label
        assert_eq!(log_loss, Some(0.7));
    }

    #[test]
    fn of_classes_by_hand() {
        // Likeliest: 0, 1, 1, 2 (a tie goes to the first); truly 0, 1, 2, 2.
        let scores = [2.0, 1.0, 0.0, 0.0, 3.0, 1.0, 0.0, 5.0, 5.0, -1.0, -2.0, 0.0];
        let metrics = Metrics::multiclass(3, &scores, &[0.0, 1.0, 2.0, 2.0], |i| [1.0, 1.0, 2.0, 1.0][i], 0.4);
        let Metrics::Multiclass { accuracy, macro_f1, confusion, .. } = metrics else { panic!("of classes") };
        assert_eq!(confusion, [[1.0, 0.0, 0.0], [0.0, 1.0, 0.0], [0.0, 2.0, 1.0]]);
        assert_eq!(accuracy, 3.0 / 5.0);
        assert!((macro_f1 - (1.0 + 2.0 / 4.0 + 2.0 / 4.0) / 3.0).abs() < 1e-15, "{macro_f1}");
    }

    #[test]
    fn a_weight_of_two_is_a_row_twice() {
        let (scores, target) = ([0.3, -1.0, 2.0, 0.3], [1.0, 0.0, 0.0, 0.0]);
        let (twice, labels) = ([0.3, 0.3, -1.0, 2.0, 2.0, 2.0, 0.3], [1.0, 1.0, 0.0, 0.0, 0.0, 0.0, 0.0]);
        let weight = |i: usize| [2.0, 1.0, 3.0, 1.0][i];
        let loss = (Loss::Hinge, 0.5);
        assert_eq!(Metrics::binary(&scores, &target, weight, loss), Metrics::binary(&twice, &labels, |_| 1.0, loss));
        let a = Metrics::regression(&scores, &target, weight, 0.5);
        let b = Metrics::regression(&twice, &labels, |_| 1.0, 0.5);
        let (Metrics::Regression { rmse, r2, .. }, Metrics::Regression { rmse: rmse2, r2: r22, .. }) = (a, b) else {
            panic!("of numbers")
        };
        assert!((rmse - rmse2).abs() < 1e-15 && (r2 - r22).abs() < 1e-14);
    }
}
