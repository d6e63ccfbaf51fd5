//! Reduce on plateau: the rate falls when a watched loss stops falling.

use serde::{Deserialize, Serialize};

use crate::error::{Error, Result};

/// Multiplies the rate by `factor` after more than `patience` observations without a loss below
/// (1 − threshold) × the best so far, then waits `cooldown` observations; never below `min` of the
/// first rate. As PyTorch's `ReduceLROnPlateau` in its relative mode. It sees the losses that
/// [`Optimizer::observe`](crate::Optimizer::observe) shows it: in [`minimize`](crate::minimize), those the observer passes on.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Plateau {
    /// What a fall multiplies by.
    pub factor: f64,
    /// Observations without progress that are borne.
    pub patience: u64,
    /// The relative progress that counts as progress.
    pub threshold: f64,
    /// Observations after a fall in which nothing is counted.
    pub cooldown: u64,
    /// The smallest factor.
    pub min: f64,
}

impl Default for Plateau {
    fn default() -> Self {
        Self { factor: 0.1, patience: 10, threshold: 1e-4, cooldown: 0, min: 0.0 }
    }
}

/// What a [`Plateau`] has seen: plain data, part of an optimizer's state.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct PlateauState {
    /// The factor now.
    pub factor: f64,
    /// The best loss; `None` before the first.
    pub best: Option<f64>,
    /// Observations since it that brought no progress.
    #[serde(rename = "waited")]
    pub observations_since_best: u64,
    /// Observations still to be left uncounted.
    #[serde(rename = "cooling")]
    pub cooldown_remaining: u64,
}

impl Default for PlateauState {
    fn default() -> Self {
        Self { factor: 1.0, best: None, observations_since_best: 0, cooldown_remaining: 0 }
    }
}

impl Plateau {
    /// The state after seeing `loss`: a pure function.
    ///
    /// A best loss below 0 asks for progress by the same share of its size.
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
