//! Early stopping on a monitored loss.

use std::ops::ControlFlow;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Instant;

use thalweg::Real;
use thalweg::minimize::Progress;

use super::best_checkpoint::{BestCheckpoint, Score};
use super::config::TrainingConfig;
use super::objective::EpochLosses;
use super::penalty::Penalty;
use super::result::{EpochReport, TrainingResult, TrainingStopReason};
use super::training_data::TrainingData;
use crate::model::{Model, row_losses};

/// Monitored loss: the loss on the validation rows, or without any the loss with penalties on the training rows in
/// memory.
pub(super) struct Monitor<'a, M> {
    model: &'a M,
    data: TrainingData<'a>,
    config: &'a TrainingConfig,
    penalty: Penalty,
}

impl<'a, M: Model> Monitor<'a, M> {
    pub(super) fn new(model: &'a M, data: TrainingData<'a>, config: &'a TrainingConfig) -> Self {
        Self { model, data, config, penalty: Penalty::new(config, &model.layout()) }
    }

    /// Returns the score of parameters after an epoch whose batches had the mean loss `train_loss`.
    fn score(&self, parameters: &[M::F], train_loss: f64) -> Score {
        let TrainingData { train, validation, loss } = self.data;
        let rows = if validation.is_empty() { train.sample() } else { validation };
        let row_losses = row_losses(rows, &self.model.scores(rows, parameters), loss);
        let mean = row_losses.iter().sum::<f64>() / rows.len() as f64;
        if validation.is_empty() {
            let monitored = self.penalty.add_to(mean, parameters);
            Score { monitored, row_losses: Vec::new(), train_loss: monitored }
        } else {
            Score { monitored: mean, row_losses, train_loss }
        }
    }
}

/// State of early stopping: the best parameters so far and the epochs without progress.
pub(super) struct EarlyStopping<'a, M: Model> {
    monitor: Monitor<'a, M>,
    finished: &'a EpochLosses,
    interrupt: &'a AtomicBool,
    batches_per_epoch: u64,
    /// Number of epochs completed.
    epoch: u64,
    best: BestCheckpoint<M::F>,
    stopped: TrainingStopReason,
    start_time: Instant,
    epoch_time: Instant,
}

impl<'a, M: Model> EarlyStopping<'a, M> {
    pub(super) fn new(
        monitor: Monitor<'a, M>,
        finished: &'a EpochLosses,
        batches_per_epoch: u64,
        start: &[M::F],
        interrupt: &'a AtomicBool,
    ) -> Self {
        let now = Instant::now();
        let best = BestCheckpoint::new(start, monitor.score(start, f64::INFINITY), monitor.config.min_delta);
        Self {
            monitor,
            finished,
            interrupt,
            batches_per_epoch,
            epoch: 0,
            best,
            stopped: TrainingStopReason::Epochs,
            start_time: now,
            epoch_time: now,
        }
    }

    /// Called before each step; evaluates the monitored loss at the end of each epoch.
    pub(super) fn observe(
        &mut self,
        progress: &mut Progress<'_, M::F>,
        on_epoch: &mut dyn FnMut(&EpochReport) -> ControlFlow<()>,
    ) -> ControlFlow<()> {
        let interrupted = self.interrupt.load(Ordering::Relaxed);
        // The gradient of the next batch has been evaluated already.
        let batches = progress.evaluations - 1;
        let ends_epoch = batches > 0 && batches.is_multiple_of(self.batches_per_epoch);
        if !ends_epoch && !interrupted {
            return ControlFlow::Continue(());
        }
        let parameters = progress.optimizer.average().unwrap_or(progress.x);
        self.epoch += u64::from(ends_epoch);
        let train_loss = self.finished.borrow_mut().pop_front();
        let train_loss = if ends_epoch {
            train_loss.expect("the objective reports the loss of each finished epoch")
        } else {
            // An interrupted epoch has no training loss, unless its last batch has been evaluated.
            train_loss.unwrap_or(f64::INFINITY)
        };
        let score = self.monitor.score(parameters, train_loss);
        let monitored = score.monitored;
        let is_best = self.best.update(parameters, score, self.epoch);
        if interrupted {
            self.stopped = TrainingStopReason::Interrupted;
            return ControlFlow::Break(());
        }
        progress.optimizer.observe(monitored);
        let report = self.report(train_loss, monitored, is_best, progress.optimizer.lr());
        if on_epoch(&report).is_break() {
            self.stopped = TrainingStopReason::Interrupted;
            return ControlFlow::Break(());
        }
        self.check_patience()
    }

    fn check_patience(&mut self) -> ControlFlow<()> {
        let TrainingConfig { patience, epochs, .. } = *self.monitor.config;
        if patience > 0 && self.best.epochs_without_progress >= patience && self.epoch < epochs {
            self.stopped = TrainingStopReason::EarlyStopping;
            return ControlFlow::Break(());
        }
        ControlFlow::Continue(())
    }

    fn report(&mut self, train_loss: f64, monitored: f64, is_best: bool, lr: f64) -> EpochReport {
        let now = Instant::now();
        let seconds = (now - self.epoch_time).as_secs_f64();
        self.epoch_time = now;
        let TrainingData { train, validation, .. } = self.monitor.data;
        let epochs = self.monitor.config.epochs;
        let epochs_left = epochs.saturating_sub(self.epoch) as f64;
        EpochReport {
            epoch: self.epoch,
            epochs,
            train_loss,
            validation: (!validation.is_empty()).then_some(monitored),
            is_best,
            lr,
            rows_per_second: train.len() as f64 / seconds,
            seconds_left: (now - self.start_time).as_secs_f64() / self.epoch as f64 * epochs_left,
        }
    }

    /// Returns the result of the training with the best parameters.
    pub(super) fn finish(self, steps: u64, diverged: bool, dense_reason: Option<String>) -> TrainingResult {
        TrainingResult {
            parameters: self.best.parameters.iter().map(|w| w.to_f64()).collect(),
            epochs: self.epoch,
            steps,
            best_epoch: self.best.epoch,
            stopped: if diverged { TrainingStopReason::Diverged } else { self.stopped },
            dense_reason,
        }
    }
}
