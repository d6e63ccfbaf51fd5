//! A look inside one step: the gradient, the slots before and after, the step, and the equation with its numbers.

use std::collections::BTreeMap;
use std::ops::ControlFlow;

use serde::Serialize;
use thalweg::minimize::Progress;

use crate::equation::{self, EquationLine};
use crate::error::{PageError, Part, Result};
use crate::path::each_point;
use crate::scene::Scene;

/// What one step of a method does.
#[derive(Clone, Debug, Serialize)]
pub struct StepDetail {
    /// Number of the step, from 1.
    pub step: u64,
    /// Learning rate of the step, with the schedule.
    pub lr: f64,
    /// Point before the step.
    pub x: [f64; 2],
    /// Gradient that the step takes, of the latest evaluation point.
    pub gradient: [f64; 2],
    /// Point after the step.
    pub next: [f64; 2],
    /// The step, x after minus x before.
    pub delta: [f64; 2],
    /// Length of the step over that of the gradient, for each coordinate: the effective learning rate.
    pub effective_lr: [Option<f64>; 2],
    /// Slots before and after the step, by name.
    pub slots: Vec<SlotChange>,
    /// Moving averages of the method, by how far back they reach.
    pub memories: Vec<Memory>,
    /// Equations with the numbers of this step for each coordinate; empty for a method that has none here.
    pub equations: [Vec<EquationLine>; 2],
}

/// A slot before and after a step.
#[derive(Clone, Debug, Serialize)]
pub struct SlotChange {
    /// Name of the slot.
    pub name: String,
    /// Values before the step.
    pub before: [f64; 2],
    /// Values after the step.
    pub after: [f64; 2],
}

/// How far back an exponential moving average reaches.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Memory {
    /// Name of its decay rate β.
    pub parameter: &'static str,
    /// The decay rate β itself.
    pub decay: f64,
    /// Number of gradients that it remembers, 1/(1−β): older ones have weights below 1/e of the newest.
    pub length: f64,
    /// Share of each gradient so far in the average, (1−β)βᵏ/(1−βᵗ), the newest first; at most [`MAX_WEIGHTS`].
    pub weights: Vec<f64>,
}

/// Largest number of weights of a [`Memory`].
pub const MAX_WEIGHTS: usize = 40;
/// Hyperparameters that are decay rates of averages of gradients.
const DECAY_RATES: [&str; 5] = ["momentum", "beta1", "beta2", "beta3", "rho"];

/// State of a run before a step.
struct Moment {
    x: [f64; 2],
    gradient: [f64; 2],
    lr: f64,
    slots: BTreeMap<String, [f64; 2]>,
}

/// Repeats a run up to a step and describes it.
///
/// # Errors
/// What the scene or the method refuses, and a step that the run does not make.
pub fn inspect(scene: &Scene, method: &str, step: u64) -> Result<StepDetail> {
    let (spec, mut instance) = (scene.spec(method)?, scene.instance()?);
    let start = instance.start.clone();
    let mut moments: Vec<Moment> = Vec::new();
    each_point(scene, spec.clone(), &mut instance, &start, |progress| {
        if progress.step + 1 < step {
            return ControlFlow::Continue(());
        }
        // Of two evaluations in one step, as those of a line search, the last one leads to the step.
        if moments.len() == 1 && progress.step + 1 == step {
            moments.clear();
        }
        moments.push(moment(progress));
        if progress.step >= step { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
    })?;
    let [before, after] = moments.as_slice() else {
        let message = format!("expected a step of the run, found {step}");
        return Err(PageError::new(Part::Page, &message));
    };
    let delta = [0, 1].map(|i| after.x[i] - before.x[i]);
    let zero = [0.0; 2];
    let change = |(name, values): (&String, &[f64; 2])| SlotChange {
        name: name.clone(),
        before: before.slots.get(name).copied().unwrap_or(zero),
        after: *values,
    };
    let slots: Vec<SlotChange> = after.slots.iter().map(change).collect();
    let effective = |i: usize| (before.gradient[i] != 0.0).then(|| (delta[i] / before.gradient[i]).abs());
    let rates = spec.method.hyperparameters().into_iter().filter(|(name, _)| DECAY_RATES.contains(name));
    let rates = rates.filter_map(|(name, value)| Some((name, value.as_number()?))).filter(|(_, decay)| *decay > 0.0);
    let memories = rates.map(|(parameter, decay)| memory(parameter, decay, step)).collect();
    let names = instance.formula.variables();
    let equations = [0, 1].map(|i| {
        let slots = slots.iter().map(|slot| (slot.name.as_str(), [slot.before[i], slot.after[i]])).collect();
        let numbers = equation::StepNumbers {
            variable: &names[i],
            t: step,
            x: before.x[i],
            g: before.gradient[i],
            lr: before.lr,
            slots,
        };
        equation::lines(&spec, &numbers)
    });
    Ok(StepDetail {
        step,
        lr: before.lr,
        x: before.x,
        gradient: before.gradient,
        next: after.x,
        delta,
        effective_lr: [effective(0), effective(1)],
        slots,
        memories,
        equations,
    })
}

fn memory(parameter: &'static str, decay: f64, step: u64) -> Memory {
    let powers = std::iter::successors(Some(1.0), |power| Some(power * decay));
    // 1 + β + … + βᵗ⁻¹, without the rounding of a difference from 1.
    let total: f64 = powers.clone().take(step.min(100_000) as usize).sum();
    let weights = powers.take(MAX_WEIGHTS.min(step as usize)).map(|power: f64| power / total).collect();
    Memory { parameter, decay, length: 1.0 / (1.0 - decay), weights }
}

fn moment(progress: &mut Progress<'_, f64>) -> Moment {
    let pair = |v: &[f64]| [v[0], v[1]];
    let state = progress.optimizer.state().expect("dense steps leave none pending");
    let slots = state.slots.iter().filter(|(_, values)| values.len() == 2);
    Moment {
        x: pair(progress.x),
        gradient: pair(progress.gradient),
        lr: progress.optimizer.lr(),
        slots: slots.map(|(key, values)| (slot_name(key), pair(values))).collect(),
    }
}

/// Returns the name of a slot without that of its tensor.
fn slot_name(key: &str) -> String {
    key.rsplit('.').next().unwrap_or(key).into()
}
