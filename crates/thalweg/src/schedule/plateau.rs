//! Reduction of the learning rate when a loss stops decreasing.

use serde::{Deserialize, Serialize};

use crate::error::{Error, Result};

/// Reduces the learning rate on a plateau of an observed loss, as PyTorch's `ReduceLROnPlateau` in its relative mode.
///
/// After more than `patience` successive observations without a loss below (1 − threshold) times the best one, the
/// factor of the learning rate is multiplied by `factor`. Then `cooldown` observations are not counted.
///
/// [`Optimizer::observe`](crate::Optimizer::observe) passes a loss. A [`Minimize`](crate::Minimize) that makes its own
/// optimizer calls it at every evaluation; with an optimizer of the caller, the callback must.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Plateau {
    /// Factor of each reduction, in (0, 1). Default: 0.1.
    pub factor: f64,
    /// Number of observations without progress before a reduction. Default: 10.
    pub patience: u64,
    /// Relative decrease of the loss that counts as progress, at least 0. Default: 1e-4.
    pub threshold: f64,
    /// Number of observations after a reduction that are not counted. Default: 0.
    pub cooldown: u64,
    /// Lower limit of the factor of the learning rate, in [0, 1]. Default: 0.
    pub min: f64,
}

impl Default for Plateau {
    fn default() -> Self {
        Self { factor: 0.1, patience: 10, threshold: 1e-4, cooldown: 0, min: 0.0 }
    }
}

/// State of a [`Plateau`], saved with the optimizer's state.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct PlateauState {
    /// Current factor of the learning rate.
    pub factor: f64,
    /// Best loss so far; `None` before the first observation.
    pub best: Option<f64>,
    /// Number of counted observations since the best loss or the latest reduction.
    #[serde(rename = "waited")]
    pub observations_since_best: u64,
    /// Number of coming observations that are not counted.
    #[serde(rename = "cooling")]
    pub cooldown_remaining: u64,
}

impl Default for PlateauState {
    fn default() -> Self {
        Self { factor: 1.0, best: None, observations_since_best: 0, cooldown_remaining: 0 }
    }
}

impl Plateau {
    /// Returns the state after observing `loss`; a pure function.
    ///
    /// For a negative best loss, progress is a decrease by the same fraction of its absolute value.
    pub fn observe(&self, state: PlateauState, loss: f64) -> PlateauState {
        let mut next = state;
        let progress = state.best.is_none_or(|best| loss < best - self.threshold * best.abs());
        if progress && loss.is_finite() {
            next.best = Some(loss);
            next.observations_since_best = 0;
        } else {
            next.observations_since_best = next.observations_since_best.saturating_add(1);
        }
        if next.cooldown_remaining > 0 {
            next.cooldown_remaining -= 1;
            next.observations_since_best = 0;
        }
        if next.observations_since_best > self.patience {
            next.factor = (state.factor * self.factor).max(self.min);
            next.cooldown_remaining = self.cooldown;
            next.observations_since_best = 0;
        }
        next
    }

    pub(super) fn check(&self) -> Result<()> {
        let inside = self.factor > 0.0 && self.factor < 1.0;
        Error::range("factor", "in (0, 1)", self.factor, inside)?;
        Error::range("min", "in [0, 1]", self.min, (0.0..=1.0).contains(&self.min))?;
        Error::not_negative("threshold", self.threshold)
    }
}
