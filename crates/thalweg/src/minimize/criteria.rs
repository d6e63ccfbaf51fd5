//! Stopping criteria of a run.

use serde::{Deserialize, Serialize};

use crate::error::{Error, Result};

/// Criteria that end a run: the first one that holds. By default a run ends after 10,000 steps.
///
/// [`Minimize`](super::Minimize) starts from these and a gradient tolerance.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct StopCriteria {
    /// Upper limit of the gradient's Euclidean norm ‖∇f‖, at least 0. With bounds, it is the norm of the projected
    /// gradient.
    #[serde(rename = "gradient_norm")]
    pub gradient_tolerance: Option<f64>,
    /// Upper limit of the length ‖Δx‖ of a step, at least 0. Steps at a learning rate of 0 do not count.
    #[serde(rename = "step_size")]
    pub step_tolerance: Option<f64>,
    /// Target value: a run ends at a value at most this, or at least this when maximizing.
    pub target: Option<f64>,
    /// Number of steps without a new best value.
    #[serde(rename = "no_progress")]
    pub patience: Option<u64>,
    /// Maximum number of steps, those included whose gradient was skipped.
    #[serde(rename = "steps")]
    pub max_steps: Option<u64>,
    /// Maximum number of evaluations of the objective.
    #[serde(rename = "evaluations")]
    pub max_evaluations: Option<u64>,
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
            gradient_tolerance: None,
            step_tolerance: None,
            target: None,
            patience: None,
            max_steps: Some(10_000),
            max_evaluations: None,
            track_best: TrackBest::On,
        }
    }
}

impl StopCriteria {
    pub(super) fn check(&self) -> Result<()> {
        for (name, value) in [("gradient_tolerance", self.gradient_tolerance), ("step_tolerance", self.step_tolerance)]
        {
            let found = value.unwrap_or(0.0);
            Error::range(name, "at least 0", found, found >= 0.0)?;
        }
        let target = self.target.unwrap_or(0.0);
        Error::range("target", "a number", target, !target.is_nan())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn serialized_names_are_those_of_earlier_versions() {
        let json = serde_json::to_value(StopCriteria::default()).expect("numbers serialize");
        let mut names: Vec<_> = json.as_object().expect("an object").keys().map(String::as_str).collect();
        names.sort_unstable();
        assert_eq!(names, ["evaluations", "gradient_norm", "keep", "no_progress", "step_size", "steps", "target"]);
    }
}
