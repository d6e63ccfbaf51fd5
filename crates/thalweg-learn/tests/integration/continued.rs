//! Trainings that continue: k calls of one epoch equal one call of k epochs, to the bit.

use std::ops::ControlFlow::{Break, Continue};

use crate::common::random_rows::{FEATURES, WIDTH, dense_rows, sparse_rows};
use crate::common::training;
use serde_json::json;
use thalweg::Seed;
use thalweg_learn::data::{RowStore, Rows};
use thalweg_learn::fit::RefitPolicy;
use thalweg_learn::model::mlp::{MlpConfig, MlpModel};
use thalweg_learn::model::{Init, Linear, Loss, Model};
use thalweg_learn::train::{
    BatchSize, TrainingConfig, TrainingData, TrainingResult, TrainingStart, TrainingState, TrainingStopReason, train,
    train_from,
};
use thalweg_learn::{Callbacks, FitConfig, ModelFile};

const EPOCHS: u64 = 6;

/// Returns the settings of a method, which a schedule may follow.
fn config(spec: &str, batch_size: BatchSize) -> TrainingConfig {
    let (method, schedule) = spec.split_once(' ').unwrap_or((spec, "constant"));
    let mut config = TrainingConfig {
        schedule_epochs: Some(EPOCHS),
        min_delta: 1e-3,
        init: Init::Normal(0.1),
        seed: Seed::new(4),
        ..training(method, batch_size, EPOCHS)
    };
    config.spec.options.schedule = schedule.parse().expect("a valid schedule");
    config
}

/// Rows of a case.
struct Case {
    train: RowStore,
    validation: Rows,
}

impl Case {
    fn dense(validation: usize) -> Self {
        Self { train: dense_rows(70, 1).into(), validation: dense_rows(validation, 2) }
    }

    fn sparse() -> Self {
        Self { train: sparse_rows(64, 1).into(), validation: sparse_rows(20, 2) }
    }

    fn data(&self) -> TrainingData<'_> {
        TrainingData { train: &self.train, validation: &self.validation, loss: Loss::Squared }
    }

    /// Trains in one call, and in calls of one epoch whose states pass through JSON; compares everything.
    fn check<M: Model>(&self, model: &M, config: &TrainingConfig) -> TrainingResult {
        let data = self.data();
        let whole = train(model, &data, config, Callbacks::new()).expect("the training runs");
        let from = |epochs, start| {
            let config = TrainingConfig { epochs, ..config.clone() };
            train_from(model, &data, &config, start, Callbacks::new()).expect("the training runs")
        };
        let (first, mut state) = from(config.epochs, TrainingStart::Initialization);
        assert_eq!(first, whole);
        let (mut result, mut parts) = from(1, TrainingStart::Initialization);
        for _ in 1..config.epochs {
            let json = serde_json::to_string(&parts).expect("a state has a text form");
            let read: TrainingState<M::F> = serde_json::from_str(&json).expect("the text is a state");
            assert_eq!(read, parts);
            (result, parts) = from(1, TrainingStart::State(read));
        }
        assert_eq!(result, whole, "{}", config.spec);
        if whole.stopped == TrainingStopReason::Epochs {
            state.version = parts.version;
            assert_eq!(parts, state, "{}", config.spec);
        }
        whole
    }

    /// Interrupts the training at every batch and continues.
    fn check_interrupted<M: Model>(&self, model: &M, config: &TrainingConfig) {
        let data = self.data();
        let (whole, whole_state) =
            train_from(model, &data, config, TrainingStart::Initialization, Callbacks::new()).expect("it runs");
        let (mut start, mut end) = (TrainingStart::Initialization, None);
        while end.is_none() {
            // The second batch of each call is not stepped.
            let mut seen = 0;
            let callbacks = Callbacks::new().on_step(|_, _| {
                seen += 1;
                if seen == 2 { Break(()) } else { Continue(()) }
            });
            let epochs = match &start {
                TrainingStart::State(TrainingState { epoch, .. }) => config.epochs - epoch,
                _ => config.epochs,
            };
            let config = TrainingConfig { epochs, ..config.clone() };
            let (result, state) = train_from(model, &data, &config, start, callbacks).expect("it runs");
            if result.stopped == TrainingStopReason::Interrupted {
                start = TrainingStart::State(state);
            } else {
                end = Some((result, state));
                start = TrainingStart::Initialization;
            }
        }
        assert_eq!(end, Some((whole, whole_state)), "{}", config.spec);
    }
}

fn linear(features: usize) -> Linear {
    Linear { features, outputs: 1, intercept: true }
}

fn network() -> MlpModel {
    let config: MlpConfig = "mlp:6,dropout=0.3".parse().expect("a valid network");
    MlpModel::new(config.network(WIDTH, 1))
}

const METHODS: [&str; 6] = [
    "sgd:lr=0.1",
    "adam:lr=0.05 cosine",
    "momentum:lr=0.05 warmup:steps=3+cosine",
    // Neither divides the ten batches of an epoch.
    "adam:lr=0.05,accumulate=3",
    "sgd:lr=0.1,accumulate=4,ema=0.9",
    "sgd:lr=0.1 plateau:factor=0.5,patience=0",
];

#[test]
fn dense_trainings_continue_to_the_bit() {
    for spec in METHODS {
        for batch_size in [BatchSize::Rows(7), BatchSize::Full] {
            let mut config = config(spec, batch_size);
            config.l2 = 0.01;
            Case::dense(20).check(&linear(WIDTH), &config);
            config.l1 = 0.02;
            Case::dense(0).check(&linear(WIDTH), &config);
        }
    }
}

#[test]
fn networks_with_dropout_continue_to_the_bit() {
    for spec in METHODS {
        Case::dense(20).check(&network(), &config(spec, BatchSize::Rows(7)));
        Case::dense(20).check_interrupted(&network(), &config(spec, BatchSize::Rows(7)));
    }
}

#[test]
fn sparse_trainings_continue_to_the_bit() {
    for spec in ["sgd:lr=0.1", "adagrad:lr=0.1", "adam:lr=0.05 cosine", "momentum:lr=0.1"] {
        let result = Case::sparse().check(&linear(FEATURES), &config(spec, BatchSize::Rows(8)));
        assert_eq!(result.dense_reason, None, "{spec}");
    }
}

#[test]
fn interrupted_trainings_continue_to_the_bit() {
    for spec in METHODS {
        for batch_size in [BatchSize::Rows(7), BatchSize::Full] {
            Case::dense(20).check_interrupted(&linear(WIDTH), &config(spec, batch_size));
        }
    }
}

#[test]
fn early_stopping_counts_over_all_calls() {
    let mut config = config("sgd:lr=0.5", BatchSize::Full);
    (config.epochs, config.schedule_epochs, config.patience) = (200, Some(200), 3);
    let result = Case::dense(20).check(&linear(WIDTH), &config);
    assert_eq!(result.stopped, TrainingStopReason::EarlyStopping);
    assert!(result.epochs < 200);
}

#[test]
fn a_warm_start_begins_at_the_given_parameters() {
    let (case, config) = (Case::dense(20), config("adam:lr=0.05", BatchSize::Rows(7)));
    let from = |start, epochs| {
        let config = TrainingConfig { epochs, ..config.clone() };
        train_from(&linear(WIDTH), &case.data(), &config, start, Callbacks::new())
    };
    let given: Vec<f64> = (0..=WIDTH).map(|i| i as f64).collect();
    let (result, state) = from(TrainingStart::Parameters(given.clone()), 0).expect("the training runs");
    assert_eq!((result.parameters, state.parameters, state.batches), (given.clone(), given, 0));
    let error = from(TrainingStart::Parameters(vec![0.0]), 1).expect_err("one number for six").to_string();
    assert!(error.contains("the start"), "{error}");
}

#[test]
fn states_of_other_trainings_are_refused() {
    let (case, config) = (Case::dense(20), config("adam:lr=0.05", BatchSize::Rows(7)));
    let start = |start, case: &Case, config: &TrainingConfig| {
        train_from(&linear(WIDTH), &case.data(), config, start, Callbacks::new())
    };
    let (_, state) = start(TrainingStart::Initialization, &case, &config).expect("the training runs");
    let refused = |state: &TrainingState<f64>, case: &Case, config: &TrainingConfig| {
        start(TrainingStart::State(state.clone()), case, config).expect_err("another training").to_string()
    };
    let mut newer = state.clone();
    newer.version = 9;
    let error = refused(&newer, &case, &config);
    assert!(error.contains("version 1") && error.contains("version 9"), "{error}");
    let other = TrainingConfig { spec: "sgd:lr=0.1".parse().expect("a valid method"), ..config.clone() };
    assert!(refused(&state, &case, &other).contains("adam"));
    let fewer = Case::dense(10);
    assert!(refused(&state, &fewer, &config).contains("10 validation rows"));
    let mut forgetting = state;
    forgetting.forget_best();
    start(TrainingStart::State(forgetting), &fewer, &config).expect("early stopping begins anew");
}

#[test]
fn damaged_states_are_refused() {
    let (case, config) = (Case::dense(20), config("adam:lr=0.05", BatchSize::Rows(7)));
    let start = |start| train_from(&linear(WIDTH), &case.data(), &config, start, Callbacks::new());
    let (_, state) = start(TrainingStart::Initialization).expect("the training runs");
    for (place, value, expected) in [
        ("/epoch", json!(u64::MAX), "2^53"),
        ("/batches", json!(u64::MAX), "2^53"),
        ("/batch", json!(10), "1 epochs to be evaluated"),
        ("/finished", json!([1.0]), "0 epochs to be evaluated"),
        ("/best/parameters", json!([]), "6 best parameters"),
        ("/best/epochs_without_progress", json!(u64::MAX), "without progress"),
        ("/best/score/row_losses", json!([]), "20 validation rows"),
    ] {
        let mut damaged = serde_json::to_value(&state).expect("a state has a text form");
        *damaged.pointer_mut(place).expect("a state has it") = value;
        let damaged = serde_json::from_value(damaged).expect("a state by its form");
        let error = start(TrainingStart::State(damaged)).expect_err(place).to_string();
        assert!(error.contains(expected), "{place}: {error}");
    }
}

#[test]
fn fits_continue_and_start_from_a_model() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let path = folder.path().join("a.csv");
    let line = |i: usize| format!("{},{},{}\n", i * 7 % 11, ["red", "blue"][i % 2], i * 3 % 17);
    std::fs::write(&path, format!("x,colour,y\n{}", (0..60).map(line).collect::<String>())).expect("it is written");
    let fit = |epochs, architecture: &str| FitConfig {
        epochs: Some(epochs),
        schedule_epochs: Some(3),
        patience: Some(0),
        refit: RefitPolicy::Never,
        method: Some("adam:lr=0.01".parse().expect("a method")),
        architecture: architecture.parse().expect("a valid model"),
        ..FitConfig::new("y")
    };
    for architecture in ["linear", "fm:rank=2", "mlp:4"] {
        let one = fit(1, architecture);
        let data = one.prepare(&path).expect("the data are valid");
        let (_, whole) = fit(3, architecture).fit(&data, Callbacks::new()).expect("the fit succeeds");
        let mut start = TrainingStart::Initialization;
        let mut model = None;
        for _ in 0..3 {
            let part = one.fit_from(&data, start, Callbacks::new()).expect("the fit succeeds");
            (start, model) = (TrainingStart::State(part.state), Some(part.model));
        }
        let model = model.expect("three fits");
        let bytes = |model: &ModelFile| model.to_bytes(&path).expect("a model has a file");
        assert_eq!(bytes(&model), bytes(&whole), "{architecture}");

        let warm = data.start_of(&model).expect("the same rows");
        let still = fit(0, architecture).fit_from(&data, warm, Callbacks::new()).expect("the fit succeeds");
        assert_eq!(still.model.weights(), model.weights(), "{architecture}");
    }
    let data = fit(1, "linear").prepare(&path).expect("the data are valid");
    let (_, other) = fit(1, "fm:rank=2").run(&path, Callbacks::new()).expect("the fit succeeds");
    let error = data.start_of(&other).expect_err("another architecture").to_string();
    assert!(error.contains("linear") && error.contains("fm:rank=2"), "{error}");
    let ignoring = FitConfig { seed: Seed::new(1), ..fit(1, "linear") };
    let (_, other) = ignoring.run(&path, Callbacks::new()).expect("the fit succeeds");
    let error = data.start_of(&other).expect_err("statistics of other rows").to_string();
    assert!(error.contains("schema"), "{error}");
}
