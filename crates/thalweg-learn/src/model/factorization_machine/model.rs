//! A factorization machine as a model of encoded rows.

use super::FactorizationMachine;
use crate::data::{Row, Rows};
use crate::model::{Batch, Init, Model, TensorSpec, parallel_sum};
use thalweg::Seed;

/// The deviation of the factors before the first step, unless another is asked for.
const DEVIATION: f64 = 0.01;

/// The features of a row and their values.
fn pairs<'r>(row: &Row<'r>) -> impl Iterator<Item = (u32, f64)> + use<'r> {
    let numbers = row.numbers.iter().enumerate().map(|(feature, &x)| (feature as u32, f64::from(x)));
    let codes = row.codes.iter().map(|&code| (code, 1.0));
    let sparse = row.index.iter().zip(row.value).map(|(&feature, &x)| (feature, f64::from(x)));
    numbers.chain(codes).chain(sparse)
}

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
            // From 0 the factors would never leave it.
            Init::Zero => DEVIATION,
            Init::Normal(deviation) => deviation,
        };
        FactorizationMachine::init_parameters(self, seed, deviation)
    }

    fn scores(&self, rows: &Rows, parameters: &[f64]) -> Vec<f64> {
        use rayon::prelude::*;
        let size = parallel_sum::size(rows, self.rank + 1, rows.len());
        let score = |sums: &mut Vec<f64>, i: usize| self.score(pairs(&rows.row(i)), parameters, sums);
        let all = (0..rows.len()).into_par_iter().with_min_len(size);
        all.map_init(|| vec![0.0; self.rank], score).collect()
    }

    fn mean_loss(&self, batch: &Batch<'_>, parameters: &[f64], gradient: &mut [f64]) -> f64 {
        let Batch { rows, indices: listed, loss, .. } = *batch;
        let share = 1.0 / listed.len().max(1) as f64;
        let leaf = |(listed, _): (&[u32], &[u32]), gradient: &mut [f64]| {
            let (mut sums, mut total) = (vec![0.0; self.rank], 0.0);
            for &i in listed {
                let (i, row) = (i as usize, rows.row(i as usize));
                let score = self.score(pairs(&row), parameters, &mut sums);
                let (value, slope) = loss.eval(score, rows.target[i]);
                let weight = rows.loss_weight(i);
                total += weight * value;
                self.add_gradient(pairs(&row), slope * (weight * share), parameters, &sums, gradient);
            }
            total
        };
        parallel_sum::sum(listed, &[], parallel_sum::size(rows, self.rank + 1, listed.len()), gradient, &leaf) * share
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
