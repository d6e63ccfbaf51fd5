//! State of a training between two steps.

use std::ops::ControlFlow;

use thalweg::State;
use thalweg::method::HyperparamValue;
use thalweg::optimizer::StepCounter;

use super::EarlyStopping;
use crate::interrupt::Question;
use crate::model::Model;
use crate::train::callbacks::Callbacks;
use crate::train::optimizers::{Observed, OptimizerStates};
use crate::train::point::{Point, StepKind};
use crate::train::result::TrainingStopReason;
use crate::train::rollback::{MAX_ROLLBACKS, OnDivergence, Rollback};
use crate::train::state::{AnyTrainingState, TrainingState};

impl<M: Model> EarlyStopping<'_, M> {
    /// Returns the state of the training after `evaluations` batches of which the last was not stepped, or after as
    /// many evaluations by a solver.
    pub(in crate::train) fn state(
        &self,
        point: Point<M::F>,
        states: OptimizerStates<M::F>,
        evaluations: u64,
        steps: StepKind,
    ) -> TrainingState<M::F> {
        let taken = self.evaluations_before + evaluations.saturating_sub(1);
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
            proximal: self.proximal.clone(),
            optimizer: states.first,
            other_workers: states.others,
            worker_losses: states.loss_sums,
            epoch: self.epoch,
            batch,
            batches: self.start.batches + taken,
            loss_sum: self.losses.sum_before.get(),
            finished: self.losses.finished.borrow().iter().copied().take(complete).collect(),
            late_losses: self.late_losses.iter().flatten().copied().collect(),
            rollbacks: self.rollbacks.clone(),
            history: self.history.clone(),
            best: Some(self.best.clone()),
        }
    }

    /// Returns the state from which a training that diverged after `steps` steps continues: the best parameters, with
    /// `optimizer`, the state of one that has taken no steps, and half the learning rate. `None` if that was done too
    /// often, or if it is not to be done.
    pub(in crate::train) fn rolled_back(&self, optimizer: State<M::F>, steps: u64) -> Option<TrainingState<M::F>> {
        let config = self.monitor.config;
        if config.on_divergence == OnDivergence::Stop || self.rollbacks.len() >= MAX_ROLLBACKS {
            return None;
        }
        let to_epoch = self.best.epoch;
        let lr = (0..=self.rollbacks.len()).fold(config.spec.method.lr(), |lr, _| lr / 2.0);
        let batches = to_epoch * self.batches_per_epoch;
        let mut optimizer = optimizer;
        // The schedule goes on where it was, and bias corrections begin anew.
        optimizer.t = batches / config.spec.options.accumulate.max(1);
        for tensor in &self.monitor.layout().tensors {
            optimizer.counters.insert(tensor.name.clone(), StepCounter::default());
        }
        optimizer.hyperparameters.insert("lr".into(), HyperparamValue::Number(lr));
        let mut best = self.best.clone();
        best.epochs_without_progress = 0;
        let (mut rollbacks, mut history) = (self.rollbacks.clone(), self.history.clone());
        rollbacks.push(Rollback { epoch: self.epoch + 1, steps, to_epoch, lr });
        history.truncate(to_epoch);
        let other_workers = vec![optimizer.clone(); config.local_steps.optimizers() - 1];
        Some(TrainingState {
            version: TrainingState::<M::F>::VERSION,
            parameters: best.parameters.clone(),
            split_weights: Vec::new(),
            proximal: None,
            optimizer,
            other_workers,
            worker_losses: Vec::new(),
            epoch: to_epoch,
            batch: 0,
            batches,
            loss_sum: 0.0,
            finished: Vec::new(),
            late_losses: Vec::new(),
            rollbacks,
            history,
            best: Some(best),
        })
    }

    /// Passes on the state, if that is due, and ends the training, if that is requested.
    pub(super) fn checkpoint(
        &mut self,
        progress: &Observed<'_, M::F>,
        parameters: &[M::F],
        steps: StepKind,
        callbacks: &mut Callbacks<'_>,
    ) -> ControlFlow<()> {
        let Some(checkpoints) = &mut callbacks.checkpoints else { return ControlFlow::Continue(()) };
        let taken = progress.optimizers.steps();
        // Updates that are pending for some coordinates are applied at steps that do not depend on checkpoints.
        let interrupt = self.monitor.interrupt;
        let ends = interrupt.agreed_on(Question::End, checkpoints.end_is_requested());
        let is_due = checkpoints.is_due(self.epoch, taken) || ends || self.stopped == TrainingStopReason::MaxTime;
        if !progress.optimizers.are_due(is_due) || progress.optimizers.is_stale() {
            return ControlFlow::Continue(());
        }
        let Ok(states) = progress.optimizers.states(checkpoints.receive()) else {
            unreachable!("no updates are pending")
        };
        if let Some(states) = states {
            let point = Point::new(parameters, progress.x);
            let state = self.state(point, states, progress.evaluations, steps);
            checkpoints.save(AnyTrainingState::of(state), self.epoch, taken);
        }
        // The receiver may have requested the end.
        if interrupt.agreed_on(Question::End, checkpoints.end_is_requested()) {
            if steps == StepKind::Batch {
                self.keep_first_epoch(progress);
            }
            return self.interrupted();
        }
        ControlFlow::Continue(())
    }
}
