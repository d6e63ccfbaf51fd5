//! Reports of steps, rounds and epochs to the callbacks of a training.

use std::ops::ControlFlow;
use std::time::Instant;

use thalweg::Real;

use super::EarlyStopping;
use crate::model::Model;
use crate::train::callbacks::{Callbacks, Parameters};
use crate::train::local_steps::Round;
use crate::train::optimizers::Observed;
use crate::train::result::{EpochReport, StepReport};
use crate::train::training_data::TrainingData;

impl<M: Model> EarlyStopping<'_, M> {
    /// Calls the callback of a step after `batches` batches of this training; `loss` is that of the next batch.
    pub(super) fn report_step(
        &mut self,
        progress: &Observed<'_, M::F>,
        (batches, loss): (u64, f64),
        parameters: &[M::F],
        callbacks: &mut Callbacks<'_>,
    ) -> ControlFlow<()> {
        let report = || StepReport {
            epoch: self.epoch + 1,
            step: progress.optimizers.steps(),
            batch: batches + 1,
            loss,
            lr: progress.optimizers.lr(),
        };
        let to_vec = || parameters.iter().map(|w| w.to_f64()).collect();
        let flow = callbacks.step(report, Parameters(&to_vec));
        if flow.is_break() { self.interrupted() } else { flow }
    }

    /// Calls the callback of a step after a round of local steps, for its last batch.
    pub(super) fn report_round(
        &mut self,
        progress: &Observed<'_, M::F>,
        round: Round,
        callbacks: &mut Callbacks<'_>,
    ) -> ControlFlow<()> {
        let report = || StepReport {
            epoch: self.epoch + 1,
            step: progress.optimizers.steps().saturating_sub(1),
            batch: self.start.batches + progress.evaluations - 1,
            loss: self.monitor.with_penalty(round.mean_loss, progress.x),
            lr: progress.optimizers.lr(),
        };
        let to_vec = || progress.x.iter().map(|w| w.to_f64()).collect();
        let flow = callbacks.step(report, Parameters(&to_vec));
        if flow.is_break() { self.interrupted() } else { flow }
    }

    /// Returns the report of the epoch that has ended.
    pub(super) fn report(&mut self, train_loss: f64, monitored: f64, is_best: bool, lr: f64) -> EpochReport {
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
            stopped: None,
            seconds_left: (now - self.start_time).as_secs_f64() / (self.epoch - self.start.epoch) as f64 * epochs_left,
        }
    }
}
