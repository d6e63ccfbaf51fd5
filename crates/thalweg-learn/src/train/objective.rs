//! Mini-batch objective: each evaluation uses the next batch.

use std::cell::{Cell, RefCell};
use std::collections::VecDeque;

use thalweg::{Objective, Real, Result, Seed};

use super::config::TrainingConfig;
use super::penalty::Penalty;
use super::sampler::BatchSampler;
use super::training_data::TrainingData;
use crate::data::Rows;
use crate::interrupt::Interrupt;
use crate::model::{Batch, Loss, Model, StepSeed, rows_of_ranks};

/// Training losses, which the objective writes and the observer reads.
#[derive(Debug, Default)]
pub(super) struct EpochLosses {
    /// Mean training loss of each finished epoch, in the order in which they finished; the observer removes them.
    pub(super) finished: RefCell<VecDeque<f64>>,
    /// Sum of the loss over the rows of this epoch so far.
    sum: Cell<f64>,
    /// The same before the latest batch.
    pub(super) sum_before: Cell<f64>,
}

impl EpochLosses {
    /// Continues with the losses of a state.
    pub(super) fn at(finished: Vec<f64>, sum: f64) -> Self {
        Self { finished: RefCell::new(finished.into()), sum: Cell::new(sum), sum_before: Cell::new(sum) }
    }

    /// Sets the sum of the loss over the rows of this epoch so far; `epoch_rows` is their number if it ends here.
    pub(super) fn set(&self, sum: f64, epoch_rows: Option<usize>) {
        let is_complete = epoch_rows.is_some();
        if let Some(rows) = epoch_rows {
            self.finished.borrow_mut().push_back(sum / rows as f64);
        }
        let sum = if is_complete { 0.0 } else { sum };
        self.sum.set(sum);
        self.sum_before.set(sum);
    }

    /// Adds the loss of a batch.
    pub(super) fn add(&self, batch: &BatchLoss) {
        self.sum_before.set(self.sum.get());
        self.sum.set(self.sum.get() + batch.mean * batch.rows as f64);
        if batch.ends_epoch {
            self.finished.borrow_mut().push_back(self.sum.get() / batch.epoch_rows as f64);
            self.sum.set(0.0);
        }
    }
}

/// Loss of a batch in an epoch.
pub(super) struct BatchLoss {
    /// Mean loss of the batch.
    pub(super) mean: f64,
    /// Number of its rows.
    pub(super) rows: usize,
    /// Number of the rows of the epoch.
    pub(super) epoch_rows: usize,
    /// True for the last batch of the epoch.
    pub(super) ends_epoch: bool,
}

/// Loss of given rows plus the penalty.
pub(super) struct PenalizedLoss<'a, M> {
    model: &'a M,
    loss: Loss,
    seed: Seed,
    penalty: Penalty,
    /// Sign that each parameter may have after the next step; empty without an L1 penalty.
    orthant: Vec<f64>,
    interrupt: Interrupt<'a>,
}

impl<'a, M: Model> PenalizedLoss<'a, M> {
    pub(super) fn new(
        model: &'a M,
        data: &TrainingData<'_>,
        config: &TrainingConfig,
        interrupt: Interrupt<'a>,
    ) -> Self {
        let penalty = Penalty::new(config, model, data.train.sample());
        Self { model, loss: data.loss, seed: config.seed, penalty, orthant: Vec::new(), interrupt }
    }

    /// Replaces `g` by the gradient of the loss of some rows plus the penalty; returns the mean loss and the penalty.
    /// `step` is the index of the random numbers.
    pub(super) fn eval(
        &mut self,
        (rows, indices): (&Rows, &[u32]),
        step: u64,
        x: &[M::F],
        g: &mut [M::F],
    ) -> (f64, f64) {
        g.fill(M::F::ZERO);
        let step = Some(StepSeed { seed: self.seed, step });
        let batch = Batch { rows, indices, loss: self.loss, step, interrupt: self.interrupt };
        let loss = self.model.mean_loss(&batch, x, g);
        let penalty = if self.penalty.is_zero() { 0.0 } else { self.penalty.add_gradient(x, g, &mut self.orthant) };
        (loss, penalty)
    }

    /// Sets weights to 0 whose sign would change: the source of exact zeros under an L1 penalty. `x` are the parameters
    /// from number `first` on.
    pub(super) fn project(&self, x: &mut [M::F], first: usize) {
        for (w, &sign) in x.iter_mut().zip(self.orthant.get(first..).unwrap_or_default()) {
            // Parameters without a penalty have the sign 0, and every value is allowed.
            let crosses_zero = sign.is_nan() || w.to_f64() * sign < 0.0;
            if crosses_zero {
                *w = M::F::ZERO;
            }
        }
    }
}

impl<M> Clone for PenalizedLoss<'_, M> {
    fn clone(&self) -> Self {
        Self { penalty: self.penalty.clone(), orthant: self.orthant.clone(), ..*self }
    }
}

/// Loss of the next mini-batch plus the penalty.
pub(super) struct MiniBatchObjective<'a, M> {
    objective: PenalizedLoss<'a, M>,
    sampler: BatchSampler<'a>,
    /// Number of training rows.
    rows: usize,
    losses: &'a EpochLosses,
}

impl<'a, M: Model> MiniBatchObjective<'a, M> {
    pub(super) fn new(
        model: &'a M,
        data: &TrainingData<'a>,
        config: &TrainingConfig,
        sampler: BatchSampler<'a>,
        losses: &'a EpochLosses,
        interrupt: Interrupt<'a>,
    ) -> Self {
        let objective = PenalizedLoss::new(model, data, config, interrupt);
        Self { objective, sampler, rows: data.train.len(), losses }
    }

    /// Returns `true` if a penalty is added to the loss.
    pub(super) fn has_penalty(&self) -> bool {
        !self.objective.penalty.is_zero()
    }

    /// Corrects the parameters from number `first` on after a step; see [`Objective::project`].
    pub(super) fn project_from(&self, x: &mut [M::F], first: usize) {
        self.objective.project(x, first);
    }
}

impl<M: Model> Objective<M::F> for MiniBatchObjective<'_, M> {
    fn eval(&mut self, x: &[M::F], g: &mut [M::F]) -> Result<M::F> {
        let (model, ranks) = (self.objective.model, self.objective.interrupt.team().ranks());
        let ranges = |rows: &Rows, count| Some(rows_of_ranks(count, model.leaf_rows(rows, count)?, ranks));
        let batch = self.sampler.next(ranges)?;
        let (rows, ends_epoch) = (batch.indices.len(), batch.ends_epoch);
        let (loss, penalty) = self.objective.eval((batch.rows, batch.indices), batch.step, x, g);
        self.losses.add(&BatchLoss { mean: loss, rows, epoch_rows: self.rows, ends_epoch });
        self.sampler.prefetch();
        Ok(M::F::of(loss + penalty))
    }

    fn project(&mut self, x: &mut [M::F]) {
        self.project_from(x, 0);
    }
}
