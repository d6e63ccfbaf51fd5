//! Objectives: functions with their gradients.

mod finite_sum;

pub use finite_sum::LinearFiniteSum;

use crate::error::Result;
use crate::real::Real;

/// A function to minimize, with its gradient. It may be another function at each evaluation, such as the loss of the
/// next mini-batch.
///
/// A closure that writes the gradient and returns the value is an objective:
///
/// ```
/// use thalweg::Objective;
/// let mut bowl = |x: &[f64], g: &mut [f64]| { g[0] = x[0]; x[0] * x[0] / 2.0 };
/// let mut g = [0.0];
/// assert_eq!(bowl.eval(&[3.0], &mut g)?, 4.5);
/// assert_eq!(g, [3.0]);
/// # Ok::<(), thalweg::Error>(())
/// ```
pub trait Objective<F: Real> {
    /// Writes the gradient ∇f(x) to `g`, which is as long as `x`, and returns f(x).
    ///
    /// # Errors
    /// A failure to evaluate, such as the unexpected end of a file. A value or gradient that is not finite is not an
    /// error: it ends the run with [`StopReason::NotFinite`](crate::StopReason::NotFinite).
    fn eval(&mut self, x: &[F], g: &mut [F]) -> Result<F>;

    /// Corrects x after each step, for example by projection onto a feasible set or by a proximal operator. By
    /// default it leaves x unchanged.
    ///
    /// ```
    /// use thalweg::prelude::*;
    /// use thalweg::Result;
    /// /// (x − 2)²/2 for x ≤ 1; `Minimize::upper_bounds` does the same.
    /// struct Bounded;
    /// impl Objective<f64> for Bounded {
    ///     fn eval(&mut self, x: &[f64], g: &mut [f64]) -> Result<f64> {
    ///         g[0] = x[0] - 2.0;
    ///         Ok(g[0] * g[0] / 2.0)
    ///     }
    ///     fn project(&mut self, x: &mut [f64]) {
    ///         x[0] = x[0].min(1.0);
    ///     }
    /// }
    /// let outcome = Minimize::new(sgd(0.1)).max_steps(100).run(&mut Bounded, &[0.0])?;
    /// assert_eq!(outcome.x, [1.0]);
    /// # Ok::<(), thalweg::Error>(())
    /// ```
    fn project(&mut self, x: &mut [F]) {
        let _ = x;
    }
}

/// An objective that depends on a few coordinates at each evaluation and knows them in advance, such as the loss of a
/// mini-batch of sparse rows. Its points and gradients are compact: one number for each of these coordinates.
pub trait SparseObjective<F: Real> {
    /// Returns the coordinates on which the next evaluation depends, in ascending order.
    ///
    /// # Errors
    /// The same errors as [`Objective::eval`].
    fn next_indices(&mut self) -> Result<&[u32]>;

    /// Evaluates the objective where the coordinates of [`next_indices`](Self::next_indices) are `x`. Writes the
    /// gradient with respect to them to `g` and returns the value.
    ///
    /// # Errors
    /// The same errors as [`Objective::eval`].
    fn eval_sparse(&mut self, x: &[F], g: &mut [F]) -> Result<F>;

    /// Returns `true` if the callback of [`Minimize::run_sparse`](crate::Minimize::run_sparse) requires all of x after
    /// this evaluation.
    fn needs_dense(&self) -> bool;
}

impl<F: Real, C: FnMut(&[F], &mut [F]) -> F> Objective<F> for C {
    fn eval(&mut self, x: &[F], g: &mut [F]) -> Result<F> {
        Ok(self(x, g))
    }
}
