//! Multilayer perceptron as a model of encoded rows.

use std::ops::Range;

use thalweg::Seed;
use thalweg::random::Purpose;

use super::batch::{Evaluation, Workspace, leaf_len};
use super::network::MlpNetwork;
use crate::data::{Row, Rows};
use crate::model::normal::fill_normal;
use crate::model::{Batch, Init, Model, TensorRole, TensorSpec};

/// Number of rows whose scores are computed together.
const CHUNK_ROWS: usize = 4096;

/// Network whose inputs are the features of a row, zeros included.
#[derive(Debug)]
pub struct MlpModel {
    network: MlpNetwork,
    workspace: Workspace<f32>,
}

/// Scratch memory of [`MlpModel::score_row`].
#[derive(Debug, Default)]
pub(in crate::model) struct RowActivations {
    inputs: Vec<f32>,
    values: Vec<f32>,
}

/// Writes a row to `inputs`, which are zeros.
fn write_input(row: &Row<'_>, inputs: &mut [f32]) {
    inputs[..row.numbers.len()].copy_from_slice(row.numbers);
    row.each_sparse(|feature, x| {
        // A level unseen in training has no input.
        if let Some(input) = inputs.get_mut(feature) {
            *input = x as f32;
        }
    });
}

impl MlpModel {
    /// Creates the model of a network with as many inputs as the rows have features.
    pub fn new(network: MlpNetwork) -> Self {
        Self { network, workspace: Workspace::default() }
    }

    /// Appends the rows to `inputs` one after another, zeros included.
    fn write_inputs(&self, rows: &Rows, indices: impl Iterator<Item = usize>, inputs: &mut Vec<f32>) {
        for row in indices {
            let start = inputs.len();
            inputs.resize(start + self.network.inputs, 0.0);
            write_input(&rows.row(row), &mut inputs[start..]);
        }
    }

    /// Writes the scores of one row to `z`, with the bits of [`Model::scores`], on this thread.
    pub(in crate::model) fn score_row(
        &self,
        row: &Row<'_>,
        parameters: &[f32],
        scratch: &mut RowActivations,
        z: &mut [f64],
    ) {
        let RowActivations { inputs, values } = scratch;
        inputs.clear();
        inputs.resize(self.network.inputs, 0.0);
        write_input(row, inputs);
        let scores = self.network.row_scores(inputs, parameters, values);
        z.iter_mut().zip(scores).for_each(|(z, score)| *z = f64::from(*score));
    }
}

impl Model for MlpModel {
    type F = f32;

    fn outputs(&self) -> usize {
        self.network.outputs
    }

    fn tensors(&self) -> Vec<TensorSpec> {
        self.network.tensors()
    }

    fn init_parameters(&self, init: Init, seed: Seed) -> Vec<f32> {
        let mut parameters = self.network.init_parameters(seed);
        if let Init::Normal(deviation) = init {
            let mut start = 0;
            for (index, tensor) in (0..).zip(self.network.tensors()) {
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
        let (mut scores, mut inputs) = (Vec::with_capacity(rows.len() * self.network.outputs), Vec::new());
        let mut start = 0;
        while start < rows.len() {
            let end = (start + CHUNK_ROWS).min(rows.len());
            inputs.clear();
            self.write_inputs(rows, start..end, &mut inputs);
            scores.extend(self.network.scores(&inputs, parameters).into_iter().map(f64::from));
            start = end;
        }
        scores
    }

    fn workspace_bytes(&self, _rows: &Rows, batch_rows: usize) -> usize {
        self.network.workspace_len(batch_rows).saturating_mul(size_of::<f32>())
    }

    fn mean_loss(&self, batch: &Batch<'_>, parameters: &[f32], gradient: &mut [f32]) -> f64 {
        let Batch { rows, indices, loss, step, interrupt } = *batch;
        let write = |positions: Range<usize>, inputs: &mut Vec<f32>| {
            self.write_inputs(rows, indices[positions].iter().map(|&row| row as usize), inputs);
        };
        let row_loss = |i: usize, scores: &[f32], derivatives: &mut [f32]| {
            let row = indices[i] as usize;
            let weight = rows.loss_weight(row);
            let scores: Vec<f64> = scores.iter().map(|&z| f64::from(z)).collect();
            let mut exact = vec![0.0; scores.len()];
            let value = loss.eval_row(&scores, rows.target[row], &mut exact);
            derivatives.iter_mut().zip(exact).for_each(|(derivative, exact)| *derivative = (weight * exact) as f32);
            weight * value
        };
        let evaluation = Evaluation { step, interrupt };
        let all = (indices.len(), write);
        self.network.mean_loss_of_rows(all, row_loss, parameters, gradient, evaluation, &self.workspace)
    }

    fn leaf_rows(&self, _rows: &Rows, batch_rows: usize) -> Option<usize> {
        Some(leaf_len(batch_rows))
    }
}
