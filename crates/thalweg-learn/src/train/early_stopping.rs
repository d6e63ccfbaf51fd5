//! What is looked at after each epoch: progress, the watched loss, whether to go on.

use std::fmt;
use std::ops::ControlFlow;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Instant;

use serde::{Deserialize, Serialize};
use thalweg::{Progress, Real};

use super::best_checkpoint::{BestCheckpoint, Score};
use super::objective::EpochLosses;
use super::{TrainingConfig, TrainingResult};
use crate::data::Rows;
use crate::model::{Loss, Model, penalized_ranges, row_losses};

/// Why training ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TrainingStopReason {
    /// All epochs were run.
    Epochs,
    /// The watched loss stopped falling.
    EarlyStopping,
    /// The caller ended it.
    Interrupted,
    /// The loss or its gradient became infinite or NaN.
    Diverged,
}

impl fmt::Display for TrainingStopReason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Epochs => "all epochs run",
            Self::EarlyStopping => "early stopping: the loss no longer fell",
            Self::Interrupted => "interrupted",
            Self::Diverged => "diverged: the loss is no longer finite",
        })
    }
}

/// An epoch as an observer sees it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct EpochReport {
    /// Its number, from 1.
    pub epoch: u64,
    /// Of how many at most.
    pub epochs: u64,
    /// Mean loss of the batches of this epoch, without the penalty, in the units trained in.
    pub train_loss: f64,
    /// Loss on the validation rows now, if there are any.
    pub validation: Option<f64>,
    /// Whether the watched loss is the best so far.
    pub best: bool,
    /// The learning rate at the end of the epoch.
    pub lr: f64,
    /// Rows a second in this epoch, validation included.
    pub rows_per_second: f64,
    /// Seconds left if all epochs are run.
    pub seconds_left: f64,
}

/// What is watched: the loss on the validation rows; without any, the whole objective on the training rows.
pub(super) struct ValidationLoss<'a, M> {
    pub(super) model: &'a M,
    /// How many rows are trained on, and those of them that are in memory.
    pub(super) rows: usize,
    pub(super) train: &'a Rows,
    pub(super) validation: &'a Rows,
    pub(super) loss: Loss,
    pub(super) training: &'a TrainingConfig,
}

impl<M: Model> ValidationLoss<'_, M> {
    /// The score of a point after an epoch whose batches had the loss `train`.
    fn score(&self, parameters: &[M::F], train: f64) -> Score {
        let rows = if self.validation.is_empty() { self.train } else { self.validation };
        let each = row_losses(rows, &self.model.scores(rows, parameters), self.loss);
        let watched = each.iter().sum::<f64>() / rows.len() as f64;
        if !self.validation.is_empty() {
            return Score { watched, each, train };
        }
        let penalized_ranges = penalized_ranges(&self.model.layout());
        let weights = || penalized_ranges.iter().flat_map(|range| &parameters[range.clone()]).map(|w| w.to_f64());
        let l1: f64 = weights().map(f64::abs).sum();
        let l2: f64 = weights().map(|w| w * w).sum();
        let watched = watched + self.training.l1 * l1 + 0.5 * self.training.l2 * l2;
        Score { watched, each: Vec::new(), train: watched }
    }
}

/// The best point so far, and what it takes to go on.
pub(super) struct EarlyStopping<'a, M: Model> {
    of: ValidationLoss<'a, M>,
    finished: &'a EpochLosses,
    interrupt: &'a AtomicBool,
    per_epoch: u64,
    epoch: u64,
    best: BestCheckpoint<M::F>,
    stopped: TrainingStopReason,
    began: Instant,
    last: Instant,
}

impl<'a, M: Model> EarlyStopping<'a, M> {
    pub(super) fn new(
        of: ValidationLoss<'a, M>,
        finished: &'a EpochLosses,
        per_epoch: u64,
        start: &[M::F],
        interrupt: &'a AtomicBool,
    ) -> Self {
        let now = Instant::now();
        let best = BestCheckpoint::new(start, of.score(start, f64::INFINITY), of.training.min_delta);
        Self {
            of,
            finished,
            interrupt,
            per_epoch,
            epoch: 0,
            best,
            stopped: TrainingStopReason::Epochs,
            began: now,
            last: now,
        }
    }

    /// Called before each step; looks at the end of each epoch.
    pub(super) fn look(
        &mut self,
        progress: &mut Progress<'_, M::F>,
        see: &mut dyn FnMut(&EpochReport) -> ControlFlow<()>,
    ) -> ControlFlow<()> {
        let interrupted = self.interrupt.load(Ordering::Relaxed);
        let batches = progress.evaluations - 1;
        let ended = batches > 0 && batches.is_multiple_of(self.per_epoch);
        if !ended && !interrupted {
            return ControlFlow::Continue(());
        }
        let parameters = progress.optimizer.average().unwrap_or(progress.x);
        self.epoch += u64::from(ended);
        let train_loss = self.finished.borrow_mut().pop_front().unwrap_or(f64::INFINITY);
        let score = self.of.score(parameters, train_loss);
        let watched = score.watched;
        let best = self.best.take(parameters, score, self.epoch);
        if interrupted {
            self.stopped = TrainingStopReason::Interrupted;
            return ControlFlow::Break(());
        }
        progress.optimizer.observe(watched);
        let epoch = self.describe(train_loss, watched, best, progress.optimizer.lr());
        if see(&epoch).is_break() {
            self.stopped = TrainingStopReason::Interrupted;
            return ControlFlow::Break(());
        }
        self.go_on()
    }

    fn go_on(&mut self) -> ControlFlow<()> {
        let TrainingConfig { patience, epochs, .. } = *self.of.training;
        if patience > 0 && self.best.waited >= patience && self.epoch < epochs {
            self.stopped = TrainingStopReason::EarlyStopping;
            return ControlFlow::Break(());
        }
        ControlFlow::Continue(())
    }

    fn describe(&mut self, train_loss: f64, watched: f64, best: bool, lr: f64) -> EpochReport {
        let now = Instant::now();
        let seconds = (now - self.last).as_secs_f64();
        self.last = now;
        let left = self.of.training.epochs.saturating_sub(self.epoch) as f64;
        EpochReport {
            epoch: self.epoch,
            epochs: self.of.training.epochs,
            train_loss,
            validation: (!self.of.validation.is_empty()).then_some(watched),
            best,
            lr,
            rows_per_second: self.of.rows as f64 / seconds,
            seconds_left: (now - self.began).as_secs_f64() / self.epoch as f64 * left,
        }
    }

    pub(super) fn end(self, steps: u64, diverged: bool) -> TrainingResult {
        let stopped = if diverged { TrainingStopReason::Diverged } else { self.stopped };
        let parameters = self.best.parameters.iter().map(|w| w.to_f64()).collect();
        TrainingResult { parameters, epochs: self.epoch, steps, best_epoch: self.best.epoch, stopped, dense: None }
    }
}
