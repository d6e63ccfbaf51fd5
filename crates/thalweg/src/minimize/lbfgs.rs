//! L-BFGS: steps along directions, each with a line search.

use std::ops::ControlFlow;

use super::gradient_source::GradientSource;
use super::line_search::{Path, Trial, Wolfe, search};
use super::run_state::RunState;
use super::{Progress, StopCriteria, StopReason};
use crate::error::Result;
use crate::kernel::dot;
use crate::method::{Goal, Lbfgs};
use crate::optimizer::{CorrectionPair, Optimizer, add_scaled};
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
    loop {
        state.track_best(stop, x);
        let mut reason = state.reason(stop);
        if callback(&mut state.progress(x, optimizer)).is_break() {
            reason = reason.or(Some(StopReason::Callback));
        }
        if let Some(reason) = reason {
            return Ok(reason);
        }
        if !step(method, source, optimizer, x, state, stop)? {
            return Ok(StopReason::LineSearchFailed);
        }
    }
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
) -> Result<bool> {
    let before = Point { x: x.clone(), gradient: state.gradient.clone(), value: state.value };
    loop {
        let found = search_along(method, &before, source, optimizer, x, state)?;
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
    let difference = |new: &[F], old: &[F]| new.iter().zip(old).map(|(new, old)| *new - *old).collect::<Vec<_>>();
    let (s, mut y) = (difference(x, &before.x), difference(&state.gradient, &before.gradient));
    if state.goal == Goal::Maximize {
        for y in &mut y {
            *y = -*y;
        }
    }
    state.step_is_short = stop.step_tolerance.is_some_and(|limit| dot(&s, &s).sqrt() <= limit);
    optimizer.correction_pairs_mut().push(CorrectionPair { s, y });
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
) -> Result<bool> {
    let sign = if state.goal == Goal::Minimize { 1.0 } else { -1.0 };
    let direction = descent_direction(before, state, optimizer, sign);
    let slope = sign * dot(&before.gradient, &direction);
    if !(slope < 0.0 && slope.is_finite()) {
        return Ok(false);
    }
    let value = sign * before.value.to_f64();
    let first = if optimizer.correction_pairs().is_empty() {
        method.lr * (1.0 / dot(&direction, &direction).sqrt()).min(1.0)
    } else {
        method.lr
    };
    let mut displacement = vec![F::ZERO; x.len()];
    let mut eval = |alpha: f64| {
        x.copy_from_slice(&before.x);
        add_scaled(x, alpha, &direction);
        displacement.copy_from_slice(x);
        if let Some(bounds) = &state.bounds {
            bounds.clip(x);
        }
        source.project(x);
        let path = if displacement == *x { Path::Line } else { Path::Projected };
        state.eval(source, optimizer, x)?;
        displacement.iter_mut().zip(&*x).zip(&before.x).for_each(|((d, x), before)| *d = *x - *before);
        Ok(Trial {
            alpha,
            value: if state.value.is_finite() { sign * state.value.to_f64() } else { f64::INFINITY },
            slope: sign * dot(&state.gradient, &direction),
            promised: -sign * dot(&before.gradient, &displacement),
            path,
        })
    };
    let start = Trial { alpha: 0.0, value, slope, promised: 0.0, path: Path::Line };
    let noise = NOISE_ULPS * F::EPSILON * value.abs();
    Ok(search(start, first, Wolfe { c1: method.c1, c2: method.c2, noise }, &mut eval)?.is_some())
}

/// Returns −Hg in the coordinates that may move: those that are not frozen, nor at a bound that a step would leave by.
fn descent_direction<F: Real>(before: &Point<F>, state: &RunState<F>, optimizer: &Optimizer<F>, sign: f64) -> Vec<F> {
    let negative = F::of(-sign);
    let mut direction: Vec<F> = before.gradient.iter().map(|g| negative * *g).collect();
    let fix = |direction: &mut [F]| {
        if let Some(bounds) = &state.bounds {
            bounds.fix_active(&before.x, &before.gradient, direction);
        }
        optimizer.frozen_ranges().for_each(|range| direction[range].fill(F::ZERO));
    };
    fix(&mut direction);
    optimizer.correction_pairs().apply(&mut direction);
    fix(&mut direction);
    direction
}
