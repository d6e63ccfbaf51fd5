//! Main metrics as functions of the number of times that each row is drawn.

use super::evaluated_rows::{EvaluatedRows, RowPredictions};
use super::influence::ratio;
use super::multiclass::ClassPrediction;
use super::ranking::Ranking;
use super::{binary, influence};
use crate::error::Result;
use crate::interrupt::Interrupt;
use crate::model::Loss;

/// Rows whose main metrics are computed for other weights than their own.
#[derive(Debug)]
pub(super) struct RowTerms<'r> {
    rows: &'r EvaluatedRows,
    order: RowOrder<'r>,
}

/// What is known of all rows, and does not depend on how often they are drawn.
#[derive(Debug)]
enum RowOrder<'r> {
    /// Predicted numbers, and the mean of the targets.
    Numbers(&'r [f64], f64),
    /// Scores, the order of the rows by them, and the squared errors of the probabilities.
    Labels(&'r [f64], Ranking, Vec<f64>),
    /// Predicted ones of this many classes.
    Classes(usize, &'r [ClassPrediction]),
}

impl<'r> RowTerms<'r> {
    pub(super) fn new(rows: &'r EvaluatedRows, interrupt: Interrupt<'_>) -> Result<Self> {
        let order = match &rows.predictions {
            RowPredictions::Numbers(predicted) => {
                let n = interrupt.sum_rows(rows.len(), |i| rows.weight[i])?;
                RowOrder::Numbers(predicted, interrupt.sum_rows(rows.len(), |i| rows.weight[i] / n * rows.target[i])?)
            }
            RowPredictions::Scores(scores) => {
                let squares = scores.iter().zip(&rows.target).map(|(&z, &label)| binary::squared_error(z, label));
                RowOrder::Labels(scores, Ranking::new(scores, &rows.target, interrupt)?, squares.collect())
            }
            RowPredictions::Classes(classes, predicted) => RowOrder::Classes(*classes, predicted),
        };
        Ok(Self { rows, order })
    }

    /// Returns the main metrics of rows that are drawn `counts` times, in the order of
    /// [`Metrics::main`](super::Metrics::main).
    pub(super) fn metrics(&self, counts: &[f64]) -> Result<Vec<f64>> {
        let EvaluatedRows { target, weight, losses, loss_weight, .. } = self.rows;
        match &self.order {
            RowOrder::Numbers(predicted, mean) => {
                let [total, losses, n, squares, errors, first, second] = sums(counts, |i| {
                    let (w, r, d) = (weight[i], predicted[i] - target[i], target[i] - mean);
                    [loss_weight[i], losses[i], w, w * r * r, w * r.abs(), w * d, w * d * d]
                });
                let r2 = 1.0 - squares / (second - first * first / n);
                Ok(vec![losses / total, (squares / n).sqrt(), r2, errors / n])
            }
            RowOrder::Labels(scores, ranking, errors) => {
                let [total, losses, positives, negatives, true_positives, true_negatives, squares] =
                    sums(counts, |i| {
                        let (w, score) = (weight[i], scores[i]);
                        let (label, predicted) = (f64::from(target[i] > 0.5), f64::from(score >= 0.0));
                        let (positive, negative) = (w * label, w * (1.0 - label));
                        let square = w * errors[i];
                        let (tp, tn) = (positive * predicted, negative * (1.0 - predicted));
                        [loss_weight[i], losses[i], positive, negative, tp, tn, square]
                    });
                let n = positives + negatives;
                let recalls = [(true_positives, positives), (true_negatives, negatives)];
                let balanced_accuracy = mean_ratio(recalls.into_iter());
                let auc = ranking.auc(|i| weight[i] * counts[i], Interrupt::NEVER)?;
                let average_precision = ranking.average_precision(|i| weight[i] * counts[i], Interrupt::NEVER)?;
                let accuracy = (true_positives + true_negatives) / n;
                let mut metrics = vec![losses / total, accuracy, auc, average_precision, balanced_accuracy];
                metrics.extend((self.rows.loss == Loss::Logistic).then_some(squares / n));
                Ok(metrics)
            }
            RowOrder::Classes(classes, predicted) => {
                let mut of_class = vec![[0.0; 3]; *classes];
                for (i, &count) in counts.iter().enumerate().filter(|(_, count)| **count > 0.0) {
                    let (w, class, predicted) = (weight[i] * count, target[i] as usize, predicted[i].class);
                    of_class[class][0] += w;
                    of_class[predicted][1] += w;
                    of_class[class][2] += if class == predicted { w } else { 0.0 };
                }
                let [total, losses] = sums(counts, |i| [loss_weight[i], losses[i]]);
                let n: f64 = of_class.iter().map(|sums| sums[0]).sum();
                let correct: f64 = of_class.iter().map(|sums| sums[2]).sum();
                let balanced_accuracy = mean_ratio(of_class.iter().map(|&[actual, _, correct]| (correct, actual)));
                let f1 = |&[actual, predicted, correct]: &[f64; 3]| {
                    if actual + predicted > 0.0 { 2.0 * correct / (actual + predicted) } else { 0.0 }
                };
                let macro_f1 = of_class.iter().map(f1).sum::<f64>() / *classes as f64;
                Ok(vec![losses / total, correct / n, macro_f1, balanced_accuracy])
            }
        }
    }

    /// Returns the influence of each row on a main metric: its derivative by the number of times that the row is drawn.
    pub(super) fn influence(&self, metric: &str, interrupt: Interrupt<'_>) -> Result<Vec<f64>> {
        let EvaluatedRows { target, weight, losses, loss_weight, .. } = self.rows;
        let rows = target.len();
        let of_all = |i: usize| weight[i];
        if metric == "loss" {
            return ratio(rows, |i| losses[i], |i| loss_weight[i], interrupt);
        }
        match &self.order {
            RowOrder::Numbers(predicted, mean) => {
                let squares = |i: usize| weight[i] * (predicted[i] - target[i]) * (predicted[i] - target[i]);
                let errors = |i: usize| weight[i] * (predicted[i] - target[i]).abs();
                match metric {
                    "rmse" => influence::root(&of_all, rows, squares, interrupt),
                    "mae" => ratio(rows, errors, of_all, interrupt),
                    _ => {
                        let deviations = |i: usize| weight[i] * (target[i] - mean) * (target[i] - mean);
                        let ratio = ratio(rows, squares, deviations, interrupt)?;
                        Ok(ratio.into_iter().map(|influence| -influence).collect())
                    }
                }
            }
            RowOrder::Labels(scores, ranking, errors) => {
                let correct = |i: usize| if (scores[i] >= 0.0) == (target[i] > 0.5) { weight[i] } else { 0.0 };
                let predicted = |i: usize| usize::from(scores[i] >= 0.0);
                match metric {
                    "accuracy" => ratio(rows, correct, of_all, interrupt),
                    "brier_score" => ratio(rows, |i| weight[i] * errors[i], of_all, interrupt),
                    "auc" => influence::auc(ranking, weight, interrupt),
                    "average_precision" => influence::average_precision(ranking, weight, interrupt),
                    _ => Ok(influence::balanced_accuracy(2, target, weight, predicted)),
                }
            }
            RowOrder::Classes(classes, predicted) => {
                let of = |i: usize| predicted[i].class;
                let correct = |i: usize| if of(i) == target[i] as usize { weight[i] } else { 0.0 };
                match metric {
                    "accuracy" => ratio(rows, correct, of_all, interrupt),
                    "macro_f1" => Ok(influence::macro_f1(*classes, target, weight, of)),
                    _ => Ok(influence::balanced_accuracy(*classes, target, weight, of)),
                }
            }
        }
    }
}

/// Returns the sums of terms of the rows, each as often as the row is drawn.
fn sums<const N: usize>(counts: &[f64], terms: impl Fn(usize) -> [f64; N]) -> [f64; N] {
    let mut sums = [0.0; N];
    for (i, &count) in counts.iter().enumerate().filter(|(_, count)| **count > 0.0) {
        sums.iter_mut().zip(terms(i)).for_each(|(sum, term)| *sum += count * term);
    }
    sums
}

/// Returns the mean of the ratios whose denominator is not 0.
fn mean_ratio(ratios: impl Iterator<Item = (f64, f64)>) -> f64 {
    let (mut sum, mut count) = (0.0, 0.0);
    for (numerator, denominator) in ratios.filter(|ratio| ratio.1 > 0.0) {
        sum += numerator / denominator;
        count += 1.0;
    }
    sum / count
}
