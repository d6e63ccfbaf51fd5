//! Variables of one run, and the criteria that end it.

use super::bounds::{Bounds, FeasibleBox};
use super::gradient_source::GradientSource;
use super::{Outcome, Point, Progress, StopCriteria, StopReason, TrackBest};
use crate::error::Result;
use crate::kernel::{all_finite, square_sum};
use crate::method::Goal;
use crate::optimizer::{Optimizer, StepOutcome};
use crate::real::Real;

/// Stopping criteria and bounds of a run.
#[derive(Clone, Debug)]
pub(super) struct RunSettings<F> {
    pub(super) criteria: StopCriteria,
    pub(super) lower: Option<Bounds<F>>,
    pub(super) upper: Option<Bounds<F>>,
}

/// The best value of a run, and the number of steps taken before its evaluation.
struct BestValue<F> {
    value: F,
    step: u64,
}

/// Variables of one run.
pub(super) struct RunState<F> {
    /// The parameters before the latest step, to measure its length.
    before: Vec<F>,
    pub(super) value: F,
    pub(super) gradient: Vec<F>,
    pub(super) bounds: Option<FeasibleBox<F>>,
    pub(super) step: u64,
    /// Number of skipped gradients. They count towards the limit of steps, or a run of them would not end.
    skipped: u64,
    /// If true, the latest step was at most as long as the criterion.
    pub(super) step_is_short: bool,
    evaluations: u64,
    pub(super) goal: Goal,
    best_value: Option<BestValue<F>>,
    /// The point of the best value, if it is tracked.
    best_x: Option<Vec<F>>,
}

impl<F: Real> RunState<F> {
    pub(super) fn new(goal: Goal, bounds: Option<FeasibleBox<F>>) -> Self {
        Self {
            before: Vec::new(),
            value: F::ZERO,
            gradient: Vec::new(),
            bounds,
            step: 0,
            skipped: 0,
            step_is_short: false,
            evaluations: 0,
            goal,
            best_value: None,
            best_x: None,
        }
    }

    /// Evaluates the objective at `x`.
    pub(super) fn eval(
        &mut self,
        source: &mut impl GradientSource<F>,
        optimizer: &mut Optimizer<F>,
        x: &mut [F],
    ) -> Result<()> {
        self.value = source.eval(optimizer, x, &mut self.gradient, self.bounds.as_mut())?;
        self.evaluations += 1;
        Ok(())
    }

    /// Takes the value and the gradient of an evaluation.
    pub(super) fn set_evaluation(&mut self, value: F, gradient: Vec<F>) {
        (self.value, self.gradient) = (value, gradient);
        self.evaluations += 1;
    }

    /// The sign by which a value to be minimized results: −1 where the value is maximized.
    pub(super) fn goal_sign(&self) -> f64 {
        match self.goal {
            Goal::Minimize => 1.0,
            Goal::Maximize => -1.0,
        }
    }

    /// Returns `true` if the value and the gradient are finite.
    pub(super) fn is_finite(&self) -> bool {
        self.value.is_finite() && all_finite(&self.gradient)
    }

    /// Keeps the best value so far, and where `criteria` say so its point.
    pub(super) fn track_best(&mut self, stop: &StopCriteria, x: &[F]) {
        if self.is_best() {
            self.best_value = Some(BestValue { value: self.value, step: self.step });
            if stop.track_best == TrackBest::On {
                let best_x = self.best_x.get_or_insert_default();
                best_x.clear();
                best_x.extend_from_slice(x);
                if let Some(bounds) = &self.bounds {
                    bounds.clip(best_x);
                }
            }
        }
    }

    /// The state for the callback.
    pub(super) fn progress<'a>(&'a self, x: &'a [F], optimizer: &'a mut Optimizer<F>) -> Progress<'a, F> {
        let Self { step, evaluations, value, gradient, .. } = self;
        Progress { step: *step, evaluations: *evaluations, x, value: *value, gradient, optimizer }
    }

    /// Returns `true` if the current value is better than all before it.
    pub(super) fn is_best(&self) -> bool {
        self.best_value.as_ref().is_none_or(|best| match self.goal {
            Goal::Minimize => self.value < best.value,
            Goal::Maximize => self.value > best.value,
        })
    }

    pub(super) fn reason(&self, stop: &StopCriteria) -> Option<StopReason> {
        let best_step = self.best_value.as_ref().map_or(0, |best| best.step);
        let reached = |target: f64| match self.goal {
            Goal::Minimize => self.value.to_f64() <= target,
            Goal::Maximize => self.value.to_f64() >= target,
        };
        let norm_is_small = |limit| self.gradient_norm() <= limit;
        let when = |holds: bool, reason| holds.then_some(reason);
        // What costs more than a comparison is computed only where it decides.
        when(stop.target.is_some_and(reached), StopReason::TargetReached)
            .or_else(|| when(stop.gradient_tolerance.is_some_and(norm_is_small), StopReason::GradientTolerance))
            .or_else(|| when(self.step_is_short, StopReason::StepTolerance))
            .or_else(|| when(stop.patience.is_some_and(|n| self.step - best_step >= n), StopReason::NoProgress))
            .or_else(|| when(stop.max_steps.is_some_and(|n| self.step + self.skipped >= n), StopReason::MaxSteps))
            .or_else(|| when(stop.max_evaluations.is_some_and(|n| self.evaluations >= n), StopReason::MaxEvaluations))
    }

    /// Takes a step; with a step tolerance, compares its length ‖Δx‖ over all coordinates.
    pub(super) fn step(
        &mut self,
        source: &mut impl GradientSource<F>,
        optimizer: &mut Optimizer<F>,
        x: &mut [F],
        tolerance: Option<f64>,
    ) -> Result<()> {
        // A learning rate of 0, as at the start of a warm-up, moves nothing, which is no sign of convergence.
        let limit = tolerance.filter(|_| optimizer.lr_factor() > 0.0);
        if limit.is_some() {
            source.sync(optimizer, x)?;
            self.before.clear();
            self.before.extend_from_slice(x);
        }
        self.step_is_short = false;
        match source.step(optimizer, x, &self.gradient, self.bounds.as_ref())? {
            StepOutcome::Stepped => self.step += 1,
            StepOutcome::Skipped => {
                self.skipped += 1;
                return Ok(());
            }
            StepOutcome::Accumulated => return Ok(()),
        }
        if let Some(limit) = limit {
            source.sync(optimizer, x)?;
            self.before.iter_mut().zip(x).for_each(|(before, x)| *before = *before - *x);
            self.step_is_short = square_sum(&self.before).sqrt() <= limit;
        }
        Ok(())
    }

    fn gradient_norm(&self) -> f64 {
        square_sum(self.bounds.as_ref().map_or(&self.gradient, FeasibleBox::projected_gradient)).sqrt()
    }

    pub(super) fn end(self, x: Vec<F>, reason: StopReason) -> Outcome<F> {
        let gradient_norm = self.gradient_norm();
        let Self { value, step: steps, evaluations, best_value, best_x, .. } = self;
        let best = match (best_value, best_x) {
            (Some(BestValue { value, step }), Some(x)) => Point { x, value, step },
            _ => Point { x: x.clone(), value, step: steps },
        };
        Outcome { x, value, gradient_norm, best, steps, evaluations, reason }
    }
}
