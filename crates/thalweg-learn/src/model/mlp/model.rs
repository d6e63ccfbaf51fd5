//! A multilayer perceptron as a model of encoded rows.

use std::sync::{Mutex, PoisonError};

use super::{MlpNetwork, Workspace};
use crate::data::Rows;
use thalweg::{Purpose, Seed};

use crate::model::interface::fill_normal;
use crate::model::{Batch, Init, Model, TensorRole, TensorSpec};

/// A net and its room to work in: its inputs are the features of a row, zeros included.
#[derive(Debug)]
pub struct MlpModel {
    net: MlpNetwork,
    room: Mutex<MlpScratch>,
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
        Self { net, room: Mutex::default() }
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

    fn init_parameters(&self, init: Init, seed: Seed) -> Vec<f32> {
        let mut parameters = self.net.init_parameters(seed);
        if let Init::Normal(deviation) = init {
            let mut start = 0;
            for (index, tensor) in (0..).zip(self.net.tensors()) {
                let end = start + tensor.len();
                if tensor.role == TensorRole::Weights {
                    fill_normal(&mut parameters[start..end], deviation, seed.stream(Purpose::Init).at([index]));
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

    fn mean_loss(&self, batch: &Batch<'_>, parameters: &[f32], gradient: &mut [f32]) -> f64 {
        let Batch { rows, indices: listed, loss, step } = *batch;
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
        self.net.mean_loss(inputs, of_row, parameters, gradient, step, work)
    }
}
