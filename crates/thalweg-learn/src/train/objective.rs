//! Mini-batch objective: each evaluation uses the next batch.

use std::cell::RefCell;
use std::collections::VecDeque;

use thalweg::{Objective, Real, Result, Seed};

use super::config::TrainingConfig;
use super::penalty::Penalty;
use super::sampler::BatchSampler;
use super::training_data::TrainingData;
use crate::interrupt::Interrupt;
use crate::model::{Batch, Loss, Model, StepSeed};

/// Mean training loss of each finished epoch, in the order in which they finished; the observer removes them.
pub(super) type EpochLosses = RefCell<VecDeque<f64>>;

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
    /// Sum of the loss over the rows of this epoch so far.
    loss_sum: f64,
    finished: &'a EpochLosses,
    interrupt: Interrupt<'a>,
}

impl<'a, M: Model> MiniBatchObjective<'a, M> {
    pub(super) fn new(
        model: &'a M,
        data: &TrainingData<'a>,
        config: &TrainingConfig,
        finished: &'a EpochLosses,
        interrupt: Interrupt<'a>,
    ) -> Self {
        Self {
            model,
            sampler: BatchSampler::new(data.train, config.batch_size, config.seed),
            rows: data.train.len(),
            loss: data.loss,
            seed: config.seed,
            penalty: Penalty::new(config, &model.layout()),
            orthant: Vec::new(),
            loss_sum: 0.0,
            finished,
            interrupt,
        }
    }
}

impl<M: Model> Objective<M::F> for MiniBatchObjective<'_, M> {
    fn eval(&mut self, x: &[M::F], g: &mut [M::F]) -> Result<M::F> {
        let batch = self.sampler.next()?;
        let ends_epoch = batch.ends_epoch;
        g.fill(M::F::ZERO);
        let step = Some(StepSeed { seed: self.seed, step: batch.step });
        let rows = Batch { rows: batch.rows, indices: batch.indices, loss: self.loss, step, interrupt: self.interrupt };
        let loss = self.model.mean_loss(&rows, x, g);
        self.loss_sum += loss * batch.indices.len() as f64;
        self.sampler.prefetch();
        if ends_epoch {
            self.finished.borrow_mut().push_back(self.loss_sum / self.rows as f64);
            self.loss_sum = 0.0;
        }
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
