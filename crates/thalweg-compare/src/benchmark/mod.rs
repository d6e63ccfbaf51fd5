//! Benchmarks: problems, formulas and data on which methods are compared.

#[cfg(feature = "learn")]
mod data;
mod problem;

#[cfg(feature = "learn")]
pub use data::DataBenchmark;
pub use problem::{ProblemBenchmark, RecordedRun};

use std::collections::BTreeMap;
use std::sync::atomic::AtomicBool;

use serde::{Deserialize, Serialize};
use thalweg::OptimizerSpec;
use thalweg_problems::ProblemInstance;

use crate::curve::ConvergenceCurve;
use crate::error::Result;

/// A task on which methods are compared, with the same start or the same batches for all of them.
pub trait Benchmark: Sync {
    /// Returns the name shown in the report.
    fn name(&self) -> String;

    /// Returns the problem or the formula; `None` for data.
    fn instance(&self) -> Option<&ProblemInstance> {
        None
    }

    /// Returns the settings of a training by their names, with checksums of the rows; empty for a function.
    fn data_settings(&self) -> BTreeMap<String, String> {
        BTreeMap::new()
    }

    /// Describes the budget of a run, such as `300 steps`.
    fn budget(&self) -> String;

    /// Returns the name of the compared value: `f`, or the kind of loss.
    fn metric(&self) -> &'static str;

    /// Returns the value from which gaps are measured; `None` if it is to be taken from the runs.
    fn reference(&self) -> Option<Reference>;

    /// Returns the number of steps in the budget.
    fn steps(&self) -> u64;

    /// Runs a method from the start, or through the batches, of this seed.
    ///
    /// # Errors
    /// A hyperparameter or an option outside its range; an error of the objective.
    fn run(&self, spec: &OptimizerSpec, seed: u64, interrupt: &AtomicBool) -> Result<RunResult>;
}

/// Value from which gaps are measured.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(from = "(f64, String)", into = "(f64, String)")]
pub struct Reference {
    /// Lowest value of the benchmark, as far as it is known.
    pub value: f64,
    /// Origin of the value, in words.
    pub source: String,
}

impl From<(f64, String)> for Reference {
    fn from((value, source): (f64, String)) -> Self {
        Self { value, source }
    }
}

impl From<Reference> for (f64, String) {
    fn from(reference: Reference) -> Self {
        (reference.value, reference.source)
    }
}

/// Result of one run.
#[derive(Clone, Debug, PartialEq)]
pub struct RunResult {
    /// Lowest value so far against steps.
    pub curve: ConvergenceCurve,
    /// Number of steps taken.
    pub steps: u64,
    /// Duration of the run in seconds.
    pub seconds: f64,
    /// Reason why the run ended.
    pub end_reason: EndReason,
}

/// Reason why a compared run ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum EndReason {
    /// The budget is spent.
    #[serde(rename = "budget")]
    BudgetSpent,
    /// The tightest target is reached.
    #[serde(rename = "target")]
    TargetReached,
    /// The method ended before: its gradient is 0 to the tolerance, or no step lowered the value.
    Converged,
    /// The value or the gradient is no longer finite.
    Diverged,
    /// The run was interrupted and does not count.
    Interrupted,
}

/// Kind of benchmark, which decides the targets.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum BenchmarkKind {
    Function,
    Data,
}

impl BenchmarkKind {
    pub(crate) fn of(benchmark: &dyn Benchmark) -> Self {
        if benchmark.instance().is_some() { Self::Function } else { Self::Data }
    }

    /// Returns the targets as fractions of the initial gap, loosest first.
    pub(crate) fn targets(self) -> &'static [f64] {
        match self {
            Self::Function => &FUNCTION_TARGETS,
            Self::Data => &DATA_TARGETS,
        }
    }

    /// Returns the smallest target.
    pub(crate) fn tightest_target(self) -> f64 {
        match self {
            Self::Function => FUNCTION_TARGETS[FUNCTION_TARGETS.len() - 1],
            Self::Data => DATA_TARGETS[DATA_TARGETS.len() - 1],
        }
    }
}

/// Targets on a function, as fractions of the initial gap.
const FUNCTION_TARGETS: [f64; 5] = [1e-1, 1e-2, 1e-4, 1e-6, 1e-8];
/// Targets on data, where the reference is the lowest value that a run reached.
const DATA_TARGETS: [f64; 3] = [1e-1, 1e-2, 1e-3];
