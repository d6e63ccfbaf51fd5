//! What is minimized: x → (f, ∇f).

use crate::error::Result;
use crate::real::Real;

/// A function with its gradient. A mini-batch of data is one too, with its own idea of the next batch.
///
/// Closures are objectives:
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
    /// Writes ∇f(x) to `g` (as long as `x`) and returns f(x).
    ///
    /// # Errors
    /// Where the value cannot be had at all (a file ended). A value or gradient that is not finite
    /// is no error: the loop ends with that as its reason.
    fn eval(&mut self, x: &[F], g: &mut [F]) -> Result<F>;

    /// Corrects x after a step: a projection onto what is allowed, or a proximal step of what has no gradient. Does nothing
    /// unless it is written.
    ///
    /// ```
    /// use std::ops::ControlFlow::Continue;
    /// use thalweg::{Objective, Optimizer, Result, Sgd, StopCriteria, minimize};
    /// /// (x − 2)²/2 on the interval up to 1.
    /// struct Bounded;
    /// impl Objective<f64> for Bounded {
    ///     fn eval(&mut self, x: &[f64], g: &mut [f64]) -> Result<f64> {
    ///         g[0] = x[0] - 2.0;
    ///         Ok(g[0] * g[0] / 2.0)
    ///     }
    ///     fn settle(&mut self, x: &mut [f64]) {
    ///         x[0] = x[0].min(1.0);
    ///     }
    /// }
    /// let mut sgd = Optimizer::new(Sgd { lr: 0.1, ..Sgd::default() }, 1)?;
    /// let stop = StopCriteria { steps: Some(100), ..StopCriteria::default() };
    /// assert_eq!(minimize(&mut Bounded, &mut sgd, &[0.0], &stop, |_| Continue(()))?.x, [1.0]);
    /// # Ok::<(), thalweg::Error>(())
    /// ```
    fn project(&mut self, x: &mut [F]) {
        let _ = x;
    }
}

/// A function whose value at each evaluation depends on few coordinates, and that says beforehand on which: a mini-batch of
/// rows with few columns each. What it is given and gives are compact: one number for each coordinate touched.
pub trait SparseObjective<F: Real> {
    /// The coordinates that the next evaluation depends on, ascending.
    ///
    /// # Errors
    /// As [`Objective::eval`].
    fn next_indices(&mut self) -> Result<&[u32]>;

    /// Writes the gradient at the coordinates touched to `g` and returns the value; `x` holds their values.
    ///
    /// # Errors
    /// As [`Objective::eval`].
    fn eval_sparse(&mut self, x: &[F], g: &mut [F]) -> Result<F>;

    /// Whether all of x is wanted after this evaluation: then every coordinate is brought up to date.
    fn needs_dense(&self) -> bool;
}

impl<F: Real, C: FnMut(&[F], &mut [F]) -> F> Objective<F> for C {
    fn eval(&mut self, x: &[F], g: &mut [F]) -> Result<F> {
        Ok(self(x, g))
    }
}
