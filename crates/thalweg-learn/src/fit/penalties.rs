//! Penalties in the units of the objective of a fit.

use super::config::FitConfig;
use super::residual_scale::{HuberScale, ScalePenalty};
use crate::data::RowStore;
use crate::error::Result;
use crate::model::PenaltyFactors;

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
}
