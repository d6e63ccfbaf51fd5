//! Information on the training of a model.

use serde::{Deserialize, Serialize};

use crate::model::architecture::Architecture;
use crate::model::kind::ModelKind;
use crate::model::loss::Loss;

/// Information on the training of a model, kept in the model file.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct TrainingInfo {
    /// Version of the program that trained the model.
    pub version: String,
    /// Kind of the model.
    pub model: ModelKind,
    /// Architecture of the model.
    #[serde(default, skip_serializing_if = "is_linear")]
    pub architecture: Architecture,
    /// Loss function, unless it is the default of the target: squared, logistic or softmax.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub loss: Option<Loss>,
    /// Optimization method with its parameters.
    pub method: String,
    /// Learning rate schedule in text form.
    pub schedule: String,
    /// Number of rows in a mini-batch.
    pub batch_size: u64,
    /// Number of steps between two averages of the workers; `None` without workers.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sync_every: Option<u64>,
    /// Number of workers that took steps by themselves; `None` without.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub workers: Option<u64>,
    /// Number of training rows.
    pub rows: u64,
    /// Number of epochs completed.
    pub epochs: u64,
    /// Number of optimizer steps.
    pub steps: u64,
    /// Seed of the split, the initialization, the order of the rows and dropout.
    pub seed: u64,
    /// Coefficient of the penalty Σ|w|, in the units of the objective ([`FitConfig::l1`](crate::FitConfig::l1)).
    pub l1: f64,
    /// Coefficient of the penalty Σw²/2, in the units of the objective.
    pub l2: f64,
    /// Coefficient of the penalty on the factors in each row ([`FitConfig::factor_l2`](crate::FitConfig::factor_l2)).
    #[serde(default, skip_serializing_if = "is_zero")]
    pub factor_l2: f64,
}

#[allow(clippy::trivially_copy_pass_by_ref, reason = "serde passes a reference")]
fn is_zero(number: &f64) -> bool {
    *number == 0.0
}

fn is_linear(architecture: &Architecture) -> bool {
    *architecture == Architecture::Linear
}
