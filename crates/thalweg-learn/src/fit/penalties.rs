//! Penalties in the units of the objective of a fit.

use super::config::FitConfig;
use super::prepared_data::PreparedData;
use super::residual_scale::{HuberScale, ScalePenalty};
use crate::data::RowStore;
use crate::error::Result;
use crate::model::{Architecture, Loss, PenaltyFactors};
use crate::train::TrainingConfig;

/// Coefficients of the penalties in the units of the objective; see [`FitConfig::l1`] and [`FitConfig::l2`].
#[derive(Clone, Copy, Debug)]
pub(super) struct Penalties {
    /// Coefficient of Σ|w|.
    pub(super) l1: f64,
    /// Coefficient of Σw²/2.
    pub(super) l2: f64,
}

impl FitConfig {
    /// Returns the estimate of the scale of the residuals, with the penalty of this fit.
    ///
    /// # Errors
    /// A learning rate out of range.
    pub(super) fn huber_scale(&self, delta: f64, train: &RowStore) -> Result<HuberScale> {
        let (sample, rows, total_weight) = (train.sample(), train.len(), train.total_weight());
        let default = self.training_config_for(sample, rows, total_weight, PenaltyFactors::ONE)?.l2;
        let penalty = self.l2.map_or(ScalePenalty::Relative(default), ScalePenalty::Fixed);
        Ok(HuberScale { delta, penalty, intercept: self.intercept })
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
