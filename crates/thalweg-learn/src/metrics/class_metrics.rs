//! Metrics of classes, as functions of the confusion matrix.

use serde::{Deserialize, Serialize};

/// Quality of the predictions of one class.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct ClassMetrics {
    /// Fraction of the rows predicted as the class that belong to it; 0 if no row is predicted as it.
    pub precision: f64,
    /// Fraction of the rows of the class that are predicted as it; 0 if there are none.
    pub recall: f64,
    /// Harmonic mean of precision and recall; 0 for a class that neither occurs nor is predicted.
    pub f1: f64,
    /// Weight of the rows of the class.
    pub support: f64,
}

/// Metrics of all classes together.
#[derive(Clone, Debug)]
pub(super) struct ClassSummary {
    pub(super) accuracy: f64,
    pub(super) balanced_accuracy: f64,
    /// Means over the classes, and the sum of their support.
    pub(super) macro_average: ClassMetrics,
    pub(super) classes: Vec<ClassMetrics>,
}

impl ClassSummary {
    /// Computes the metrics of a confusion matrix: `confusion[i][j]` is the weight of the rows of class i predicted as
    /// class j.
    pub(super) fn new(confusion: &[Vec<f64>]) -> Self {
        let total: f64 = confusion.iter().flatten().sum();
        let correct: f64 = (0..confusion.len()).map(|class| confusion[class][class]).sum();
        let classes: Vec<ClassMetrics> =
            (0..confusion.len()).map(|class| ClassMetrics::new(confusion, class)).collect();
        let mean = |of: fn(&ClassMetrics) -> f64| classes.iter().map(of).sum::<f64>() / classes.len() as f64;
        let macro_average = ClassMetrics {
            precision: mean(|class| class.precision),
            recall: mean(|class| class.recall),
            f1: mean(|class| class.f1),
            support: classes.iter().map(|class| class.support).sum(),
        };
        let recalls = || classes.iter().filter(|class| class.support > 0.0).map(|class| class.recall);
        let balanced_accuracy = recalls().sum::<f64>() / recalls().count() as f64;
        Self { accuracy: correct / total, balanced_accuracy, macro_average, classes }
    }
}

impl ClassMetrics {
    fn new(confusion: &[Vec<f64>], class: usize) -> Self {
        let support: f64 = confusion[class].iter().sum();
        let predicted: f64 = confusion.iter().map(|row| row[class]).sum();
        let correct = confusion[class][class];
        let ratio = |a: f64, b: f64| if b > 0.0 { a / b } else { 0.0 };
        Self {
            precision: ratio(correct, predicted),
            recall: ratio(correct, support),
            f1: ratio(2.0 * correct, support + predicted),
            support,
        }
    }
}
