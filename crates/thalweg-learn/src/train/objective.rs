//! Mini-batch objective: each evaluation uses the next batch.

use std::cell::{Cell, RefCell};
use std::collections::VecDeque;

use thalweg::{Objective, Real, Result, Seed};

use super::config::TrainingConfig;
use super::penalty::Penalty;
use super::sampler::BatchSampler;
use super::training_data::TrainingData;
use crate::interrupt::Interrupt;
use crate::model::{Batch, Loss, Model, StepSeed};

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

/// Loss of the next mini-batch plus the penalty.
pub(super) struct MiniBatchObjective<'a, M> {
    model: &'a M,
    sampler: BatchSampler<'a>,
    /// Number of training rows.
    rows: usize,
    loss: Loss,
    seed: Seed,
    penalty: Penalty,
    /// Sign that each parameter may have after the next step; empty without an L1 penalty.
    orthant: Vec<f64>,
    losses: &'a EpochLosses,
    interrupt: Interrupt<'a>,
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
        Self {
            model,
            sampler,
            rows: data.train.len(),
            loss: data.loss,
            seed: config.seed,
            penalty: Penalty::new(config, model, data.train.sample()),
            orthant: Vec::new(),
            losses,
            interrupt,
        }
    }
}

impl<M: Model> Objective<M::F> for MiniBatchObjective<'_, M> {
    fn eval(&mut self, x: &[M::F], g: &mut [M::F]) -> Result<M::F> {
        let batch = self.sampler.next(|rows, batch_rows| self.model.leaf_rows(rows, batch_rows))?;
        let ends_epoch = batch.ends_epoch;
        g.fill(M::F::ZERO);
        let step = Some(StepSeed { seed: self.seed, step: batch.step });
        let rows = Batch { rows: batch.rows, indices: batch.indices, loss: self.loss, step, interrupt: self.interrupt };
        let loss = self.model.mean_loss(&rows, x, g);
        let rows = batch.indices.len();
        self.losses.add(&BatchLoss { mean: loss, rows, epoch_rows: self.rows, ends_epoch });
        self.sampler.prefetch();
        let penalty = if self.penalty.is_zero() { 0.0 } else { self.penalty.add_gradient(x, g, &mut self.orthant) };
        Ok(M::F::of(loss + penalty))
    }

    /// Sets weights to 0 whose sign would change: the source of exact zeros under an L1 penalty.
    fn project(&mut self, x: &mut [M::F]) {
        for (w, &sign) in x.iter_mut().zip(&self.orthant) {
            // Parameters without a penalty have the sign 0, and every value is allowed.
            let crosses_zero = sign.is_nan() || w.to_f64() * sign < 0.0;
            if crosses_zero {
                *w = M::F::ZERO;
            }
        }
    }
}
