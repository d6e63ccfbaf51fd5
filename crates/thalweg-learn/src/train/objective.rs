//! A mini-batch is an objective: each evaluation takes the next one.

use std::cell::RefCell;
use std::collections::VecDeque;

use std::ops::Range;

use thalweg::{Objective, Real, Result};

use super::sampler::BatchSampler;
use crate::data::RowStore;
use crate::model::{Loss, Model, penalized_ranges};

/// The training rows cut into batches, shuffled and cut anew each epoch.
pub(super) struct MiniBatchObjective<'a, M> {
    model: &'a M,
    feed: BatchSampler<'a>,
    rows: usize,
    loss: Loss,
    l1: f64,
    l2: f64,
    /// The parameters with a penalty.
    penalized_ranges: Vec<Range<usize>>,
    /// The signs that the parameters may have after the next step, 0 for no matter; empty without `l1`.
    orthant: Vec<f64>,
    /// Sum of the data loss over the rows of this epoch so far.
    sum: f64,
    /// Mean data loss of each finished epoch that the observer has not taken yet.
    finished: &'a EpochLosses,
}

/// Losses of finished epochs, from the batches to the observer.
pub(super) type EpochLosses = RefCell<VecDeque<f64>>;

impl<'a, M: Model> MiniBatchObjective<'a, M> {
    pub(super) fn new(
        model: &'a M,
        store: &'a RowStore,
        loss: Loss,
        (l1, l2): (f64, f64),
        size: usize,
        seed: u64,
        finished: &'a EpochLosses,
    ) -> Self {
        Self {
            model,
            feed: BatchSampler::new(store, size, seed),
            rows: store.len(),
            loss,
            l1,
            l2,
            penalized_ranges: penalized_ranges(&model.layout()),
            orthant: Vec::new(),
            sum: 0.0,
            finished,
        }
    }
}

/// The slope of the loss and l1·|w| downhill, and the sign that w may have after the step: at 0 the penalty holds w fast
/// unless the loss pulls harder.
///
/// Andrew & Gao, "Scalable training of L1-regularized log-linear models", ICML 2007, eq. 4 and 5: there for L-BFGS, but it
/// needs to know nothing of the method that takes the step.
fn pseudo_gradient(g: f64, w: f64, l1: f64) -> (f64, f64) {
    match w {
        _ if w > 0.0 => (g + l1, 1.0),
        _ if w < 0.0 => (g - l1, -1.0),
        _ if g < -l1 => (g + l1, 1.0),
        _ if g > l1 => (g - l1, -1.0),
        // Neither sign: it stays at 0.
        _ => (0.0, f64::NAN),
    }
}

impl<M: Model> MiniBatchObjective<'_, M> {
    /// l1·Σ|w| + l2/2·Σw², and its gradient added to `g`.
    fn penalty(&mut self, x: &[M::F], g: &mut [M::F]) -> f64 {
        let mut penalty = 0.0;
        if self.l1 > 0.0 {
            self.orthant.resize(x.len(), 0.0);
        }
        for range in self.penalized_ranges.iter().cloned() {
            for (i, (g, w)) in range.clone().zip(g[range.clone()].iter_mut().zip(&x[range])) {
                let (w, slope) = (w.to_f64(), g.to_f64());
                penalty += self.l1 * w.abs() + 0.5 * self.l2 * w * w;
                let slope = slope + self.l2 * w;
                let (slope, sign) = if self.l1 > 0.0 { pseudo_gradient(slope, w, self.l1) } else { (slope, 0.0) };
                *g = M::F::of(slope);
                if let Some(orthant) = self.orthant.get_mut(i) {
                    *orthant = sign;
                }
            }
        }
        penalty
    }
}

impl<M: Model> Objective<M::F> for MiniBatchObjective<'_, M> {
    /// Mean loss over the next batch + l1·Σ|w| + l2/2·Σw², without the intercept.
    fn eval(&mut self, x: &[M::F], g: &mut [M::F]) -> Result<M::F> {
        let (rows, batch, ends) = self.feed.next()?;
        g.fill(M::F::ZERO);
        let loss = self.model.mean_loss(rows, batch, self.loss, x, g);
        self.sum += loss * batch.len() as f64;
        self.feed.fetch();
        if ends {
            self.finished.borrow_mut().push_back(self.sum / self.rows as f64);
            self.sum = 0.0;
        }
        let penalty = if self.l1 > 0.0 || self.l2 > 0.0 { self.penalty(x, g) } else { 0.0 };
        Ok(M::F::of(loss + penalty))
    }

    /// Weights stop at 0 instead of changing their sign: that is what makes exact zeros.
    fn project(&mut self, x: &mut [M::F]) {
        for (w, &orthant) in x.iter_mut().zip(&self.orthant) {
            // A parameter without a penalty has the orthant 0, and may be anything.
            let crosses = orthant.is_nan() || w.to_f64() * orthant < 0.0;
            if crosses {
                *w = M::F::ZERO;
            }
        }
    }
}
