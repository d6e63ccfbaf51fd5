//! The objective of a solver: all rows in each evaluation.

use std::cell::Cell;

use thalweg::{Objective, Real};

use super::penalty::Penalty;
use super::split_weights::SplitWeights;
use crate::model::{Batch, Model};

/// Mean loss of a batch plus the penalties, as a function of the split weights.
pub(super) struct FullBatchObjective<'a, M: Model> {
    model: &'a M,
    batch: Batch<'a>,
    penalty: &'a Penalty,
    split: &'a SplitWeights,
    weights: Vec<M::F>,
    gradient: Vec<M::F>,
    /// Mean loss of the latest evaluation, without penalties.
    train_loss: &'a Cell<f64>,
}

impl<'a, M: Model> FullBatchObjective<'a, M> {
    pub(super) fn new(
        model: &'a M,
        batch: Batch<'a>,
        penalty: &'a Penalty,
        split: &'a SplitWeights,
        train_loss: &'a Cell<f64>,
    ) -> Self {
        Self { model, batch, penalty, split, weights: Vec::new(), gradient: Vec::new(), train_loss }
    }
}

impl<M: Model> Objective<M::F> for FullBatchObjective<'_, M> {
    fn eval(&mut self, x: &[M::F], g: &mut [M::F]) -> thalweg::Result<M::F> {
        let Self { model, batch, penalty, split, weights, gradient, train_loss } = self;
        split.join_into(x, weights);
        gradient.clear();
        gradient.resize(weights.len(), M::F::ZERO);
        let mean = model.mean_loss(batch, weights, gradient);
        if batch.interrupt.is_requested() {
            // The sum was cut short; a value that is not finite ends the search.
            return Ok(M::F::of(f64::NAN));
        }
        train_loss.set(mean);
        let value = mean + penalty.add_smooth_gradient(weights, gradient);
        Ok(M::F::of(value + split.add_penalty(x, gradient, g)))
    }
}
