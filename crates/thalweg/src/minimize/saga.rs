//! SAGA on a finite sum: epochs, each with an evaluation of the whole sum.

use std::ops::ControlFlow;

use super::run_state::{RunSettings, RunState};
use super::saga_epoch::SagaSteps;
use super::{Outcome, Progress, StopReason};
use crate::error::{Error, Result};
use crate::kernel::{all_finite, square_sum};
use crate::method::Goal;
use crate::objective::LinearFiniteSum;
use crate::optimizer::Optimizer;
use crate::random::{Purpose, Seed};
use crate::real::Real;

/// Runs from `start`. A step of the run is an epoch, or the rest of one that an earlier run began.
pub(super) fn run<F: Real, S: LinearFiniteSum>(
    sum: &S,
    optimizer: &mut Optimizer<F>,
    start: &[F],
    settings: &RunSettings<F>,
    mut callback: impl FnMut(&mut Progress<'_, F>) -> ControlFlow<()>,
) -> Result<Outcome<F>> {
    let stop = &settings.criteria;
    stop.check()?;
    let lr = check(sum, optimizer, start, settings)?;
    optimizer.gradient_memory_mut().fit(sum.terms(), sum.outputs(), start.len())?;
    let mut steps = SagaSteps::new(sum, lr);
    if steps.step().shrinkage <= 0.0 {
        let expected = "less than 1/(γ·l2), where γ is the step length at lr=1";
        return Err(Error::Range { name: "lr".into(), expected, found: lr });
    }
    let seed = Seed::new(optimizer.options().seed.unwrap_or(0));
    let mut order: Vec<u32> = Vec::new();
    let mut state = RunState::new(Goal::Minimize, None);
    let mut x = start.to_vec();
    loop {
        let (value, gradient) = evaluate(sum, &steps, &x);
        state.set_evaluation(value, gradient);
        if !state.is_finite() {
            return Ok(state.end(x, StopReason::NotFinite));
        }
        state.track_best(stop, &x);
        let mut reason = state.reason(stop);
        if callback(&mut state.progress(&x, optimizer)).is_break() {
            reason = reason.or(Some(StopReason::Callback));
        }
        if let Some(reason) = reason {
            return Ok(state.end(x, reason));
        }
        let before = stop.step_tolerance.map(|_| x.clone());
        order.clear();
        order.extend(0..sum.terms() as u32);
        seed.stream(Purpose::Shuffle).at([optimizer.steps()]).shuffle(&mut order);
        let memory = optimizer.gradient_memory_mut();
        let drawn = memory.drawn as usize + steps.run(&order[memory.drawn as usize..], &mut x, memory);
        if drawn < order.len() {
            memory.drawn = drawn as u64;
            return Ok(state.end(x, StopReason::Callback));
        }
        memory.drawn = 0;
        optimizer.count_step();
        state.step += 1;
        if let (Some(before), Some(limit)) = (before, stop.step_tolerance) {
            let change: Vec<F> = before.iter().zip(&x).map(|(before, x)| *before - *x).collect();
            state.step_is_short = square_sum(&change).sqrt() <= limit;
        }
    }
}

/// Checks the arguments of a run, and returns the factor of its step length.
fn check<F: Real, S: LinearFiniteSum>(
    sum: &S,
    optimizer: &Optimizer<F>,
    start: &[F],
    settings: &RunSettings<F>,
) -> Result<f64> {
    let invalid = |what: &str, expected: &str, found: String| {
        Err(Error::InvalidValue { what: what.into(), expected: expected.into(), found })
    };
    let Some(method) = optimizer.saga() else {
        return invalid("the method of a finite sum", "saga", optimizer.method_name().into());
    };
    if settings.lower.is_some() || settings.upper.is_some() {
        return invalid("the bounds of saga", "none", "some".into());
    }
    if optimizer.frozen_ranges().next().is_some() {
        return invalid("the layout of saga", "no frozen tensors", "one".into());
    }
    if u32::try_from(sum.terms()).is_err() {
        return invalid("the number of terms", "less than 2^32", sum.terms().to_string());
    }
    if sum.dense_features() > sum.features() {
        return invalid("the dense features", "at most all features", sum.dense_features().to_string());
    }
    let rows = sum.features() + usize::from(sum.has_intercept());
    Error::length(&"the parameters of the finite sum", rows * sum.outputs(), optimizer.len())?;
    Error::length(&"the start", optimizer.len(), start.len())?;
    if !all_finite(start) {
        return Err(optimizer.not_finite("the start", start));
    }
    let curvature = sum.max_curvature();
    Error::range("max_curvature", "at least 0 and finite", curvature, curvature >= 0.0 && curvature.is_finite())?;
    Error::not_negative("l1", sum.l1())?;
    Error::not_negative("l2", sum.l2())?;
    Ok(method.lr)
}

/// Returns the value with penalties and the gradient; with an L1 penalty, the gradient mapping.
fn evaluate<F: Real, S: LinearFiniteSum>(sum: &S, steps: &SagaSteps<'_, S>, x: &[F]) -> (F, Vec<F>) {
    let parameters: Vec<f64> = x.iter().map(|x| x.to_f64()).collect();
    let mut gradient = vec![0.0; x.len()];
    let mean = sum.mean_loss(&parameters, &mut gradient);
    let weights = &parameters[..sum.features() * sum.outputs()];
    let (l1, l2, step) = (sum.l1(), sum.l2(), steps.step());
    for (g, w) in gradient.iter_mut().zip(weights) {
        *g = step.gradient_mapping(*w, *g + l2 * w);
    }
    let absolute_sum: f64 = weights.iter().map(|w| w.abs()).sum();
    let value = mean + l1 * absolute_sum + 0.5 * l2 * square_sum(weights);
    (F::of(value), gradient.into_iter().map(F::of).collect())
}
