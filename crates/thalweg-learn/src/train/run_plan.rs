//! Batches of a training.

use thalweg::StopCriteria;
use thalweg::minimize::TrackBest;

use super::config::TrainingConfig;
use super::sampler::SamplerPosition;
use super::state::TrainingState;

/// Batches of a training, and where it begins among them.
#[derive(Clone, Copy)]
pub(super) struct Plan {
    pub(super) position: SamplerPosition,
    pub(super) batches_per_epoch: u64,
    /// Number of batches that remain.
    pub(super) batches: u64,
    pub(super) last_epoch: u64,
    /// Number of epochs, and of batches, that a schedule without a length runs over.
    pub(super) schedule_epochs: u64,
    pub(super) schedule_batches: u64,
}

impl Plan {
    /// Plans a training on this number of rows, which continues from a state if there is one.
    pub(super) fn new<F>(config: &TrainingConfig, rows: usize, state: Option<&TrainingState<F>>) -> Self {
        let TrainingConfig { spec, batch_size, budget, .. } = config;
        let batches_per_epoch = batch_size.batches(rows);
        let position = state.map_or_else(SamplerPosition::default, |state| SamplerPosition {
            epoch: state.epoch,
            batch: state.batch,
            batches: state.batches,
        });
        let last_epoch = position.epoch.saturating_add(config.epochs);
        let schedule_epochs = config.schedule_epochs.unwrap_or(last_epoch);
        let last_batch = budget.last_batch(rows, batch_size.of(rows), spec.options.accumulate);
        let last_batch = last_batch.map_or(u64::MAX, |(batches, _)| batches);
        let batches = batches_per_epoch.saturating_mul(config.epochs).saturating_sub(position.batch);
        Self {
            position,
            batches_per_epoch,
            batches: batches.min(last_batch.saturating_sub(position.batches)),
            last_epoch,
            schedule_epochs,
            schedule_batches: batches_per_epoch.saturating_mul(schedule_epochs).min(last_batch),
        }
    }

    /// Returns the criteria that end the steps once all batches are taken.
    pub(super) fn criteria(&self) -> StopCriteria {
        StopCriteria {
            max_steps: None,
            // The last evaluation is that of the final point.
            max_evaluations: Some(self.batches.saturating_add(1)),
            track_best: TrackBest::Off,
            ..StopCriteria::default()
        }
    }
}
