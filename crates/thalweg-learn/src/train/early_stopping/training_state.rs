//! State of a training at its end.

use thalweg::State;

use super::EarlyStopping;
use crate::model::Model;
use crate::train::state::TrainingState;

impl<M: Model> EarlyStopping<'_, M> {
    /// Returns the state of the training after `evaluations` batches of which the last was not stepped.
    pub(in crate::train) fn state(
        &self,
        parameters: Vec<M::F>,
        optimizer: State<M::F>,
        evaluations: u64,
    ) -> TrainingState<M::F> {
        let taken = evaluations.saturating_sub(1);
        let batch = self.start.batch + taken - (self.epoch - self.start.epoch) * self.batches_per_epoch;
        // The batch that was not stepped counts for nothing: it may have ended an epoch.
        let complete = (batch / self.batches_per_epoch) as usize;
        TrainingState {
            batch,
            loss_sum: self.losses.sum_before.get(),
            finished: self.losses.finished.borrow().iter().copied().take(complete).collect(),
            ..self.state_between_epochs(parameters, optimizer, evaluations)
        }
    }

    /// Returns the state of a training that is at the begin of an epoch, as one by a solver always is, after
    /// `evaluations` of batches or of the objective.
    pub(in crate::train) fn state_between_epochs(
        &self,
        parameters: Vec<M::F>,
        optimizer: State<M::F>,
        evaluations: u64,
    ) -> TrainingState<M::F> {
        TrainingState {
            version: TrainingState::<M::F>::VERSION,
            parameters,
            optimizer,
            epoch: self.epoch,
            batch: 0,
            batches: self.start.batches + evaluations.saturating_sub(1),
            loss_sum: 0.0,
            finished: Vec::new(),
            late_losses: self.late_losses.iter().flatten().copied().collect(),
            best: Some(self.best.clone()),
        }
    }
}
