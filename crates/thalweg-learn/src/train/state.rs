//! State of a training, from which it continues.

use std::any::Any;

use serde::{Deserialize, Serialize};
use thalweg::{Real, State};

use super::best_checkpoint::BestCheckpoint;
use super::exact_number;
use super::history::TrainingHistory;
use super::rollback::Rollback;
use super::solver::ProximalState;
use super::training_data::TrainingData;
use crate::error::{Error, Result};

/// State of a training between two batches: together with the model, the rows and the settings, all that is needed to
/// continue to the same bits.
///
/// The order of the rows and the dropout masks are pure functions of the seed and of the counters of the state. A
/// training of k epochs equals k trainings of one epoch, each from the state of the one before, if all have the same
/// [`schedule_epochs`](super::TrainingConfig::schedule_epochs). A state within an epoch of sparse steps, after an
/// interrupt, continues up to rounding; one between two averages of workers, from their average.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(bound = "F: Real")]
pub struct TrainingState<F> {
    /// Version of the format, [`TrainingState::VERSION`].
    pub version: u32,
    /// Parameters after the latest step, in the order of the model's layout.
    pub parameters: Vec<F>,
    /// Variables of a solver with an L1 penalty: the positive and the negative part of each weight that is penalized.
    /// Empty where the solver has the parameters themselves.
    #[serde(default = "Vec::new", skip_serializing_if = "Vec::is_empty")]
    pub(super) split_weights: Vec<F>,
    /// State of a solver for piecewise linear losses; `None` elsewhere.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) proximal: Option<ProximalState>,
    /// State of the optimizer, or of that of the first worker.
    pub optimizer: State<F>,
    /// States of the optimizers of the other workers, with local steps.
    #[serde(default = "Vec::new", skip_serializing_if = "Vec::is_empty")]
    pub(super) other_workers: Vec<State<F>>,
    /// Sum of the loss over the rows of the epoch begun for each of several workers; empty for one worker, and for 0.
    #[serde(default, with = "exact_number::list", skip_serializing_if = "Vec::is_empty")]
    pub(super) worker_losses: Vec<f64>,
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
    /// Monitored loss at three quarters of the epochs, and after the latest one; empty before.
    #[serde(default, with = "exact_number::list")]
    pub(super) late_losses: Vec<f64>,
    /// Returns to an earlier epoch after the training diverged, in their order.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub rollbacks: Vec<Rollback>,
    /// Losses of the epochs evaluated.
    #[serde(default)]
    pub history: TrainingHistory,
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

    /// Begins the epoch anew that was begun: required before a training on other rows, whose batches are others.
    pub fn restart_epoch(&mut self) {
        (self.batch, self.loss_sum) = (0, 0.0);
        self.worker_losses.clear();
        self.finished.clear();
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
    /// Returns the state of a model with parameters of type `F`.
    pub(super) fn of<F: Real>(state: TrainingState<F>) -> Self {
        let state: Box<dyn Any> = Box::new(state);
        match state.downcast() {
            Ok(single) => Self::F32(*single),
            Err(state) => match state.downcast() {
                Ok(double) => Self::F64(*double),
                Err(_) => unreachable!("parameters are f32 or f64"),
            },
        }
    }

    /// Number of epochs completed and evaluated.
    pub fn epoch(&self) -> u64 {
        match self {
            Self::F32(state) => state.epoch,
            Self::F64(state) => state.epoch,
        }
    }

    /// Number of optimizer steps taken.
    pub fn steps(&self) -> u64 {
        match self {
            Self::F32(state) => state.optimizer.t,
            Self::F64(state) => state.optimizer.t,
        }
    }

    /// Losses of the epochs evaluated.
    pub fn history(&self) -> &TrainingHistory {
        match self {
            Self::F32(state) => &state.history,
            Self::F64(state) => &state.history,
        }
    }

    /// See [`TrainingState::forget_best`].
    pub fn forget_best(&mut self) {
        match self {
            Self::F32(state) => state.forget_best(),
            Self::F64(state) => state.forget_best(),
        }
    }

    /// See [`TrainingState::restart_epoch`].
    pub fn restart_epoch(&mut self) {
        match self {
            Self::F32(state) => state.restart_epoch(),
            Self::F64(state) => state.restart_epoch(),
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

/// Error of a state that belongs to another training.
pub(super) fn other_state(expected: impl Into<String>, found: impl Into<String>) -> Error {
    let (what, expected, found) = ("the state of the training".into(), expected.into(), found.into());
    thalweg::Error::InvalidValue { what, expected, found }.into()
}

/// Returns a number of workers in words.
fn workers(count: usize) -> String {
    if count == 1 { "1 worker".into() } else { format!("{count} workers") }
}

/// Checks that a state belongs to a training on these rows with as many optimizers, and returns it.
pub(super) fn check_state<'s, F: Real>(
    state: &'s TrainingState<F>,
    data: &TrainingData<'_>,
    batches_per_epoch: u64,
    optimizers: usize,
) -> Result<&'s TrainingState<F>> {
    let version = TrainingState::<F>::VERSION;
    if state.version != version {
        return Err(other_state(format!("version {version}"), format!("version {}", state.version)));
    }
    if state.batch > batches_per_epoch || state.batch > state.batches {
        let (expected, found) = (format!("at most {batches_per_epoch} batches in an epoch"), state.batch.to_string());
        return Err(other_state(expected, found));
    }
    // Larger counters are not exact in f64, and no training reaches them.
    let limit = 1_u64 << 53;
    if state.epoch > limit || state.batches > limit {
        let found = format!("{} epochs and {} batches", state.epoch, state.batches);
        return Err(other_state("at most 2^53 epochs and batches", found));
    }
    let found = 1 + state.other_workers.len();
    if found != optimizers {
        return Err(other_state(workers(optimizers), workers(found)));
    }
    if ![0, optimizers].contains(&state.worker_losses.len()) {
        return Err(other_state(workers(optimizers), format!("losses of {}", workers(state.worker_losses.len()))));
    }
    let (expected, found) = (state.batch / batches_per_epoch.max(1), state.finished.len());
    if found as u64 != expected {
        let (expected, found) = (format!("{expected} epochs to be evaluated"), format!("losses of {found}"));
        return Err(other_state(expected, found));
    }
    let Some(best) = &state.best else { return Ok(state) };
    let (expected, found) = (state.parameters.len(), best.parameters.len());
    if found != expected {
        return Err(other_state(format!("{expected} best parameters"), found.to_string()));
    }
    if best.epoch > state.epoch || best.epochs_without_progress > state.epoch {
        let (epoch, without) = (best.epoch, best.epochs_without_progress);
        let found = format!("the best at epoch {epoch} and {without} epochs without progress");
        return Err(other_state(format!("best parameters of {} epochs", state.epoch), found));
    }
    let expected = data.validation.len();
    match best.validation_rows().into_iter().find(|&found| found != expected) {
        Some(found) => Err(other_state(format!("losses of {expected} validation rows"), format!("losses of {found}"))),
        None => Ok(state),
    }
}
