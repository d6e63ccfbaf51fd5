//! Factorization machine as a model of encoded rows.

use std::ops::Range;

use rayon::prelude::*;
use thalweg::Seed;

use super::FactorizationMachine;
use crate::data::Rows;
use crate::model::parallel_sum::RowChunk;
use crate::model::{Batch, Init, Model, TensorSpec, parallel_sum};
use crate::pool;

/// Default standard deviation of the initial factors.
const DEFAULT_DEVIATION: f64 = 0.01;

impl Model for FactorizationMachine {
    type F = f64;

    fn outputs(&self) -> usize {
        1
    }

    fn tensors(&self) -> Vec<TensorSpec> {
        FactorizationMachine::tensors(self).to_vec()
    }

    fn init_parameters(&self, init: Init, seed: Seed) -> Vec<f64> {
        let deviation = match init {
            // Factors of 0 have no gradient.
            Init::Zero => DEFAULT_DEVIATION,
            Init::Normal(deviation) => deviation,
        };
        FactorizationMachine::init_parameters(self, seed, deviation)
    }

    fn scores(&self, rows: &Rows, parameters: &[f64]) -> Vec<f64> {
        let len = parallel_sum::chunk_len(rows, self.rank + 1, rows.len());
        let score = |sums: &mut Vec<f64>, i: usize| self.score(rows.row(i).features(), parameters, sums);
        let all = (0..rows.len()).into_par_iter().with_min_len(len);
        pool::map_init(all, || vec![0.0; self.rank], score)
    }

    fn mean_loss(&self, batch: &Batch<'_>, parameters: &[f64], gradient: &mut [f64]) -> f64 {
        let Batch { rows, loss, .. } = *batch;
        let leaf_len = parallel_sum::leaf_len(rows, self.rank + 1, gradient.len(), batch.indices.len());
        let sum_rows = |chunk: RowChunk<'_>, gradient: &mut [f64]| {
            let (mut sums, mut total) = (vec![0.0; self.rank], 0.0);
            for &i in chunk.indices {
                let (i, row) = (i as usize, rows.row(i as usize));
                let score = self.score(row.features(), parameters, &mut sums);
                let (value, derivative) = loss.eval(score, rows.target[i]);
                let weight = rows.loss_weight(i);
                total += weight * value;
                self.add_gradient(row.features(), derivative * (weight * batch.factor()), parameters, &sums, gradient);
            }
            total
        };
        let all = RowChunk { indices: batch.indices, next: &[] };
        parallel_sum::sum(all, leaf_len, gradient, batch.interrupt, &sum_rows) * batch.factor()
    }

    fn leaf_rows(&self, rows: &Rows, batch_rows: usize) -> Option<usize> {
        Some(parallel_sum::leaf_len(rows, self.rank + 1, self.len(), batch_rows))
    }

    fn factors(&self) -> Option<Range<usize>> {
        Some(self.features..self.features * (self.rank + 1))
    }

    fn restrict(&self, features: &[u32], indices: &mut Vec<u32>) -> Option<Self> {
        let (all, rank) = (self.features as u32, self.rank as u32);
        indices.clear();
        indices.extend(features);
        indices.extend(features.iter().flat_map(|feature| (0..rank).map(move |f| all + feature * rank + f)));
        indices.push(all * (rank + 1));
        Some(Self { features: features.len(), ..*self })
    }
}
