//! Metrics of the scores for two labels.

use super::Metrics;
use super::class_metrics::ClassSummary;
use super::ranking::Ranking;
use crate::error::Result;
use crate::interrupt::Interrupt;
use crate::model::{Loss, sigmoid};
use crate::pool;

/// Computes the metrics of the scores for labels 0 and 1.
pub(super) fn metrics(
    scores: &[f64],
    target: &[f64],
    weight: impl Fn(usize) -> f64 + Sync,
    loss: Loss,
    mean_loss: f64,
    interrupt: Interrupt<'_>,
) -> Result<Metrics> {
    let is_probable = loss == Loss::Logistic;
    let squares = || interrupt.sum_rows(target.len(), |i| weight(i) * squared_error(scores[i], target[i]));
    let by_rank = || -> Result<(f64, f64)> {
        let ranking = Ranking::new(scores, target, interrupt)?;
        let (auc, average_precision) =
            pool::join(|| ranking.auc(&weight, interrupt), || ranking.average_precision(&weight, interrupt));
        Ok((auc?, average_precision?))
    };
    let by_row = || Ok((confusion(scores, target, &weight, interrupt)?, is_probable.then(squares).transpose()?));
    let (by_row, by_rank): (Result<_>, _) = pool::join(by_row, by_rank);
    let ((Confusion { n, correct, by_label: confusion }, squares), (auc, average_precision)) = (by_row?, by_rank?);
    let ClassSummary { accuracy: _, balanced_accuracy, macro_average, classes } = ClassSummary::new(&confusion);
    Ok(Metrics::Binary {
        loss: mean_loss,
        log_loss: is_probable.then_some(mean_loss),
        accuracy: correct / n,
        auc,
        average_precision,
        brier_score: squares.map(|squares| squares / n),
        balanced_accuracy,
        macro_precision: macro_average.precision,
        macro_recall: macro_average.recall,
        macro_f1: macro_average.f1,
        classes,
        confusion,
    })
}

/// Weights of the rows by label and predicted label.
struct Confusion {
    /// Weight of all rows.
    n: f64,
    /// Weight of the rows whose label is predicted, summed in the order of the rows.
    correct: f64,
    /// Weight for each label and predicted label; the positive one comes first.
    by_label: Vec<Vec<f64>>,
}

fn confusion(
    scores: &[f64],
    target: &[f64],
    weight: impl Fn(usize) -> f64,
    interrupt: Interrupt<'_>,
) -> Result<Confusion> {
    let (mut n, mut correct, mut by_label) = (0.0, 0.0, vec![vec![0.0; 2]; 2]);
    interrupt.for_each_row(target.len(), |i| {
        let (label, predicted) = (usize::from(target[i] <= 0.5), usize::from(scores[i] < 0.0 || scores[i].is_nan()));
        n += weight(i);
        by_label[label][predicted] += weight(i);
        correct += if label == predicted { weight(i) } else { 0.0 };
    })?;
    Ok(Confusion { n, correct, by_label })
}

/// Returns the squared difference of a label and its probability.
pub(super) fn squared_error(score: f64, label: f64) -> f64 {
    let difference = sigmoid(score) - label;
    difference * difference
}

#[cfg(test)]
#[allow(clippy::float_cmp, reason = "the numbers are exact")]
mod tests {
    use super::*;

    #[test]
    fn labels_by_hand() {
        // Pairs (positive, negative): 2 > 0, 2 > 1, 1 = 1 (half), 1 > 0 → 3.5 of 4.
        let metrics = Metrics::binary(&[0.0, 1.0, 1.0, 2.0], &[0.0, 0.0, 1.0, 1.0], |_| 1.0, Loss::Logistic, 0.7);
        let Metrics::Binary { log_loss, accuracy, auc, average_precision, confusion, classes, .. } = metrics else {
            panic!("binary")
        };
        assert_eq!(auc, 3.5 / 4.0);
        assert_eq!(accuracy, 0.5); // z = 0 predicts the positive label
        assert_eq!(log_loss, Some(0.7));
        // The positive label first: recall 1/2 at precision 1, then recall 1 at precision 2/3.
        assert_eq!(average_precision, 0.5 + 0.5 * (2.0 / 3.0));
        assert_eq!(confusion, [[2.0, 0.0], [2.0, 0.0]]);
        assert_eq!((classes[0].precision, classes[0].recall, classes[1].recall), (0.5, 1.0, 0.0));
    }

    #[test]
    fn scores_without_probabilities_have_no_brier_score() {
        let of = |loss| Metrics::binary(&[1.0, -1.0], &[1.0, 0.0], |_| 1.0, loss, 0.5);
        assert!(matches!(of(Loss::Hinge), Metrics::Binary { brier_score: None, log_loss: None, .. }));
        assert!(matches!(of(Loss::Logistic), Metrics::Binary { brier_score: Some(_), log_loss: Some(_), .. }));
    }
}
