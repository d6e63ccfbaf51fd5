//! A training before it begins and at its end.

use thalweg::Optimizer;

use super::config::TrainingConfig;
use super::early_stopping::EarlyStopping;
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
    pub(super) optimizer: &'a Optimizer<M::F>,
    pub(super) parameters: Vec<M::F>,
    /// Number of batches evaluated, the last of which was not stepped.
    pub(super) evaluations: u64,
    /// Kind of the steps.
    pub(super) steps: StepKind,
}

/// Kind of the steps of a training.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum StepKind {
    /// A step for each batch.
    Batch,
    /// Steps of a solver, each of one evaluation of all rows or more.
    Solver,
}

/// Returns the state of a training at its end.
pub(super) fn state_at<M: Model>(end: RunEnd<'_, '_, M>) -> Result<TrainingState<M::F>> {
    let RunEnd { early_stopping, optimizer, parameters, evaluations, steps } = end;
    Ok(match steps {
        StepKind::Batch => early_stopping.state(parameters, optimizer.state()?, evaluations),
        StepKind::Solver => early_stopping.state_between_epochs(parameters, optimizer.state()?, evaluations),
    })
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
