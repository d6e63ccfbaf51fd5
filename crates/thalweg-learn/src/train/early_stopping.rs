//! Early stopping on a monitored loss.

use std::ops::ControlFlow;
use std::time::Instant;

use thalweg::minimize::Progress;
use thalweg::{Real, State};

use super::best_checkpoint::{BestCheckpoint, Score};
use super::callbacks::{Callbacks, Parameters};
use super::monitor::Monitor;
use super::objective::EpochLosses;
use super::result::{EpochReport, StepReport, TrainingResult, TrainingStopReason};
use super::sampler::SamplerPosition;
use super::state::TrainingState;
use super::training_data::TrainingData;
use crate::interrupt::Interrupt;
use crate::model::Model;

/// State of early stopping: the best parameters so far and the epochs without progress.
pub(super) struct EarlyStopping<'a, M: Model> {
    monitor: Monitor<'a, M>,
    losses: &'a EpochLosses,
    batches_per_epoch: u64,
    /// Position at which the training began.
    start: SamplerPosition,
    /// Number of epochs completed.
    epoch: u64,
    best: BestCheckpoint<M::F>,
    /// The best with the parameters of an interrupted first epoch; the state does not contain them.
    first_epoch_best: Option<BestCheckpoint<M::F>>,
    stopped: TrainingStopReason,
    start_time: Instant,
    epoch_time: Instant,
}

impl<'a, M: Model> EarlyStopping<'a, M> {
    pub(super) fn new(
        monitor: Monitor<'a, M>,
        losses: &'a EpochLosses,
        start: SamplerPosition,
        parameters: &[M::F],
        best: Option<BestCheckpoint<M::F>>,
    ) -> Self {
        let now = Instant::now();
        let best = best.unwrap_or_else(|| {
            // A training interrupted before its first step returns the start, whatever its score.
            let score = monitor.score(parameters, f64::INFINITY, monitor.interrupt).unwrap_or_default();
            BestCheckpoint::new(parameters, score, start.epoch)
        });
        Self {
            batches_per_epoch: monitor.config.batch_size.batches(monitor.data.train.len()).max(1),
            monitor,
            losses,
            start,
            epoch: start.epoch,
            best,
            first_epoch_best: None,
            stopped: TrainingStopReason::Epochs,
            start_time: now,
            epoch_time: now,
        }
    }

    /// Called before each step; evaluates the monitored loss at the end of each epoch.
    pub(super) fn observe(
        &mut self,
        progress: &mut Progress<'_, M::F>,
        callbacks: &mut Callbacks<'_>,
    ) -> ControlFlow<()> {
        if self.monitor.interrupt.is_requested() {
            self.keep_first_epoch(progress);
            return self.interrupted();
        }
        // The gradient of the next batch has been evaluated already.
        let batches = self.start.batch + progress.evaluations - 1;
        if self.epoch < self.start.epoch + batches / self.batches_per_epoch {
            self.end_epoch(progress, callbacks)?;
        }
        let x = progress.x;
        if self.epoch >= self.last_epoch() {
            return ControlFlow::Continue(());
        }
        let report = || StepReport {
            epoch: self.epoch + 1,
            step: progress.optimizer.steps(),
            batch: self.start.batches - self.start.batch + batches + 1,
            loss: progress.value.to_f64(),
            lr: progress.optimizer.lr(),
        };
        match callbacks.step(report, Parameters(&|| x.iter().map(|w| w.to_f64()).collect())) {
            ControlFlow::Continue(()) => ControlFlow::Continue(()),
            ControlFlow::Break(()) => self.interrupted(),
        }
    }

    /// Evaluates the parameters of an interrupted first epoch: there is nothing else to return. Later the best of the
    /// complete epochs is returned, without another evaluation.
    fn keep_first_epoch(&mut self, progress: &Progress<'_, M::F>) {
        if self.epoch == 0 && progress.step > 0 {
            let parameters = progress.optimizer.average().unwrap_or(progress.x);
            if let Some(rows) = self.monitor.rows_after_interrupt(parameters) {
                if self.monitor.mean_loss(&rows, parameters) < self.monitor.mean_loss(&rows, &self.best.parameters) {
                    self.first_epoch_best = Some(BestCheckpoint::new(parameters, Score::default(), 0));
                }
            } else if let Some(score) = self.monitor.score(parameters, f64::INFINITY, Interrupt::NEVER) {
                let mut best = self.best.clone();
                best.update(parameters, score, 0, self.monitor.config.min_delta, self.monitor.data.validation);
                self.first_epoch_best = Some(best);
            }
        }
    }

    fn interrupted(&mut self) -> ControlFlow<()> {
        self.stopped = TrainingStopReason::Interrupted;
        ControlFlow::Break(())
    }

    fn end_epoch(&mut self, progress: &mut Progress<'_, M::F>, callbacks: &mut Callbacks<'_>) -> ControlFlow<()> {
        self.epoch += 1;
        let parameters = progress.optimizer.average().unwrap_or(progress.x);
        let train_loss = self.losses.finished.borrow_mut().pop_front();
        let train_loss = train_loss.expect("the objective reports the loss of each finished epoch");
        let Some(score) = self.monitor.score(parameters, train_loss, self.monitor.interrupt) else {
            return self.interrupted();
        };
        let monitored = score.monitored;
        let Monitor { data, config, .. } = &self.monitor;
        let is_best = self.best.update(parameters, score, self.epoch, config.min_delta, data.validation);
        progress.optimizer.observe(monitored);
        let report = self.report(train_loss, monitored, is_best, progress.optimizer.lr());
        let parameters = progress.optimizer.average().unwrap_or(progress.x);
        let to_vec = || parameters.iter().map(|w| w.to_f64()).collect();
        if callbacks.epoch(&report, Parameters(&to_vec)).is_break() {
            return self.interrupted();
        }
        self.check_patience()
    }

    fn check_patience(&mut self) -> ControlFlow<()> {
        if self.patience_ends() && self.epoch < self.last_epoch() {
            self.stopped = TrainingStopReason::EarlyStopping;
            return ControlFlow::Break(());
        }
        ControlFlow::Continue(())
    }

    /// Returns `true` if the monitored loss has made no progress for too long.
    pub(super) fn patience_ends(&self) -> bool {
        let patience = self.monitor.config.patience;
        patience > 0 && self.best.epochs_without_progress >= patience
    }

    /// Number of the last epoch.
    fn last_epoch(&self) -> u64 {
        self.start.epoch.saturating_add(self.monitor.config.epochs)
    }

    fn report(&mut self, train_loss: f64, monitored: f64, is_best: bool, lr: f64) -> EpochReport {
        let now = Instant::now();
        let seconds = (now - self.epoch_time).as_secs_f64();
        self.epoch_time = now;
        let TrainingData { train, validation, .. } = self.monitor.data;
        let epochs = self.last_epoch();
        let epochs_left = epochs.saturating_sub(self.epoch) as f64;
        EpochReport {
            epoch: self.epoch,
            epochs,
            train_loss,
            validation: (!validation.is_empty()).then_some(monitored),
            is_best,
            lr,
            rows_per_second: train.len() as f64 / seconds,
            seconds_left: (now - self.start_time).as_secs_f64() / (self.epoch - self.start.epoch) as f64 * epochs_left,
        }
    }

    /// Returns the result of a training whose patience ended before it continued.
    pub(super) fn finish_at_once(mut self, steps: u64, dense_reason: Option<String>) -> TrainingResult {
        self.stopped = TrainingStopReason::EarlyStopping;
        self.finish(steps, false, dense_reason)
    }

    /// Returns the state of the training after `evaluations` batches of which the last was not stepped.
    pub(super) fn state(&self, parameters: Vec<M::F>, optimizer: State<M::F>, evaluations: u64) -> TrainingState<M::F> {
        let taken = evaluations.saturating_sub(1);
        let batch = self.start.batch + taken - (self.epoch - self.start.epoch) * self.batches_per_epoch;
        // The batch that was not stepped counts for nothing: it may have ended an epoch.
        let complete = (batch / self.batches_per_epoch) as usize;
        TrainingState {
            version: TrainingState::<M::F>::VERSION,
            parameters,
            optimizer,
            epoch: self.epoch,
            batch,
            batches: self.start.batches + taken,
            loss_sum: self.losses.sum_before.get(),
            finished: self.losses.finished.borrow().iter().copied().take(complete).collect(),
            best: Some(self.best.clone()),
        }
    }

    /// Returns the result of the training with the best parameters.
    pub(super) fn finish(self, steps: u64, diverged: bool, dense_reason: Option<String>) -> TrainingResult {
        // An interrupted sum may be anything.
        let interrupted = self.monitor.interrupt.is_requested();
        let stopped = match (interrupted, diverged) {
            (true, true) => TrainingStopReason::Interrupted,
            (false, true) => TrainingStopReason::Diverged,
            (_, false) => self.stopped,
        };
        let best = self.first_epoch_best.unwrap_or(self.best);
        TrainingResult {
            parameters: best.parameters.iter().map(|w| w.to_f64()).collect(),
            epochs: self.epoch,
            steps,
            best_epoch: best.epoch,
            stopped,
            dense_reason,
        }
    }
}
