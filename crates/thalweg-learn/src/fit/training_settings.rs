//! Settings of the training on prepared data.

use super::config::FitConfig;
use super::penalties::Penalties;
use super::prepared_data::PreparedData;
use crate::error::Result;
use crate::model::{Architecture, Loss, PenaltyFactors};
use crate::train::TrainingConfig;

impl FitConfig {
    /// Returns the settings of the training on these data: those of this fit, and for the others defaults that suit
    /// the training rows. The penalties are those for the target as it is trained.
    ///
    /// # Errors
    /// A learning rate out of range.
    pub fn training_config(&self, data: &PreparedData) -> Result<TrainingConfig> {
        let rows = &data.train;
        let factors = data.penalty_factors();
        let mut config = self.training_config_for(rows.sample(), rows.len(), rows.total_weight(), factors)?;
        if self.l2.is_none() {
            config.l2 *= data.relative_residual_scale();
        }
        Ok(config)
    }

    /// Returns the penalties of a training, in the units of the objective.
    pub(super) fn penalties(&self, data: &PreparedData, training: &TrainingConfig) -> Penalties {
        Penalties { l1: self.l1, l2: self.l2.unwrap_or(training.l2 / data.penalty_factors().l2) }
    }
}

impl PreparedData {
    /// Returns the scale of the residuals in Huber's loss, for the target as it is trained; 1 for other losses.
    pub(super) fn relative_residual_scale(&self) -> f64 {
        let target = &self.schema.target;
        match self.loss {
            Loss::Huber { .. } => target.residual_scale().map_or(1.0, |s| s / target.inverse_transform().scale),
            _ => 1.0,
        }
    }

    /// Returns the factors from the penalties of the objective to those of the target as it is trained. The objective
    /// of models that are not linear is that of the target as it is trained.
    pub(super) fn penalty_factors(&self) -> PenaltyFactors {
        match self.architecture {
            Architecture::Linear => self.loss.penalty_factors(self.schema.target.inverse_transform().scale),
            Architecture::FactorizationMachine { .. } | Architecture::Mlp(_) => PenaltyFactors::ONE,
        }
    }
}
