//! Mini-batch objective for sparse steps: each batch has a gradient only by the parameters of its features.

use std::sync::mpsc::{Receiver, Sender, SyncSender, channel, sync_channel};
use std::thread::Scope;

use thalweg::{Real, Result, Seed, SparseObjective};

use super::config::TrainingConfig;
use super::objective::{BatchLoss, EpochLosses};
use super::sampler::BatchSampler;
use super::training_data::TrainingData;
use crate::data::Rows;
use crate::interrupt::Interrupt;
use crate::model::{Batch, FeatureIndexer, Loss, Model, StepSeed};
use crate::pool;

/// Number of batches that the loading thread prepares ahead.
const QUEUED_BATCHES: usize = 2;

/// Batch whose features are renumbered from 0 without gaps.
#[derive(Default)]
struct LocalBatch {
    rows: Rows,
    /// Original numbers of the features, ascending.
    features: Vec<u32>,
    /// Index of the batch in the training, from 0.
    step: u64,
    /// True for the last batch of an epoch.
    ends_epoch: bool,
}

/// Source of local batches.
struct BatchLoader<'a> {
    sampler: BatchSampler<'a>,
    indexer: FeatureIndexer,
}

impl BatchLoader<'_> {
    fn load(&mut self, into: &mut LocalBatch) -> Result<()> {
        // The features of all rows are numbered together.
        let batch = self.sampler.next(|_, _| None)?;
        self.indexer.index_batch(batch.rows, batch.indices, &mut into.rows, &mut into.features);
        (into.step, into.ends_epoch) = (batch.step, batch.ends_epoch);
        Ok(())
    }
}

/// Thread that the batches are loaded by.
enum Loading<'a> {
    /// The thread that takes the steps.
    SameThread(Box<BatchLoader<'a>>),
    /// A thread of its own, which loads batches ahead; used batches return to it for their memory.
    Ahead { loaded: Receiver<Result<LocalBatch>>, used: Sender<LocalBatch> },
}

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
pub(super) struct SparseMiniBatchObjective<'a, M: Model> {
    objective: RestrictedLoss<'a, M>,
    /// Model restricted to the features of the batch; `None` before the first one.
    restricted: Option<M>,
    loading: Loading<'a>,
    /// Number of training rows.
    rows: usize,
    batch: LocalBatch,
    /// True for the first batch of an epoch after another.
    begins_epoch: bool,
    losses: &'a EpochLosses,
}

impl<'a, M: Model> SparseMiniBatchObjective<'a, M> {
    pub(super) fn new<'scope>(
        model: &'a M,
        data: &TrainingData<'a>,
        config: &TrainingConfig,
        sampler: BatchSampler<'a>,
        losses: &'a EpochLosses,
        interrupt: Interrupt<'a>,
        scope: &'scope Scope<'scope, 'a>,
    ) -> Self {
        let mut loader = BatchLoader { sampler, indexer: FeatureIndexer::default() };
        // One thread at a time exchanges anything with other ranks: the one that takes the steps.
        let is_alone = !pool::is_inside() || rayon::current_num_threads() == 1;
        let loading = if is_alone || loader.sampler.receives_rows() {
            Loading::SameThread(Box::new(loader))
        } else {
            let ((send, loaded), (used, returned)) = (sync_channel(QUEUED_BATCHES), channel());
            // The threads of this pool take the steps, so those of another one read the rows.
            let threads = rayon::current_num_threads();
            let rows = loader.sampler.rows_read_in_parallel();
            scope.spawn(move || pool::in_pool_of(threads, rows, move || load_ahead(&mut loader, &send, &returned)));
            Loading::Ahead { loaded, used }
        };
        let objective = RestrictedLoss::new(model, data.loss, config.seed, interrupt);
        let (rows, batch) = (data.train.len(), LocalBatch::default());
        Self { objective, restricted: None, loading, rows, batch, begins_epoch: false, losses }
    }
}

/// Loads batches until the receiver is gone.
fn load_ahead(loader: &mut BatchLoader<'_>, loaded: &SyncSender<Result<LocalBatch>>, returned: &Receiver<LocalBatch>) {
    loop {
        let mut batch = returned.try_recv().unwrap_or_default();
        let batch = loader.load(&mut batch).map(|()| batch);
        if loaded.send(batch).is_err() {
            return;
        }
    }
}

impl<M: Model> SparseObjective<M::F> for SparseMiniBatchObjective<'_, M> {
    fn next_indices(&mut self) -> Result<&[u32]> {
        self.begins_epoch = self.batch.ends_epoch;
        match &mut self.loading {
            Loading::SameThread(loader) => loader.load(&mut self.batch)?,
            Loading::Ahead { loaded, used } => {
                let gone = || thalweg::Error::Objective("the thread that loads batches has ended".into());
                let next = loaded.recv().map_err(|_| gone())??;
                // At the end of the training nobody receives it.
                let _ = used.send(std::mem::replace(&mut self.batch, next));
            }
        }
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
