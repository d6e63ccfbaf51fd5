//! When to stop.

use serde::{Deserialize, Serialize};

use crate::error::{Error, Result};

/// The rules that end a run; the first that holds does. The default: 10,000 steps.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct StopCriteria {
    /// ‖∇f‖ at most this.
    pub gradient_norm: Option<f64>,
    /// A step of at most this length, ‖Δx‖.
    pub step_size: Option<f64>,
    /// f at most this (at least, when maximizing).
    pub target: Option<f64>,
    /// This many steps without a better value.
    pub no_progress: Option<u64>,
    /// This many steps.
    pub steps: Option<u64>,
    /// This many evaluations.
    pub evaluations: Option<u64>,
    /// Which point is kept besides the last.
    #[serde(rename = "keep")]
    pub track_best: TrackBest,
}

/// Which point a run keeps besides the last.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum TrackBest {
    /// The one with the best value.
    #[default]
    #[serde(rename = "best")]
    On,
    /// None: where the value is a mini-batch's, the best is luck, and copying costs.
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
