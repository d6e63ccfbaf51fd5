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
}

impl<F: Real, C: FnMut(&[F], &mut [F]) -> F> Objective<F> for C {
    fn eval(&mut self, x: &[F], g: &mut [F]) -> Result<F> {
        Ok(self(x, g))
    }
}
