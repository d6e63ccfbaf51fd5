//! Whole minimizations: evaluate, check the stopping criteria, step.

mod bounds;
mod builder;
mod criteria;
mod gradient_source;
mod lbfgs;
mod line_search;
mod outcome;
mod proximal_step;
mod recorder;
mod run;
mod run_state;
mod saga;
mod saga_epoch;
mod settings;

pub use bounds::Bounds;
pub use builder::{CallbackFn, Minimize, NewOptimizer};
pub use criteria::{StopCriteria, TrackBest};
pub use outcome::{Outcome, Point, StopReason};
pub use recorder::{RecordedPoint, RunRecorder};

use crate::optimizer::Optimizer;
use crate::real::Real;

/// State of a run, passed to the callback before each step and once more at the end.
#[derive(Debug)]
pub struct Progress<'a, F: Real> {
    /// Number of steps taken so far. Several accumulated gradients make one step.
    pub step: u64,
    /// Number of evaluations of the objective so far, including the current one.
    pub evaluations: u64,
    /// Parameters before the coming step.
    pub x: &'a [F],
    /// Objective value at the latest evaluation point: `x`, except for methods with lookahead.
    pub value: F,
    /// Gradient at the same point.
    pub gradient: &'a [F],
    /// The optimizer, for its learning rate or its average; `observe` passes a loss to a plateau schedule.
    pub optimizer: &'a mut Optimizer<F>,
}
