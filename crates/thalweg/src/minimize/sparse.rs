//! The loop of sparse steps: as THE loop, but what no step touches is not looked at.

use std::ops::ControlFlow;

use super::{Outcome, Progress, Run, Stop, Why};
use crate::error::{Error, Result};
use crate::kernel::all_finite;
use crate::method::NonFinite;
use crate::objective::SparseObjective;
use crate::optimizer::{Optimizer, Told};
use crate::real::Real;

/// As [`minimize`](super::minimize), in steps that cost as much as the coordinates they touch: the point reached is the same, to
/// rounding. Of `stop`, the best point and short steps are not looked for.
///
/// Observers see `x` up to date where [`SparseObjective::wants_all`] says so, and the gradient at the coordinates touched.
///
/// ```
/// use std::ops::ControlFlow::Continue;
/// use thalweg::{Optimizer, Result, Sgd, SparseObjective, Stop, minimize_sparse};
/// /// Σ (x − 1)²/2, one coordinate at a time.
/// struct OneByOne { step: u32, at: [u32; 1] }
/// impl SparseObjective<f64> for OneByOne {
///     fn touch(&mut self) -> Result<&[u32]> {
///         (self.step, self.at) = (self.step + 1, [self.step % 1000]);
///         Ok(&self.at)
///     }
///     fn eval_at(&mut self, x: &[f64], g: &mut [f64]) -> Result<f64> {
///         g[0] = x[0] - 1.0;
///         Ok(g[0] * g[0] / 2.0)
///     }
///     fn wants_all(&self) -> bool {
///         false
///     }
/// }
/// let mut sgd = Optimizer::new(Sgd { lr: 0.5, ..Sgd::default() }, 1000)?;
/// let stop = Stop { steps: Some(60_000), ..Stop::default() };
/// let outcome = minimize_sparse(&mut OneByOne { step: 0, at: [0] }, &mut sgd, &[0.0; 1000], &stop, |_| Continue(()))?;
/// assert!(outcome.x.iter().all(|x| (x - 1.0).abs() < 1e-12)); // each was halved 60 times
/// # Ok::<(), thalweg::Error>(())
/// ```
///
/// # Errors
/// As [`minimize`](super::minimize); [`Error::Dense`] where the method cannot.
pub fn minimize_sparse<F: Real>(
    objective: &mut impl SparseObjective<F>,
    optimizer: &mut Optimizer<F>,
    start: &[F],
    stop: &Stop,
    mut see: impl FnMut(&mut Progress<'_, F>) -> ControlFlow<()>,
) -> Result<Outcome<F>> {
    stop.check()?;
    Error::length(&"the start", optimizer.len(), start.len())?;
    if !all_finite(start) {
        return Err(optimizer.not_finite("the start", &optimizer.cut(start)));
    }
    let mut x = start.to_vec();
    let mut run = Run::new(0, optimizer.around().goal);
    let refuses = optimizer.around().nonfinite == NonFinite::Refuse;
    loop {
        let at = objective.touch()?.to_vec();
        run.gradient.clear();
        run.gradient.resize(at.len(), F::ZERO);
        run.value = objective.eval_at(optimizer.ask_at(&mut x, &at)?, &mut run.gradient)?;
        run.evaluations += 1;
        if !run.value.is_finite() || (refuses && !all_finite(&run.gradient)) {
            optimizer.catch_up_all(&mut x)?;
            return Ok(run.end(x, Why::NotFinite));
        }
        let mut why = run.reason(stop);
        if objective.wants_all() || why.is_some() {
            optimizer.catch_up_all(&mut x)?;
        }
        let mut progress = Progress {
            step: run.step,
            evaluations: run.evaluations,
            x: &x,
            value: run.value,
            gradient: &run.gradient,
            optimizer: &mut *optimizer,
        };
        if see(&mut progress).is_break() {
            why = why.or(Some(Why::Observer));
        }
        if let Some(why) = why {
            optimizer.catch_up_all(&mut x)?;
            return Ok(run.end(x, why));
        }
        match optimizer.tell_at(&mut x, &at, &run.gradient)? {
            Told::Stepped => run.step += 1,
            Told::Skipped | Told::Gathered => run.skipped += 1,
        }
    }
}
