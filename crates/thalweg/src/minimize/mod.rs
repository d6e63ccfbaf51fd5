//! Minimization loops: evaluate, check the stopping criteria, step.

mod criteria;
mod outcome;
mod recorder;
mod run;
mod sparse;

pub use criteria::{StopCriteria, TrackBest};
pub use outcome::{Outcome, Point, StopReason};
pub use recorder::{RecordedPoint, RunRecorder};
pub use sparse::minimize_sparse;

use std::ops::ControlFlow;

use crate::error::Result;
use crate::method::NonFinite;
use crate::objective::Objective;
use crate::optimizer::{Optimizer, StepOutcome};
use crate::real::Real;
use run::{GradientSource, run};

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

/// Minimizes `objective` from `start` until one of the criteria in `stop` holds or `callback` breaks.
///
/// Every ending is a value: a run that does not converge is not an error. With `goal = maximize` among the
/// optimizer's options the objective is maximized.
///
/// ```
/// use std::ops::ControlFlow::Continue;
/// use thalweg::method::Momentum;
/// use thalweg::{Optimizer, StopCriteria, StopReason, minimize};
/// let mut ravine = |x: &[f64], g: &mut [f64]| {
///     (g[0], g[1]) = (x[0] / 10.0, 2.0 * x[1]);
///     x[0] * x[0] / 20.0 + x[1] * x[1]
/// };
/// let mut momentum = Optimizer::new(Momentum { lr: 0.1, ..Momentum::default() }, 2)?;
/// let stop = StopCriteria { gradient_norm: Some(1e-6), ..StopCriteria::default() };
/// let outcome = minimize(&mut ravine, &mut momentum, &[-7.0, 2.0], &stop, |_| Continue(()))?;
/// assert_eq!(outcome.reason, StopReason::GradientTolerance);
/// assert!(outcome.value < 1e-10);
/// # Ok::<(), thalweg::Error>(())
/// ```
///
/// # Errors
/// A start of the wrong length or with a number that is not finite, a criterion out of range, and errors of the
/// objective.
pub fn minimize<F: Real>(
    objective: &mut impl Objective<F>,
    optimizer: &mut Optimizer<F>,
    start: &[F],
    stop: &StopCriteria,
    callback: impl FnMut(&mut Progress<'_, F>) -> ControlFlow<()>,
) -> Result<Outcome<F>> {
    run(Dense(objective), optimizer, start, stop, callback)
}

/// Gradients of all coordinates.
struct Dense<'a, O>(&'a mut O);

impl<F: Real, O: Objective<F>> GradientSource<F> for Dense<'_, O> {
    fn eval(&mut self, optimizer: &mut Optimizer<F>, x: &mut [F], gradient: &mut Vec<F>) -> Result<F> {
        gradient.resize(x.len(), F::ZERO);
        self.0.eval(optimizer.eval_point(x)?, gradient)
    }

    fn step(&mut self, optimizer: &mut Optimizer<F>, x: &mut [F], gradient: &[F]) -> Result<StepOutcome> {
        // With `Refuse` the loop has already ended for a gradient that is not finite.
        let outcome = if optimizer.options().nonfinite == NonFinite::Refuse {
            optimizer.step_finite(x, gradient)
        } else {
            optimizer.step(x, gradient)
        }?;
        if outcome == StepOutcome::Stepped {
            self.0.project(x);
        }
        Ok(outcome)
    }

    fn sync(&self, _: &mut Optimizer<F>, _: &mut [F]) -> Result<()> {
        Ok(())
    }

    fn needs_sync(&self) -> bool {
        false
    }
}
