//! Training of a model of any architecture.

use super::callbacks::Callbacks;
use super::config::TrainingConfig;
use super::result::TrainingResult;
use super::run::{train, train_from};
use super::state::{AnyTrainingState, TrainingStart, other_state};
use super::training_data::TrainingData;
use crate::error::Result;
use crate::model::AnyModel;

/// Trains a model of any architecture; see [`train`].
///
/// # Errors
/// See [`train`].
pub fn train_any(
    model: &AnyModel,
    data: &TrainingData<'_>,
    config: &TrainingConfig,
    callbacks: Callbacks<'_>,
) -> Result<TrainingResult> {
    match model {
        AnyModel::Linear(model) => train(model, data, config, callbacks),
        AnyModel::FactorizationMachine(model) => train(model, data, config, callbacks),
        AnyModel::Mlp(model) => train(&**model, data, config, callbacks),
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
    let double = |state| match state {
        AnyTrainingState::F64(state) => Ok(state),
        AnyTrainingState::F32(_) => Err(other_state("a state in double precision", "one in single precision")),
    };
    let single = |state| match state {
        AnyTrainingState::F32(state) => Ok(state),
        AnyTrainingState::F64(_) => Err(other_state("a state in single precision", "one in double precision")),
    };
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
