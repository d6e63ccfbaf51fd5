//! The loop that dense and sparse runs share.

use std::ops::ControlFlow;

use super::bounds::FeasibleBox;
use super::gradient_source::GradientSource;
use super::lbfgs;
use super::run_state::{RunSettings, RunState};
use super::{Outcome, Progress, StopReason, TrackBest};
use crate::error::{Error, Result};
use crate::kernel::all_finite;
use crate::method::NonFinite;
use crate::optimizer::Optimizer;
use crate::real::Real;

/// Runs until a criterion holds, the callback breaks, or a number is not finite.
pub(super) fn run<F: Real>(
    mut source: impl GradientSource<F>,
    optimizer: &mut Optimizer<F>,
    start: &[F],
    settings: &RunSettings<F>,
    mut callback: impl FnMut(&mut Progress<'_, F>) -> ControlFlow<()>,
) -> Result<Outcome<F>> {
    let RunSettings { criteria: stop, lower, upper } = settings;
    stop.check()?;
    Error::length(&"the start", optimizer.len(), start.len())?;
    if !all_finite(start) {
        return Err(optimizer.not_finite("the start", start));
    }
    let goal = optimizer.options().goal;
    let bounds = FeasibleBox::new([lower.as_ref(), upper.as_ref()], start.len(), goal)?;
    let mut x = start.to_vec();
    if let Some(bounds) = &bounds {
        bounds.clip(&mut x);
    }
    let mut state = RunState::new(goal, bounds);
    if optimizer.saga().is_some() {
        return Err(Error::InvalidValue {
            what: "the objective of saga".into(),
            expected: "a sum over rows of losses of linear scores, as a fit has (lbfgs takes any smooth function)"
                .into(),
            found: "a function with its gradient".into(),
        });
    }
    if let Some(method) = optimizer.lbfgs() {
        if source.is_sparse() {
            return Err(Error::SparseUnsupported(optimizer.sparse_unsupported().unwrap_or_default()));
        }
        let reason = lbfgs::run(method, &mut source, optimizer, &mut x, &mut state, stop, callback)?;
        return Ok(state.end(x, reason));
    }
    let refuses = optimizer.options().nonfinite == NonFinite::Refuse;
    loop {
        state.eval(&mut source, optimizer, &mut x)?;
        if !state.value.is_finite() || (refuses && !all_finite(&state.gradient)) {
            source.sync(optimizer, &mut x)?;
            if state.value.is_finite() {
                // A point without a gradient, such as the minimum of the absolute value as the root of a square.
                state.track_best(stop, optimizer.checked_eval_point(&x));
            }
            return Ok(state.end(x, StopReason::NotFinite));
        }
        if stop.track_best == TrackBest::On && state.is_best() {
            source.sync(optimizer, &mut x)?;
            state.track_best(stop, optimizer.checked_eval_point(&x));
        } else {
            state.track_best(stop, &x);
        }
        let mut reason = state.reason(stop);
        if source.needs_sync() || reason.is_some() {
            source.sync(optimizer, &mut x)?;
        }
        if callback(&mut state.progress(&x, optimizer)).is_break() {
            reason = reason.or(Some(StopReason::Callback));
        }
        if let Some(reason) = reason {
            source.sync(optimizer, &mut x)?;
            return Ok(state.end(x, reason));
        }
        state.step(&mut source, optimizer, &mut x, stop.step_tolerance)?;
    }
}
