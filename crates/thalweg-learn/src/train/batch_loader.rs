//! Loading of the batches of sparse steps: while a step is taken, the next batch is prepared.

use std::sync::mpsc::{Receiver, Sender, SyncSender, TryRecvError, channel, sync_channel};

use rayon::{Scope, Yield};
use thalweg::{Error, Result};

use super::sampler::BatchSampler;
use crate::data::Rows;
use crate::model::FeatureIndexer;
use crate::pool;

/// Number of batches that a loading thread prepares ahead.
const QUEUED_BATCHES: usize = 2;

/// Batch whose features are renumbered from 0 without gaps.
#[derive(Default)]
pub(super) struct LocalBatch {
    pub(super) rows: Rows,
    /// Original numbers of the features, ascending.
    pub(super) features: Vec<u32>,
    /// Index of the batch in the training, from 0.
    pub(super) step: u64,
    /// True for the last batch of an epoch.
    pub(super) ends_epoch: bool,
}

/// Source of local batches.
pub(super) struct BatchLoader<'a> {
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

/// Where batches are loaded.
pub(super) enum BatchLoading<'s, 'a> {
    /// On the thread that takes the steps.
    SameThread(Box<BatchLoader<'a>>),
    /// In the pool that takes the steps, so that no more threads run than it has.
    Pool(LoadingTasks<'s, 'a>),
    /// On a thread of its own, which waits for the disk while steps are taken.
    OwnThread(LoadingThread),
}

impl BatchLoading<'_, '_> {
    /// Replaces `batch` by the next one; its memory is used again.
    pub(super) fn next(&mut self, batch: &mut LocalBatch) -> Result<()> {
        match self {
            Self::SameThread(loader) => loader.load(batch),
            Self::Pool(tasks) => tasks.next(batch),
            Self::OwnThread(thread) => thread.next(batch),
        }
    }
}

/// Calls `take_steps` with the batches of a sampler.
pub(super) fn load_batches<'a, T>(sampler: BatchSampler<'a>, take_steps: impl FnOnce(BatchLoading<'_, 'a>) -> T) -> T {
    let mut loader = BatchLoader { sampler, indexer: FeatureIndexer::default() };
    // One thread at a time exchanges anything with other ranks: the one that takes the steps.
    if !pool::is_inside() || rayon::current_num_threads() == 1 || loader.sampler.receives_rows() {
        return take_steps(BatchLoading::SameThread(Box::new(loader)));
    }
    // The threads of this pool take the steps, so those of another one read rows from disk.
    let (threads, rows) = (rayon::current_num_threads(), loader.sampler.rows_read_in_parallel());
    if rows == 0 {
        return rayon::in_place_scope(|scope| take_steps(BatchLoading::Pool(LoadingTasks::new(loader, scope))));
    }
    std::thread::scope(|scope| {
        let ((send, loaded), (used, returned)) = (sync_channel(QUEUED_BATCHES), channel());
        scope.spawn(move || pool::in_pool_of(threads, rows, move || load_ahead(&mut loader, &send, &returned)));
        take_steps(BatchLoading::OwnThread(LoadingThread { loaded, used }))
    })
}

fn loading_has_ended() -> Error {
    Error::Objective("the thread that loads batches has ended".into())
}

/// Batches loaded one ahead, each by a task.
pub(super) struct LoadingTasks<'s, 'a> {
    scope: &'s Scope<'a>,
    loaded: Receiver<LoadedBatch<'a>>,
}

/// The loader after a batch, for the next one.
struct LoadedBatch<'a> {
    loader: BatchLoader<'a>,
    batch: Result<LocalBatch>,
    /// A task has the only sender, so that the receiver learns of a panic.
    send: Sender<LoadedBatch<'a>>,
}

impl<'s, 'a> LoadingTasks<'s, 'a> {
    fn new(loader: BatchLoader<'a>, scope: &'s Scope<'a>) -> Self {
        let (send, loaded) = channel();
        let tasks = Self { scope, loaded };
        tasks.spawn(loader, LocalBatch::default(), send);
        tasks
    }

    fn spawn(&self, mut loader: BatchLoader<'a>, mut batch: LocalBatch, send: Sender<LoadedBatch<'a>>) {
        self.scope.spawn(move |_| {
            let batch = loader.load(&mut batch).map(|()| batch);
            // At the end of the training nobody receives it.
            let _ = send.clone().send(LoadedBatch { loader, batch, send });
        });
    }

    fn next(&mut self, batch: &mut LocalBatch) -> Result<()> {
        let LoadedBatch { loader, batch: next, send } = self.wait()?;
        let used = std::mem::replace(batch, next?);
        self.spawn(loader, used, send);
        Ok(())
    }

    fn wait(&self) -> Result<LoadedBatch<'a>> {
        loop {
            match self.loaded.try_recv() {
                Ok(loaded) => return Ok(loaded),
                Err(TryRecvError::Disconnected) => return Err(loading_has_ended()),
                // The task runs on this thread if no other one has begun it.
                Err(TryRecvError::Empty) => {
                    if rayon::yield_now() != Some(Yield::Executed) {
                        std::thread::yield_now();
                    }
                }
            }
        }
    }
}

/// Batches loaded ahead; used ones return to the thread for their memory.
pub(super) struct LoadingThread {
    loaded: Receiver<Result<LocalBatch>>,
    used: Sender<LocalBatch>,
}

impl LoadingThread {
    fn next(&mut self, batch: &mut LocalBatch) -> Result<()> {
        let next = self.loaded.recv().map_err(|_| loading_has_ended())??;
        // At the end of the training nobody receives it.
        let _ = self.used.send(std::mem::replace(batch, next));
        Ok(())
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
