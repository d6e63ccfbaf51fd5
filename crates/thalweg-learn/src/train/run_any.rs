//! Training of a model of any architecture.

use super::callbacks::Callbacks;
use super::config::TrainingConfig;
use super::cross_validation::{PenaltySearch, choose_l2};
use super::penalty::Penalty;
use super::range_test::{LearningRateRangeTest, range_test};
use super::result::TrainingResult;
use super::run::{train_from, train_to_end};
use super::state::{AnyTrainingState, TrainingStart, TrainingState, other_state};
use super::training_data::TrainingData;
use crate::data::Rows;
use crate::error::Result;
use crate::interrupt::Interrupt;
use crate::model::{AnyModel, Loss};

/// Trains a model of any architecture; see [`train`](super::train()).
///
/// # Errors
/// See [`train`](super::train()).
pub fn train_any(
    model: &AnyModel,
    data: &TrainingData<'_>,
    config: &TrainingConfig,
    callbacks: Callbacks<'_>,
) -> Result<TrainingResult> {
    train_any_to_end(model, data, config, TrainingStart::Initialization, callbacks)
}

/// Trains a model of any architecture from a given start, without the state at the end: ranks would gather it.
///
/// # Errors
/// See [`train_from`].
pub(crate) fn train_any_to_end(
    model: &AnyModel,
    data: &TrainingData<'_>,
    config: &TrainingConfig,
    start: TrainingStart<AnyTrainingState>,
    callbacks: Callbacks<'_>,
) -> Result<TrainingResult> {
    match model {
        AnyModel::Linear(model) => train_to_end(model, data, config, start.try_map(double)?, callbacks),
        AnyModel::FactorizationMachine(model) => train_to_end(model, data, config, start.try_map(double)?, callbacks),
        AnyModel::Mlp(model) => train_to_end(&**model, data, config, start.try_map(single)?, callbacks),
    }
}

/// Trains a model of any architecture from a given start; see [`train_from`].
///
/// # Errors
/// See [`train_from`].
pub fn train_any_from(
    model: &AnyModel,
    data: &TrainingData<'_>,
    config: &TrainingConfig,
    start: TrainingStart<AnyTrainingState>,
    callbacks: Callbacks<'_>,
) -> Result<(TrainingResult, AnyTrainingState)> {
    Ok(match model {
        AnyModel::Linear(model) => {
            let (result, state) = train_from(model, data, config, start.try_map(double)?, callbacks)?;
            (result, AnyTrainingState::F64(state))
        }
        AnyModel::FactorizationMachine(model) => {
            let (result, state) = train_from(model, data, config, start.try_map(double)?, callbacks)?;
            (result, AnyTrainingState::F64(state))
        }
        AnyModel::Mlp(model) => {
            let (result, state) = train_from(&**model, data, config, start.try_map(single)?, callbacks)?;
            (result, AnyTrainingState::F32(state))
        }
    })
}

/// Returns the state of a model in double precision.
fn double(state: AnyTrainingState) -> Result<TrainingState<f64>> {
    match state {
        AnyTrainingState::F64(state) => Ok(state),
        AnyTrainingState::F32(_) => Err(other_state("a state in double precision", "one in single precision")),
    }
}

/// Returns the state of a model in single precision.
fn single(state: AnyTrainingState) -> Result<TrainingState<f32>> {
    match state {
        AnyTrainingState::F32(state) => Ok(state),
        AnyTrainingState::F64(_) => Err(other_state("a state in single precision", "one in double precision")),
    }
}

/// Chooses the L2 penalty of a linear model by cross-validation; see [`choose_l2`]. `None` for other models.
///
/// # Errors
/// See [`choose_l2`].
pub(crate) fn choose_l2_any(
    model: &AnyModel,
    rows: &Rows,
    loss: Loss,
    config: &TrainingConfig,
    interrupt: Interrupt<'_>,
) -> Result<Option<PenaltySearch>> {
    match model {
        AnyModel::Linear(model) => choose_l2(model, rows, loss, config, interrupt),
        AnyModel::FactorizationMachine(_) | AnyModel::Mlp(_) => Ok(None),
    }
}

/// Runs the learning rate range test of a training of a model of any architecture; see [`LearningRateRangeTest`].
/// Returns `None` after an interrupt.
///
/// # Errors
/// A hyperparameter out of range; rows on disk that cannot be read.
pub(crate) fn range_test_any(
    model: &AnyModel,
    data: &TrainingData<'_>,
    config: &TrainingConfig,
    interrupt: Interrupt<'_>,
) -> Result<Option<LearningRateRangeTest>> {
    match model {
        AnyModel::Linear(model) => range_test(model, data, config, interrupt),
        AnyModel::FactorizationMachine(model) => range_test(model, data, config, interrupt),
        AnyModel::Mlp(model) => range_test(&**model, data, config, interrupt),
    }
}

/// Returns the penalties of the parameters of a model of any architecture that is trained on these rows.
pub(crate) fn penalty_of_any(model: &AnyModel, rows: &Rows, config: &TrainingConfig, parameters: &[f64]) -> f64 {
    match model {
        AnyModel::Linear(model) => Penalty::new(config, model, rows).add_to(0.0, parameters),
        AnyModel::FactorizationMachine(model) => Penalty::new(config, model, rows).add_to(0.0, parameters),
        AnyModel::Mlp(model) => Penalty::new(config, &**model, rows).add_to(0.0, parameters),
    }
}
