//! A mini-batch of rows with few features each is a sparse objective.

use std::collections::VecDeque;
use std::sync::mpsc::{Receiver, Sender, SyncSender, channel, sync_channel};
use std::thread::Scope;

use thalweg::{Real, Result, SparseObjective};

use super::objective::EpochLosses;
use super::sampler::BatchSampler;
use crate::data::{RowStore, Rows};
use crate::model::{ActiveFeatures, FeatureIndexer, Loss, Model};

/// Batches that are made ready ahead.
const READY: usize = 2;

/// A batch whose features are numbered anew, without gaps.
#[derive(Default)]
struct LocalBatch {
    rows: Rows,
    active: ActiveFeatures,
    /// Whether it ends the epoch.
    ends: bool,
}

/// What makes batches ready.
struct BatchLoader<'a> {
    feed: BatchSampler<'a>,
    finder: FeatureIndexer,
}

impl BatchLoader<'_> {
    fn load(&mut self, into: &mut LocalBatch) -> Result<()> {
        let (rows, listed, ends) = self.feed.next()?;
        self.finder.index_batch(rows, listed, &mut into.rows, &mut into.active);
        into.ends = ends;
        Ok(())
    }
}

/// Where they come from.
enum BatchSource<'a> {
    Here(Box<BatchLoader<'a>>),
    /// From a thread that makes the next ones ready while this one steps; what is done with goes back to it.
    Thread {
        ready: Receiver<Result<LocalBatch>>,
        done: Sender<LocalBatch>,
    },
}

/// The training rows cut into batches, each with only the features that it has.
pub(super) struct SparseMiniBatchObjective<'a, M: Model> {
    model: &'a M,
    source: BatchSource<'a>,
    rows: usize,
    loss: Loss,
    batch: LocalBatch,
    listed: Vec<u32>,
    /// The model of so many features as the batch has.
    small: Option<M>,
    sum: f64,
    finished: &'a EpochLosses,
}

impl<'a, M: Model> SparseMiniBatchObjective<'a, M> {
    pub(super) fn new<'scope>(
        model: &'a M,
        store: &'a RowStore,
        loss: Loss,
        (size, seed): (usize, u64),
        finished: &'a EpochLosses,
        scope: &'scope Scope<'scope, 'a>,
    ) -> Self {
        let mut loader = BatchLoader { feed: BatchSampler::new(store, size, seed), finder: FeatureIndexer::default() };
        let source = if rayon::current_num_threads() == 1 {
            BatchSource::Here(Box::new(loader))
        } else {
            let ((send, ready), (done, used)) = (sync_channel(READY), channel());
            scope.spawn(move || run(&mut loader, &send, &used));
            BatchSource::Thread { ready, done }
        };
        let (batch, listed) = (LocalBatch::default(), Vec::new());
        Self { model, source, rows: store.len(), loss, batch, listed, small: None, sum: 0.0, finished }
    }
}

/// Makes batches ready until nobody wants them any more.
fn run(loader: &mut BatchLoader<'_>, ready: &SyncSender<Result<LocalBatch>>, used: &Receiver<LocalBatch>) {
    loop {
        let mut batch = used.try_recv().unwrap_or_default();
        let batch = loader.load(&mut batch).map(|()| batch);
        if ready.send(batch).is_err() {
            return;
        }
    }
}

impl<M: Model> SparseObjective<M::F> for SparseMiniBatchObjective<'_, M> {
    fn next_indices(&mut self) -> Result<&[u32]> {
        match &mut self.source {
            BatchSource::Here(loader) => loader.load(&mut self.batch)?,
            BatchSource::Thread { ready, done } => {
                let gone = || thalweg::Error::Objective("the thread that loads rows is gone".into());
                let next = ready.recv().map_err(|_| gone())??;
                // Nobody takes it at the end, when the thread is gone.
                let _ = done.send(std::mem::replace(&mut self.batch, next));
            }
        }
        self.listed.clear();
        self.listed.extend(0..self.batch.rows.len() as u32);
        self.small = self.model.with_features(self.batch.active.features().len());
        Ok(self.model.parameter_indices(&mut self.batch.active))
    }

    fn eval_sparse(&mut self, x: &[M::F], g: &mut [M::F]) -> Result<M::F> {
        let model = self.small.as_ref().unwrap_or(self.model);
        let loss = model.mean_loss(&self.batch.rows, &self.listed, self.loss, x, g);
        self.sum += loss * self.listed.len() as f64;
        if self.batch.ends {
            let finished: &mut VecDeque<f64> = &mut self.finished.borrow_mut();
            finished.push_back(self.sum / self.rows as f64);
            self.sum = 0.0;
        }
        Ok(M::F::of(loss))
    }

    fn needs_dense(&self) -> bool {
        self.batch.ends
    }
}
