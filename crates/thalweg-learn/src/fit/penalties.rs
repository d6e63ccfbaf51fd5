//! Penalties in the units of the objective of a fit.

use super::config::{DefaultMethod, FitConfig, TrainingRows};
use super::residual_scale::{HuberScale, ScalePenalty};
use crate::data::RowStore;
use crate::error::Result;
use crate::model::PenaltyFactors;

/// Coefficients of the penalties in the units of the objective; see [`FitConfig::l1`] and [`FitConfig::l2`].
#[derive(Clone, Copy, Debug)]
pub(super) struct Penalties {
    /// Coefficient of the penalty Σ|w|.
    pub(super) l1: f64,
    /// Coefficient of the penalty Σw²/2.
    pub(super) l2: f64,
}

impl FitConfig {
    /// Returns the estimate of the scale of the residuals, with the penalty of this fit.
    ///
    /// # Errors
    /// A learning rate out of range.
    pub(super) fn huber_scale(&self, delta: f64, train: &RowStore) -> Result<HuberScale> {
        let rows = TrainingRows { sample: train.sample(), len: train.len(), weight: train.total_weight() };
        let method = if matches!(train, RowStore::Memory(_)) { DefaultMethod::Solver } else { DefaultMethod::Steps };
        let default = self.training_config_for(rows, method, PenaltyFactors::ONE)?.l2;
        let penalty = self.l2.map_or(ScalePenalty::Relative(default), ScalePenalty::Fixed);
        Ok(HuberScale { delta, penalty, intercept: self.intercept })
    }
}
