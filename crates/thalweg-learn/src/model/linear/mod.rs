//! Linear models: the score of a row is Σ wᵢxᵢ + intercept, one for each output.

mod multi_output;
mod row_group;

use rayon::prelude::*;
use smallvec::SmallVec;
use thalweg::Seed;
use thalweg::optimizer::Isa;
use thalweg::random::Purpose;

use super::dense::{self, LANES};
use super::normal::fill_normal;
use super::parallel_sum::RowChunk;
use super::{Batch, Init, Loss, Model, TensorRole, TensorSpec, parallel_sum};
use crate::data::{Row, Rows};
use crate::interrupt::Interrupt;
use crate::pool;

/// Rows whose scores are computed before their losses, so that the losses vectorize.
const LOSS_GROUP: usize = 16;

/// Rows whose scores are computed before their losses.
type RowGroup<'r> = SmallVec<[Row<'r>; LOSS_GROUP]>;

/// Linear model. Its parameters are the weights, `outputs` for each feature, then `outputs` intercepts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Linear {
    /// Number of features of a row.
    pub features: usize,
    /// Number of scores of a row: one, or one for each class.
    pub outputs: usize,
    /// If true, each output has an intercept.
    pub intercept: bool,
}

impl Linear {
    /// Returns the number of weights.
    fn weights(self) -> usize {
        self.features * self.outputs
    }

    /// Returns the number of weights and intercepts.
    fn parameter_count(self) -> usize {
        self.weights() + if self.intercept { self.outputs } else { 0 }
    }

    /// Writes the scores of one row to `z`.
    #[inline(always)]
    fn score(self, row: &Row<'_>, parameters: &[f64], z: &mut [f64]) {
        let (weights, intercept) = parameters.split_at(self.weights());
        if let [z] = z {
            // The intercept is optional.
            *z = single_score(row, weights) + intercept.first().copied().unwrap_or(0.0);
            return;
        }
        start_scores(intercept, z);
        row.each(|feature, x| self.add_products(weights, feature, x, z));
    }

    /// Adds x·w for each output to the scores. A level unseen in training has no weight.
    #[inline(always)]
    fn add_products(self, weights: &[f64], feature: usize, x: f64, z: &mut [f64]) {
        if let Some(weights) = weights.get(feature * self.outputs..(feature + 1) * self.outputs) {
            z.iter_mut().zip(weights).for_each(|(z, w)| *z += x * w);
        }
    }

    /// Writes the scores of one row to `z`, with the bits of [`Model::scores`].
    pub(super) fn score_row(self, row: &Row<'_>, parameters: &[f64], z: &mut [f64]) {
        Isa::best().run(
            #[inline(always)]
            || self.score(row, parameters, z),
        );
    }

    /// Adds the derivatives by the scores times the row to the gradient.
    #[inline(always)]
    fn add_gradient(self, row: &Row<'_>, derivatives: &[f64], gradient: &mut [f64]) {
        let (weights, intercept) = gradient.split_at_mut(self.weights());
        intercept.iter_mut().zip(derivatives).for_each(|(g, derivative)| *g += derivative);
        if let [derivative] = *derivatives {
            let (dense, _) = weights.split_at_mut(row.numbers.len());
            dense.iter_mut().zip(row.numbers).for_each(|(g, &x)| *g += derivative * f64::from(x));
            row.each_sparse(|feature, x| {
                if let Some(g) = weights.get_mut(feature) {
                    *g += derivative * x;
                }
            });
            return;
        }
        row.each(|feature, x| self.add_scaled(weights, feature, x, derivatives));
    }

    /// Adds the derivatives times x to the gradient of the weights of a feature.
    #[inline(always)]
    fn add_scaled(self, weights: &mut [f64], feature: usize, x: f64, derivatives: &[f64]) {
        if let Some(g) = weights.get_mut(feature * self.outputs..(feature + 1) * self.outputs) {
            g.iter_mut().zip(derivatives).for_each(|(g, derivative)| *g += derivative * x);
        }
    }

    /// Returns a linear model as one of this type; `None` for other models.
    pub(crate) fn of(model: &impl Model) -> Option<Self> {
        let (tensors, outputs) = (model.tensors(), model.outputs());
        let len = |role| tensors.iter().filter(|tensor| tensor.role == role).map(TensorSpec::len).sum::<usize>();
        let features = len(TensorRole::Weights) / outputs.max(1);
        model.is_linear().then_some(Self { features, outputs, intercept: len(TensorRole::Bias) > 0 })
    }

    /// Adds Σ fᵢ·∂zᵢ/∂parameters over the rows of `indices` to `gradient`, where zᵢ are the scores of a row and fᵢ its
    /// `outputs` factors: the gradient of a sum of losses whose derivatives are the factors.
    pub(crate) fn add_row_combination(
        self,
        rows: &Rows,
        indices: &[u32],
        factors: &[f64],
        gradient: &mut [f64],
        interrupt: Interrupt<'_>,
    ) {
        let positions: Vec<u32> = (0..indices.len() as u32).collect();
        let sum_leaf = |chunk: RowChunk<'_>, gradient: &mut [f64]| {
            Isa::best().run(
                #[inline(always)]
                || {
                    for &position in chunk.indices {
                        let factors = &factors[position as usize * self.outputs..][..self.outputs];
                        self.add_gradient(&rows.row(indices[position as usize] as usize), factors, gradient);
                    }
                },
            );
            0.0
        };
        let len = parallel_sum::leaf_len(rows, self.outputs, gradient.len(), positions.len());
        parallel_sum::sum(RowChunk { indices: &positions, next: &[] }, len, gradient, interrupt, &sum_leaf);
    }

    /// Returns the sum of the losses of the rows of a chunk, and adds its gradient times `scale` to `gradient`.
    #[inline(always)]
    fn sum_chunk(
        self,
        rows: &Rows,
        chunk: RowChunk<'_>,
        loss: Loss,
        parameters: &[f64],
        scale: f64,
        gradient: &mut [f64],
    ) -> f64 {
        if self.outputs == 1 && dense::supported(rows) {
            return dense::sum_chunk(rows, chunk, loss, parameters, scale, gradient);
        }
        let k = self.outputs;
        let (mut z, mut derivatives) = (vec![0.0; LOSS_GROUP * k], vec![0.0; LOSS_GROUP * k]);
        let (mut y, mut values) = ([0.0; LOSS_GROUP], [0.0; LOSS_GROUP]);
        let mut group = RowGroup::new();
        let mut total = 0.0;
        for indices in chunk.indices.chunks(LOSS_GROUP) {
            group.clear();
            for (&i, y) in indices.iter().zip(&mut y) {
                *y = rows.target[i as usize];
                group.push(rows.row(i as usize));
            }
            let len = group.len();
            let (z, derivatives) = (&mut z[..len * k], &mut derivatives[..len * k]);
            self.score_rows(&group, parameters, z);
            loss.eval_rows(k, z, &y[..len], &mut values[..len], derivatives);
            for ((&i, derivatives), value) in indices.iter().zip(derivatives.chunks_exact_mut(k)).zip(values) {
                let weight = rows.loss_weight(i as usize);
                total += weight * value;
                for derivative in derivatives.iter_mut() {
                    *derivative *= weight * scale;
                }
            }
            self.add_gradients(&group, derivatives, gradient);
        }
        total
    }
}

/// Writes the intercepts, which are optional, to the scores of a row.
#[inline(always)]
fn start_scores(intercept: &[f64], z: &mut [f64]) {
    z.fill(0.0);
    z.iter_mut().zip(intercept).for_each(|(z, intercept)| *z = *intercept);
}

/// Returns Σ wᵢxᵢ for a single output.
#[inline(always)]
fn single_score(row: &Row<'_>, weights: &[f64]) -> f64 {
    let mut sparse_sum = 0.0;
    row.each_sparse(|feature, x| sparse_sum += weights.get(feature).map_or(0.0, |w| w * x));
    let (vectors, remainder) = row.numbers.as_chunks::<LANES>();
    let (vector_weights, remaining_weights) = weights.split_at(vectors.as_flattened().len());
    let remainder_sum: f64 = remainder.iter().zip(remaining_weights).map(|(&x, w)| f64::from(x) * w).sum();
    dense::dot(vectors, vector_weights.as_chunks().0) + remainder_sum + sparse_sum
}

impl Model for Linear {
    type F = f64;

    fn outputs(&self) -> usize {
        self.outputs
    }

    fn tensors(&self) -> Vec<TensorSpec> {
        let shape = if self.outputs > 1 { vec![self.features, self.outputs] } else { vec![self.features] };
        let mut tensors = vec![TensorSpec::new("weights", TensorRole::Weights, &shape)];
        if self.intercept {
            tensors.push(TensorSpec::new("intercept", TensorRole::Bias, &[self.outputs]));
        }
        tensors
    }

    fn init_parameters(&self, init: Init, seed: Seed) -> Vec<f64> {
        let mut parameters = vec![0.0; self.parameter_count()];
        if let Init::Normal(deviation) = init {
            fill_normal(&mut parameters[..self.weights()], deviation, seed.stream(Purpose::Init).at([0]));
        }
        parameters
    }

    fn scores(&self, rows: &Rows, parameters: &[f64]) -> Vec<f64> {
        let mut scores = vec![0.0; rows.len() * self.outputs];
        let len = parallel_sum::chunk_len(rows, self.outputs, rows.len());
        pool::for_each(scores.par_chunks_mut(len * self.outputs).enumerate(), |(chunk, scores)| {
            Isa::best().run(
                #[inline(always)]
                || {
                    let mut first = chunk * len;
                    for z in scores.chunks_mut(LOSS_GROUP * self.outputs) {
                        let end = first + z.len() / self.outputs;
                        let group: RowGroup<'_> = (first..end).map(|row| rows.row(row)).collect();
                        self.score_rows(&group, parameters, z);
                        first = end;
                    }
                },
            );
        });
        scores
    }

    fn mean_loss(&self, batch: &Batch<'_>, parameters: &[f64], gradient: &mut [f64]) -> f64 {
        let Batch { rows, indices, loss, interrupt, .. } = *batch;
        let scale = 1.0 / indices.len().max(1) as f64;
        let sum_leaf = |chunk: RowChunk<'_>, gradient: &mut [f64]| {
            Isa::best().run(
                #[inline(always)]
                || self.sum_chunk(rows, chunk, loss, parameters, scale, gradient),
            )
        };
        let len = parallel_sum::leaf_len(rows, self.outputs, gradient.len(), indices.len());
        parallel_sum::sum(RowChunk { indices, next: &[] }, len, gradient, interrupt, &sum_leaf) * scale
    }

    fn leaf_rows(&self, rows: &Rows, batch_rows: usize) -> Option<usize> {
        Some(parallel_sum::leaf_len(rows, self.outputs, self.parameter_count(), batch_rows))
    }

    fn is_linear(&self) -> bool {
        true
    }

    fn restrict(&self, features: &[u32], indices: &mut Vec<u32>) -> Option<Self> {
        let k = self.outputs as u32;
        indices.clear();
        if k == 1 {
            indices.extend_from_slice(features);
        } else {
            indices.extend(features.iter().flat_map(|feature| feature * k..(feature + 1) * k));
        }
        if self.intercept {
            indices.extend((0..k).map(|output| self.weights() as u32 + output));
        }
        Some(Self { features: features.len(), ..*self })
    }
}

#[cfg(test)]
mod tests;
