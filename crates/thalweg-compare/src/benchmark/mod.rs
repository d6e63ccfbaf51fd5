//! What methods compete on.

mod data;
mod problem;

pub use data::DataBenchmark;
pub use problem::ProblemBenchmark;

use std::sync::atomic::AtomicBool;

use serde::{Deserialize, Serialize};
use thalweg::{OptimizerSpec, ProblemInstance};
use thalweg_learn::Result;

use crate::curve::ConvergenceCurve;

/// What methods compete on: the same start, or the same batches, for all.
pub trait Benchmark: Sync {
    /// What it is, in words for the report.
    fn name(&self) -> String;

    /// The problem or the formula, if that is it.
    fn instance(&self) -> Option<&ProblemInstance> {
        None
    }

    /// What a run may spend, in words.
    fn budget(&self) -> String;

    /// What the value is, in words: f, or a loss.
    fn metric(&self) -> &'static str;

    /// The lowest value there is, and how that is known; `None` where it is to be taken from the runs.
    fn reference(&self) -> Option<(f64, String)>;

    /// Steps to the end of the budget.
    fn steps(&self) -> u64;

    /// Follows a method from the start, or through the batches, of this seed.
    ///
    /// # Errors
    /// Hyperparameters that cannot be.
    fn run(&self, spec: &OptimizerSpec, seed: u64, interrupt: &AtomicBool) -> Result<RunResult>;
}

/// What a run came to.
#[derive(Clone, Debug, PartialEq)]
pub struct RunResult {
    /// The lowest value so far against steps.
    pub curve: ConvergenceCurve,
    /// Steps taken.
    pub steps: u64,
    /// Seconds they took.
    pub seconds: f64,
    /// Why it ended.
    pub end_reason: EndReason,
}

/// Why a run ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum EndReason {
    /// The budget is spent.
    #[serde(rename = "budget")]
    BudgetSpent,
    /// The tightest target is reached.
    #[serde(rename = "target")]
    TargetReached,
    /// The value or the gradient is no longer finite.
    Diverged,
    /// It was interrupted: it does not count.
    Interrupted,
}

/// The targets on a function, or on data.
pub(crate) fn targets(function: bool) -> &'static [f64] {
    if function { &FUNCTION_TARGETS } else { &DATA_TARGETS }
}

/// Targets on a function, as shares of the gap at the start.
pub(crate) const FUNCTION_TARGETS: [f64; 5] = [1e-1, 1e-2, 1e-4, 1e-6, 1e-8];
/// Targets on data, where the lowest value is the lowest that was reached.
const DATA_TARGETS: [f64; 3] = [1e-1, 1e-2, 1e-3];
