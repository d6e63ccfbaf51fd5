//! Sparse steps agree with dense steps.

use crate::common::training;
use thalweg::random::Random;
use thalweg::{Method, OptimizerSpec, Seed};
use thalweg_learn::Callbacks;
use thalweg_learn::data::{RowMatrix, RowStore, Rows, SparseRows};
use thalweg_learn::model::{Init, Linear, Loss};
use thalweg_learn::train::{BatchSize, SparseSteps, TrainingConfig, TrainingData, TrainingResult, train};

const FEATURES: usize = 4000;

/// Returns rows of up to seven features each, a few common and most rare, with labels or classes that depend on them.
fn rows(classes: usize) -> Rows {
    let mut random = Random::new(11);
    let mut rows = Rows { features: FEATURES, ..Rows::default() };
    for _ in 0..600 {
        let mut features: Vec<u32> = (0..7)
            .map(|_| {
                let u = random.uniform();
                (u * u * u * FEATURES as f64) as u32
            })
            .collect();
        features.sort_unstable();
        features.dedup();
        let sum: u32 = features.iter().sum();
        rows.target.push(f64::from(sum % 7 % classes as u32));
        rows.sparse.value.extend(features.iter().map(|_| random.normal() as f32));
        rows.sparse.index.extend(features);
        rows.sparse.ends.push(rows.sparse.index.len());
    }
    rows
}

fn run(spec: &str, store: &RowStore, classes: usize, sparse_steps: SparseSteps) -> TrainingResult {
    let outputs = if classes > 2 { classes } else { 1 };
    let loss = if classes > 2 { Loss::Softmax } else { Loss::Logistic };
    let model = Linear { features: FEATURES, outputs, intercept: true };
    let settings = training(spec, BatchSize::Rows(8), 4);
    let settings = TrainingConfig { init: Init::Normal(0.1), seed: Seed::new(3), sparse_steps, ..settings };
    let validation = Rows { features: FEATURES, ..Rows::default() };
    let data = TrainingData { train: store, validation: &validation, loss };
    train(&model, &data, &settings, Callbacks::new()).expect("the training runs")
}

#[test]
fn sparse_steps_agree_with_dense_steps_for_every_method() {
    for classes in [2, 3] {
        let store = RowStore::from(rows(classes));
        // Methods of signs amplify rounding differences; the core's tests compare them with dense steps.
        let smooth = |method: &Method| !matches!(method.name(), "lion" | "signsgd");
        for method in Method::all().into_iter().filter(smooth) {
            for more in ["", ",weight_decay=0.01,decay=decoupled"] {
                let spec = format!("{}:lr=0.01{more}", method.name());
                let Ok(_) = spec.parse::<OptimizerSpec>() else { continue };
                let sparse = run(&spec, &store, classes, SparseSteps::Auto);
                let dense = run(&spec, &store, classes, SparseSteps::Never);
                assert!(dense.dense_reason.is_some());
                if let Some(why) = &sparse.dense_reason {
                    assert!(why.contains("norms"), "{spec}: {why}");
                    continue;
                }
                let largest = dense.parameters.iter().fold(0.0_f64, |largest, w| largest.max(w.abs()));
                for (i, (a, b)) in sparse.parameters.iter().zip(&dense.parameters).enumerate() {
                    assert!(
                        (a - b).abs() <= 1e-6 * largest,
                        "{spec}, {classes} classes, parameter {i}: {a} is not {b}"
                    );
                }
                assert_eq!((sparse.steps, sparse.best_epoch), (dense.steps, dense.best_epoch), "{spec}");
            }
        }
    }
}

#[test]
fn rows_with_categories_and_numbers_take_sparse_steps() {
    let sparse = rows(2);
    let mut mixed = Rows {
        features: FEATURES,
        numbers: RowMatrix::empty(1),
        code_width: 2,
        target: sparse.target.clone(),
        ..Rows::default()
    };
    for row in 0..sparse.len() {
        let (index, value) = sparse.sparse.row(row);
        mixed.numbers.push_row()[0] = value[0];
        // The second may be an unseen level.
        mixed.codes.extend([index[0].max(1), if row % 5 == 0 { FEATURES as u32 } else { index[index.len() - 1] }]);
    }
    let store = RowStore::from(mixed);
    let sparse = run("adam:lr=0.01", &store, 2, SparseSteps::Auto);
    let dense = run("adam:lr=0.01", &store, 2, SparseSteps::Never);
    assert!(sparse.dense_reason.is_none() && dense.dense_reason.is_some(), "{:?}", sparse.dense_reason);
    assert!(sparse.parameters.iter().zip(&dense.parameters).all(|(a, b)| (a - b).abs() < 1e-7));
    assert!(SparseRows::default().row(3).0.is_empty());
}
