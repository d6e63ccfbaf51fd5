//! Piecewise linear losses, smoothed around centers.

use rayon::prelude::*;
use serde::{Deserialize, Serialize};
use thalweg::Element;

use super::dual_problem::DualProblem;
use crate::error::Result;
use crate::model::{Batch, Linear, Model, PiecewiseLinear};
use crate::pool;
use crate::train::exact_number;
use crate::train::penalty::Penalty;

/// Rows whose losses are summed together.
const CHUNK: usize = 4_096;

/// Width of the smoothing in the first round, its factor in each further round, and its smallest value.
const FIRST_WIDTH: f64 = 1.0;
const WIDTH_FACTOR: f64 = 0.5;
const MIN_WIDTH: f64 = 0.01;

/// Norm of the gradient at which the first round ends, and its factor in each further round.
const FIRST_TOLERANCE: f64 = 1e-2;
const TOLERANCE_FACTOR: f64 = 0.3;

/// Norm of the gradient from which it decreases slowly, and its factor in each round: the gap of most problems is small
/// by then, and a smaller gradient is expensive.
const SMALL_TOLERANCE: f64 = 5e-7;
const SLOW_FACTOR: f64 = 0.8;

/// Duality gap at which the method ends, relative to the loss of the scores 0.
const RELATIVE_GAP: f64 = 1e-6;

/// Norm of the violated constraints of the dual problem at which the method may end.
const MAX_VIOLATION: f64 = 1e-6;

/// Largest number of rounds: the dual values of more differ by rounding errors only.
const MAX_ROUNDS: u32 = 100;

/// Progress of the proximal method: what a round begins with.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub(in crate::train) struct ProximalState {
    /// Number of rounds completed.
    pub(in crate::train) rounds: u32,
    /// Derivative of the loss of each row around which it is smoothed.
    #[serde(with = "exact_number::list")]
    pub(in crate::train) centers: Vec<f64>,
    /// Largest value of the dual problem so far.
    #[serde(with = "exact_number")]
    pub(super) dual_value: f64,
}

/// How near the optimum the end of a round is.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct RoundEnd {
    /// True if no further round follows.
    pub(super) is_last: bool,
    /// True if the point is the optimum, within the tolerance.
    pub(super) is_optimal: bool,
    pub(super) gradient_norm: Option<f64>,
    /// Objective at the point minus a lower bound of its minimum.
    pub(super) duality_gap: Option<f64>,
}

/// Mean of piecewise linear losses of a linear model, smoothed around a derivative of each.
///
/// Piecewise linear losses have no gradient at their kinks. Each round minimizes them smoothed around the derivatives
/// with which the round before ended, and more narrowly: the proximal method of multipliers (Rockafellar, "Augmented
/// Lagrangians and applications of the proximal point algorithm in convex programming", Mathematics of Operations
/// Research 1, 1976, equation 1.9). The derivatives tend to those of the optimum, which the duality gap proves.
pub(in crate::train) struct ProximalLoss<'a> {
    model: Linear,
    batch: Batch<'a>,
    state: ProximalState,
    /// Derivatives by the scores, weighted, at the latest point.
    factors: Vec<f64>,
}

/// Mean losses of a batch.
#[derive(Clone, Copy, Debug, Default)]
pub(in crate::train) struct ProximalMeans {
    /// Mean of the smoothed losses, whose gradient is known.
    pub(in crate::train) smoothed: f64,
    /// Mean of the losses themselves.
    pub(in crate::train) exact: f64,
}

impl<'a> ProximalLoss<'a> {
    /// Creates the loss of a linear model; `None` for other models and for smooth losses.
    pub(in crate::train) fn new(model: &impl Model, batch: Batch<'a>) -> Option<Self> {
        let model = Linear::of(model).filter(|_| !batch.loss.is_smooth())?;
        let centers = vec![0.0; batch.indices.len()];
        let state = ProximalState { rounds: 0, centers, dual_value: f64::NEG_INFINITY };
        Some(Self { model, batch, state, factors: vec![0.0; batch.indices.len()] })
    }

    /// Continues in this state.
    ///
    /// # Errors
    /// A state of another number of rows.
    pub(super) fn continue_at(&mut self, state: ProximalState) -> Result<()> {
        thalweg::Error::length(&"the rows of the state", self.batch.indices.len(), state.centers.len())?;
        self.state = state;
        Ok(())
    }

    /// Begins as narrow as after this number of rounds.
    pub(in crate::train) fn after_rounds(mut self, rounds: u32) -> Self {
        self.state.rounds = rounds;
        self
    }

    pub(in crate::train) fn state(&self) -> &ProximalState {
        &self.state
    }

    /// Norm of the gradient at which the round ends.
    pub(super) fn gradient_tolerance(&self) -> f64 {
        (0..self.state.rounds.min(MAX_ROUNDS)).fold(FIRST_TOLERANCE, |tolerance, _| {
            (tolerance * TOLERANCE_FACTOR).max(tolerance.min(SMALL_TOLERANCE) * SLOW_FACTOR)
        })
    }

    /// Returns the mean losses, and adds the gradient of the smoothed ones to `gradient`. After an interrupt, they are
    /// without meaning.
    pub(in crate::train) fn add_gradient<F: Element>(&mut self, parameters: &[F], gradient: &mut [F]) -> ProximalMeans {
        let means = self.eval(&to_f64(parameters));
        let Self { model, batch, factors, .. } = self;
        let mut sums = vec![0.0; gradient.len()];
        model.add_row_combination(batch.rows, batch.indices, factors, &mut sums, batch.interrupt);
        gradient.iter_mut().zip(sums).for_each(|(g, sum)| *g = F::of(g.to_f64() + sum));
        means
    }

    /// Returns the mean losses, and keeps their derivatives by the scores.
    fn eval(&mut self, parameters: &[f64]) -> ProximalMeans {
        let Self { model, batch, state, factors } = self;
        let Batch { rows, indices, .. } = *batch;
        let (width, share) = (width(state.rounds), batch.factor());
        let scores = model.scores(rows, parameters);
        let chunks = factors.par_chunks_mut(CHUNK).zip(indices.par_chunks(CHUNK)).zip(state.centers.par_chunks(CHUNK));
        let sums = pool::map(chunks, |((factors, indices), centers)| {
            let mut sums = ProximalMeans::default();
            for ((factor, row), center) in factors.iter_mut().zip(indices).zip(centers) {
                let row = *row as usize;
                let (loss, weight) = (loss_of_row(batch, row), rows.loss_weight(row) * share);
                let (smoothed, derivative) = loss.smoothed(scores[row], *center, width);
                sums.smoothed += weight * smoothed;
                sums.exact += weight * loss.eval(scores[row]);
                *factor = weight * derivative;
            }
            sums
        });
        sums.into_iter().fold(ProximalMeans::default(), |sum, part| ProximalMeans {
            smoothed: sum.smoothed + part.smoothed,
            exact: sum.exact + part.exact,
        })
    }

    /// Ends a round at these parameters: the derivatives of the smoothed losses are the centers of the next.
    pub(super) fn end_round<F: Element>(&mut self, parameters: &[F], penalty: &Penalty) -> RoundEnd {
        let Self { model, batch, state, .. } = self;
        let width = width(state.rounds);
        let scores = model.scores(batch.rows, &to_f64(parameters));
        let (mut exact, mut of_zero) = (0.0, 0.0);
        for (center, row) in state.centers.iter_mut().zip(batch.indices) {
            let row = *row as usize;
            let (loss, weight) = (loss_of_row(batch, row), batch.rows.loss_weight(row) * batch.factor());
            exact += weight * loss.eval(scores[row]);
            of_zero += weight * loss.eval(0.0);
            (_, *center) = loss.smoothed(scores[row], *center, width);
        }
        state.rounds += 1;
        let dual = DualProblem { model: *model, batch: *batch, penalty }.value(state.centers.clone());
        let is_bound = dual.violation == 0.0;
        // Without a penalty only the latest value is near the minimum.
        state.dual_value = if is_bound { state.dual_value.max(dual.value) } else { dual.value };
        let gap = penalty.add_to(exact, parameters) - state.dual_value;
        let is_optimal = gap <= RELATIVE_GAP * of_zero && dual.violation <= MAX_VIOLATION;
        RoundEnd {
            is_optimal,
            is_last: is_optimal || state.rounds >= MAX_ROUNDS,
            gradient_norm: (!is_bound).then_some(dual.violation),
            duality_gap: is_bound.then_some(gap.max(0.0)),
        }
    }
}

fn to_f64<F: Element>(parameters: &[F]) -> Vec<f64> {
    parameters.iter().map(|w| w.to_f64()).collect()
}

/// Returns the width of the smoothing after a number of rounds.
fn width(rounds: u32) -> f64 {
    (0..rounds.min(MAX_ROUNDS)).fold(FIRST_WIDTH, |width, _| (width * WIDTH_FACTOR).max(MIN_WIDTH))
}

fn loss_of_row(batch: &Batch<'_>, row: usize) -> PiecewiseLinear {
    batch.loss.piecewise_linear(batch.rows.target[row]).expect("the loss is piecewise linear")
}
