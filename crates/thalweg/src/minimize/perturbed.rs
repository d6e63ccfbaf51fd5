//! Leaving strict saddles.

use std::ops::ControlFlow;

use serde::{Deserialize, Serialize};

use super::{Outcome, Progress, StopCriteria, StopReason, minimize};
use crate::error::{Error, Result};
use crate::method::Goal;
use crate::objective::Objective;
use crate::optimizer::Optimizer;
use crate::random::Random;
use crate::real::Real;

/// How x is pushed where the gradient vanishes, and what is expected of it then.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct PerturbOptions {
    /// r: the push is uniform in the ball of this radius; `None`: 0.001·(1 + ‖x‖).
    pub radius: Option<f64>,
    /// Steps after a push until f is looked at again.
    pub patience: u64,
    /// By how much f must be better then; `None`: 1e-8·(1 + |f|).
    pub min_decrease: Option<f64>,
    /// Seed of the pushes.
    pub seed: u64,
}

impl Default for PerturbOptions {
    fn default() -> Self {
        Self { radius: None, patience: 1_000, min_decrease: None, seed: 0 }
    }
}

/// [`minimize`], but where the gradient's norm falls to `stop.gradient_norm`, x is pushed: if f is better after some steps,
/// it was a strict saddle, or no critical point at all, and the run goes on; else it ends where it was before the push.
/// Returns the outcome and the number of pushes.
///
/// Jin, Ge, Netrapalli, Kakade & Jordan, "How to escape saddle points efficiently", ICML 2017, algorithm 2, around any
/// method, whose slots are kept through a push.
///
/// ```
/// use std::ops::ControlFlow::Continue;
/// use thalweg::{Optimizer, PerturbOptions, ProblemInstance, Sgd, StopCriteria, minimize_perturbed};
/// let mut camel = ProblemInstance::named("three_hump_camel", None)?;
/// // By symmetry descent from here ends at a saddle between two of the minima.
/// let saddle = [1.070_542, -0.535_271];
/// let mut sgd = Optimizer::new(Sgd { lr: 0.01, ..Sgd::default() }, 2)?;
/// let stop = StopCriteria { gradient_norm: Some(1e-4), ..StopCriteria::default() };
/// let (outcome, pushes) = minimize_perturbed(&mut camel, &mut sgd, &saddle, &stop, &PerturbOptions::default(), |_| Continue(()))?;
/// assert!(pushes == 2 && outcome.value < 0.3);
/// # Ok::<(), thalweg::Error>(())
/// ```
///
/// # Errors
/// As [`minimize`]; a `stop` without a limit for the gradient; a radius or a fall below 0.
pub fn minimize_perturbed<F: Real>(
    objective: &mut impl Objective<F>,
    optimizer: &mut Optimizer<F>,
    start: &[F],
    stop: &StopCriteria,
    perturb: &PerturbOptions,
    mut callback: impl FnMut(&mut Progress<'_, F>) -> ControlFlow<()>,
) -> Result<(Outcome<F>, u64)> {
    perturb.check()?;
    if stop.gradient_norm.is_none() {
        let needs = "gradient_norm, from which on a point counts as critical".into();
        return Err(Error::Missing { what: "a push away from saddles".into(), needs });
    }
    let goal = optimizer.options().goal;
    let mut whole = CombinedRun { objective, optimizer, stop: *stop, steps: 0, evaluations: 0, best: None };
    let mut random = Random::new(perturb.seed);
    let (mut x, mut pushes) = (start.to_vec(), 0);
    loop {
        let quiet = whole.run(&x, *stop, &mut callback)?;
        if quiet.reason != StopReason::GradientTolerance || whole.spent() {
            return Ok((whole.end(quiet), pushes));
        }
        pushes += 1;
        let pushed = perturb.push(&quiet.x, &mut random);
        let patience = whole.steps + perturb.patience;
        let patience =
            StopCriteria { gradient_norm: None, steps: Some(patience.min(stop.steps.unwrap_or(patience))), ..*stop };
        let after = whole.run(&pushed, patience, &mut callback)?;
        if after.reason != StopReason::MaxSteps {
            return Ok((whole.end(after), pushes));
        }
        let gain = match goal {
            Goal::Minimize => quiet.value.to_f64() - after.value.to_f64(),
            Goal::Maximize => after.value.to_f64() - quiet.value.to_f64(),
        };
        let least = perturb.min_decrease.unwrap_or(1e-8 * (1.0 + quiet.value.to_f64().abs()));
        if gain <= least {
            return Ok((whole.end(quiet), pushes));
        }
        if whole.spent() {
            return Ok((whole.end(after), pushes));
        }
        x = after.x;
    }
}

impl PerturbOptions {
    fn check(&self) -> Result<()> {
        Error::not_negative("the radius of a push", self.radius.unwrap_or(0.0))?;
        Error::not_negative("the fall after a push", self.min_decrease.unwrap_or(0.0))
    }

    /// x and a vector that is uniform in the ball: a direction, and a length whose n-th power is uniform.
    fn push<F: Real>(&self, x: &[F], random: &mut Random) -> Vec<F> {
        let norm = |v: &[f64]| v.iter().map(|v| v * v).sum::<f64>().sqrt();
        let wide: Vec<f64> = x.iter().map(|x| x.to_f64()).collect();
        let radius = self.radius.unwrap_or(1e-3 * (1.0 + norm(&wide)));
        let way: Vec<f64> = x.iter().map(|_| random.normal()).collect();
        let length = radius * libm::pow(random.uniform(), 1.0 / x.len() as f64) / norm(&way);
        wide.iter().zip(way).map(|(x, way)| F::of(x + length * way)).collect()
    }
}

/// A run made of several, which counts as one.
struct CombinedRun<'a, F: Real, O> {
    objective: &'a mut O,
    optimizer: &'a mut Optimizer<F>,
    stop: StopCriteria,
    steps: u64,
    evaluations: u64,
    best: Option<super::Point<F>>,
}

impl<F: Real, O: Objective<F>> CombinedRun<'_, F, O> {
    /// One stretch, whose limits of steps and evaluations count from the beginning of the whole.
    fn run(
        &mut self,
        from: &[F],
        stop: StopCriteria,
        callback: &mut impl FnMut(&mut Progress<'_, F>) -> ControlFlow<()>,
    ) -> Result<Outcome<F>> {
        let (steps, evaluations) = (self.steps, self.evaluations);
        let left = |limit: Option<u64>, spent: u64| limit.map(|limit| limit.saturating_sub(spent));
        let stop =
            StopCriteria { steps: left(stop.steps, steps), evaluations: left(stop.evaluations, evaluations), ..stop };
        let outcome = minimize(self.objective, self.optimizer, from, &stop, |progress| {
            callback(&mut Progress {
                step: steps + progress.step,
                evaluations: evaluations + progress.evaluations,
                x: progress.x,
                value: progress.value,
                gradient: progress.gradient,
                optimizer: &mut *progress.optimizer,
            })
        })?;
        self.steps += outcome.steps;
        self.evaluations += outcome.evaluations;
        let better = |a: F, b: F| match self.optimizer.options().goal {
            Goal::Minimize => a < b,
            Goal::Maximize => a > b,
        };
        if self.best.as_ref().is_none_or(|best| better(outcome.best.value, best.value)) {
            self.best = Some(super::Point { step: steps + outcome.best.step, ..outcome.best.clone() });
        }
        Ok(outcome)
    }

    /// Whether the limits of the whole leave nothing.
    fn spent(&self) -> bool {
        let over = |limit: Option<u64>, spent: u64| limit.is_some_and(|limit| spent >= limit);
        over(self.stop.steps, self.steps) || over(self.stop.evaluations, self.evaluations)
    }

    fn end(self, outcome: Outcome<F>) -> Outcome<F> {
        let best = self.best.unwrap_or_else(|| outcome.best.clone());
        Outcome { best, steps: self.steps, evaluations: self.evaluations, ..outcome }
    }
}
