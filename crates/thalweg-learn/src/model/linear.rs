//! The linear family: a score of a row is Σ wᵢxᵢ + intercept, one for each class; a loss says how wrong they are.

use rayon::prelude::*;
use thalweg::{Isa, Purpose, Seed};

use super::dense::{self, LANES};
use super::interface::fill_normal;
use super::{Batch, Init, Loss, Model, TensorRole, TensorSpec, parallel_sum};
use crate::data::{Row, Rows};

/// Rows whose scores are known before their losses are worked out, so that those vectorize.
const GROUP: usize = 16;

/// A linear model: its parameters are the weights, `outputs` for each feature, then `outputs` intercepts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Linear {
    /// Coefficients for each output.
    pub features: usize,
    /// Scores of a row: one, or one for each class.
    pub outputs: usize,
    /// Whether there are intercepts.
    pub intercept: bool,
}

impl Linear {
    fn weights(self) -> usize {
        self.features * self.outputs
    }

    /// The scores of one row.
    #[inline(always)]
    fn score(self, row: &Row<'_>, parameters: &[f64], z: &mut [f64]) {
        let (weights, intercept) = parameters.split_at(self.weights());
        if let [z] = z {
            *z = single(row, weights) + intercept.first().copied().unwrap_or(0.0);
            return;
        }
        z.fill(0.0);
        z.iter_mut().zip(intercept).for_each(|(z, intercept)| *z = *intercept);
        row.each(|feature, x| {
            // A level never seen has no weight: get() passes over it.
            if let Some(weights) = weights.get(feature * self.outputs..(feature + 1) * self.outputs) {
                z.iter_mut().zip(weights).for_each(|(z, w)| *z += x * w);
            }
        });
    }

    /// Adds the slopes times the row to the gradient.
    #[inline(always)]
    fn add(self, row: &Row<'_>, slopes: &[f64], gradient: &mut [f64]) {
        let (weights, intercept) = gradient.split_at_mut(self.weights());
        intercept.iter_mut().zip(slopes).for_each(|(g, slope)| *g += slope);
        if let [slope] = *slopes {
            let (of_numbers, _) = weights.split_at_mut(row.numbers.len());
            of_numbers.iter_mut().zip(row.numbers).for_each(|(g, &x)| *g += slope * f64::from(x));
            row.each_sparse(|feature, x| {
                if let Some(g) = weights.get_mut(feature) {
                    *g += slope * x;
                }
            });
            return;
        }
        row.each(|feature, x| {
            if let Some(g) = weights.get_mut(feature * self.outputs..(feature + 1) * self.outputs) {
                g.iter_mut().zip(slopes).for_each(|(g, slope)| *g += slope * x);
            }
        });
    }

    /// The rows of one leaf: the sum of their losses, and its gradient times `share` added to `gradient`.
    #[inline(always)]
    fn leaf(
        self,
        rows: &Rows,
        (listed, then): (&[u32], &[u32]),
        loss: Loss,
        parameters: &[f64],
        (share, gradient): (f64, &mut [f64]),
    ) -> f64 {
        if self.outputs == 1 && dense::fits(rows) {
            return dense::leaf(rows, (listed, then), loss, parameters, (share, gradient));
        }
        let k = self.outputs;
        let (mut z, mut slopes) = (vec![0.0; GROUP * k], vec![0.0; GROUP * k]);
        let (mut y, mut values) = ([0.0; GROUP], [0.0; GROUP]);
        let mut total = 0.0;
        for group in listed.chunks(GROUP) {
            for ((&i, z), y) in group.iter().zip(z.chunks_exact_mut(k)).zip(&mut y) {
                *y = rows.target[i as usize];
                self.score(&rows.row(i as usize), parameters, z);
            }
            loss.eval_rows(k, &z, &y, &mut values, &mut slopes);
            for ((&i, slopes), value) in group.iter().zip(slopes.chunks_exact_mut(k)).zip(values) {
                let weight = rows.loss_weight(i as usize);
                total += weight * value;
                for slope in slopes.iter_mut() {
                    *slope *= weight * share;
                }
                self.add(&rows.row(i as usize), slopes, gradient);
            }
        }
        total
    }
}

/// Σ wᵢxᵢ of a single output.
#[inline(always)]
fn single(row: &Row<'_>, weights: &[f64]) -> f64 {
    let mut of_sparse = 0.0;
    row.each_sparse(|feature, x| of_sparse += weights.get(feature).map_or(0.0, |w| w * x));
    let (wide, rest) = row.numbers.as_chunks::<LANES>();
    let (of_wide, of_rest) = weights.split_at(wide.as_flattened().len());
    let rest: f64 = rest.iter().zip(of_rest).map(|(&x, w)| f64::from(x) * w).sum();
    dense::dot(wide, of_wide.as_chunks().0) + rest + of_sparse
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
        let mut parameters = vec![0.0; self.weights() + if self.intercept { self.outputs } else { 0 }];
        if let Init::Normal(deviation) = init {
            fill_normal(&mut parameters[..self.weights()], deviation, seed.stream(Purpose::Init).at([0]));
        }
        parameters
    }

    fn scores(&self, rows: &Rows, parameters: &[f64]) -> Vec<f64> {
        let mut scores = vec![0.0; rows.len() * self.outputs];
        let size = parallel_sum::size(rows, self.outputs, rows.len());
        scores.par_chunks_mut(size * self.outputs).enumerate().for_each(|(leaf, scores)| {
            Isa::best().run(
                #[inline(always)]
                || {
                    for (i, z) in scores.chunks_exact_mut(self.outputs).enumerate() {
                        self.score(&rows.row(leaf * size + i), parameters, z);
                    }
                },
            );
        });
        scores
    }

    fn mean_loss(&self, batch: &Batch<'_>, parameters: &[f64], gradient: &mut [f64]) -> f64 {
        let Batch { rows, indices: listed, loss, .. } = *batch;
        let share = 1.0 / listed.len().max(1) as f64;
        let leaf = |listed: (&[u32], &[u32]), gradient: &mut [f64]| {
            Isa::best().run(
                #[inline(always)]
                || self.leaf(rows, listed, loss, parameters, (share, gradient)),
            )
        };
        parallel_sum::sum(listed, &[], parallel_sum::size(rows, self.outputs, listed.len()), gradient, &leaf) * share
    }

    fn restrict(&self, features: &[u32], indices: &mut Vec<u32>) -> Option<Self> {
        let k = self.outputs as u32;
        indices.clear();
        indices.extend(features.iter().flat_map(|feature| feature * k..(feature + 1) * k));
        if self.intercept {
            indices.extend((0..k).map(|output| self.weights() as u32 + output));
        }
        Some(Self { features: features.len(), ..*self })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rows() -> Rows {
        Rows {
            numbers: vec![1.0, 2.0, -1.0, 0.5, 0.0, -2.0],
            codes: vec![2, 3, 4],
            width: 2,
            code_width: 1,
            features: 4,
            target: vec![1.0, 0.0, 1.0],
            ..Rows::default()
        }
    }

    const ONE: Linear = Linear { features: 4, outputs: 1, intercept: true };
    const PARAMETERS: [f64; 5] = [0.3, -0.2, 0.7, -1.1, 0.25];

    #[test]
    fn a_score_is_the_sum_said_out_loud() {
        let found = ONE.scores(&rows(), &PARAMETERS);
        // The third row's level, 4, was never seen.
        let by_hand = [0.3 - 0.4 + 0.7 + 0.25, -0.3 - 0.1 - 1.1 + 0.25, 0.4 + 0.25];
        found.iter().zip(by_hand).for_each(|(a, b)| assert!((a - b).abs() < 1e-15, "{a} is not {b}"));
    }

    #[test]
    fn dense_rows_are_summed_as_any_rows() {
        for width in [1_usize, 5, 8, 13, 28] {
            let n = 37;
            let numbers: Vec<f32> = (0..n * width).map(|i| libm::sin(i as f64) as f32).collect();
            let target = (0..n).map(|i| f64::from(u8::from(i % 3 == 0))).collect();
            let weight = (0..n).map(|i| 0.5 + (i % 4) as f64).collect();
            let dense = Rows { numbers, width, features: width, target, weight, ..Rows::default() };
            // The same rows with a category that nobody has: they take the other way.
            let other = Rows { codes: vec![u32::MAX; n], code_width: 1, ..dense.clone() };
            let model = Linear { features: width, outputs: 1, intercept: true };
            let parameters: Vec<f64> = (0..=width).map(|i| libm::cos(i as f64)).collect();
            let listed: Vec<u32> = (0..n as u32).rev().collect();
            let of = |rows: &Rows| {
                let mut gradient = vec![0.25; width + 1];
                let value = model.mean_loss(
                    &Batch { rows: rows, indices: &listed, loss: Loss::Logistic, step: None },
                    &parameters,
                    &mut gradient,
                );
                gradient.push(value);
                gradient
            };
            of(&dense).iter().zip(of(&other)).for_each(|(a, b)| assert!((a - b).abs() < 1e-14, "{width}: {a} {b}"));
        }
    }

    #[test]
    fn sparse_rows_score_as_dense_ones() {
        let dense = Rows { numbers: vec![0.0, 1.5, -0.25, 2.0, 0.0, 0.0], width: 3, features: 3, ..Rows::default() };
        let sparse = Rows {
            sparse: crate::data::SparseRows { ends: vec![2, 3], index: vec![1, 2, 0], value: vec![1.5, -0.25, 2.0] },
            features: 3,
            ..Rows::default()
        };
        for outputs in [1, 2] {
            let model = Linear { features: 3, outputs, intercept: true };
            let parameters: Vec<f64> = (0..8).map(|i| f64::from(i) * 0.7 - 2.0).collect();
            let parameters = &parameters[..4 * outputs];
            assert_eq!(model.scores(&dense, parameters), model.scores(&sparse, parameters));
        }
    }

    #[test]
    fn the_gradient_is_the_slope_of_the_loss() {
        for (loss, outputs) in [(Loss::Squared, 1), (Loss::Logistic, 1), (Loss::Softmax, 3)] {
            let model = Linear { outputs, ..ONE };
            let start: Vec<f64> = (0..5 * outputs).map(|i| libm::sin(i as f64 + 0.3)).collect();
            let at = |parameters: &[f64]| {
                let mut gradient = vec![0.0; 5 * outputs];
                let value = model.mean_loss(
                    &Batch { rows: &rows(), indices: &[0, 1, 2], loss: loss, step: None },
                    parameters,
                    &mut gradient,
                );
                (value, gradient)
            };
            let (_, gradient) = at(&start);
            for i in 0..5 * outputs {
                let moved = |by: f64| {
                    let mut parameters = start.clone();
                    parameters[i] += by;
                    at(&parameters).0
                };
                // Central difference: truncation h²·f'''/6 ≈ 1e-11, rounding ε/h ≈ 1e-11.
                let slope = (moved(1e-5) - moved(-1e-5)) / 2e-5;
                assert!((gradient[i] - slope).abs() < 1e-9, "{loss:?} by {i}: {} is not {slope}", gradient[i]);
            }
        }
    }

    #[test]
    fn the_sum_is_the_same_on_any_threads() {
        let n = 2_777;
        let rows = Rows {
            numbers: (0..2 * n).map(|i| libm::sin(f64::from(i)) as f32).collect(),
            width: 2,
            features: 2,
            target: (0..n).map(|i| f64::from(i % 2)).collect(),
            ..Rows::default()
        };
        let listed: Vec<u32> = (0..n as u32).rev().collect();
        let on = |threads, loss, outputs| {
            let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().expect("a pool");
            pool.install(|| {
                let model = Linear { features: 2, outputs, intercept: true };
                let mut gradient = vec![0.0; 3 * outputs];
                let parameters: Vec<f64> = (0..3 * outputs).map(|i| 0.1 * i as f64).collect();
                let value = model.mean_loss(
                    &Batch { rows: &rows, indices: &listed, loss: loss, step: None },
                    &parameters,
                    &mut gradient,
                );
                (value.to_bits(), gradient.iter().map(|g| g.to_bits()).collect::<Vec<_>>())
            })
        };
        for (loss, outputs) in [(Loss::Logistic, 1), (Loss::Softmax, 2)] {
            let one = on(1, loss, outputs);
            assert!([2, 3, 8].into_iter().all(|threads| on(threads, loss, outputs) == one));
        }
    }
}
