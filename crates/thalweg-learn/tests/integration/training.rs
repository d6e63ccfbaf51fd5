//! Training, on examples with results computed by hand.

use std::ops::ControlFlow::Continue;
use std::sync::atomic::{AtomicBool, Ordering};

use crate::common::training;
use thalweg::Seed;
use thalweg_learn::data::{RowMatrix, Rows};
use thalweg_learn::fit::{DefaultSettings, RefitPolicy};
use thalweg_learn::model::mlp::{MlpConfig, MlpModel};
use thalweg_learn::model::{Batch, Init, Linear, Loss, Model, StepSeed};
use thalweg_learn::train::{
    BatchSize, EpochReport, TrainingConfig, TrainingData, TrainingResult, TrainingStopReason, train,
};
use thalweg_learn::{Callbacks, FitConfig, Interrupt, Table, Validation};

fn rows(x: &[f64], y: &[f64]) -> Rows {
    let numbers: Vec<f32> = x.iter().map(|&x| x as f32).collect();
    Rows { numbers: RowMatrix::new(1, &numbers), features: 1, target: y.to_vec(), ..Rows::default() }
}

const LINE: Linear = Linear { features: 1, outputs: 1, intercept: true };

fn no_rows() -> Rows {
    Rows { numbers: RowMatrix::empty(1), features: 1, ..Rows::default() }
}

fn run(train_rows: &Rows, validation: &Rows, training: &TrainingConfig) -> (TrainingResult, Vec<EpochReport>) {
    let line = Linear { features: train_rows.features, outputs: 1, intercept: true };
    let mut epochs = Vec::new();
    let data = TrainingData { train: &train_rows.clone().into(), validation, loss: Loss::Squared };
    let callbacks = Callbacks::new().on_epoch(|epoch, _| {
        epochs.push(*epoch);
        Continue(())
    });
    let trained = train(&line, &data, training, callbacks);
    (trained.expect("the training runs"), epochs)
}

const X: [f64; 4] = [1.0, -1.0, 2.0, -2.0];
const Y: [f64; 4] = [2.0, 0.0, 3.0, -1.0]; // 1 + x

#[test]
fn one_step_of_descent_by_hand() {
    let (trained, epochs) = run(&rows(&X, &Y), &no_rows(), &training("sgd:lr=0.1", BatchSize::Full, 1));
    // ∂/∂w = −mean(xy) = −(2 + 6 + 2)/4, ∂/∂b = −mean(y) = −1.
    assert!((trained.parameters[0] - 0.25).abs() < 1e-15 && (trained.parameters[1] - 0.1).abs() < 1e-15);
    assert_eq!((trained.steps, trained.epochs, trained.best_epoch), (1, 1, 1));
    // The training loss is that of the batch before its step: mean(y²)/2.
    assert!((epochs[0].train_loss - (4.0 + 9.0 + 1.0) / 8.0).abs() < 1e-15, "{}", epochs[0].train_loss);
    assert_eq!(epochs[0].validation, None);
}

#[test]
fn penalties_pull_the_weights_and_not_the_intercept() {
    let far = rows(&[0.0; 4], &[5.0; 4]); // only the intercept can be learned
    for change in [|t: &mut TrainingConfig| t.l2 = 3.0, |t: &mut TrainingConfig| t.l1 = 3.0] {
        let mut training = training("sgd:lr=0.1", BatchSize::Full, 300);
        training.init = Init::Normal(2.0);
        change(&mut training);
        let (trained, _) = run(&far, &no_rows(), &training);
        assert!(trained.parameters[0].abs() < 0.31, "w = {}", trained.parameters[0]);
        assert!((trained.parameters[1] - 5.0).abs() < 1e-6, "b = {}", trained.parameters[1]);
    }
    let decayed = training("adamw:lr=0.05,weight_decay=0.5", BatchSize::Full, 3000);
    let (trained, _) = run(&far, &no_rows(), &decayed);
    assert!(
        (trained.parameters[1] - 5.0).abs() < 1e-3,
        "weight decay moved the intercept to {}",
        trained.parameters[1]
    );
}

#[test]
fn the_initialization_depends_on_the_seed_and_keeps_the_intercept() {
    let mut still = training("sgd:lr=0", BatchSize::Full, 1);
    still.init = Init::Normal(5.0);
    let (trained, _) = run(&rows(&X, &Y), &no_rows(), &still);
    assert!(trained.parameters[0].abs() > 0.0);
    assert!(trained.parameters[1].to_bits() == 0);
    let (same, _) = run(&rows(&X, &Y), &no_rows(), &still);
    still.seed = Seed::new(1);
    let (other, _) = run(&rows(&X, &Y), &no_rows(), &still);
    assert_eq!(trained.parameters, same.parameters);
    assert_ne!(trained.parameters, other.parameters);
}

fn mlp_with_dropout() -> MlpModel {
    let config: MlpConfig = "mlp:16,dropout=0.5".parse().expect("a valid network");
    MlpModel::new(config.network(1, 1))
}

#[test]
fn dropout_masks_depend_on_the_seed_and_the_step_alone() {
    let (model, rows) = (mlp_with_dropout(), rows(&X, &Y));
    let parameters = model.init_parameters(Init::Zero, Seed::new(1));
    let loss = |seed: u64, step: u64| {
        let step = Some(StepSeed { seed: Seed::new(seed), step });
        let batch =
            Batch { rows: &rows, indices: &[0, 1, 2, 3], loss: Loss::Squared, step, interrupt: Interrupt::NEVER };
        model.mean_loss(&batch, &parameters, &mut vec![0.0; parameters.len()]).to_bits()
    };
    let first = loss(1, 0);
    assert_ne!(first, loss(2, 0), "the seed does not matter");
    assert_ne!(first, loss(1, 1), "the step does not matter");
    assert_eq!(first, loss(1, 0), "the masks depend on earlier evaluations");
}

#[test]
fn the_seed_reproduces_a_training_with_dropout() {
    let (model, rows) = (mlp_with_dropout(), rows(&X, &Y));
    let run = |seed: u64| {
        let config = TrainingConfig { seed: Seed::new(seed), ..training("adam:lr=0.01", BatchSize::Rows(2), 5) };
        let data = TrainingData { train: &rows.clone().into(), validation: &no_rows(), loss: Loss::Squared };
        train(&model, &data, &config, Callbacks::new()).expect("the training runs")
    };
    let first = run(3);
    assert_eq!(first, run(3), "the second training of one model differs from the first");
    assert_ne!(first.parameters, run(4).parameters);
}

/// Trains on one-hot rows and returns the weights: the weight of a row shows by the learning rate at which step it was
/// visited.
fn weights_by_order(batch: usize, epochs: u64, seed: u64) -> Vec<f64> {
    let n = 10;
    let one_hot = Rows {
        codes: (0..n).collect(),
        code_width: 1,
        features: n as usize,
        target: vec![1.0; n as usize],
        ..Rows::default()
    };
    let mut training = training("sgd:lr=0.001", BatchSize::Rows(batch), epochs);
    training.spec.options.schedule = "exponential:rate=0.9,every=1".parse().expect("the schedule is valid");
    training.seed = Seed::new(seed);
    run(&one_hot, &Rows { features: n as usize, code_width: 1, ..Rows::default() }, &training).0.parameters
}

#[test]
fn batches_cover_every_row_and_are_reshuffled_each_epoch() {
    // Batches of 3 rows: the last of the four has one row.
    let weights = weights_by_order(3, 1, 0);
    assert!(weights[..10].iter().all(|w| *w > 0.0), "{weights:?}");
    let ranks = |weights: &[f64]| {
        let mut order: Vec<usize> = (0..10).collect();
        order.sort_by(|&a, &b| weights[b].total_cmp(&weights[a]));
        order
    };
    let first = ranks(&weights_by_order(1, 1, 0));
    assert_ne!(first, (0..10).collect::<Vec<_>>(), "the rows are in the file's order");
    assert_ne!(first, ranks(&weights_by_order(1, 1, 1)), "the seed does not matter");
    // If the second epoch had the order of the first, its updates would be in that order.
    let (one, two) = (weights_by_order(1, 1, 0), weights_by_order(1, 2, 0));
    let second: Vec<f64> = one.iter().zip(&two).map(|(one, two)| two - one).collect();
    assert_ne!(first, ranks(&second), "the second epoch has the order of the first");
}

#[test]
fn averages_plateaus_and_accumulation_take_effect() {
    let (plain, _) = run(&rows(&X, &Y), &no_rows(), &training("sgd:lr=0.1", BatchSize::Full, 20));
    let (average, _) = run(&rows(&X, &Y), &no_rows(), &training("sgd:lr=0.1,ema=0.9", BatchSize::Full, 20));
    assert!(average.parameters[0] < plain.parameters[0], "the average lags behind");

    let mut plateau = training("sgd:lr=0.1", BatchSize::Full, 6);
    plateau.spec.options.schedule =
        "plateau:factor=0.5,patience=0,threshold=0.99".parse().expect("the schedule is valid");
    let (_, epochs) = run(&rows(&X, &Y), &rows(&X, &Y), &plateau);
    assert!(epochs[5].lr < 0.02 && epochs[0].lr > 0.09, "{:?}", epochs.iter().map(|e| e.lr).collect::<Vec<_>>());

    let mut accumulated = training("sgd:lr=0.1,accumulate=4", BatchSize::Rows(1), 1);
    let (four, _) = run(&rows(&X, &Y), &no_rows(), &accumulated);
    let (full, _) = run(&rows(&X, &Y), &no_rows(), &training("sgd:lr=0.1", BatchSize::Full, 1));
    assert_eq!(four.steps, 1);
    assert!(four.parameters.iter().zip(&full.parameters).all(|(a, b)| (a - b).abs() < 1e-15));
    accumulated.spec.options.accumulate = 5;
    let data = TrainingData { train: &rows(&X, &Y).into(), validation: &no_rows(), loss: Loss::Squared };
    let error = train(&LINE, &data, &accumulated, Callbacks::new()).expect_err("no step at all");
    assert_eq!(error.to_string(), "accumulate must be at most the number of batches in all epochs, but is 5");
}

#[test]
fn an_interrupt_ends_it_at_the_next_step() {
    let interrupt = AtomicBool::new(false);
    let long = training("sgd:lr=0.001", BatchSize::Rows(1), 1_000_000);
    let data = TrainingData { train: &rows(&X, &Y).into(), validation: &no_rows(), loss: Loss::Squared };
    let callbacks = Callbacks::new().interrupt(&interrupt).on_epoch(|epoch, _| {
        interrupt.store(epoch.epoch == 3, Ordering::Relaxed);
        Continue(())
    });
    let trained = train(&LINE, &data, &long, callbacks);
    let trained = trained.expect("the training runs");
    assert_eq!((trained.stopped, trained.epochs), (TrainingStopReason::Interrupted, 3));
    assert!(trained.steps <= 13, "{} steps", trained.steps);
}

#[test]
fn the_validation_rows_are_not_learned_from() {
    // Statistics, levels and weights come from the training rows alone, so the validation rows change nothing.
    let folder = tempfile::tempdir().expect("a temporary folder");
    let fit = |held_out: &str| {
        let mut text = String::from("x,colour,y\n");
        let (_, validation) = thalweg_learn::data::split(&(0..40).collect::<Vec<_>>(), 0.2, Seed::new(0));
        for i in 0..40 {
            let row = format!("{},{},{}\n", i * 7 % 11, ["red", "blue"][i % 2], i * 3 % 17);
            text += if validation.contains(&i) { held_out } else { &row };
        }
        let path = folder.path().join("a.csv");
        std::fs::write(&path, text).expect("the file is written");
        let mut fit = FitConfig::new("y");
        (fit.epochs, fit.patience, fit.refit) = (Some(3), Some(0), RefitPolicy::Never);
        let (_, model) = fit.run(&path, Callbacks::new()).expect("the fit succeeds");
        (model.schema.clone(), model.weights().to_vec())
    };
    let (schema, weights) = fit("5,red,3\n");
    let (other, others) = fit("900,green,4\n");
    assert_eq!(schema.features, other.features);
    assert_eq!(schema.target, other.target);
    assert_eq!(weights.len(), others.len());
}

#[test]
fn the_baseline_predicts_the_training_mean() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let path = folder.path().join("a.csv");
    let text: String = (0..50).map(|i| format!("{},{}\n", i % 7, if i % 5 == 0 { "yes" } else { "no" })).collect();
    std::fs::write(&path, format!("x,y\n{text}")).expect("the file is written");
    let mut fit = FitConfig::new("y");
    (fit.epochs, fit.validation) = (Some(1), Validation::None);
    let (report, _) = fit.run(&path, Callbacks::new()).expect("the fit succeeds");
    // Ten of fifty: −(0.2·ln 0.2 + 0.8·ln 0.8).
    let entropy = -(0.2 * 0.2_f64.ln() + 0.8 * 0.8_f64.ln());
    assert!((report.baseline.train.loss() - entropy).abs() < 1e-12, "{:?}", report.baseline);
}

#[test]
fn defaults_follow_the_rows() {
    let of = |n: usize, width: usize| DefaultSettings::of(n, width, None);
    assert_eq!((of(400, 1).batch_size, of(400, 1).epochs), (BatchSize::Rows(16), 800));
    assert_eq!((of(10_000, 1).batch_size, of(10_000, 1).epochs), (BatchSize::Rows(100), 200));
    assert_eq!((of(1_000_000, 1).batch_size, of(1_000_000, 1).epochs), (BatchSize::Rows(256), 10));
    assert!((of(400, 1).l2 - 1.0 / 400.0).abs() < 1e-18);
    assert!((of(400, 200).spec.method.lr() - 0.005).abs() < 1e-12);
    assert_eq!(of(400, 401).spec.method.name(), "momentum");
    assert_eq!(DefaultSettings::of(400, 1, Some(BatchSize::Full)).epochs, 1000);
}

#[test]
fn without_names_columns_are_identified_by_position() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let path = folder.path().join("a.csv");
    // The target comes first.
    let text: String = (0..60).map(|i| format!("{},{},{}\n", 2 * (i % 7) + i % 5, i % 7, i % 5)).collect();
    std::fs::write(&path, text).expect("the file is written");
    let mut fit = FitConfig::new("c1");
    fit.l2 = Some(0.0);
    let (_, model) = fit.run(&path, Callbacks::new()).expect("the fit succeeds");
    let predict = |text: &str| {
        let options = model.schema.read_options();
        let table = Table::parse(std::path::Path::new("new.csv"), text.as_bytes().to_vec(), &options)?;
        thalweg_learn::predict(&model, &table).map(|predictions| predictions.values)
    };
    let value = |text: &str| match predict(text).expect("the rows are predicted")[..] {
        [thalweg_learn::Prediction::Number(value)] => value,
        ref other => panic!("{other:?}"),
    };
    assert!((value("0,3,4\n") - 10.0).abs() < 0.01, "with the target's column: {}", value("0,3,4\n"));
    assert!((value("3,4\n") - 10.0).abs() < 0.01, "without it: {}", value("3,4\n"));
    let error = predict("1,2,3,4\n").expect_err("another table").to_string();
    assert!(error.contains("expected 3 fields as in training, or 2 without the target, found 4"), "{error}");
}
