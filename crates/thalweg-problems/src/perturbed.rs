//! Minimization with perturbations that leave strict saddle points.

use std::ops::ControlFlow;

use serde::{Deserialize, Serialize};
use thalweg::method::Goal;
use thalweg::minimize::{Point, Progress};
use thalweg::random::Random;
use thalweg::{Error, Minimize, Objective, Optimizer, Outcome, Real, StopCriteria, StopReason};

use crate::error::Result;

/// Perturbations of x at critical points, and the decrease that must follow.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct PerturbOptions {
    /// Radius of the ball from which perturbations are drawn uniformly, at least 0. Default: 0.001·(1 + ‖x‖).
    pub radius: Option<f64>,
    /// Number of steps after a perturbation until the value is compared.
    pub patience: u64,
    /// Decrease of the value (increase, when maximizing) above which the run continues, at least 0. Default:
    /// 1e-8·(1 + |f|).
    #[serde(rename = "fall")]
    pub min_decrease: Option<f64>,
    /// Seed of the perturbations.
    pub seed: u64,
}

impl Default for PerturbOptions {
    fn default() -> Self {
        Self { radius: None, patience: 1_000, min_decrease: None, seed: 0 }
    }
}

/// Result of a run of [`minimize_perturbed`].
#[derive(Clone, Debug, PartialEq)]
pub struct PerturbedOutcome<F> {
    /// Result of the run as a whole.
    pub outcome: Outcome<F>,
    /// Number of perturbations of x.
    pub perturbations: u64,
}

/// Minimizes `objective`, with a random perturbation of x wherever the gradient's norm falls to
/// `stop.gradient_tolerance`.
///
/// If the value decreases within some steps of a perturbation, the point was a strict saddle or not critical at all,
/// and the run continues. Otherwise it ends at the point before the perturbation.
///
/// Jin, Ge, Netrapalli, Kakade & Jordan, "How to escape saddle points efficiently", ICML 2017, algorithm 2, for any
/// method. The method's state is kept through a perturbation.
///
/// ```
/// use std::ops::ControlFlow::Continue;
/// use thalweg::method::Sgd;
/// use thalweg::{Optimizer, StopCriteria};
/// use thalweg_problems::{PerturbOptions, ProblemInstance, minimize_perturbed};
/// let mut camel = ProblemInstance::named("three_hump_camel", None)?;
/// // By symmetry, gradient descent from here ends at a saddle between two of the minima.
/// let saddle = [1.070_542, -0.535_271];
/// let mut sgd = Optimizer::new(Sgd { lr: 0.01, ..Sgd::default() }, 2)?;
/// let stop = StopCriteria { gradient_tolerance: Some(1e-4), ..StopCriteria::default() };
/// let options = PerturbOptions::default();
/// let run = minimize_perturbed(&mut camel, &mut sgd, &saddle, &stop, &options, |_| Continue(()))?;
/// assert!(run.perturbations == 2 && run.outcome.value < 0.3);
/// # Ok::<(), thalweg_problems::Error>(())
/// ```
///
/// # Errors
/// As [`Minimize::run`]; [`Error::Missing`] if `stop.gradient_tolerance` is `None`; [`Error::Range`] if the radius or
/// the minimum decrease is negative.
pub fn minimize_perturbed<F: Real>(
    objective: &mut impl Objective<F>,
    optimizer: &mut Optimizer<F>,
    start: &[F],
    stop: &StopCriteria,
    options: &PerturbOptions,
    mut callback: impl FnMut(&mut Progress<'_, F>) -> ControlFlow<()>,
) -> Result<PerturbedOutcome<F>> {
    options.check()?;
    if stop.gradient_tolerance.is_none() {
        let needs = "gradient_tolerance, the limit at which a point counts as critical".into();
        return Err(Error::Missing { what: "a minimization with perturbations".into(), needs }.into());
    }
    let goal = optimizer.options().goal;
    let mut total = TotalRun { objective, optimizer, stop: *stop, steps: 0, evaluations: 0, best: None };
    let mut random = Random::new(options.seed);
    let (mut x, mut perturbations) = (start.to_vec(), 0);
    loop {
        let critical = total.run(&x, *stop, &mut callback)?;
        if critical.reason != StopReason::GradientTolerance || total.is_exhausted() {
            return Ok(PerturbedOutcome { outcome: total.end(critical), perturbations });
        }
        perturbations += 1;
        let perturbed = options.perturb(&critical.x, &mut random);
        let patience = total.steps + options.patience;
        let patience = StopCriteria {
            gradient_tolerance: None,
            max_steps: Some(patience.min(stop.max_steps.unwrap_or(patience))),
            ..*stop
        };
        let after = total.run(&perturbed, patience, &mut callback)?;
        if after.reason != StopReason::MaxSteps {
            return Ok(PerturbedOutcome { outcome: total.end(after), perturbations });
        }
        let decrease = match goal {
            Goal::Minimize => critical.value.to_f64() - after.value.to_f64(),
            Goal::Maximize => after.value.to_f64() - critical.value.to_f64(),
        };
        let min_decrease = options.min_decrease.unwrap_or(1e-8 * (1.0 + critical.value.to_f64().abs()));
        if decrease <= min_decrease {
            return Ok(PerturbedOutcome { outcome: total.end(critical), perturbations });
        }
        if total.is_exhausted() {
            return Ok(PerturbedOutcome { outcome: total.end(after), perturbations });
        }
        x = after.x;
    }
}

impl PerturbOptions {
    fn check(&self) -> thalweg::Result<()> {
        Error::not_negative("radius", self.radius.unwrap_or(0.0))?;
        Error::not_negative("min_decrease", self.min_decrease.unwrap_or(0.0))
    }

    /// Returns x plus a vector uniform in the ball: a uniform direction, and a length whose n-th power is uniform.
    fn perturb<F: Real>(&self, x: &[F], random: &mut Random) -> Vec<F> {
        let norm = |v: &[f64]| v.iter().map(|v| v * v).sum::<f64>().sqrt();
        let x: Vec<f64> = x.iter().map(|x| x.to_f64()).collect();
        let radius = self.radius.unwrap_or(1e-3 * (1.0 + norm(&x)));
        let direction: Vec<f64> = x.iter().map(|_| random.normal()).collect();
        let scale = radius * libm::pow(random.uniform(), 1.0 / x.len() as f64) / norm(&direction);
        x.iter().zip(direction).map(|(x, direction)| F::of(x + scale * direction)).collect()
    }
}

/// Several runs that count as one.
struct TotalRun<'a, F: Real, O> {
    objective: &'a mut O,
    optimizer: &'a mut Optimizer<F>,
    stop: StopCriteria,
    steps: u64,
    evaluations: u64,
    best: Option<Point<F>>,
}

impl<F: Real, O: Objective<F>> TotalRun<'_, F, O> {
    /// Runs once more. The limits of steps and evaluations in `stop` count from the beginning of the first run.
    fn run(
        &mut self,
        start: &[F],
        stop: StopCriteria,
        callback: &mut impl FnMut(&mut Progress<'_, F>) -> ControlFlow<()>,
    ) -> Result<Outcome<F>> {
        let (steps, evaluations) = (self.steps, self.evaluations);
        let remaining = |limit: Option<u64>, spent: u64| limit.map(|limit| limit.saturating_sub(spent));
        let stop = StopCriteria {
            max_steps: remaining(stop.max_steps, steps),
            max_evaluations: remaining(stop.max_evaluations, evaluations),
            ..stop
        };
        let mut run = Minimize::with_optimizer(self.optimizer).criteria(stop).callback(|progress| {
            callback(&mut Progress {
                step: steps + progress.step,
                evaluations: evaluations + progress.evaluations,
                x: progress.x,
                value: progress.value,
                gradient: progress.gradient,
                optimizer: &mut *progress.optimizer,
            })
        });
        let outcome = run.run(self.objective, start)?;
        self.steps += outcome.steps;
        self.evaluations += outcome.evaluations;
        let is_better = |a: F, b: F| match self.optimizer.options().goal {
            Goal::Minimize => a < b,
            Goal::Maximize => a > b,
        };
        if self.best.as_ref().is_none_or(|best| is_better(outcome.best.value, best.value)) {
            self.best = Some(Point { step: steps + outcome.best.step, ..outcome.best.clone() });
        }
        Ok(outcome)
    }

    /// Returns `true` if all steps or all evaluations are spent.
    fn is_exhausted(&self) -> bool {
        let reached = |limit: Option<u64>, spent: u64| limit.is_some_and(|limit| spent >= limit);
        reached(self.stop.max_steps, self.steps) || reached(self.stop.max_evaluations, self.evaluations)
    }

    fn end(self, outcome: Outcome<F>) -> Outcome<F> {
        let best = self.best.unwrap_or_else(|| outcome.best.clone());
        Outcome { best, steps: self.steps, evaluations: self.evaluations, ..outcome }
    }
}
