//! Mini-batch objective for sparse steps: each batch has a gradient only by the parameters of its features.

use thalweg::{Real, Result, Seed, SparseObjective};

use super::batch_loader::{BatchLoading, LocalBatch};
use super::config::TrainingConfig;
use super::objective::{BatchLoss, EpochLosses};
use super::training_data::TrainingData;
use crate::data::Rows;
use crate::interrupt::Interrupt;
use crate::model::{Batch, Loss, Model, StepSeed};

/// Loss of rows by the parameters of their features.
pub(super) struct RestrictedLoss<'a, M> {
    model: &'a M,
    loss: Loss,
    seed: Seed,
    /// 0, 1, … for the rows.
    row_indices: Vec<u32>,
    /// Indices of the parameters of the rows.
    parameter_indices: Vec<u32>,
    interrupt: Interrupt<'a>,
}

impl<'a, M: Model> RestrictedLoss<'a, M> {
    pub(super) fn new(model: &'a M, loss: Loss, seed: Seed, interrupt: Interrupt<'a>) -> Self {
        let (row_indices, parameter_indices) = Default::default();
        Self { model, loss, seed, row_indices, parameter_indices, interrupt }
    }

    /// Restricts the loss to rows, whose features are renumbered from 0, and returns the model of these features.
    pub(super) fn restrict(&mut self, rows: &Rows, features: &[u32]) -> M {
        self.row_indices.clear();
        self.row_indices.extend(0..rows.len() as u32);
        let restricted = self.model.restrict(features, &mut self.parameter_indices);
        restricted.expect("sparse steps are taken only with models that can be restricted")
    }

    /// Indices of the parameters of the latest rows.
    pub(super) fn parameter_indices(&self) -> &[u32] {
        &self.parameter_indices
    }

    /// Returns the mean loss of the latest rows by their model and adds its gradient to `g`; `step` is the index of the
    /// random numbers.
    pub(super) fn eval(&self, (model, rows): (&M, &Rows), step: u64, x: &[M::F], g: &mut [M::F]) -> f64 {
        let step = Some(StepSeed { seed: self.seed, step });
        let batch = Batch { rows, indices: &self.row_indices, loss: self.loss, step, interrupt: self.interrupt };
        model.mean_loss(&batch, x, g)
    }
}

/// Loss of the next mini-batch by the parameters of its features.
pub(super) struct SparseMiniBatchObjective<'s, 'a, M: Model> {
    objective: RestrictedLoss<'a, M>,
    /// Model restricted to the features of the batch; `None` before the first one.
    restricted: Option<M>,
    loading: BatchLoading<'s, 'a>,
    /// Number of training rows.
    rows: usize,
    batch: LocalBatch,
    /// True for the first batch of an epoch after another.
    begins_epoch: bool,
    losses: &'a EpochLosses,
}

impl<'s, 'a, M: Model> SparseMiniBatchObjective<'s, 'a, M> {
    pub(super) fn new(
        model: &'a M,
        data: &TrainingData<'a>,
        config: &TrainingConfig,
        loading: BatchLoading<'s, 'a>,
        losses: &'a EpochLosses,
        interrupt: Interrupt<'a>,
    ) -> Self {
        let objective = RestrictedLoss::new(model, data.loss, config.seed, interrupt);
        let (rows, batch) = (data.train.len(), LocalBatch::default());
        Self { objective, restricted: None, loading, rows, batch, begins_epoch: false, losses }
    }
}

impl<M: Model> SparseObjective<M::F> for SparseMiniBatchObjective<'_, '_, M> {
    fn next_indices(&mut self) -> Result<&[u32]> {
        self.begins_epoch = self.batch.ends_epoch;
        self.loading.next(&mut self.batch)?;
        self.restricted = Some(self.objective.restrict(&self.batch.rows, &self.batch.features));
        Ok(self.objective.parameter_indices())
    }

    fn eval_sparse(&mut self, x: &[M::F], g: &mut [M::F]) -> Result<M::F> {
        let model = self.restricted.as_ref().expect("the features of the batch were asked for");
        let loss = self.objective.eval((model, &self.batch.rows), self.batch.step, x, g);
        let (rows, ends_epoch) = (self.batch.rows.len(), self.batch.ends_epoch);
        self.losses.add(&BatchLoss { mean: loss, rows, epoch_rows: self.rows, ends_epoch });
        Ok(M::F::of(loss))
    }

    /// The parameters after an epoch are evaluated once the next batch has been.
    fn needs_dense(&self) -> bool {
        self.begins_epoch
    }
}
