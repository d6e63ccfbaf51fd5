//! Minimization with sparse gradients.

use std::ops::ControlFlow;

use super::run::{GradientSource, run};
use super::{Outcome, Progress, StopCriteria};
use crate::error::Result;
use crate::objective::SparseObjective;
use crate::optimizer::{Optimizer, StepOutcome};
use crate::real::Real;

/// Minimizes `objective` by sparse steps: [`minimize`](super::minimize) for gradients that are zero in all but a few
/// coordinates. The result is that of dense steps, to rounding.
///
/// A step costs as much as the coordinates of its gradient, because the updates of all others (momentum, weight
/// decay) stay pending until they are needed. Two criteria have the same meaning as in a dense run, and need all of
/// them:
///
/// - [`StopCriteria::track_best`], which is on by default, syncs `x` at every new best value. Turn it off where the
///   value is that of a mini-batch.
/// - [`StopCriteria::step_size`] compares ‖Δx‖ over all coordinates, those that move without a gradient included, and
///   therefore syncs `x` before and after every step.
///
/// The callback sees the gradient at the coordinates of the latest evaluation. It sees `x` synced at the end of the
/// run and where [`SparseObjective::needs_dense`] returns `true`; otherwise other coordinates may have pending
/// updates.
///
/// ```
/// use std::ops::ControlFlow::Continue;
/// use thalweg::method::Sgd;
/// use thalweg::minimize::TrackBest;
/// use thalweg::{Optimizer, Result, SparseObjective, StopCriteria, minimize_sparse};
/// /// Σ (x − 1)²/2, one coordinate at a time.
/// struct OneByOne { step: u32, index: [u32; 1] }
/// impl SparseObjective<f64> for OneByOne {
///     fn next_indices(&mut self) -> Result<&[u32]> {
///         (self.step, self.index) = (self.step + 1, [self.step % 1000]);
///         Ok(&self.index)
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
/// let stop = StopCriteria { steps: Some(60_000), track_best: TrackBest::Off, ..StopCriteria::default() };
/// let mut objective = OneByOne { step: 0, index: [0] };
/// let outcome = minimize_sparse(&mut objective, &mut sgd, &[0.0; 1000], &stop, |_| Continue(()))?;
/// assert!(outcome.x.iter().all(|x| (x - 1.0).abs() < 1e-12)); // each error was halved 60 times
/// # Ok::<(), thalweg::Error>(())
/// ```
///
/// # Errors
/// As [`minimize`](super::minimize); [`Error::SparseUnsupported`](crate::Error::SparseUnsupported) if the method or
/// an option requires dense steps.
pub fn minimize_sparse<F: Real>(
    objective: &mut impl SparseObjective<F>,
    optimizer: &mut Optimizer<F>,
    start: &[F],
    stop: &StopCriteria,
    callback: impl FnMut(&mut Progress<'_, F>) -> ControlFlow<()>,
) -> Result<Outcome<F>> {
    run(Sparse { objective, indices: Vec::new() }, optimizer, start, stop, callback)
}

/// Gradients of a few coordinates.
struct Sparse<'a, O> {
    objective: &'a mut O,
    /// Coordinates of the latest evaluation.
    indices: Vec<u32>,
}

impl<F: Real, O: SparseObjective<F>> GradientSource<F> for Sparse<'_, O> {
    fn eval(&mut self, optimizer: &mut Optimizer<F>, x: &mut [F], gradient: &mut Vec<F>) -> Result<F> {
        self.indices.clear();
        self.indices.extend_from_slice(self.objective.next_indices()?);
        gradient.clear();
        gradient.resize(self.indices.len(), F::ZERO);
        self.objective.eval_sparse(optimizer.eval_point_sparse(x, &self.indices)?, gradient)
    }

    fn step(&mut self, optimizer: &mut Optimizer<F>, x: &mut [F], gradient: &[F]) -> Result<StepOutcome> {
        optimizer.step_sparse(x, &self.indices, gradient)
    }

    fn sync(&self, optimizer: &mut Optimizer<F>, x: &mut [F]) -> Result<()> {
        optimizer.sync_all(x)
    }

    fn needs_sync(&self) -> bool {
        self.objective.needs_dense()
    }
}
