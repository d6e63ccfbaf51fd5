//! Callbacks, interruption, and validation rows given by the caller.

use crate::common;

use std::ops::ControlFlow::{Break, Continue};
use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

use thalweg::Seed;
use thalweg_learn::data::{RowMatrix, Rows};
use thalweg_learn::model::mlp::{MlpConfig, MlpModel};
use thalweg_learn::model::{Init, Linear, Loss, Model};
use thalweg_learn::train::{BatchSize, TrainingConfig, TrainingData, TrainingResult, TrainingStopReason, train};
use thalweg_learn::{Callbacks, Error, FitConfig, Interrupt, ReadOptions, Table, Validation};

fn training(batch_size: BatchSize, epochs: u64) -> TrainingConfig {
    common::training("sgd:lr=0.01", batch_size, epochs)
}

const WIDTH: usize = 8;

fn rows(count: usize) -> Rows {
    let numbers: Vec<f32> = (0..count * WIDTH).map(|i| (i * 7919 % 101) as f32 / 50.0 - 1.0).collect();
    let target = (0..count).map(|i| (i % 13) as f64).collect();
    Rows { numbers: RowMatrix::new(WIDTH, &numbers), features: WIDTH, target, ..Rows::default() }
}

fn linear() -> Linear {
    Linear { features: WIDTH, outputs: 1, intercept: true }
}

fn network() -> MlpModel {
    let config: MlpConfig = "mlp:8".parse().expect("a valid network");
    MlpModel::new(config.network(WIDTH, 1))
}

fn run<M: Model>(model: &M, count: usize, config: &TrainingConfig, callbacks: Callbacks<'_>) -> TrainingResult {
    let (train_rows, validation) = (rows(count).into(), rows(4000));
    let data = TrainingData { train: &train_rows, validation: &validation, loss: Loss::Squared };
    train(model, &data, config, callbacks).expect("the training runs")
}

/// Returns the number of looks at the interrupt in a training.
fn looks<M: Model>(model: &M, count: usize, config: &TrainingConfig) -> usize {
    let looks = AtomicUsize::new(0);
    let look = || {
        looks.fetch_add(1, Ordering::Relaxed);
        false
    };
    let result = run(model, count, config, Callbacks::new().interrupt(Interrupt::when(&look)));
    assert_eq!(result.stopped, TrainingStopReason::Epochs);
    looks.into_inner()
}

#[test]
fn steps_and_epochs_are_reported_in_order() {
    let (mut steps, mut epochs) = (Vec::new(), Vec::new());
    let callbacks = Callbacks::new()
        .on_step(|step, parameters| {
            steps.push((step.epoch, step.step, step.batch, parameters.to_vec()));
            assert!(step.loss.is_finite() && step.lr > 0.0);
            Continue(())
        })
        .on_epoch(|epoch, parameters| {
            epochs.push((epoch.epoch, parameters.to_vec()));
            Continue(())
        });
    let result = run(&linear(), 40, &training(BatchSize::Rows(20), 2), callbacks);
    let numbers: Vec<_> = steps.iter().map(|(epoch, step, batch, _)| (*epoch, *step, *batch)).collect();
    assert_eq!(numbers, [(1, 0, 1), (1, 1, 2), (2, 2, 3), (2, 3, 4)]);
    assert_eq!(steps[0].3, vec![0.0; WIDTH + 1], "the first report shows the start");
    assert_eq!(epochs.iter().map(|(epoch, _)| *epoch).collect::<Vec<_>>(), [1, 2]);
    assert_eq!(epochs[0].1, steps[2].3, "the parameters of an epoch are those of the next step");
    assert_eq!(epochs[1].1, result.parameters);
}

#[test]
fn a_callback_of_a_step_ends_the_training() {
    let callbacks = Callbacks::new().on_step(|step, _| if step.batch == 7 { Break(()) } else { Continue(()) });
    let result = run(&linear(), 40, &training(BatchSize::Rows(10), 1000), callbacks);
    assert_eq!((result.stopped, result.steps, result.epochs), (TrainingStopReason::Interrupted, 6, 1));
}

#[test]
fn long_batches_look_at_the_interrupt() {
    // One look for at most a thousand rows, inside of a batch of all.
    let full = training(BatchSize::Full, 1);
    for (more, less) in [
        (looks(&network(), 40_000, &full), looks(&network(), 20_000, &full)),
        (looks(&linear(), 40_000, &full), looks(&linear(), 20_000, &full)),
    ] {
        assert!(more >= less + 20, "{more} looks, {less} for half of the rows");
    }
}

#[test]
fn an_interrupt_inside_of_a_batch_takes_no_step() {
    for after in [1, 5, 20] {
        let looks = AtomicUsize::new(0);
        // Withdrawn at once: one look is enough.
        let look = || looks.fetch_add(1, Ordering::Relaxed) == after;
        let callbacks = Callbacks::new().interrupt(Interrupt::when(&look));
        let result = run(&network(), 40_000, &training(BatchSize::Full, 3), callbacks);
        assert_eq!((result.stopped, result.steps), (TrainingStopReason::Interrupted, 0), "after {after} looks");
        let start = network().init_parameters(Init::Zero, Seed::new(0));
        assert_eq!(result.parameters, start.iter().map(|&w| f64::from(w)).collect::<Vec<_>>());
    }
}

struct Files {
    folder: tempfile::TempDir,
}

impl Files {
    fn new() -> Self {
        Self { folder: tempfile::tempdir().expect("a temporary folder") }
    }

    fn write(&self, name: &str, rows: std::ops::Range<usize>) -> PathBuf {
        let path = self.folder.path().join(name);
        let line = |i: usize| format!("{},{},{}\n", i * 7 % 11, ["red", "blue", "green"][i % 3], i * 3 % 17);
        let text: String = rows.map(line).collect();
        std::fs::write(&path, format!("x,colour,y\n{text}")).expect("the file is written");
        path
    }
}

#[test]
fn the_flag_of_the_caller_is_never_written() {
    let files = Files::new();
    let path = files.write("a.csv", 0..60);
    let (fit, flag) = (FitConfig::new("y"), AtomicBool::new(true));
    let data = fit.prepare(&path).expect("the data are valid");
    let (report, _) = fit.fit(&data, Callbacks::new().interrupt(&flag)).expect("the fit ends in order");
    assert!(flag.load(Ordering::Relaxed), "the fit cleared the flag");
    assert_eq!((report.stopped, report.steps, report.best_epoch), (TrainingStopReason::Interrupted, 0, 0));
    let run = fit.run(&path, Callbacks::new().interrupt(&flag));
    assert!(matches!(run, Err(Error::Interrupted)), "{run:?}");
    assert!(flag.load(Ordering::Relaxed), "the preparation cleared the flag");
}

#[test]
fn the_preparation_ends_at_any_look() {
    let files = Files::new();
    let path = files.write("a.csv", 0..500);
    for max_memory in [None, Some(128 << 20)] {
        let fit = FitConfig { max_memory, sample_rows: Some(100), ..FitConfig::new("y") };
        let looks = AtomicUsize::new(0);
        let count = || {
            looks.fetch_add(1, Ordering::Relaxed);
            false
        };
        fit.prepare_until(&path, Interrupt::when(&count)).expect("nothing is requested");
        let all = looks.into_inner();
        assert!(all >= 6, "reading, types, statistics, encoding: {all} looks");
        for after in 0..all {
            let looks = AtomicUsize::new(0);
            let request = || looks.fetch_add(1, Ordering::Relaxed) >= after;
            let ended = fit.prepare_until(&path, Interrupt::when(&request));
            assert!(matches!(ended, Err(Error::Interrupted)), "after {after} of {all} looks");
        }
    }
}

#[test]
fn validation_rows_of_the_caller_change_no_statistic() {
    let files = Files::new();
    let (path, other) = (files.write("a.csv", 0..60), files.write("b.csv", 60..100));
    let with = |validation| FitConfig { validation, epochs: Some(5), ..FitConfig::new("y") };
    let given = with(Validation::Files((&other).into()));
    let (report, model) = given.run(&path, Callbacks::new()).expect("the fit succeeds");
    assert_eq!((report.train_rows, report.validation_rows), (60, 40));
    let none = with(Validation::None);
    let mut data = none.prepare(&path).expect("the data are valid");
    let (without, plain) = none.fit(&data, Callbacks::new()).expect("the fit succeeds");
    assert_eq!((without.train_rows, without.validation_rows), (60, 0));
    assert_eq!(model.schema, plain.schema);

    let table = Table::read(&other, &ReadOptions::default()).expect("the file is valid");
    none.set_validation(&mut data, &table).expect("the rows can be encoded");
    let (_, from_table) = none.fit(&data, Callbacks::new()).expect("the fit succeeds");
    assert_eq!(from_table.weights(), model.weights());

    let empty = with(Validation::Files((&files.write("c.csv", 0..0)).into()));
    let error = empty.prepare(&path).expect_err("no validation rows").to_string();
    assert!(error.contains("c.csv"), "{error}");
}

#[test]
fn an_interrupted_fit_of_a_large_network_is_evaluated_on_some_rows() {
    let x: Vec<f64> = (0..6_000).map(|i| f64::from(i % 101)).collect();
    let y: Vec<f64> = x.iter().map(|x| x * 0.5 + 3.0).collect();
    let table = Table::from_columns([("x", (&x).into()), ("y", (&y).into())]).expect("two columns");
    let fit = FitConfig {
        architecture: "mlp:700,700".parse().expect("a network"),
        batch_size: Some(BatchSize::Rows(16)),
        ..FitConfig::new("y")
    };
    let data = fit.prepare(&table).expect("the data are valid");
    let flag = AtomicBool::new(false);
    let callbacks = Callbacks::new().interrupt(&flag).on_step(|_, _| {
        flag.store(true, Ordering::Relaxed);
        Continue(())
    });
    let (report, _) = fit.fit(&data, callbacks).expect("the fit ends in order");
    assert_eq!((report.stopped, report.steps), (TrainingStopReason::Interrupted, 1));
    // As many as take 2²⁹ multiplications.
    let most = report.metrics_rows.expect("there are more rows");
    assert!((900..1_200).contains(&most) && most < report.validation_rows, "{most}");
    let small = FitConfig { architecture: "mlp:4".parse().expect("a network"), ..fit };
    let (report, _) = small
        .fit(&small.prepare(&table).expect("the data are valid"), Callbacks::new().interrupt(&flag))
        .expect("the fit ends in order");
    assert_eq!((report.stopped, report.metrics_rows), (TrainingStopReason::Interrupted, None));
}
