//! Ends of a training by its budget.

use std::ops::ControlFlow;
use std::time::Duration;

use crate::common::budgets::{samples, steps, time, until};
use crate::common::training;
use thalweg_learn::Callbacks;
use thalweg_learn::data::{RowMatrix, RowStore, Rows};
use thalweg_learn::model::{Linear, Loss};
use thalweg_learn::train::{
    BatchSize, EpochReport, TrainingBudget, TrainingConfig, TrainingData, TrainingResult, TrainingStart,
    TrainingStopReason, train, train_from,
};

const WIDTH: usize = 4;

fn rows(count: usize) -> Rows {
    let numbers: Vec<f32> = (0..count * WIDTH).map(|i| (i * 7919 % 101) as f32 / 50.0 - 1.0).collect();
    let target = numbers.chunks(WIDTH).map(|x| f64::from(x[0] - 2.0 * x[1]) + f64::from(x[3]) / 3.0).collect();
    Rows { numbers: RowMatrix::new(WIDTH, &numbers), features: WIDTH, target, ..Rows::default() }
}

/// Rows of which each has two of 400 features.
fn sparse_rows(count: usize) -> Rows {
    let features = (0..count as u32).flat_map(|i| [i * 7 % 200, 200 + i * 11 % 200]).collect();
    let target = (0..count).map(|i| (i * 7 % 200) as f64 / 100.0).collect();
    Rows { codes: features, code_width: 2, features: 400, target, ..Rows::default() }
}

fn run(train_rows: &RowStore, validation: &Rows, config: &TrainingConfig, callbacks: Callbacks<'_>) -> TrainingResult {
    let model = Linear { features: validation.features, outputs: 1, intercept: true };
    let data = TrainingData { train: train_rows, validation, loss: Loss::Squared };
    train(&model, &data, config, callbacks).expect("the training runs")
}

/// Trains on 100 rows in batches of 8, and returns the result with the reports of the epochs.
fn run_dense(config: &TrainingConfig) -> (TrainingResult, Vec<EpochReport>) {
    let mut epochs = Vec::new();
    let callbacks = Callbacks::new().on_epoch(|epoch, _| {
        epochs.push(*epoch);
        ControlFlow::Continue(())
    });
    let result = run(&rows(100).into(), &rows(30), config, callbacks);
    (result, epochs)
}

fn config(budget: TrainingBudget) -> TrainingConfig {
    TrainingConfig { budget, ..training("adam:lr=0.02", BatchSize::Rows(8), 20) }
}

#[test]
fn steps_and_samples_end_within_an_epoch_and_keep_its_parameters() {
    // Thirteen batches in an epoch: the parameters before the 17th step are those of four steps of the second one.
    let mut before = Vec::new();
    let callbacks = Callbacks::new().on_step(|step, parameters| {
        before.push((step.step, parameters.to_vec()));
        ControlFlow::Continue(())
    });
    run(&rows(100).into(), &rows(30), &config(TrainingBudget::default()), callbacks);
    let (_, expected) = before.iter().find(|(step, _)| *step == 17).expect("step 17");
    for (budget, reason) in [
        (steps(17), TrainingStopReason::MaxSteps),
        (samples(132), TrainingStopReason::MaxSamples),
        (samples(125), TrainingStopReason::MaxSamples),
    ] {
        let (result, epochs) = run_dense(&config(budget));
        assert_eq!((result.stopped, result.steps, result.epochs, result.best_epoch), (reason, 17, 2, 2));
        assert_eq!((&result.parameters, result.samples), (expected, Some(132)));
        assert_eq!(epochs.iter().map(|epoch| epoch.stopped).collect::<Vec<_>>(), [None, Some(reason)]);
        assert_eq!(result.history.records().len(), 2);
        assert!(epochs[1].train_loss < epochs[0].train_loss && epochs[1].validation < epochs[0].validation);
    }
    let (whole, epochs) = run_dense(&config(steps(26)));
    assert_eq!((whole.stopped, whole.epochs, whole.samples), (TrainingStopReason::MaxSteps, 2, None));
    assert_eq!(epochs.len(), 2);
}

#[test]
fn accumulated_batches_make_one_step_of_the_budget() {
    let config = TrainingConfig { spec: "sgd:lr=0.1,accumulate=3".parse().expect("a method"), ..config(steps(5)) };
    let (result, _) = run_dense(&config);
    // 15 batches: an epoch of 100 rows, and two batches of 8.
    assert_eq!((result.stopped, result.steps, result.samples), (TrainingStopReason::MaxSteps, 5, Some(116)));
}

#[test]
fn a_schedule_ends_with_the_steps_of_the_budget() {
    let schedule = |config: TrainingConfig| {
        let mut config = config;
        config.spec.options.schedule = "cosine".parse().expect("a schedule");
        run_dense(&config).1.last().expect("an epoch").lr
    };
    let unbounded = schedule(TrainingConfig { epochs: 2, ..config(TrainingBudget::default()) });
    let bounded = schedule(config(steps(26)));
    assert_eq!(bounded.to_bits(), unbounded.to_bits(), "two epochs have 26 steps");
    assert!(schedule(config(steps(17))) < 0.02 / 10.0);
}

#[test]
fn the_first_epoch_that_fulfils_a_condition_is_the_last() {
    let solver = TrainingConfig { batch_size: BatchSize::Full, ..training("lbfgs", BatchSize::Full, 20) };
    let saga = training("saga", BatchSize::Full, 20);
    for method in [config(TrainingBudget::default()), solver, saga] {
        let (_, all) = run_dense(&method);
        for metric in ["train_loss", "val_loss"] {
            let loss = |epoch: &EpochReport| match metric {
                "val_loss" => epoch.validation.expect("validation rows"),
                _ => epoch.train_loss,
            };
            let bound = loss(&all[1]) * 1.0001;
            let first = all.iter().position(|epoch| loss(epoch) < bound).expect("an epoch below");
            let budget = until(&format!("{metric} < {bound}"));
            let (result, epochs) = run_dense(&TrainingConfig { budget, ..method.clone() });
            assert_eq!((result.stopped, epochs.len()), (TrainingStopReason::Until, first + 1), "{metric}");
            assert_eq!(result.best_epoch, result.epochs);
            assert_eq!(epochs.last().and_then(|epoch| epoch.stopped), Some(TrainingStopReason::Until));
        }
    }
}

#[test]
fn a_condition_on_rows_that_are_missing_is_an_error() {
    let model = Linear { features: WIDTH, outputs: 1, intercept: true };
    let data = TrainingData { train: &rows(10).into(), validation: &rows(0), loss: Loss::Squared };
    let run = |budget| train(&model, &data, &config(budget), Callbacks::new()).map(|result| result.stopped);
    let error = run(until("val_loss < 1")).expect_err("no validation rows").to_string();
    assert!(error.contains("train_loss, since there are no validation rows"), "{error}");
    assert_eq!(run(until("train_loss < 1e9")).expect("training rows"), TrainingStopReason::Until);
    assert!(run(steps(0)).expect_err("no steps").to_string().contains("max_steps must be at least 1"));
}

#[test]
fn solvers_end_by_steps_and_samples() {
    for method in ["lbfgs", "saga"] {
        let method = TrainingConfig { l2: 0.01, ..training(method, BatchSize::Full, 20) };
        let (by_steps, epochs) = run_dense(&TrainingConfig { budget: steps(3), ..method.clone() });
        assert_eq!((by_steps.stopped, by_steps.steps), (TrainingStopReason::MaxSteps, 3));
        assert_eq!(epochs.last().and_then(|epoch| epoch.stopped), Some(TrainingStopReason::MaxSteps));
        let (by_samples, _) = run_dense(&TrainingConfig { budget: samples(350), ..method.clone() });
        assert_eq!((by_samples.stopped, by_samples.epochs), (TrainingStopReason::MaxSamples, 4));
        let (late, _) = run_dense(&TrainingConfig { budget: time(Duration::from_nanos(1)), ..method });
        assert_eq!((late.stopped, late.best_epoch), (TrainingStopReason::MaxTime, 0));
    }
}

#[test]
fn a_continued_training_ends_at_the_same_step() {
    let solver = |method| TrainingConfig { l2: 0.01, ..training(method, BatchSize::Full, 20) };
    let sparse = TrainingConfig { epochs: 8, ..config(steps(31)) };
    let dense = [config(steps(31)), config(samples(290)), config(until("val_loss < 0.05"))];
    let solvers = [
        TrainingConfig { budget: steps(5), ..solver("lbfgs") },
        TrainingConfig { budget: samples(300), ..solver("saga") },
    ];
    let cases = dense.into_iter().chain(solvers).map(|config| (rows(100), rows(30), config));
    for (train_rows, validation, config) in cases.chain([(sparse_rows(100), sparse_rows(30), sparse)]) {
        let config = TrainingConfig { schedule_epochs: Some(config.epochs), ..config };
        let model = Linear { features: validation.features, outputs: 1, intercept: true };
        let train_rows: RowStore = train_rows.into();
        let data = TrainingData { train: &train_rows, validation: &validation, loss: Loss::Squared };
        let (whole, _) =
            train_from(&model, &data, &config, TrainingStart::Initialization, Callbacks::new()).expect("a run");
        assert_ne!(whole.stopped, TrainingStopReason::Epochs);
        let mut start = TrainingStart::Initialization;
        let one = TrainingConfig { epochs: 1, ..config.clone() };
        let last = loop {
            let (part, state) = train_from(&model, &data, &one, start, Callbacks::new()).expect("a run");
            if part.stopped != TrainingStopReason::Epochs {
                break part;
            }
            start = TrainingStart::State(state);
        };
        assert_eq!(last, whole, "{:?}", config.budget);
    }
}

#[test]
fn a_training_without_time_takes_no_step() {
    let (none, epochs) = run_dense(&config(time(Duration::from_nanos(1))));
    assert_eq!((none.stopped, none.steps, none.best_epoch, epochs.len()), (TrainingStopReason::MaxTime, 0, 0, 0));
    let endless = TrainingConfig { epochs: u64::MAX >> 20, ..config(time(Duration::from_millis(30))) };
    let (some, _) = run_dense(&endless);
    assert_eq!(some.stopped, TrainingStopReason::MaxTime);
    assert!(some.steps > 0 && some.best_epoch > 0);
}
