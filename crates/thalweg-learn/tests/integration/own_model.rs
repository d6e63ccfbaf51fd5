//! Models defined outside of the library, with dense and sparse steps.

use crate::common::training;
use thalweg::Seed;
use thalweg_learn::data::{Row, RowMatrix, Rows};
use thalweg_learn::model::{Batch, Init, Linear, Loss, Model, TensorRole, TensorSpec};
use thalweg_learn::train::{BatchSize, SparseSteps, TrainingConfig, TrainingData, TrainingResult, train};
use thalweg_learn::{Callbacks, Interrupt};

/// Σ wᵢxᵢ + Σ vᵢxᵢ² + b: a linear model with squared features. Without them, it is the built-in linear model.
struct Quadratic {
    features: usize,
    squares: bool,
}

impl Quadratic {
    /// Number of weights and of squared weights.
    fn weights(&self) -> usize {
        if self.squares { 2 * self.features } else { self.features }
    }

    fn score(&self, row: &Row<'_>, parameters: &[f64]) -> f64 {
        let mut z = 0.0;
        for (feature, x) in row.features() {
            let feature = feature as usize;
            z += parameters[feature] * x;
            if self.squares {
                z += parameters[self.features + feature] * x * x;
            }
        }
        z + parameters[self.weights()]
    }
}

impl Model for Quadratic {
    type F = f64;

    fn outputs(&self) -> usize {
        1
    }

    fn tensors(&self) -> Vec<TensorSpec> {
        let weights = |name| TensorSpec::new(name, TensorRole::Weights, &[self.features]);
        let mut tensors = vec![weights("weights")];
        if self.squares {
            tensors.push(weights("squares"));
        }
        tensors.push(TensorSpec::new("intercept", TensorRole::Bias, &[1]));
        tensors
    }

    fn init_parameters(&self, _init: Init, _seed: Seed) -> Vec<f64> {
        vec![0.0; self.weights() + 1]
    }

    fn scores(&self, rows: &Rows, parameters: &[f64]) -> Vec<f64> {
        (0..rows.len()).map(|row| self.score(&rows.row(row), parameters)).collect()
    }

    fn mean_loss(&self, batch: &Batch<'_>, parameters: &[f64], gradient: &mut [f64]) -> f64 {
        batch.mean(1, gradient, |indices, gradient| {
            let mut total = 0.0;
            for &i in indices {
                let (row, weight) = (batch.rows.row(i as usize), batch.rows.loss_weight(i as usize));
                let z = self.score(&row, parameters);
                let (loss, derivative) = batch.loss.eval(z, batch.rows.target[i as usize]);
                let derivative = derivative * weight * batch.factor();
                for (feature, x) in row.features() {
                    gradient[feature as usize] += derivative * x;
                    if self.squares {
                        gradient[self.features + feature as usize] += derivative * x * x;
                    }
                }
                gradient[self.weights()] += derivative;
                total += weight * loss;
            }
            total
        })
    }

    fn restrict(&self, features: &[u32], indices: &mut Vec<u32>) -> Option<Self> {
        indices.clear();
        indices.extend(features);
        if self.squares {
            indices.extend(features.iter().map(|feature| self.features as u32 + feature));
        }
        indices.push(self.weights() as u32);
        Some(Self { features: features.len(), squares: self.squares })
    }
}

/// Returns 40 rows of a number, and of two of 1000 sparse features if `sparse`.
fn rows(sparse: bool) -> Rows {
    let x = |i: usize| (i as f32 * 0.7).sin();
    let mut rows = Rows { numbers: RowMatrix::empty(1), features: if sparse { 1001 } else { 1 }, ..Rows::default() };
    for i in 0..40 {
        rows.numbers.push_row()[0] = x(i);
        let mut target = f64::from(x(i));
        if sparse {
            let (first, second) = (1 + (i * 37 % 500) as u32, 501 + (i * 91 % 500) as u32);
            rows.sparse.index.extend([first, second]);
            rows.sparse.value.extend([0.5, -1.5]);
            rows.sparse.ends.push(rows.sparse.index.len());
            target += f64::from(first % 3);
        }
        rows.target.push(target + 2.0 * f64::from(x(i)).powi(2));
    }
    rows
}

fn trained(model: &impl Model, rows: &Rows, sparse_steps: SparseSteps) -> TrainingResult {
    let config = TrainingConfig { seed: Seed::new(1), sparse_steps, ..training("sgd:lr=0.1", BatchSize::Rows(4), 200) };
    let store = rows.clone().into();
    let validation = rows.empty_like();
    let data = TrainingData { train: &store, validation: &validation, loss: Loss::Squared };
    let result = train(model, &data, &config, Callbacks::new());
    result.expect("the training runs")
}

fn mean_loss(model: &impl Model<F = f64>, rows: &Rows, parameters: &[f64]) -> (f64, Vec<f64>) {
    let indices: Vec<u32> = (0..rows.len() as u32).collect();
    let batch = Batch { rows, indices: &indices, loss: Loss::Squared, step: None, interrupt: Interrupt::NEVER };
    let mut gradient = vec![0.0; parameters.len()];
    (model.mean_loss(&batch, parameters, &mut gradient), gradient)
}

#[test]
fn the_gradient_agrees_with_central_differences() {
    for sparse in [false, true] {
        let rows = rows(sparse);
        let model = Quadratic { features: rows.features, squares: true };
        let parameters: Vec<f64> = (0..=model.weights()).map(|i| (i as f64 * 1.3).cos()).collect();
        let (_, gradient) = mean_loss(&model, &rows, &parameters);
        for i in (0..parameters.len()).step_by(if sparse { 17 } else { 1 }) {
            let at = |h: f64| {
                let mut moved = parameters.clone();
                moved[i] += h;
                mean_loss(&model, &rows, &moved).0
            };
            // The loss is quadratic: the difference is exact up to rounding.
            let difference = (at(0.01) - at(-0.01)) / 0.02;
            assert!((difference - gradient[i]).abs() < 1e-10, "{i}: {difference} is not {}", gradient[i]);
        }
    }
}

#[test]
fn training_finds_the_curve_of_the_target() {
    let rows = rows(false);
    let result = trained(&Quadratic { features: 1, squares: true }, &rows, SparseSteps::Auto);
    // y = x + 2x².
    for (found, expected) in result.parameters.iter().zip([1.0, 2.0, 0.0]) {
        assert!((found - expected).abs() < 1e-6, "{:?}", result.parameters);
    }
}

#[test]
fn sparse_steps_lead_to_the_parameters_of_dense_steps() {
    let rows = rows(true);
    let model = Quadratic { features: rows.features, squares: true };
    let sparse = trained(&model, &rows, SparseSteps::Auto);
    let dense = trained(&model, &rows, SparseSteps::Never);
    assert_eq!(sparse.dense_reason, None);
    assert!(dense.dense_reason.is_some());
    assert_eq!(sparse.parameters, dense.parameters);
}

#[test]
fn a_linear_model_is_trained_as_the_built_in_one() {
    for sparse in [false, true] {
        let rows = rows(sparse);
        let built_in = Linear { features: rows.features, outputs: 1, intercept: true };
        let own = trained(&Quadratic { features: rows.features, squares: false }, &rows, SparseSteps::Auto);
        let built_in = trained(&built_in, &rows, SparseSteps::Auto);
        assert_eq!((own.steps, &own.dense_reason), (built_in.steps, &built_in.dense_reason));
        for (own, built_in) in own.parameters.iter().zip(&built_in.parameters) {
            assert!((own - built_in).abs() < 1e-12, "{own} is not {built_in}");
        }
    }
}
