//! The loop of sparse steps: as THE loop, but what no step touches is not looked at.

use std::ops::ControlFlow;

use super::{Outcome, Progress, RunState, StopCriteria, StopReason};
use crate::error::{Error, Result};
use crate::kernel::all_finite;
use crate::method::NonFinite;
use crate::objective::SparseObjective;
use crate::optimizer::{Optimizer, StepOutcome};
use crate::real::Real;

/// As [`minimize`](super::minimize), in steps that cost as much as the coordinates they touch: the point reached is the same, to
/// rounding. Of `stop`, the best point and short steps are not looked for.
///
/// Observers see `x` up to date where [`SparseObjective::needs_dense`] says so, and the gradient at the coordinates touched.
///
/// ```
/// use std::ops::ControlFlow::Continue;
/// use thalweg::{Optimizer, Result, Sgd, SparseObjective, StopCriteria, minimize_sparse};
/// /// Σ (x − 1)²/2, one coordinate at a time.
/// struct OneByOne { step: u32, at: [u32; 1] }
/// impl SparseObjective<f64> for OneByOne {
///     fn touch(&mut self) -> Result<&[u32]> {
///         (self.step, self.at) = (self.step + 1, [self.step % 1000]);
///         Ok(&self.at)
///     }
///     fn eval_sparse(&mut self, x: &[f64], g: &mut [f64]) -> Result<f64> {
///         g[0] = x[0] - 1.0;
///         Ok(g[0] * g[0] / 2.0)
///     }
///     fn needs_dense(&self) -> bool {
///         false
///     }
/// }
/// let mut sgd = Optimizer::new(Sgd { lr: 0.5, ..Sgd::default() }, 1000)?;
/// let stop = StopCriteria { steps: Some(60_000), ..StopCriteria::default() };
/// let outcome = minimize_sparse(&mut OneByOne { step: 0, at: [0] }, &mut sgd, &[0.0; 1000], &stop, |_| Continue(()))?;
/// assert!(outcome.x.iter().all(|x| (x - 1.0).abs() < 1e-12)); // each was halved 60 times
/// # Ok::<(), thalweg::Error>(())
/// ```
///
/// # Errors
/// As [`minimize`](super::minimize); [`Error::SparseUnsupported`] where the method cannot.
pub fn minimize_sparse<F: Real>(
    objective: &mut impl SparseObjective<F>,
    optimizer: &mut Optimizer<F>,
    start: &[F],
    stop: &StopCriteria,
    mut callback: impl FnMut(&mut Progress<'_, F>) -> ControlFlow<()>,
) -> Result<Outcome<F>> {
    stop.check()?;
    Error::length(&"the start", optimizer.len(), start.len())?;
    if !all_finite(start) {
        return Err(optimizer.not_finite("the start", &optimizer.cut(start)));
    }
    let mut x = start.to_vec();
    let mut run = RunState::new(0, optimizer.options().goal);
    let refuses = optimizer.options().nonfinite == NonFinite::Refuse;
    loop {
        let at = objective.next_indices()?.to_vec();
        run.gradient.clear();
        run.gradient.resize(at.len(), F::ZERO);
        run.value = objective.eval_sparse(optimizer.eval_point_sparse(&mut x, &at)?, &mut run.gradient)?;
        run.evaluations += 1;
        if !run.value.is_finite() || (refuses && !all_finite(&run.gradient)) {
            optimizer.sync_all(&mut x)?;
            return Ok(run.end(x, StopReason::NotFinite));
        }
        let mut reason = run.reason(stop);
        if objective.needs_dense() || reason.is_some() {
            optimizer.sync_all(&mut x)?;
        }
        let mut progress = Progress {
            step: run.step,
            evaluations: run.evaluations,
            x: &x,
            value: run.value,
            gradient: &run.gradient,
            optimizer: &mut *optimizer,
        };
        if callback(&mut progress).is_break() {
            reason = reason.or(Some(StopReason::Callback));
        }
        if let Some(reason) = reason {
            optimizer.sync_all(&mut x)?;
            return Ok(run.end(x, reason));
        }
        match optimizer.step_sparse(&mut x, &at, &run.gradient)? {
            StepOutcome::Stepped => run.step += 1,
            StepOutcome::Skipped | StepOutcome::Accumulated => run.skipped += 1,
        }
    }
}
