//! Result of a training at its end.

use thalweg::{Real, StopReason};

use super::EarlyStopping;
use crate::model::Model;
use crate::train::result::{TrainingResult, TrainingStopReason};

impl<M: Model> EarlyStopping<'_, M> {
    /// Returns the result of a training whose patience ended before it continued.
    pub(in crate::train) fn finish_at_once(self, steps: u64, dense_reason: Option<String>) -> TrainingResult {
        self.finish(steps, TrainingStopReason::EarlyStopping, dense_reason)
    }

    /// Reason for the end, unless the optimizer gives one.
    pub(in crate::train) fn stopped(&self) -> TrainingStopReason {
        self.stopped
    }

    /// Reason for the end of a training by steps whose minimization ended for this one. Where the loss is not finite,
    /// it is an interrupt if there is one: an interrupted sum may be anything.
    pub(in crate::train) fn stopped_by(&self, reason: StopReason) -> TrainingStopReason {
        match reason {
            StopReason::NotFinite if self.monitor.interrupt.is_requested() => TrainingStopReason::Interrupted,
            StopReason::NotFinite => TrainingStopReason::Diverged,
            _ => self.stopped,
        }
    }

    /// Returns the result of the training with the parameters that it keeps.
    pub(in crate::train) fn finish(
        self,
        steps: u64,
        stopped: TrainingStopReason,
        dense_reason: Option<String>,
    ) -> TrainingResult {
        let (mut best, mut history) = (self.first_epoch_best.unwrap_or(self.best), self.history);
        let samples = self.cut_epoch.as_ref().map(|cut| cut.samples);
        if let Some(cut) = self.cut_epoch {
            history.push(cut.record);
            best = cut.best;
        }
        let late_losses = self.late_losses;
        TrainingResult {
            parameters: best.parameters.iter().map(|w| w.to_f64()).collect(),
            epochs: self.epoch + u64::from(samples.is_some()),
            steps,
            samples,
            best_epoch: best.epoch,
            stopped,
            gradient_norm: None,
            duality_gap: None,
            history,
            rollbacks: self.rollbacks,
            late_decrease: late_losses.map_or(0.0, |[first, last]| (first - last) / last.abs()),
            dense_reason,
        }
    }
}
