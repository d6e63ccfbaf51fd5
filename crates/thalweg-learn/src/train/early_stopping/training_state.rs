//! State of a training between two steps.

use std::ops::ControlFlow;

use thalweg::State;
use thalweg::minimize::Progress;

use super::EarlyStopping;
use crate::model::Model;
use crate::train::callbacks::Callbacks;
use crate::train::point::{Point, StepKind};
use crate::train::state::{AnyTrainingState, TrainingState};

impl<M: Model> EarlyStopping<'_, M> {
    /// Returns the state of the training after `evaluations` batches of which the last was not stepped, or after as
    /// many evaluations by a solver.
    pub(in crate::train) fn state(
        &self,
        point: Point<M::F>,
        optimizer: State<M::F>,
        evaluations: u64,
        steps: StepKind,
    ) -> TrainingState<M::F> {
        let taken = evaluations.saturating_sub(1);
        let batch = match steps {
            StepKind::Batch => self.start.batch + taken - (self.epoch - self.start.epoch) * self.batches_per_epoch,
            StepKind::Solver => 0,
        };
        // The batch that was not stepped counts for nothing: it may have ended an epoch.
        let complete = (batch / self.batches_per_epoch) as usize;
        TrainingState {
            version: TrainingState::<M::F>::VERSION,
            parameters: point.parameters,
            split_weights: point.split_weights,
            optimizer,
            epoch: self.epoch,
            batch,
            batches: self.start.batches + taken,
            loss_sum: self.losses.sum_before.get(),
            finished: self.losses.finished.borrow().iter().copied().take(complete).collect(),
            late_losses: self.late_losses.iter().flatten().copied().collect(),
            history: self.history.clone(),
            best: Some(self.best.clone()),
        }
    }

    /// Passes on the state, if that is due, and ends the training, if that is requested.
    pub(super) fn checkpoint(
        &mut self,
        progress: &Progress<'_, M::F>,
        parameters: &[M::F],
        steps: StepKind,
        callbacks: &mut Callbacks<'_>,
    ) -> ControlFlow<()> {
        let Some(checkpoints) = &mut callbacks.checkpoints else { return ControlFlow::Continue(()) };
        let taken = progress.optimizer.steps();
        // Updates that are pending for some coordinates are applied at steps that do not depend on checkpoints.
        if progress.optimizer.is_stale() || !checkpoints.is_due(self.epoch, taken) {
            return ControlFlow::Continue(());
        }
        let Ok(optimizer) = progress.optimizer.state() else { unreachable!("no updates are pending") };
        let point = Point::new(parameters, progress.x);
        let state = self.state(point, optimizer, progress.evaluations, steps);
        checkpoints.save(AnyTrainingState::of(state), self.epoch, taken);
        if checkpoints.end_is_requested() {
            if steps == StepKind::Batch {
                self.keep_first_epoch(progress);
            }
            return self.interrupted();
        }
        ControlFlow::Continue(())
    }
}
