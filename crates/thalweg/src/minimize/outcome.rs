//! Results of a run.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::real::Real;

/// Reason for the end of a run.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum StopReason {
    /// The gradient's norm reached [`StopCriteria::gradient_tolerance`](super::StopCriteria::gradient_tolerance).
    #[serde(rename = "gradient_small")]
    GradientTolerance,
    /// The length of a step reached [`StopCriteria::step_tolerance`](super::StopCriteria::step_tolerance).
    #[serde(rename = "step_small")]
    StepTolerance,
    /// The value reached [`StopCriteria::target`](super::StopCriteria::target).
    TargetReached,
    /// [`StopCriteria::patience`](super::StopCriteria::patience) steps brought no better value.
    NoProgress,
    /// All [`StopCriteria::max_steps`](super::StopCriteria::max_steps) were taken.
    #[serde(rename = "steps_spent")]
    MaxSteps,
    /// All [`StopCriteria::max_evaluations`](super::StopCriteria::max_evaluations) were made.
    #[serde(rename = "evaluations_spent")]
    MaxEvaluations,
    /// The callback returned [`ControlFlow::Break`](std::ops::ControlFlow::Break).
    #[serde(rename = "observer")]
    Callback,
    /// A line search found no point of lower value: the point is a minimum to rounding, or the gradient is not that of
    /// the value.
    LineSearchFailed,
    /// The value or the gradient was not finite: the run diverged, or left the objective's domain.
    NotFinite,
}

impl fmt::Display for StopReason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::GradientTolerance => "gradient tolerance reached",
            Self::StepTolerance => "step tolerance reached",
            Self::TargetReached => "target reached",
            Self::NoProgress => "no progress",
            Self::MaxSteps => "maximum number of steps reached",
            Self::MaxEvaluations => "maximum number of evaluations reached",
            Self::Callback => "stopped by the callback",
            Self::LineSearchFailed => "no lower value found along the search direction",
            Self::NotFinite => "value or gradient not finite",
        })
    }
}

/// A point, its value, and the step at which it was reached.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(bound = "F: Real")]
pub struct Point<F> {
    /// Parameters of the point.
    pub x: Vec<F>,
    /// Objective value at the point.
    pub value: F,
    /// Number of steps taken before it was evaluated.
    pub step: u64,
}

/// Result of a run: the last and the best point, the work done, and the reason for its end.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(bound = "F: Real")]
pub struct Outcome<F> {
    /// Parameters after the last step.
    pub x: Vec<F>,
    /// Last value of the objective: at `x`, except for methods with lookahead, which evaluate elsewhere.
    pub value: F,
    /// Euclidean norm of the last gradient; with bounds, of the projected gradient.
    pub gradient_norm: f64,
    /// Evaluated point of the best finite value, with [`TrackBest::On`](super::TrackBest::On); otherwise the last
    /// point.
    pub best: Point<F>,
    /// Number of steps taken.
    pub steps: u64,
    /// Number of evaluations of the objective.
    pub evaluations: u64,
    /// Reason for the end.
    #[serde(rename = "why")]
    pub reason: StopReason,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn serialized_names_are_those_of_earlier_versions() {
        for (reason, name) in [
            (StopReason::GradientTolerance, "gradient_small"),
            (StopReason::StepTolerance, "step_small"),
            (StopReason::TargetReached, "target_reached"),
            (StopReason::NoProgress, "no_progress"),
            (StopReason::MaxSteps, "steps_spent"),
            (StopReason::MaxEvaluations, "evaluations_spent"),
            (StopReason::Callback, "observer"),
            (StopReason::LineSearchFailed, "line_search_failed"),
            (StopReason::NotFinite, "not_finite"),
        ] {
            assert_eq!(serde_json::to_value(reason).expect("a unit variant serializes"), name);
        }
    }
}
