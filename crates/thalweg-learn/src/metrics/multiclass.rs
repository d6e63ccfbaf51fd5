//! Metrics of the probabilities of several classes.

use rayon::prelude::*;

use super::Metrics;
use super::class_metrics::ClassSummary;
use crate::error::Result;
use crate::interrupt::{Interrupt, ROWS_PER_LOOK};
use crate::model::softmax;
use crate::pool;

/// Prediction of a row that has a score for each class.
#[derive(Clone, Copy, Debug)]
pub(super) struct ClassPrediction {
    /// Index of the most probable class.
    pub(super) class: usize,
    /// Probability of this class.
    pub(super) probability: f64,
    /// Sum of the squared differences of the probabilities and 1 for the true class, 0 for the others.
    pub(super) squared_error: f64,
}

impl ClassPrediction {
    /// Returns the predictions of rows with `classes` scores each.
    pub(super) fn of_rows(
        classes: usize,
        scores: &[f64],
        target: &[f64],
        interrupt: Interrupt<'_>,
    ) -> Result<Vec<Self>> {
        let rows = (ROWS_PER_LOOK / classes).max(1);
        let of_part = |(scores, target): (&[f64], &[f64])| {
            interrupt.check()?;
            let mut probabilities = vec![0.0; classes];
            let of_row = |(scores, &y): (&[f64], &f64)| {
                softmax(scores, &mut probabilities);
                let class = argmax(scores);
                let probability = probabilities[class];
                probabilities[y as usize] -= 1.0;
                Self { class, probability, squared_error: probabilities.iter().map(|p| p * p).sum() }
            };
            Ok(scores.chunks_exact(classes).zip(target).map(of_row).collect::<Vec<_>>())
        };
        let parts = pool::map(scores.par_chunks(rows * classes).zip(target.par_chunks(rows)), of_part);
        Ok(parts.into_iter().collect::<Result<Vec<_>>>()?.concat())
    }
}

/// Computes the metrics of predicted classes.
pub(super) fn metrics(
    classes: usize,
    predicted: &[ClassPrediction],
    target: &[f64],
    weight: impl Fn(usize) -> f64,
    mean_loss: f64,
    interrupt: Interrupt<'_>,
) -> Result<Metrics> {
    let mut confusion = vec![vec![0.0; classes]; classes];
    for (i, (predicted, &class)) in predicted.iter().zip(target).enumerate() {
        if i % ROWS_PER_LOOK == 0 {
            interrupt.check()?;
        }
        confusion[class as usize][predicted.class] += weight(i);
    }
    let n = interrupt.sum_rows(target.len(), &weight)?;
    let squares = interrupt.sum_rows(target.len(), |i| weight(i) * predicted[i].squared_error)?;
    let ClassSummary { accuracy, balanced_accuracy, macro_average, classes } = ClassSummary::new(&confusion);
    Ok(Metrics::Multiclass {
        loss: mean_loss,
        log_loss: mean_loss,
        accuracy,
        macro_f1: macro_average.f1,
        confusion,
        brier_score: squares / n,
        balanced_accuracy,
        macro_precision: macro_average.precision,
        macro_recall: macro_average.recall,
        classes,
    })
}

/// Returns the index of the largest score, the first of equal ones.
pub(crate) fn argmax(scores: &[f64]) -> usize {
    (1..scores.len()).fold(0, |best, j| if scores[j] > scores[best] { j } else { best })
}

#[cfg(test)]
#[allow(clippy::float_cmp, reason = "the numbers are exact")]
mod tests {
    use super::*;

    #[test]
    fn classes_by_hand() {
        // Predicted: 0, 1, 1, 2 (the first of a tie); actual: 0, 1, 2, 2.
        let scores = [2.0, 1.0, 0.0, 0.0, 3.0, 1.0, 0.0, 5.0, 5.0, -1.0, -2.0, 0.0];
        let metrics = Metrics::multiclass(3, &scores, &[0.0, 1.0, 2.0, 2.0], |i| [1.0, 1.0, 2.0, 1.0][i], 0.4);
        let Metrics::Multiclass { accuracy, macro_f1, confusion, .. } = metrics else { panic!("multiclass") };
        assert_eq!(confusion, [[1.0, 0.0, 0.0], [0.0, 1.0, 0.0], [0.0, 2.0, 1.0]]);
        assert_eq!(accuracy, 3.0 / 5.0);
        assert!((macro_f1 - (1.0 + 2.0 / 4.0 + 2.0 / 4.0) / 3.0).abs() < 1e-15, "{macro_f1}");
    }
}
