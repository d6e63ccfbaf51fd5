//! A mini-batch of rows with few features each is a sparse objective.

use std::collections::VecDeque;

use thalweg::{Real, Result, SparseObjective};

use super::batches::Finished;
use super::feed::Feed;
use crate::data::{Rows, Store};
use crate::model::{Loss, Model, Touched};

/// The training rows cut into batches, each with only the features that it has.
pub(super) struct FewBatches<'a, M: Model> {
    model: &'a M,
    feed: Feed<'a>,
    rows: usize,
    loss: Loss,
    touched: Touched,
    /// The batch at hand, its features numbered anew, and the model of so many.
    batch: Rows,
    listed: Vec<u32>,
    small: Option<M>,
    ends: bool,
    sum: f64,
    finished: &'a Finished,
}

impl<'a, M: Model> FewBatches<'a, M> {
    pub(super) fn new(
        model: &'a M,
        store: &'a Store,
        loss: Loss,
        size: usize,
        seed: u64,
        finished: &'a Finished,
    ) -> Self {
        Self {
            model,
            feed: Feed::new(store, size, seed),
            rows: store.len(),
            loss,
            touched: Touched::default(),
            batch: Rows::default(),
            listed: Vec::new(),
            small: None,
            ends: false,
            sum: 0.0,
            finished,
        }
    }
}

impl<M: Model> SparseObjective<M::F> for FewBatches<'_, M> {
    fn touch(&mut self) -> Result<&[u32]> {
        let (rows, batch, ends) = self.feed.next()?;
        self.touched.localize(rows, batch, &mut self.batch);
        self.listed.clear();
        self.listed.extend(0..batch.len() as u32);
        self.ends = ends;
        let features = self.touched.features();
        self.small = self.model.of_features(features.len());
        Ok(self.model.places(&mut self.touched))
    }

    fn eval_at(&mut self, x: &[M::F], g: &mut [M::F]) -> Result<M::F> {
        let model = self.small.as_ref().unwrap_or(self.model);
        let loss = model.mean_loss(&self.batch, &self.listed, self.loss, x, g);
        self.sum += loss * self.listed.len() as f64;
        if self.ends {
            let finished: &mut VecDeque<f64> = &mut self.finished.borrow_mut();
            finished.push_back(self.sum / self.rows as f64);
            self.sum = 0.0;
        }
        Ok(M::F::of(loss))
    }

    fn wants_all(&self) -> bool {
        self.ends
    }
}
