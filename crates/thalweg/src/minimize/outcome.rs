//! How a run ended.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::real::Real;

/// Why a run ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum StopReason {
    /// The gradient's norm fell to the limit.
    GradientTolerance,
    /// A step was as short as the limit.
    StepTolerance,
    /// The target value was reached.
    TargetReached,
    /// No better value for as many steps as were borne.
    NoProgress,
    /// All steps were taken.
    MaxSteps,
    /// All evaluations were made.
    MaxEvaluations,
    /// The observer ended it.
    Callback,
    /// The value or the gradient was not finite: the run diverged, or left the domain.
    NotFinite,
}

impl fmt::Display for StopReason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::GradientTolerance => "the gradient is small",
            Self::StepTolerance => "the steps are small",
            Self::TargetReached => "the target is reached",
            Self::NoProgress => "no progress",
            Self::MaxSteps => "all steps are spent",
            Self::MaxEvaluations => "all evaluations are spent",
            Self::Callback => "the observer ended it",
            Self::NotFinite => "the value or the gradient is not finite",
        })
    }
}

/// A point, its value, and the step at which it was reached.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(bound = "F: Real")]
pub struct Point<F> {
    /// Where.
    pub x: Vec<F>,
    /// The objective there.
    pub value: F,
    /// When.
    pub step: u64,
}

/// Where a run ended, and why.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(bound = "F: Real")]
pub struct Outcome<F> {
    /// The last parameters.
    pub x: Vec<F>,
    /// The last value: at `x`, but for methods that look ahead, which evaluate elsewhere.
    pub value: F,
    /// The norm of the last gradient.
    pub gradient_norm: f64,
    /// The best finite point seen ([`TrackBest::On`](super::TrackBest::On)), else the last.
    pub best: Point<F>,
    /// Steps taken.
    pub steps: u64,
    /// Evaluations made.
    pub evaluations: u64,
    /// Why it ended.
    #[serde(rename = "why")]
    pub reason: StopReason,
}
