//! A multilayer perceptron as a model of encoded rows.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, PoisonError};

use super::{MlpNetwork, Workspace};
use crate::data::Rows;
use crate::model::{Init, Loss, Model, TensorSpec, normal};

/// A net and its room to work in: its inputs are the features of a row, zeros included.
#[derive(Debug)]
pub struct MlpModel {
    net: MlpNetwork,
    room: Mutex<MlpScratch>,
    /// Batches so far: the units that a batch leaves out depend on it.
    batches: AtomicU64,
}

#[derive(Debug, Default)]
struct MlpScratch {
    inputs: Vec<f32>,
    work: Workspace<f32>,
}

/// Rows whose scores are worked out together.
const CHUNK: usize = 4096;

impl MlpModel {
    /// Of a net that is as wide as the rows.
    pub fn new(net: MlpNetwork) -> Self {
        Self { net, room: Mutex::default(), batches: AtomicU64::new(0) }
    }

    /// Writes rows one after another, zeros included.
    fn spread(&self, rows: &Rows, listed: impl Iterator<Item = usize>, inputs: &mut Vec<f32>) {
        inputs.clear();
        for row in listed {
            let start = inputs.len();
            inputs.resize(start + self.net.inputs, 0.0);
            let (row, inputs) = (rows.row(row), &mut inputs[start..]);
            inputs[..row.numbers.len()].copy_from_slice(row.numbers);
            row.each_sparse(|feature, x| {
                // A level never seen has no input.
                if let Some(input) = inputs.get_mut(feature) {
                    *input = x as f32;
                }
            });
        }
    }
}

impl Model for MlpModel {
    type F = f32;

    fn outputs(&self) -> usize {
        self.net.outputs
    }

    fn tensors(&self) -> Vec<TensorSpec> {
        self.net.tensors()
    }

    fn init_parameters(&self, init: Init, seed: u64) -> Vec<f32> {
        let mut parameters = self.net.init_parameters(!seed);
        if let Init::Normal(deviation) = init {
            let mut start = 0;
            for tensor in self.net.tensors() {
                let end = start + tensor.len();
                if tensor.role == crate::model::TensorRole::Weights {
                    normal(&mut parameters[start..end], deviation, seed.wrapping_add(start as u64));
                }
                start = end;
            }
        }
        parameters
    }

    fn scores(&self, rows: &Rows, parameters: &[f32]) -> Vec<f64> {
        let (mut scores, mut inputs) = (Vec::with_capacity(rows.len() * self.net.outputs), Vec::new());
        let mut start = 0;
        while start < rows.len() {
            let end = (start + CHUNK).min(rows.len());
            self.spread(rows, start..end, &mut inputs);
            scores.extend(self.net.scores(&inputs, parameters).into_iter().map(f64::from));
            start = end;
        }
        scores
    }

    fn mean_loss(&self, rows: &Rows, listed: &[u32], loss: Loss, parameters: &[f32], gradient: &mut [f32]) -> f64 {
        let mut room = self.room.lock().unwrap_or_else(PoisonError::into_inner);
        let MlpScratch { inputs, work } = &mut *room;
        self.spread(rows, listed.iter().map(|&row| row as usize), inputs);
        let of_row = |i: usize, scores: &[f32], slopes: &mut [f32]| {
            let row = listed[i] as usize;
            let weight = rows.loss_weight(row);
            let scores: Vec<f64> = scores.iter().map(|&z| f64::from(z)).collect();
            let mut exact = vec![0.0; scores.len()];
            let value = loss.eval_row(&scores, rows.target[row], &mut exact);
            slopes.iter_mut().zip(exact).for_each(|(slope, exact)| *slope = (weight * exact) as f32);
            weight * value
        };
        let batch = self.batches.fetch_add(1, Ordering::Relaxed);
        self.net.mean_loss(inputs, of_row, parameters, gradient, Some(batch), work)
    }
}
