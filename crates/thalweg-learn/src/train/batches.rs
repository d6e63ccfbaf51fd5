//! A mini-batch is an objective: each evaluation takes the next one.

use std::cell::RefCell;
use std::collections::VecDeque;

use thalweg::{Objective, Result};

use crate::data::Rows;
use crate::model::{Loss, mean_loss};
use thalweg::Random;

/// The training rows cut into batches, shuffled and cut anew each epoch.
pub(super) struct Batches<'a> {
    rows: &'a Rows,
    loss: Loss,
    l1: f64,
    l2: f64,
    size: usize,
    order: Vec<u32>,
    next: usize,
    random: Random,
    /// The signs that the weights may have after the next step; empty without `l1`.
    orthant: Vec<f64>,
    /// Sum of the data loss over the rows of this epoch so far.
    sum: f64,
    /// Mean data loss of each finished epoch that the observer has not taken yet.
    finished: &'a Finished,
}

/// Losses of finished epochs, from the batches to the observer.
pub(super) type Finished = RefCell<VecDeque<f64>>;

impl<'a> Batches<'a> {
    pub(super) fn new(
        rows: &'a Rows,
        loss: Loss,
        (l1, l2): (f64, f64),
        size: usize,
        seed: u64,
        finished: &'a Finished,
    ) -> Self {
        let order = (0..rows.len() as u32).collect();
        let size = size.clamp(1, rows.len().max(1));
        Self {
            rows,
            loss,
            l1,
            l2,
            size,
            order,
            next: 0,
            random: Random::new(seed),
            orthant: Vec::new(),
            sum: 0.0,
            finished,
        }
    }

    /// How many batches an epoch has; the last may be smaller.
    pub(super) fn count(&self) -> u64 {
        self.rows.len().div_ceil(self.size) as u64
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
        _ => (0.0, 0.0),
    }
}

impl Objective<f64> for Batches<'_> {
    /// Mean loss over the next batch + l1·Σ|w| + l2/2·Σw², without the intercept.
    fn eval(&mut self, x: &[f64], g: &mut [f64]) -> Result<f64> {
        // A full batch has one order only, the file's.
        if self.next == 0 && self.size < self.order.len() {
            self.random.shuffle(&mut self.order);
        }
        let end = (self.next + self.size).min(self.order.len());
        let batch = &self.order[self.next..end];
        self.next = if end == self.order.len() { 0 } else { end };
        g.fill(0.0);
        let loss = mean_loss(self.rows, batch, self.loss, x, g);
        self.sum += loss * batch.len() as f64;
        if self.next == 0 {
            self.finished.borrow_mut().push_back(self.sum / self.order.len() as f64);
            self.sum = 0.0;
        }
        let mut penalty = 0.0;
        for (g, &w) in g.iter_mut().zip(x).take(self.rows.features) {
            penalty += self.l1 * w.abs() + 0.5 * self.l2 * w * w;
            *g += self.l2 * w;
        }
        if self.l1 > 0.0 {
            self.orthant.resize(self.rows.features, 0.0);
            for ((g, &w), orthant) in g.iter_mut().zip(x).zip(&mut self.orthant) {
                (*g, *orthant) = pseudo_gradient(*g, w, self.l1);
            }
        }
        Ok(loss + penalty)
    }

    /// Weights stop at 0 instead of changing their sign: that is what makes exact zeros.
    fn settle(&mut self, x: &mut [f64]) {
        for (w, orthant) in x.iter_mut().zip(&self.orthant) {
            if *w * orthant <= 0.0 {
                *w = 0.0;
            }
        }
    }
}
