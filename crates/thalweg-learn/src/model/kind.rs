//! Kinds of models by their prediction.

use serde::{Deserialize, Serialize};

/// Kind of a model, by its loss.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum ModelKind {
    /// Predicts a number: a linear, Huber or quantile regression.
    Linear,
    /// Predicts the probability of a binary label.
    Logistic,
    /// Predicts the mean of a count.
    Poisson,
    /// Predicts a binary label without a probability: a linear support vector machine.
    Svm,
    /// Predicts the probability of each of several classes.
    Softmax,
}
