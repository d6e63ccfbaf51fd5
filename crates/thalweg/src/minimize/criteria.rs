//! Stopping criteria of a run.

use serde::{Deserialize, Serialize};

use crate::error::{Error, Result};

/// Criteria that end a run: the first one that holds. By default a run ends after 10,000 steps.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct StopCriteria {
    /// Upper limit of the gradient's Euclidean norm ‖∇f‖, at least 0.
    pub gradient_norm: Option<f64>,
    /// Upper limit of the length ‖Δx‖ of a step, at least 0. Steps at a learning rate of 0 do not count.
    pub step_size: Option<f64>,
    /// Target value: a run ends at a value at most this, or at least this when maximizing.
    pub target: Option<f64>,
    /// Number of steps without a new best value.
    pub no_progress: Option<u64>,
    /// Number of steps, those included whose gradient was skipped.
    pub steps: Option<u64>,
    /// Number of evaluations of the objective.
    pub evaluations: Option<u64>,
    /// Tracking of the best point, which is returned as [`Outcome::best`](super::Outcome::best). Default: on.
    #[serde(rename = "keep")]
    pub track_best: TrackBest,
}

/// Tracking of the best point of a run.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum TrackBest {
    /// Copies the parameters at every new best value.
    #[default]
    #[serde(rename = "best")]
    On,
    /// Saves the copies. Suitable for mini-batches, whose best value is a matter of chance.
    #[serde(rename = "last")]
    Off,
}

impl Default for StopCriteria {
    fn default() -> Self {
        Self {
            gradient_norm: None,
            step_size: None,
            target: None,
            no_progress: None,
            steps: Some(10_000),
            evaluations: None,
            track_best: TrackBest::On,
        }
    }
}

impl StopCriteria {
    pub(super) fn check(&self) -> Result<()> {
        for (name, value) in [("gradient_norm", self.gradient_norm), ("step_size", self.step_size)] {
            let found = value.unwrap_or(0.0);
            Error::range(name, "at least 0", found, found >= 0.0)?;
        }
        let target = self.target.unwrap_or(0.0);
        Error::range("target", "a number", target, !target.is_nan())
    }
}
