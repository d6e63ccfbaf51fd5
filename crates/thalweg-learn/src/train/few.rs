//! A mini-batch of rows with few features each is a sparse objective.

use std::collections::VecDeque;
use std::sync::mpsc::{Receiver, Sender, SyncSender, channel, sync_channel};
use std::thread::Scope;

use thalweg::{Real, Result, SparseObjective};

use super::batches::Finished;
use super::feed::Feed;
use crate::data::{RowStore, Rows};
use crate::model::{Finder, Loss, Model, Touched};

/// Batches that are made ready ahead.
const READY: usize = 2;

/// A batch whose features are numbered anew, without gaps.
#[derive(Default)]
struct FewRows {
    rows: Rows,
    touched: Touched,
    /// Whether it ends the epoch.
    ends: bool,
}

/// What makes batches ready.
struct Loader<'a> {
    feed: Feed<'a>,
    finder: Finder,
}

impl Loader<'_> {
    fn load(&mut self, into: &mut FewRows) -> Result<()> {
        let (rows, listed, ends) = self.feed.next()?;
        self.finder.localize(rows, listed, &mut into.rows, &mut into.touched);
        into.ends = ends;
        Ok(())
    }
}

/// Where they come from.
enum Source<'a> {
    Here(Box<Loader<'a>>),
    /// From a thread that makes the next ones ready while this one steps; what is done with goes back to it.
    Thread {
        ready: Receiver<Result<FewRows>>,
        done: Sender<FewRows>,
    },
}

/// The training rows cut into batches, each with only the features that it has.
pub(super) struct FewBatches<'a, M: Model> {
    model: &'a M,
    source: Source<'a>,
    rows: usize,
    loss: Loss,
    batch: FewRows,
    listed: Vec<u32>,
    /// The model of so many features as the batch has.
    small: Option<M>,
    sum: f64,
    finished: &'a Finished,
}

impl<'a, M: Model> FewBatches<'a, M> {
    pub(super) fn new<'scope>(
        model: &'a M,
        store: &'a RowStore,
        loss: Loss,
        (size, seed): (usize, u64),
        finished: &'a Finished,
        scope: &'scope Scope<'scope, 'a>,
    ) -> Self {
        let mut loader = Loader { feed: Feed::new(store, size, seed), finder: Finder::default() };
        let source = if rayon::current_num_threads() == 1 {
            Source::Here(Box::new(loader))
        } else {
            let ((send, ready), (done, used)) = (sync_channel(READY), channel());
            scope.spawn(move || run(&mut loader, &send, &used));
            Source::Thread { ready, done }
        };
        let (batch, listed) = (FewRows::default(), Vec::new());
        Self { model, source, rows: store.len(), loss, batch, listed, small: None, sum: 0.0, finished }
    }
}

/// Makes batches ready until nobody wants them any more.
fn run(loader: &mut Loader<'_>, ready: &SyncSender<Result<FewRows>>, used: &Receiver<FewRows>) {
    loop {
        let mut batch = used.try_recv().unwrap_or_default();
        let batch = loader.load(&mut batch).map(|()| batch);
        if ready.send(batch).is_err() {
            return;
        }
    }
}

impl<M: Model> SparseObjective<M::F> for FewBatches<'_, M> {
    fn next_indices(&mut self) -> Result<&[u32]> {
        match &mut self.source {
            Source::Here(loader) => loader.load(&mut self.batch)?,
            Source::Thread { ready, done } => {
                let gone = || thalweg::Error::Objective("the thread that loads rows is gone".into());
                let next = ready.recv().map_err(|_| gone())??;
                // Nobody takes it at the end, when the thread is gone.
                let _ = done.send(std::mem::replace(&mut self.batch, next));
            }
        }
        self.listed.clear();
        self.listed.extend(0..self.batch.rows.len() as u32);
        self.small = self.model.of_features(self.batch.touched.features().len());
        Ok(self.model.places(&mut self.batch.touched))
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
