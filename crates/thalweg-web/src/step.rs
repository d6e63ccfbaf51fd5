//! A look inside one step: the gradient, the slots before and after, the step, and the equation with its numbers.

use std::collections::BTreeMap;
use std::ops::ControlFlow;

use serde::Serialize;
use thalweg::minimize::Progress;

use crate::equation::{self, EquationLine};
use crate::error::{PageError, Part, Result};
use crate::function::Function;
use crate::map::check_plane;
use crate::path::each_point;
use crate::plane::Plane;
use crate::scene::Scene;

/// What one step of a method does.
#[derive(Clone, Debug, Serialize)]
pub struct StepDetail {
    /// Number of the step, from 1.
    pub step: u64,
    /// Learning rate of the step, with the schedule.
    pub lr: f64,
    /// Point before the step.
    pub x: Vec<f64>,
    /// Gradient that the step takes, of the latest evaluation point.
    pub gradient: Vec<f64>,
    /// Point after the step.
    pub next: Vec<f64>,
    /// The step, x after minus x before.
    pub delta: Vec<f64>,
    /// Length of the step over that of the gradient, for each coordinate: the effective learning rate.
    pub effective_lr: Vec<Option<f64>>,
    /// Slots before and after the step, by name.
    pub slots: Vec<SlotChange>,
    /// Moving averages of the method, by how far back they reach.
    pub memories: Vec<Memory>,
    /// Equations with the numbers of this step for each coordinate; empty for a method that has none here.
    pub equations: Vec<Vec<EquationLine>>,
    /// Point before and after the step and the gradient, in the plane that is shown.
    pub shown: [[f64; 2]; 3],
}

/// A slot before and after a step.
#[derive(Clone, Debug, Serialize)]
pub struct SlotChange {
    /// Name of the slot.
    pub name: String,
    /// Values before the step.
    pub before: Vec<f64>,
    /// Values after the step.
    pub after: Vec<f64>,
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
    x: Vec<f64>,
    gradient: Vec<f64>,
    lr: f64,
    slots: BTreeMap<String, Vec<f64>>,
}

/// Repeats a run up to a step and describes it.
///
/// # Errors
/// What the scene or the method refuses, and a step that the run does not make.
pub fn inspect(scene: &Scene, method: &str, step: u64, plane: Option<&Plane>) -> Result<StepDetail> {
    let (spec, mut function) = (scene.spec(method)?, scene.function()?);
    let plane = check_plane(&function, plane)?;
    let (start, names) = (function.start().to_vec(), function.variables().to_vec());
    let all = 0..start.len();
    let mut moments: Vec<Moment> = Vec::new();
    each_point(scene, spec.clone(), &mut function, &start, |progress| {
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
    let delta: Vec<f64> = after.x.iter().zip(&before.x).map(|(after, before)| after - before).collect();
    let change = |(name, values): (&String, &Vec<f64>)| SlotChange {
        name: name.clone(),
        before: before.slots.get(name).cloned().unwrap_or_else(|| vec![0.0; values.len()]),
        after: values.clone(),
    };
    let slots: Vec<SlotChange> = after.slots.iter().map(change).collect();
    let effective = |i: usize| (before.gradient[i] != 0.0).then(|| (delta[i] / before.gradient[i]).abs());
    let rates = spec.method.hyperparameters().into_iter().filter(|(name, _)| DECAY_RATES.contains(name));
    let rates = rates.filter_map(|(name, value)| Some((name, value.as_number()?))).filter(|(_, decay)| *decay > 0.0);
    let memories = rates.map(|(parameter, decay)| memory(parameter, decay, step)).collect();
    let is_table = matches!(function, Function::Table(_));
    let equations = all.clone().map(|i| {
        let slots = slots.iter().map(|slot| (slot.name.as_str(), [slot.before.as_slice(), &slot.after])).collect();
        // The name of a column is no mathematics.
        let variable = if is_table { format!("w_{{{}}}", i + 1) } else { names[i].clone() };
        let numbers = equation::StepNumbers {
            variable: &variable,
            t: step,
            x: before.x[i],
            g: before.gradient[i],
            lr: before.lr,
            coordinate: i,
            whole: [&before.x, &before.gradient],
            slots,
        };
        equation::lines(&spec, &numbers)
    });
    let equations = equations.collect();
    Ok(StepDetail {
        step,
        lr: before.lr,
        shown: [plane.project(&before.x), plane.project(&after.x), plane.direction(&before.gradient)],
        effective_lr: all.map(effective).collect(),
        x: before.x.clone(),
        gradient: before.gradient.clone(),
        next: after.x.clone(),
        delta,
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
    let state = progress.optimizer.state().expect("dense steps leave none pending");
    let slots = state.slots.iter().filter(|(_, values)| values.len() == progress.x.len());
    Moment {
        x: progress.x.to_vec(),
        gradient: progress.gradient.to_vec(),
        lr: progress.optimizer.lr(),
        slots: slots.map(|(key, values)| (slot_name(key), values.clone())).collect(),
    }
}

/// Returns the name of a slot without that of its tensor.
fn slot_name(key: &str) -> String {
    key.rsplit('.').next().unwrap_or(key).into()
}
