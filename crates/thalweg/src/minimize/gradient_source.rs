//! Dense and sparse gradients: the operations in which runs differ.

use super::bounds::FeasibleBox;
use crate::error::Result;
use crate::method::NonFinite;
use crate::objective::{Objective, SparseObjective};
use crate::optimizer::{Optimizer, StepOutcome};
use crate::real::Real;

/// An objective with the kind of its gradients.
pub(super) trait GradientSource<F: Real> {
    /// Evaluates the objective where `optimizer` requires its next gradient, in `bounds`, writes the gradient and
    /// returns the value.
    fn eval(
        &mut self,
        optimizer: &mut Optimizer<F>,
        x: &mut [F],
        gradient: &mut Vec<F>,
        bounds: Option<&mut FeasibleBox<F>>,
    ) -> Result<F>;

    /// Steps with the gradient of the latest evaluation, then projects x.
    fn step(
        &mut self,
        optimizer: &mut Optimizer<F>,
        x: &mut [F],
        gradient: &[F],
        bounds: Option<&FeasibleBox<F>>,
    ) -> Result<StepOutcome>;

    /// Corrects a point as the objective does after a step.
    fn project(&mut self, x: &mut [F]);

    /// Returns `true` for gradients of a few coordinates.
    fn is_sparse(&self) -> bool;

    /// Applies all pending updates, so that every coordinate of `x` is current.
    fn sync(&self, optimizer: &mut Optimizer<F>, x: &mut [F]) -> Result<()>;

    /// Returns `true` if the callback must see all of `x` synced.
    fn needs_sync(&self) -> bool;
}

/// Gradients of all coordinates.
pub(super) struct Dense<'a, O>(pub(super) &'a mut O);

impl<F: Real, O: Objective<F>> GradientSource<F> for Dense<'_, O> {
    fn eval(
        &mut self,
        optimizer: &mut Optimizer<F>,
        x: &mut [F],
        gradient: &mut Vec<F>,
        bounds: Option<&mut FeasibleBox<F>>,
    ) -> Result<F> {
        gradient.resize(x.len(), F::ZERO);
        let point = optimizer.eval_point(x)?;
        match bounds {
            None => self.0.eval(point, gradient),
            Some(bounds) => bounds.eval(point, |i| i, gradient, |point, gradient| self.0.eval(point, gradient)),
        }
    }

    fn step(
        &mut self,
        optimizer: &mut Optimizer<F>,
        x: &mut [F],
        gradient: &[F],
        bounds: Option<&FeasibleBox<F>>,
    ) -> Result<StepOutcome> {
        // With `Refuse` the loop has already ended for a gradient that is not finite.
        let outcome = if optimizer.options().nonfinite == NonFinite::Refuse {
            optimizer.step_finite(x, gradient)
        } else {
            optimizer.step(x, gradient)
        }?;
        if outcome == StepOutcome::Stepped {
            self.0.project(x);
            if let Some(bounds) = bounds {
                bounds.clip(x);
            }
        }
        Ok(outcome)
    }

    fn project(&mut self, x: &mut [F]) {
        self.0.project(x);
    }

    fn is_sparse(&self) -> bool {
        false
    }

    fn sync(&self, _: &mut Optimizer<F>, _: &mut [F]) -> Result<()> {
        Ok(())
    }

    fn needs_sync(&self) -> bool {
        false
    }
}

/// Gradients of a few coordinates.
pub(super) struct Sparse<'a, O> {
    objective: &'a mut O,
    /// Coordinates of the latest evaluation.
    indices: Vec<u32>,
}

impl<'a, O> Sparse<'a, O> {
    pub(super) fn new(objective: &'a mut O) -> Self {
        Self { objective, indices: Vec::new() }
    }
}

impl<F: Real, O: SparseObjective<F>> GradientSource<F> for Sparse<'_, O> {
    fn eval(
        &mut self,
        optimizer: &mut Optimizer<F>,
        x: &mut [F],
        gradient: &mut Vec<F>,
        bounds: Option<&mut FeasibleBox<F>>,
    ) -> Result<F> {
        let Self { objective, indices } = self;
        indices.clear();
        indices.extend_from_slice(objective.next_indices()?);
        gradient.clear();
        gradient.resize(indices.len(), F::ZERO);
        let point = optimizer.eval_point_sparse(x, indices)?;
        let mut eval = |point: &[F], gradient: &mut [F]| objective.eval_sparse(point, gradient);
        match bounds {
            None => eval(point, gradient),
            Some(bounds) => bounds.eval(point, |k| indices[k] as usize, gradient, eval),
        }
    }

    fn step(
        &mut self,
        optimizer: &mut Optimizer<F>,
        x: &mut [F],
        gradient: &[F],
        bounds: Option<&FeasibleBox<F>>,
    ) -> Result<StepOutcome> {
        let outcome = optimizer.step_sparse(x, &self.indices, gradient)?;
        match bounds {
            // Pending updates move other coordinates as well, and each of these steps ends in the box.
            Some(bounds) if optimizer.is_stale() => {
                optimizer.sync_all(x)?;
                bounds.clip(x);
            }
            Some(bounds) => bounds.clip_at(x, &self.indices),
            None => {}
        }
        Ok(outcome)
    }

    fn project(&mut self, _: &mut [F]) {}

    fn is_sparse(&self) -> bool {
        true
    }

    fn sync(&self, optimizer: &mut Optimizer<F>, x: &mut [F]) -> Result<()> {
        optimizer.sync_all(x)
    }

    fn needs_sync(&self) -> bool {
        self.objective.needs_dense()
    }
}
