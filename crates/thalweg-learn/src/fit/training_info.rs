//! Information on the training of a model, for its file.

use super::penalties::Penalties;
use super::prepared_data::PreparedData;
use crate::model::{Loss, TrainingInfo};
use crate::train::{TrainingConfig, TrainingResult};

impl PreparedData {
    /// Returns the information on a training, which the model file keeps.
    pub(super) fn training_info(
        &self,
        config: &TrainingConfig,
        penalties: Penalties,
        result: &TrainingResult,
    ) -> TrainingInfo {
        let local = config.local_steps.if_on();
        TrainingInfo {
            version: env!("CARGO_PKG_VERSION").into(),
            model: self.loss.model_kind(),
            architecture: self.architecture.clone(),
            loss: (self.loss != Loss::default_for(&self.schema.target)).then_some(self.loss),
            method: config.spec.to_string(),
            schedule: config.spec.options.schedule.to_string(),
            batch_size: config.batch_size.of(self.train.len()) as u64,
            sync_every: local.map(|local| local.sync_every),
            workers: local.map(|local| local.workers as u64),
            rows: self.train.len() as u64,
            epochs: result.epochs,
            steps: result.steps,
            seed: config.seed.value(),
            l1: penalties.l1,
            l2: penalties.l2,
            factor_l2: config.factor_l2,
        }
    }
}
