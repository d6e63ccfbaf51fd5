//! Results of a training.

use std::fmt;

use serde::{Deserialize, Serialize};

use super::exact_number;
use super::history::TrainingHistory;
use super::rollback::Rollback;

/// Result of a training.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct TrainingResult {
    /// Parameters of the best epoch, in the order of the model's layout.
    pub parameters: Vec<f64>,
    /// Number of epochs; the budget may have cut the last one short.
    pub epochs: u64,
    /// Number of optimizer steps.
    pub steps: u64,
    /// Number of training rows seen, if the budget cut the last epoch short.
    #[serde(default)]
    pub samples: Option<u64>,
    /// Epoch that the parameters are from; 0 is the initialization.
    pub best_epoch: u64,
    /// Reason for the end of the training.
    pub stopped: TrainingStopReason,
    /// Norm of the gradient of the objective at the parameters, by which a solver knows the optimum; `None` for other
    /// methods, and where early stopping chose the parameters.
    pub gradient_norm: Option<f64>,
    /// Objective at the parameters minus a lower bound of its minimum, by which a solver knows the optimum of losses
    /// with kinks, for the target as it is trained; `None` for other losses and where early stopping chose the
    /// parameters.
    #[serde(default)]
    pub duality_gap: Option<f64>,
    /// Relative decrease of the monitored loss over the last quarter of the epochs: how much it was still falling. 0 if
    /// the training ended before.
    #[serde(with = "exact_number")]
    pub late_decrease: f64,
    /// Returns to an earlier epoch after the training diverged, in their order.
    #[serde(default)]
    pub rollbacks: Vec<Rollback>,
    /// Losses of the epochs.
    pub history: TrainingHistory,
    /// Reason why every step updated all parameters; `None` if the steps were sparse.
    pub dense_reason: Option<String>,
}

/// Reason for the end of a training.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TrainingStopReason {
    /// The maximum number of epochs was reached.
    Epochs,
    /// The time of the budget has passed.
    MaxTime,
    /// The steps of the budget were taken.
    MaxSteps,
    /// The samples of the budget were seen.
    MaxSamples,
    /// The loss fulfilled the condition of the budget.
    Until,
    /// The monitored loss made no progress for `patience` epochs.
    EarlyStopping,
    /// The norm of the gradient is as small as at the optimum; solvers only.
    Converged,
    /// No step lowered the objective any more: its rounding errors are as large as the decrease; solvers only.
    Stalled,
    /// The caller ended the training.
    Interrupted,
    /// The loss or its gradient became infinite or NaN.
    Diverged,
}

impl fmt::Display for TrainingStopReason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Epochs => "all epochs run",
            Self::MaxTime => "the time of the budget has passed",
            Self::MaxSteps => "all steps of the budget taken",
            Self::MaxSamples => "all samples of the budget seen",
            Self::Until => "the loss is as low as asked",
            Self::EarlyStopping => "early stopping: the loss no longer decreased",
            Self::Converged => "at the optimum",
            Self::Stalled => "no step lowered the loss further",
            Self::Interrupted => "interrupted",
            Self::Diverged => "diverged: the loss is not finite",
        })
    }
}

/// Progress of a training at a batch, before its step.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct StepReport {
    /// Number of the epoch, from 1.
    pub epoch: u64,
    /// Number of optimizer steps taken before.
    pub step: u64,
    /// Number of the batch in the training, from 1. It exceeds `step` by more than 1 if gradients are accumulated.
    pub batch: u64,
    /// Mean loss of the batch with penalties, for the target as it is trained.
    pub loss: f64,
    /// Learning rate.
    pub lr: f64,
}

/// Progress of a training after an epoch, or after the part of it that the budget allowed.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct EpochReport {
    /// Number of the epoch, from 1.
    pub epoch: u64,
    /// Maximum number of epochs.
    pub epochs: u64,
    /// Mean loss of the batches of this epoch, without penalties, for the target as it is trained.
    pub train_loss: f64,
    /// Loss on the validation rows after the epoch; `None` without validation rows.
    pub validation: Option<f64>,
    /// True if the parameters are the best so far.
    pub is_best: bool,
    /// Learning rate at the end of the epoch.
    pub lr: f64,
    /// Training rows per second in this epoch, the evaluation of the validation rows included.
    pub rows_per_second: f64,
    /// Estimated seconds until the last epoch ends.
    pub seconds_left: f64,
    /// Reason for which the training ends after this epoch, if it is its budget or early stopping.
    pub stopped: Option<TrainingStopReason>,
}
