//! Problem that a solver minimizes.

use std::cell::Cell;
use std::ops::ControlFlow;

use thalweg::minimize::{Bounds, Outcome, Progress, TrackBest};
use thalweg::{Minimize, Optimizer, Real, StopCriteria, StopReason};

use super::full_batch::FullBatchObjective;
use super::linear_sum::{LinearSum, check_terms};
use super::proximal_loss::{ProximalLoss, ProximalState, RoundEnd};
use super::split_weights::SplitWeights;
use crate::error::Result;
use crate::model::{Batch, Linear, Model};
use crate::train::config::TrainingConfig;
use crate::train::penalty::Penalty;
use crate::train::run_parts::unwrap_objective_error;

/// Norm of the gradient at which a solver ends, for targets of unit variance and the loss of one row on average.
const GRADIENT_TOLERANCE: f64 = 1e-6;

/// Norm of the gradient at which a solver ends in single precision.
const GRADIENT_TOLERANCE_F32: f64 = 1e-4;

/// Function that is called at each point that a solver accepts, with its parameters and their mean loss.
type Observe<'o, F> = dyn FnMut(&mut Progress<'_, F>, &[F], f64) -> ControlFlow<()> + 'o;

/// Budget of a round.
#[derive(Clone, Copy, Debug)]
pub(super) struct RoundLimits {
    pub(super) evaluations: u64,
    pub(super) steps: Option<u64>,
}

/// Mean loss of all rows plus the penalties, in the form that suits the method and the loss.
pub(super) struct Problem<'a, M> {
    model: &'a M,
    batch: Batch<'a>,
    penalty: Penalty,
    pub(super) split: SplitWeights,
    /// Model and bound of the curvature, for methods that need a finite sum.
    terms: Option<(Linear, f64)>,
    /// Smoothed losses; `None` for smooth losses, and for models that are not linear.
    proximal: Option<ProximalLoss<'a>>,
    /// Mean loss of the latest evaluation, without penalties.
    train_loss: Cell<f64>,
}

impl<'a, M: Model> Problem<'a, M> {
    /// Creates the problem of all rows of a batch.
    pub(super) fn new(model: &'a M, batch: Batch<'a>, config: &TrainingConfig) -> Result<Self> {
        let penalty = Penalty::new(config, model, batch.rows);
        let parameter_count = model.layout().tensors.iter().map(|tensor| tensor.len).sum();
        let terms =
            config.spec.method.needs_finite_sum().then(|| check_terms(model, batch.loss, config)).transpose()?;
        let split = match terms {
            Some(_) => SplitWeights::whole(parameter_count),
            None => SplitWeights::new(&penalty, parameter_count),
        };
        let (proximal, train_loss) = (ProximalLoss::new(model, batch), Cell::new(0.0));
        Ok(Self { model, batch, penalty, split, terms, proximal, train_loss })
    }

    /// State of the smoothed losses.
    pub(super) fn state(&self) -> Option<ProximalState> {
        self.proximal.as_ref().map(|loss| loss.state().clone())
    }

    /// Continues with this state of the smoothed losses.
    pub(super) fn continue_at(&mut self, state: Option<ProximalState>) -> Result<()> {
        let (Some(loss), Some(state)) = (&mut self.proximal, state) else { return Ok(()) };
        loss.continue_at(state)
    }

    /// Minimizes until the gradient is small, or to the end of a round.
    pub(super) fn minimize(
        &mut self,
        optimizer: &mut Optimizer<M::F>,
        x: &[M::F],
        limits: RoundLimits,
        observe: &mut Observe<'_, M::F>,
    ) -> Result<Outcome<M::F>> {
        let Self { model, batch, penalty, split, terms, proximal, train_loss } = self;
        let smooth_tolerance = if M::F::NAME == "f32" { GRADIENT_TOLERANCE_F32 } else { GRADIENT_TOLERANCE };
        let stop = StopCriteria {
            gradient_tolerance: Some(proximal.as_ref().map_or(smooth_tolerance, ProximalLoss::gradient_tolerance)),
            max_steps: limits.steps,
            max_evaluations: Some(limits.evaluations),
            track_best: TrackBest::Off,
            ..StopCriteria::default()
        };
        let mut callback =
            |progress: &mut Progress<'_, M::F>| observe(progress, &split.join(progress.x), train_loss.get());
        let mut run = Minimize::with_optimizer(optimizer).criteria(stop).callback(&mut callback);
        if let Some(bounds) = split.lower_bounds() {
            run = run.lower_bounds(Bounds::PerCoordinate(bounds));
        }
        let outcome = if let Some(terms) = *terms {
            run.run_finite_sum(&LinearSum::new(terms, *batch, penalty, train_loss), x)
        } else {
            let mean_loss = |weights: &[M::F], gradient: &mut [M::F]| {
                let Some(loss) = proximal else {
                    let mean = model.mean_loss(batch, weights, gradient);
                    train_loss.set(mean);
                    return mean;
                };
                let means = loss.add_gradient(weights, gradient);
                train_loss.set(means.exact);
                means.smoothed
            };
            run.run(&mut FullBatchObjective::new(mean_loss, penalty, split, batch.interrupt), x)
        };
        outcome.map_err(unwrap_objective_error)
    }

    /// Returns how near the optimum a point is. Smooth problems have one round.
    pub(super) fn end_round(&mut self, outcome: &Outcome<M::F>) -> RoundEnd {
        let is_optimal = outcome.reason == StopReason::GradientTolerance;
        match &mut self.proximal {
            Some(loss) if !self.batch.interrupt.is_requested() => {
                let end = loss.end_round(&self.split.join(&outcome.x), &self.penalty);
                let is_complete = is_optimal || outcome.reason == StopReason::LineSearchFailed;
                RoundEnd { is_last: end.is_last || !is_complete, ..end }
            }
            Some(_) => RoundEnd { is_last: true, ..RoundEnd::default() },
            None => {
                // The gradient of a sum that was cut short is that of some rows.
                let gradient_norm = (outcome.reason != StopReason::NotFinite).then_some(outcome.gradient_norm);
                RoundEnd { is_last: true, is_optimal, gradient_norm, duality_gap: None }
            }
        }
    }
}
