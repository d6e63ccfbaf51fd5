//! Trainings whose loss becomes infinite or NaN: back to the best epoch, and on with half the learning rate.

use crate::common::random_rows::{FEATURES, WIDTH, dense_rows, sparse_rows};
use crate::common::training;
use thalweg_learn::Callbacks;
use thalweg_learn::data::{RowStore, Rows};
use thalweg_learn::model::{Init, Linear, Loss};
use thalweg_learn::train::{
    BatchSize, OnDivergence, TrainingConfig, TrainingData, TrainingResult, TrainingStopReason, train,
};

fn run(rows: &Rows, validation: &Rows, config: &TrainingConfig) -> TrainingResult {
    let store = RowStore::from(rows.clone());
    let data = TrainingData { train: &store, validation, loss: Loss::Squared };
    let model = Linear { features: rows.features, outputs: 1, intercept: true };
    train(&model, &data, config, Callbacks::new()).expect("the training runs")
}

fn config(method: &str, on_divergence: OnDivergence) -> TrainingConfig {
    TrainingConfig { on_divergence, ..training(method, BatchSize::Full, 2000) }
}

#[test]
fn the_rate_is_halved_until_the_training_reaches_the_optimum() {
    let rows = dense_rows(70, 1);
    let stopped = run(&rows, &Rows::default(), &config("sgd:lr=3", OnDivergence::Stop));
    assert_eq!((stopped.stopped, stopped.rollbacks.len()), (TrainingStopReason::Diverged, 0));
    let result = run(&rows, &Rows::default(), &config("sgd:lr=3", OnDivergence::Rollback));
    assert_eq!(result.stopped, TrainingStopReason::Epochs);
    assert_eq!((result.epochs, result.steps), (2000, 2000));
    let rates: Vec<f64> = result.rollbacks.iter().map(|rollback| rollback.lr).collect();
    assert!(!rates.is_empty());
    let halved: Vec<f64> = std::iter::successors(Some(1.5), |rate| Some(rate / 2.0)).take(rates.len()).collect();
    assert_eq!(rates, halved);
    let optimum = run(&rows, &Rows::default(), &config("lbfgs", OnDivergence::Stop));
    for (found, expected) in result.parameters.iter().zip(&optimum.parameters) {
        assert!((found - expected).abs() < 1e-5, "{found} and {expected}");
    }
}

#[test]
fn a_divergence_late_in_a_training_goes_back_to_the_best_epoch() {
    // The rate grows from step to step until the steps diverge.
    let rows = dense_rows(70, 1);
    let mut growing = config("sgd:lr=20", OnDivergence::Rollback);
    growing.spec.options.schedule = "warmup:steps=2000".parse().expect("a schedule");
    let result = run(&rows, &dense_rows(30, 2), &growing);
    let first = result.rollbacks[0];
    assert!(first.to_epoch > 0 && first.epoch > first.to_epoch, "{first:?}");
    assert_eq!(result.stopped, TrainingStopReason::Epochs);
    assert!(result.parameters.iter().all(|w| w.is_finite()));
    let epochs: Vec<u64> = result.history.records().iter().map(|record| record.epoch).collect();
    assert_eq!(epochs, (1..=2000).collect::<Vec<_>>(), "one record for each epoch that counts");
}

#[test]
fn a_training_that_diverges_at_every_rate_ends() {
    let result = run(&dense_rows(70, 1), &Rows::default(), &config("sgd:lr=1e200", OnDivergence::Rollback));
    assert_eq!((result.stopped, result.rollbacks.len()), (TrainingStopReason::Diverged, 10));
    assert!(result.parameters.iter().all(|&w| w == 0.0), "the initial weights");
}

#[test]
fn sparse_steps_and_methods_with_state_go_back() {
    let rows = sparse_rows(600, 1);
    for method in ["momentum:lr=200", "nag:lr=300"] {
        let config = TrainingConfig {
            batch_size: BatchSize::Rows(8),
            epochs: 20,
            init: Init::Zero,
            ..config(method, OnDivergence::Rollback)
        };
        let result = run(&rows, &sparse_rows(50, 2), &config);
        assert_eq!(rows.features, FEATURES);
        assert!(!result.rollbacks.is_empty(), "{method}");
        assert_eq!((result.stopped, result.dense_reason), (TrainingStopReason::Epochs, None), "{method}");
        assert!(result.parameters.iter().all(|w| w.is_finite()), "{method}");
    }
    assert_eq!(dense_rows(1, 1).width(), WIDTH);
}
