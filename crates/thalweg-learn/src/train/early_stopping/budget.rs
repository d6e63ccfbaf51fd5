//! End of a training by its budget.

use std::ops::ControlFlow;

use super::EarlyStopping;
use crate::interrupt::Question;
use crate::model::Model;
use crate::train::best_checkpoint::{BestCheckpoint, Keep};
use crate::train::budget::EpochLoss;
use crate::train::callbacks::{Callbacks, Parameters};
use crate::train::history::EpochRecord;
use crate::train::optimizers::Observed;
use crate::train::point::StepKind;
use crate::train::result::{EpochReport, TrainingStopReason};

/// Epoch that the budget cut short.
pub(super) struct CutEpoch<F> {
    /// Best parameters, those of this epoch included.
    pub(super) best: BestCheckpoint<F>,
    /// Losses of the epoch so far.
    pub(super) record: EpochRecord,
    /// Number of rows seen in the whole training.
    pub(super) samples: u64,
}

impl<M: Model> EarlyStopping<'_, M> {
    /// Returns `true` if the time of the budget has passed.
    pub(super) fn time_is_up(&self) -> bool {
        let is_up = self.max_time.is_some_and(|time| self.start_time.elapsed() >= time);
        self.monitor.interrupt.agreed_on(Question::Time, is_up)
    }

    /// Returns the part of the budget that is spent after this number of batches in all. Time ends a training where no
    /// coordinate has updates pending.
    pub(super) fn end_by_budget(&self, batches: u64, is_stale: bool) -> Option<TrainingStopReason> {
        match self.last_batch {
            Some((last, reason)) if batches >= last => Some(reason),
            _ => (!is_stale && self.time_is_up()).then_some(TrainingStopReason::MaxTime),
        }
    }

    /// Returns the part of the budget that is spent after this number of evaluations and steps of a solver.
    pub(super) fn end_of_solver(&self, evaluations: u64, steps: u64) -> Option<TrainingStopReason> {
        let budget = self.monitor.config.budget;
        let last_evaluation = budget.last_evaluation(self.monitor.data.train.len());
        if budget.max_steps.is_some_and(|last| steps >= last) {
            Some(TrainingStopReason::MaxSteps)
        } else if last_evaluation.is_some_and(|last| evaluations >= last) {
            Some(TrainingStopReason::MaxSamples)
        } else {
            self.time_is_up().then_some(TrainingStopReason::MaxTime)
        }
    }

    /// Returns the reason to end after an epoch with these losses; after the last one there needs to be none.
    pub(super) fn reason_to_end(
        &self,
        train_loss: f64,
        monitored: f64,
        by_budget: Option<TrainingStopReason>,
    ) -> Option<TrainingStopReason> {
        let is_reached = self.monitor.config.budget.until.is_some_and(|until| {
            until.holds(match until.loss {
                EpochLoss::Training => train_loss,
                EpochLoss::Validation => monitored,
            })
        });
        if is_reached {
            return Some(TrainingStopReason::Until);
        }
        let early = self.patience_ends().then_some(TrainingStopReason::EarlyStopping);
        by_budget.or(early).filter(|reason| {
            matches!(reason, TrainingStopReason::MaxSteps | TrainingStopReason::MaxSamples)
                || self.epoch < self.last_epoch()
        })
    }

    /// Returns `flow` after an epoch; a training that ends for lack of time passes on its state first, from which it
    /// can go on.
    pub(super) fn checkpoint_at_end(
        &mut self,
        flow: ControlFlow<()>,
        progress: &Observed<'_, M::F>,
        (parameters, steps): (&[M::F], StepKind),
        callbacks: &mut Callbacks<'_>,
    ) -> ControlFlow<()> {
        if flow.is_break() && self.stopped == TrainingStopReason::MaxTime {
            self.checkpoint(progress, parameters, steps, callbacks)?;
        }
        flow
    }

    /// Evaluates the parameters after a part of an epoch, at the end of the training; `batches` is their number since
    /// the epoch in which it began.
    pub(super) fn end_within_epoch(
        &mut self,
        batches: u64,
        progress: &mut Observed<'_, M::F>,
        callbacks: &mut Callbacks<'_>,
    ) -> ControlFlow<()> {
        let batch = batches - (self.epoch - self.start.epoch) * self.batches_per_epoch;
        if batch == 0 || self.stopped == TrainingStopReason::Interrupted {
            return ControlFlow::Break(());
        }
        let rows = self.monitor.data.train.len();
        let seen = (batch * self.monitor.config.batch_size.of(rows) as u64).min(rows as u64);
        let train_loss = self.losses.sum_before.get() / seen as f64;
        let average = progress.optimizers.average();
        let parameters = average.as_deref().unwrap_or(progress.x);
        let Some(score) = self.monitor.score(parameters, train_loss, self.monitor.interrupt) else {
            return self.interrupted();
        };
        let (epoch, monitored, lr) = (self.epoch + 1, score.monitored, progress.optimizers.lr());
        let (mut best, min_delta) = (self.best.clone(), self.monitor.config.min_delta);
        let is_best = match self.keep {
            Keep::Best => best.update(parameters, score, epoch, min_delta, self.monitor.data.validation),
            Keep::Last => {
                best = BestCheckpoint::new(parameters, score, epoch);
                true
            }
        };
        let record = EpochRecord { epoch, train_loss, monitored_loss: monitored, lr };
        let samples = self.epoch * rows as u64 + seen;
        let report = self.report(train_loss, monitored, is_best, lr);
        let report = EpochReport {
            epoch,
            rows_per_second: report.rows_per_second * seen as f64 / rows as f64,
            seconds_left: 0.0,
            stopped: Some(self.stopped),
            ..report
        };
        self.cut_epoch = Some(CutEpoch { best, record, samples });
        let to_vec = || parameters.iter().map(|w| thalweg::Real::to_f64(*w)).collect();
        if callbacks.epoch(&report, Parameters(&to_vec)).is_break() {
            return self.interrupted();
        }
        ControlFlow::Break(())
    }
}
