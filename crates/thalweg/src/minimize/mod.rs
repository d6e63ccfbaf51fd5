//! THE loop: ask, evaluate, look whether to stop, tell.

mod criteria;
mod outcome;
mod perturbed;
mod sparse;

pub use criteria::{StopCriteria, TrackBest};
pub use outcome::{Outcome, Point, StopReason};
pub use perturbed::{PerturbOptions, minimize_perturbed};
pub use sparse::minimize_sparse;

use std::ops::ControlFlow;

use crate::error::{Error, Result};
use crate::kernel::{all_finite, square_sum};
use crate::method::{Goal, NonFinite};
use crate::objective::Objective;
use crate::optimizer::{Optimizer, StepOutcome};
use crate::real::Real;

/// What an observer sees before each step, and once more at the end of the run.
#[derive(Debug)]
pub struct Progress<'a, F: Real> {
    /// Steps taken so far: moves, so that `accumulate` gradients make one.
    pub step: u64,
    /// Evaluations of the objective so far.
    pub evaluations: u64,
    /// The parameters.
    pub x: &'a [F],
    /// The objective where it was last evaluated (at `x`, but for methods that look ahead).
    pub value: F,
    /// The gradient there.
    pub gradient: &'a [F],
    /// The optimizer: its rate, its average; `observe` reaches a plateau schedule.
    pub optimizer: &'a mut Optimizer<F>,
}

/// Follows `objective` from `start` until `stop` or the observer `callback` ends it.
///
/// The end is a value: not converging is no error, and the best point seen is kept.
///
/// ```
/// use std::ops::ControlFlow::Continue;
/// use thalweg::{Momentum, Optimizer, StopCriteria, StopReason, minimize};
/// let mut ravine = |x: &[f64], g: &mut [f64]| {
///     (g[0], g[1]) = (x[0] / 10.0, 2.0 * x[1]);
///     x[0] * x[0] / 20.0 + x[1] * x[1]
/// };
/// let mut method = Optimizer::new(Momentum { lr: 0.1, ..Momentum::default() }, 2)?;
/// let stop = StopCriteria { gradient_norm: Some(1e-6), ..StopCriteria::default() };
/// let outcome = minimize(&mut ravine, &mut method, &[-7.0, 2.0], &stop, |_| Continue(()))?;
/// assert_eq!(outcome.reason, StopReason::GradientTolerance);
/// assert!(outcome.value < 1e-10);
/// # Ok::<(), thalweg::Error>(())
/// ```
///
/// # Errors
/// A start of the wrong length or with a number that is not finite; a rule of `stop` out of range; the
/// objective's own errors.
pub fn minimize<F: Real>(
    objective: &mut impl Objective<F>,
    optimizer: &mut Optimizer<F>,
    start: &[F],
    stop: &StopCriteria,
    mut callback: impl FnMut(&mut Progress<'_, F>) -> ControlFlow<()>,
) -> Result<Outcome<F>> {
    stop.check()?;
    Error::length(&"the start", optimizer.len(), start.len())?;
    if !all_finite(start) {
        return Err(optimizer.not_finite("the start", &optimizer.cut(start)));
    }
    let mut x = start.to_vec();
    let mut run = RunState::new(x.len(), optimizer.options().goal);
    let refuses = optimizer.options().nonfinite == NonFinite::Refuse;
    loop {
        let at = optimizer.eval_point(&x)?;
        run.value = objective.eval(at, &mut run.gradient)?;
        run.evaluations += 1;
        if !run.value.is_finite() || (refuses && !all_finite(&run.gradient)) {
            return Ok(run.end(x, StopReason::NotFinite));
        }
        run.update_best(at, stop);
        let mut reason = run.reason(stop);
        let mut progress = Progress {
            step: run.step,
            evaluations: run.evaluations,
            x: &x,
            value: run.value,
            gradient: &run.gradient,
            optimizer: &mut *optimizer,
        };
        if callback(&mut progress).is_break() {
            reason = reason.or(Some(StopReason::Callback));
        }
        if let Some(reason) = reason {
            return Ok(run.end(x, reason));
        }
        run.step_small = run.take_step(stop.step_size, objective, optimizer, &mut x)?;
    }
}

/// The variables of one run.
struct RunState<F> {
    before: Vec<F>,
    value: F,
    gradient: Vec<F>,
    step: u64,
    /// Gradients left out; they count against the limit of steps, or a run of them would never end.
    skipped: u64,
    /// Whether the last step was as short as the limit.
    step_small: bool,
    evaluations: u64,
    goal: Goal,
    best: Option<Point<F>>,
}

impl<F: Real> RunState<F> {
    fn new(len: usize, goal: Goal) -> Self {
        let gradient = vec![F::ZERO; len];
        Self {
            before: Vec::new(),
            value: F::ZERO,
            gradient,
            step: 0,
            skipped: 0,
            step_small: false,
            evaluations: 0,
            goal,
            best: None,
        }
    }

    fn better(&self, than: F) -> bool {
        match self.goal {
            Goal::Minimize => self.value < than,
            Goal::Maximize => self.value > than,
        }
    }

    fn update_best(&mut self, at: &[F], stop: &StopCriteria) {
        if self.best.as_ref().is_some_and(|best| !self.better(best.value)) {
            return;
        }
        let best = self.best.get_or_insert_with(|| Point { x: Vec::new(), value: self.value, step: 0 });
        (best.value, best.step) = (self.value, self.step);
        if stop.track_best == TrackBest::On {
            best.x.clear();
            best.x.extend_from_slice(at);
        }
    }

    fn reason(&self, stop: &StopCriteria) -> Option<StopReason> {
        let best_step = self.best.as_ref().map_or(0, |best| best.step);
        let reached = |target: f64| match self.goal {
            Goal::Minimize => self.value.to_f64() <= target,
            Goal::Maximize => self.value.to_f64() >= target,
        };
        let rules = [
            (stop.target.is_some_and(reached), StopReason::TargetReached),
            (stop.gradient_norm.is_some_and(|least| self.gradient_norm() <= least), StopReason::GradientTolerance),
            (self.step_small, StopReason::StepTolerance),
            (stop.no_progress.is_some_and(|most| self.step - best_step >= most), StopReason::NoProgress),
            (stop.steps.is_some_and(|most| self.step + self.skipped >= most), StopReason::MaxSteps),
            (stop.evaluations.is_some_and(|most| self.evaluations >= most), StopReason::MaxEvaluations),
        ];
        rules.into_iter().find(|(holds, _)| *holds).map(|(_, reason)| reason)
    }

    /// Takes the step; with a limit, says whether it was shorter.
    fn take_step(
        &mut self,
        least: Option<f64>,
        objective: &mut impl Objective<F>,
        optimizer: &mut Optimizer<F>,
        x: &mut [F],
    ) -> Result<bool> {
        if least.is_some() {
            self.before.clear();
            self.before.extend_from_slice(x);
        }
        // A rate of 0, as at the start of a warm-up, moves nothing and says nothing.
        let moves = optimizer.lr_factor() > 0.0;
        // What is refused has been looked for where the run ends for it.
        let looked = optimizer.options().nonfinite == NonFinite::Refuse;
        let g = &self.gradient;
        match if looked { optimizer.step_finite(x, g) } else { optimizer.step(x, g) }? {
            StepOutcome::Stepped => {
                self.step += 1;
                objective.project(x);
            }
            StepOutcome::Skipped => {
                self.skipped += 1;
                return Ok(false);
            }
            StepOutcome::Accumulated => return Ok(false),
        }
        let Some(least) = least.filter(|_| moves) else { return Ok(false) };
        self.before.iter_mut().zip(x).for_each(|(before, x)| *before = *before - *x);
        Ok(square_sum(&self.before).sqrt() <= least)
    }

    fn gradient_norm(&self) -> f64 {
        square_sum(&self.gradient).sqrt()
    }

    fn end(self, x: Vec<F>, reason: StopReason) -> Outcome<F> {
        let gradient_norm = self.gradient_norm();
        let Self { value, step: steps, evaluations, best, .. } = self;
        // Without a best point (none finite, or none kept) the last one stands in.
        let best = best.filter(|best| best.x.len() == x.len());
        let best = best.unwrap_or_else(|| Point { x: x.clone(), value, step: steps });
        Outcome { x, value, gradient_norm, best, steps, evaluations, reason }
    }
}
