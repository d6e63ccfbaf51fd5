//! Early stopping on a monitored loss.

use std::ops::ControlFlow;
use std::time::Instant;

use thalweg::Real;
use thalweg::minimize::Progress;

use super::best_checkpoint::{BestCheckpoint, Score};
use super::callbacks::{Callbacks, Parameters};
use super::config::TrainingConfig;
use super::objective::EpochLosses;
use super::penalty::Penalty;
use super::result::{EpochReport, StepReport, TrainingResult, TrainingStopReason};
use super::training_data::TrainingData;
use crate::data::Rows;
use crate::interrupt::Interrupt;
use crate::model::{Model, row_losses};

/// Multiplications between two looks at the interrupt: some 20 ms of one thread.
const MAX_CHUNK_WORK: usize = 1 << 25;

/// Monitored loss: the loss on the validation rows, or without any the loss with penalties on the training rows in
/// memory.
pub(super) struct Monitor<'a, M> {
    model: &'a M,
    data: TrainingData<'a>,
    config: &'a TrainingConfig,
    penalty: Penalty,
    interrupt: Interrupt<'a>,
}

impl<'a, M: Model> Monitor<'a, M> {
    pub(super) fn new(
        model: &'a M,
        data: TrainingData<'a>,
        config: &'a TrainingConfig,
        interrupt: Interrupt<'a>,
    ) -> Self {
        Self { model, data, config, penalty: Penalty::new(config, &model.layout()), interrupt }
    }

    /// Returns the scores of rows; `None` after an interrupt.
    fn row_scores(&self, rows: &Rows, parameters: &[M::F], interrupt: Interrupt<'_>) -> Option<Vec<f64>> {
        // Only the features of a row count in models whose other features have no gradient.
        let is_sparse = self.model.restrict(&[], &mut Vec::new()).is_some();
        let features = if is_sparse { rows.numbers_in_a_row() } else { rows.features };
        let row_work = parameters.len() / rows.features.max(1) * features.max(1);
        let chunk = (MAX_CHUNK_WORK / row_work.max(1)).max(1);
        if rows.len() <= chunk {
            return (!interrupt.is_requested()).then(|| self.model.scores(rows, parameters));
        }
        let mut scores = Vec::with_capacity(rows.len() * self.model.outputs());
        let indices: Vec<u32> = (0..rows.len() as u32).collect();
        for indices in indices.chunks(chunk) {
            if interrupt.is_requested() {
                return None;
            }
            scores.extend(self.model.scores(&rows.pick(indices), parameters));
        }
        Some(scores)
    }

    /// Returns the score of parameters after an epoch whose batches had the mean loss `train_loss`; `None` after an
    /// interrupt.
    fn score(&self, parameters: &[M::F], train_loss: f64, interrupt: Interrupt<'_>) -> Option<Score> {
        let TrainingData { train, validation, loss } = self.data;
        let rows = if validation.is_empty() { train.sample() } else { validation };
        let row_losses = row_losses(rows, &self.row_scores(rows, parameters, interrupt)?, loss);
        let mean = row_losses.iter().sum::<f64>() / rows.len() as f64;
        Some(if validation.is_empty() {
            let monitored = self.penalty.add_to(mean, parameters);
            Score { monitored, row_losses: Vec::new(), train_loss: monitored }
        } else {
            Score { monitored: mean, row_losses, train_loss }
        })
    }
}

/// State of early stopping: the best parameters so far and the epochs without progress.
pub(super) struct EarlyStopping<'a, M: Model> {
    monitor: Monitor<'a, M>,
    finished: &'a EpochLosses,
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
    ) -> Self {
        let now = Instant::now();
        // A training interrupted before its first step returns the start, whatever its score.
        let score = monitor.score(start, f64::INFINITY, monitor.interrupt).unwrap_or_default();
        let best = BestCheckpoint::new(start, score, monitor.config.min_delta);
        Self {
            monitor,
            finished,
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
        callbacks: &mut Callbacks<'_>,
    ) -> ControlFlow<()> {
        if self.monitor.interrupt.is_requested() {
            self.keep_first_epoch(progress);
            return self.interrupted();
        }
        // The gradient of the next batch has been evaluated already.
        let batches = progress.evaluations - 1;
        if batches > 0 && batches.is_multiple_of(self.batches_per_epoch) {
            self.end_epoch(progress, callbacks)?;
        }
        let x = progress.x;
        if batches >= self.batches_per_epoch.saturating_mul(self.monitor.config.epochs) {
            return ControlFlow::Continue(());
        }
        let report = || StepReport {
            epoch: batches / self.batches_per_epoch + 1,
            step: progress.step,
            batch: batches + 1,
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
            if let Some(score) = self.monitor.score(parameters, f64::INFINITY, Interrupt::NEVER) {
                self.best.update(parameters, score, 0);
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
        let train_loss = self.finished.borrow_mut().pop_front();
        let train_loss = train_loss.expect("the objective reports the loss of each finished epoch");
        let Some(score) = self.monitor.score(parameters, train_loss, self.monitor.interrupt) else {
            return self.interrupted();
        };
        let monitored = score.monitored;
        let is_best = self.best.update(parameters, score, self.epoch);
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
        // An interrupted sum may be anything.
        let interrupted = self.monitor.interrupt.is_requested();
        let stopped = match (interrupted, diverged) {
            (true, true) => TrainingStopReason::Interrupted,
            (false, true) => TrainingStopReason::Diverged,
            (_, false) => self.stopped,
        };
        TrainingResult {
            parameters: self.best.parameters.iter().map(|w| w.to_f64()).collect(),
            epochs: self.epoch,
            steps,
            best_epoch: self.best.epoch,
            stopped,
            dense_reason,
        }
    }
}
