//! State of a training, from which it continues.

use serde::{Deserialize, Serialize};
use thalweg::{Real, State};

use super::best_checkpoint::BestCheckpoint;
use super::exact_number;
use crate::error::Result;

/// State of a training between two batches: together with the model, the rows and the settings, all that is needed to
/// continue to the same bits.
///
/// The order of the rows and the dropout masks are pure functions of the seed and of the counters of the state. A
/// training of k epochs equals k trainings of one epoch, each from the state of the one before, if all have the same
/// [`schedule_epochs`](super::TrainingConfig::schedule_epochs). A state within an epoch of sparse steps, after an
/// interrupt, continues up to rounding.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(bound = "F: Real")]
pub struct TrainingState<F> {
    /// Version of the format, [`TrainingState::VERSION`].
    pub version: u32,
    /// Parameters after the latest step, in the order of the model's layout.
    pub parameters: Vec<F>,
    /// State of the optimizer.
    pub optimizer: State<F>,
    /// Number of epochs completed and evaluated.
    pub epoch: u64,
    /// Number of batches taken since: 0 between two epochs.
    pub batch: u64,
    /// Number of batches taken in all epochs.
    pub batches: u64,
    /// Sum of the loss over the rows of the epoch begun.
    #[serde(with = "exact_number")]
    pub(super) loss_sum: f64,
    /// Training losses of epochs that are complete but not evaluated.
    #[serde(with = "exact_number::list")]
    pub(super) finished: Vec<f64>,
    /// Best parameters so far; `None` begins early stopping anew.
    pub(super) best: Option<BestCheckpoint<F>>,
}

impl<F> TrainingState<F> {
    /// Version of the format that this version of the crate writes and reads.
    pub const VERSION: u32 = 1;

    /// Forgets the best parameters so far, and with them the progress of early stopping: required before a training on
    /// other validation rows.
    pub fn forget_best(&mut self) {
        self.best = None;
    }
}

/// State of the training of a model of any architecture.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum AnyTrainingState {
    /// State of a model with parameters in single precision.
    F32(TrainingState<f32>),
    /// State of a model with parameters in double precision.
    F64(TrainingState<f64>),
}

impl AnyTrainingState {
    /// See [`TrainingState::forget_best`].
    pub fn forget_best(&mut self) {
        match self {
            Self::F32(state) => state.forget_best(),
            Self::F64(state) => state.forget_best(),
        }
    }
}

/// Start of a training; `S` is the type of the state.
#[derive(Clone, Debug, Default, PartialEq)]
pub enum TrainingStart<S> {
    /// Initial parameters of the model.
    #[default]
    Initialization,
    /// These parameters, in the order of the model's layout, with a new optimizer: a warm start.
    Parameters(Vec<f64>),
    /// State of an earlier training.
    State(S),
}

impl<S> TrainingStart<S> {
    /// Converts the state.
    ///
    /// # Errors
    /// The errors of `convert`, which are returned as they are.
    pub(super) fn try_map<T>(self, convert: impl FnOnce(S) -> Result<T>) -> Result<TrainingStart<T>> {
        Ok(match self {
            Self::Initialization => TrainingStart::Initialization,
            Self::Parameters(parameters) => TrainingStart::Parameters(parameters),
            Self::State(state) => TrainingStart::State(convert(state)?),
        })
    }
}
