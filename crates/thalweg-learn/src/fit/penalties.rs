//! Penalties in the units of the objective of a fit.

use super::config::FitConfig;
use super::prepared_data::PreparedData;
use crate::model::{Architecture, PenaltyFactors};
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
    /// Returns the penalties of a training, in the units of the objective.
    pub(super) fn penalties(&self, data: &PreparedData, training: &TrainingConfig) -> Penalties {
        Penalties { l1: self.l1, l2: self.l2.unwrap_or(training.l2 / data.penalty_factors().l2) }
    }
}

impl PreparedData {
    /// Returns the factors from the penalties of the objective to those of the target as it is trained. The objective
    /// of models that are not linear is that of the target as it is trained.
    pub(super) fn penalty_factors(&self) -> PenaltyFactors {
        match self.architecture {
            Architecture::Linear => self.loss.penalty_factors(self.schema.target.inverse_transform().scale),
            Architecture::FactorizationMachine { .. } | Architecture::Mlp(_) => PenaltyFactors::ONE,
        }
    }
}
