//! A training before it begins and at its end.

use super::config::TrainingConfig;
use super::early_stopping::EarlyStopping;
use super::optimizers::Optimizers;
use super::point::{Point, StepKind};
use super::state::{TrainingStart, TrainingState};
use super::training_data::TrainingData;
use crate::error::{Error, Result};
use crate::model::Model;

/// A training before it begins.
pub(super) struct Run<'a, M: Model> {
    pub(super) model: &'a M,
    pub(super) data: &'a TrainingData<'a>,
    pub(super) config: &'a TrainingConfig,
    pub(super) start: TrainingStart<TrainingState<M::F>>,
}

/// A training at its end.
pub(super) struct RunEnd<'a, 'm, M: Model> {
    pub(super) early_stopping: &'a EarlyStopping<'m, M>,
    pub(super) optimizers: &'a dyn Optimizers<M::F>,
    pub(super) point: Point<M::F>,
    /// Number of batches evaluated, the last of which was not stepped.
    pub(super) evaluations: u64,
    /// Kind of the steps.
    pub(super) steps: StepKind,
}

/// Returns the state of a training at its end.
pub(super) fn state_at<M: Model>(end: RunEnd<'_, '_, M>) -> Result<TrainingState<M::F>> {
    let RunEnd { early_stopping, optimizers, point, evaluations, steps } = end;
    let Some(states) = optimizers.states(true)? else { unreachable!("the states are wanted") };
    Ok(early_stopping.state(point, states, evaluations, steps))
}

/// Returns the error of this crate that an objective wrapped.
pub(super) fn unwrap_objective_error(error: thalweg::Error) -> Error {
    match error {
        thalweg::Error::Objective(inner) => match inner.downcast::<Error>() {
            Ok(own) => *own,
            Err(inner) => thalweg::Error::Objective(inner).into(),
        },
        error => error.into(),
    }
}
