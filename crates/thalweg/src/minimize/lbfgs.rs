//! L-BFGS: steps along directions, each with a line search.

use std::mem;
use std::ops::ControlFlow;

use super::gradient_source::GradientSource;
use super::line_search::{Path, Trial, Wolfe, search};
use super::run_state::RunState;
use super::{Progress, StopCriteria, StopReason};
use crate::error::Result;
use crate::kernel::{Displacement, displacement, dot, subtract_from, write_scaled, write_sum};
use crate::method::Lbfgs;
use crate::optimizer::{CorrectionPair, Optimizer};
use crate::real::Real;

/// Increase of the value that may be a rounding error, in units of the last place of the value.
const NOISE_ULPS: f64 = 8.0;

/// Runs from `x`, which ends as the last point; returns the reason of the end.
pub(super) fn run<F: Real>(
    method: Lbfgs,
    source: &mut impl GradientSource<F>,
    optimizer: &mut Optimizer<F>,
    x: &mut Vec<F>,
    state: &mut RunState<F>,
    stop: &StopCriteria,
    mut callback: impl FnMut(&mut Progress<'_, F>) -> ControlFlow<()>,
) -> Result<StopReason> {
    optimizer.correction_pairs_mut().set_limit(method.memory);
    source.project(x);
    state.eval(source, optimizer, x)?;
    if !state.is_finite() {
        return Ok(StopReason::NotFinite);
    }
    let mut buffers = Buffers::default();
    loop {
        state.track_best(stop, x);
        let mut reason = state.reason(stop);
        if callback(&mut state.progress(x, optimizer)).is_break() {
            reason = reason.or(Some(StopReason::Callback));
        }
        if let Some(reason) = reason {
            return Ok(reason);
        }
        if !step(method, source, optimizer, x, state, stop, &mut buffers)? {
            return Ok(StopReason::LineSearchFailed);
        }
    }
}

/// Vectors whose memory each step takes over from the step before.
#[derive(Default)]
struct Buffers<F> {
    direction: Vec<F>,
    x: Vec<F>,
    gradient: Vec<F>,
}

/// Takes a step; returns `false` if no point along the direction has a lower value. After a failure with the pairs,
/// they are dropped, and the gradient alone gives the direction.
fn step<F: Real>(
    method: Lbfgs,
    source: &mut impl GradientSource<F>,
    optimizer: &mut Optimizer<F>,
    x: &mut Vec<F>,
    state: &mut RunState<F>,
    stop: &StopCriteria,
    buffers: &mut Buffers<F>,
) -> Result<bool> {
    let (mut before_x, mut before_gradient) = (mem::take(&mut buffers.x), mem::take(&mut buffers.gradient));
    before_x.clone_from(x);
    before_gradient.clone_from(&state.gradient);
    let before = Point { x: before_x, gradient: before_gradient, value: state.value };
    loop {
        let found = search_along(method, &before, source, optimizer, x, state, &mut buffers.direction)?;
        if found && state.is_finite() {
            break;
        }
        if optimizer.correction_pairs().is_empty() {
            x.clone_from(&before.x);
            state.eval(source, optimizer, x)?;
            return Ok(false);
        }
        optimizer.correction_pairs_mut().clear();
    }
    let Point { x: mut s, gradient: mut y, .. } = before;
    subtract_from(&mut s, 1.0, x);
    subtract_from(&mut y, state.goal_sign(), &state.gradient);
    state.step_is_short = stop.step_tolerance.is_some_and(|limit| dot(&s, &s).sqrt() <= limit);
    if let Some(unused) = optimizer.correction_pairs_mut().push(CorrectionPair { s, y }) {
        (buffers.x, buffers.gradient) = (unused.s, unused.y);
    }
    optimizer.count_step();
    state.step += 1;
    Ok(true)
}

/// A point with its value and gradient.
struct Point<F> {
    x: Vec<F>,
    gradient: Vec<F>,
    value: F,
}

/// Searches along the direction of descent from `before`. Where it succeeds, `x`, the value and the gradient of `state`
/// are those of the point found.
fn search_along<F: Real>(
    method: Lbfgs,
    before: &Point<F>,
    source: &mut impl GradientSource<F>,
    optimizer: &mut Optimizer<F>,
    x: &mut [F],
    state: &mut RunState<F>,
    direction: &mut Vec<F>,
) -> Result<bool> {
    let sign = state.goal_sign();
    set_descent_direction(direction, before, state, optimizer);
    let slope = sign * dot(&before.gradient, direction);
    if !(slope < 0.0 && slope.is_finite()) {
        return Ok(false);
    }
    let value = sign * before.value.to_f64();
    let first = if optimizer.correction_pairs().is_empty() {
        method.lr * (1.0 / dot(direction, direction).sqrt()).min(1.0)
    } else {
        method.lr
    };
    let mut eval = |alpha: f64| {
        write_sum(x, &before.x, alpha, direction);
        if let Some(bounds) = &state.bounds {
            bounds.clip(x);
        }
        source.project(x);
        let Displacement { product, is_scaled } = displacement(x, &before.x, alpha, direction, &before.gradient);
        state.eval(source, optimizer, x)?;
        Ok(Trial {
            alpha,
            value: if state.value.is_finite() { sign * state.value.to_f64() } else { f64::INFINITY },
            slope: sign * dot(&state.gradient, direction),
            promised: -sign * product,
            path: if is_scaled { Path::Line } else { Path::Projected },
        })
    };
    let start = Trial { alpha: 0.0, value, slope, promised: 0.0, path: Path::Line };
    let noise = NOISE_ULPS * F::EPSILON * value.abs();
    Ok(search(start, first, Wolfe { c1: method.c1, c2: method.c2, noise }, &mut eval)?.is_some())
}

/// Sets `direction` to −Hg in the coordinates that may move: those that are not frozen, nor at a bound that a step
/// would leave by.
fn set_descent_direction<F: Real>(
    direction: &mut Vec<F>,
    before: &Point<F>,
    state: &RunState<F>,
    optimizer: &Optimizer<F>,
) {
    direction.resize(before.gradient.len(), F::ZERO);
    write_scaled(direction, -state.goal_sign(), &before.gradient);
    let fix = |direction: &mut [F]| {
        if let Some(bounds) = &state.bounds {
            bounds.fix_active(&before.x, &before.gradient, direction);
        }
        optimizer.frozen_ranges().for_each(|range| direction[range].fill(F::ZERO));
    };
    fix(direction);
    optimizer.correction_pairs().apply(direction);
    fix(direction);
}
