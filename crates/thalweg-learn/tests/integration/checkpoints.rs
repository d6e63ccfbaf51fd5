//! Checkpoints of trainings: one that continues from any of them ends with the same bits.

use std::sync::atomic::{AtomicBool, Ordering};

use crate::common::random_rows::{FEATURES, WIDTH, dense_rows, sparse_rows};
use crate::common::training;
use thalweg::Seed;
use thalweg_learn::Callbacks;
use thalweg_learn::data::{RowStore, Rows};
use thalweg_learn::model::FactorizationMachine;
use thalweg_learn::model::mlp::{MlpConfig, MlpModel};
use thalweg_learn::model::{AnyModel, Init, Linear, Loss};
use thalweg_learn::train::{
    AnyTrainingState, BatchSize, CheckpointInterval, Checkpoints, OnDivergence, TrainingConfig, TrainingData,
    TrainingResult, TrainingStart, TrainingStopReason, train_any_from,
};

const EPOCHS: u64 = 5;

struct Case {
    model: AnyModel,
    train: RowStore,
    validation: Rows,
    loss: Loss,
}

impl Case {
    fn dense(model: AnyModel) -> Self {
        Self { model, train: dense_rows(70, 1).into(), validation: dense_rows(20, 2), loss: Loss::Squared }
    }

    fn sparse(model: AnyModel) -> Self {
        Self { model, train: sparse_rows(1200, 1).into(), validation: sparse_rows(20, 2), loss: Loss::Squared }
    }

    /// Replaces the targets by labels with weights of their own, in rows with weights.
    fn with_labels(self) -> Self {
        let with_labels = |mut rows: Rows| {
            rows.target.iter_mut().for_each(|y| *y = f64::from(u8::from(*y > 0.3)));
            rows.weight = (0..rows.len()).map(|row| (row % 3 + 1) as f64).collect();
            rows.class_weight = vec![0.7, 1.6];
            rows
        };
        let RowStore::Memory(train) = self.train else { unreachable!("the rows of these cases are in memory") };
        let (train, validation) = (with_labels(train).into(), with_labels(self.validation));
        Self { train, validation, loss: Loss::Logistic, ..self }
    }

    fn run(
        &self,
        config: &TrainingConfig,
        start: TrainingStart<AnyTrainingState>,
        callbacks: Callbacks<'_>,
    ) -> (TrainingResult, AnyTrainingState) {
        let data = TrainingData { train: &self.train, validation: &self.validation, loss: self.loss };
        let epochs = match &start {
            TrainingStart::State(state) => config.epochs - state.epoch(),
            _ => config.epochs,
        };
        let config = TrainingConfig { epochs, schedule_epochs: Some(config.epochs), ..config.clone() };
        train_any_from(&self.model, &data, &config, start, callbacks)
            .unwrap_or_else(|error| panic!("{}: {error}", config.spec))
    }

    /// Continues from the states passed on after each step and compares the ends; returns the number of these states.
    fn check(&self, config: &TrainingConfig) -> usize {
        let (whole, whole_state) = self.run(config, TrainingStart::Initialization, Callbacks::new());
        let mut states = Vec::new();
        let checkpoints = Checkpoints::new(CheckpointInterval::Steps(1), |state| states.push(state));
        let seen = self.run(config, TrainingStart::Initialization, Callbacks::new().checkpoints(checkpoints));
        assert_eq!(seen, (whole.clone(), whole_state.clone()), "checkpoints change nothing: {}", config.spec);
        let count = states.len();
        for (k, state) in states.into_iter().enumerate() {
            // All of the first, and then every seventh.
            if k > 8 && k % 7 > 0 {
                continue;
            }
            let text = serde_json::to_string(&state).expect("a state has a text form");
            let state = serde_json::from_str(&text).expect("the text is a state");
            let (result, end) = self.run(config, TrainingStart::State(state), Callbacks::new());
            assert_eq!(result, whole, "{} from state {k} of {count}", config.spec);
            assert_eq!(end, whole_state, "{} from state {k} of {count}", config.spec);
        }
        count
    }
}

fn linear(features: usize) -> AnyModel {
    AnyModel::Linear(Linear { features, outputs: 1, intercept: true })
}

fn network() -> AnyModel {
    let config: MlpConfig = "mlp:6,dropout=0.3".parse().expect("a valid network");
    AnyModel::Mlp(Box::new(MlpModel::new(config.network(WIDTH, 1))))
}

fn factorization_machine(features: usize) -> AnyModel {
    AnyModel::FactorizationMachine(FactorizationMachine { features, rank: 2 })
}

fn config(spec: &str, batch_size: BatchSize) -> TrainingConfig {
    let (method, schedule) = spec.split_once(' ').unwrap_or((spec, "constant"));
    let mut config =
        TrainingConfig { init: Init::Normal(0.1), seed: Seed::new(4), ..training(method, batch_size, EPOCHS) };
    config.spec.options.schedule = schedule.parse().expect("a valid schedule");
    config
}

#[test]
fn every_method_continues_from_any_checkpoint() {
    for name in thalweg::Method::NAMES {
        let mut config = config(name, BatchSize::Rows(16));
        (config.l1, config.l2) = (0.01, 0.01);
        assert!(Case::dense(linear(WIDTH)).check(&config) > 20, "{name}");
        assert!(Case::dense(network()).check(&config) > 20, "{name}");
    }
}

#[test]
fn schedules_accumulation_averages_and_early_stopping_continue_from_any_checkpoint() {
    for spec in [
        "adam:lr=0.05 cosine",
        "momentum:lr=0.05 warmup:steps=3+cosine",
        "adam:lr=0.05,accumulate=3",
        "sgd:lr=0.1,accumulate=4,ema=0.9",
        "sgd:lr=0.1 plateau:factor=0.5,patience=0",
        "adam:lr=0.05,state=bf16 onecycle:warmup=0.4",
    ] {
        for batch_size in [BatchSize::Rows(7), BatchSize::Full] {
            let mut config = config(spec, batch_size);
            (config.patience, config.min_delta) = (2, 1e-2);
            for model in [linear(WIDTH), network(), factorization_machine(WIDTH)] {
                Case::dense(model).check(&config);
            }
        }
    }
}

#[test]
fn combinations_of_settings_continue_from_any_checkpoint() {
    let cases = [Case::dense(linear(WIDTH)), Case::dense(network()), Case::sparse(linear(FEATURES))];
    for (case, batch_size) in cases.into_iter().map(Case::with_labels).zip([7, 7, 40]) {
        for spec in [
            "adam:lr=0.05,accumulate=2,ema=0.9 warmup:steps=3+cosine",
            "momentum:lr=0.05,accumulate=3,ema=0.8,clip_norm=1 plateau:factor=0.5,patience=0",
            "adamw:lr=0.05,state=bf16,accumulate=2 onecycle:warmup=0.4",
        ] {
            let mut config = config(spec, BatchSize::Rows(batch_size));
            (config.patience, config.min_delta, config.l1) = (1, 1e-3, 0.001);
            assert!(case.check(&config) > 5, "{spec}");
        }
    }
}

#[test]
fn sparse_steps_continue_from_any_checkpoint() {
    for spec in ["sgd:lr=0.1", "adagrad:lr=0.1", "adam:lr=0.05 cosine", "momentum:lr=0.1", "adamw:lr=0.01"] {
        for model in [linear(FEATURES), factorization_machine(FEATURES)] {
            let case = Case::sparse(model);
            let config = config(spec, BatchSize::Rows(4));
            let (result, _) = case.run(&config, TrainingStart::Initialization, Callbacks::new());
            assert_eq!(result.dense_reason, None, "{spec}");
            // Two within each epoch of 300 steps, as the updates of 128 steps are applied together.
            assert!(case.check(&config) >= 3 * EPOCHS as usize - 1, "{spec}");
        }
    }
}

#[test]
fn solvers_continue_from_any_checkpoint() {
    for spec in ["lbfgs", "lbfgs:memory=3", "saga"] {
        for (l1, patience) in [(0.0, 0), (0.02, 0), (0.0, 2)] {
            let mut config = config(spec, BatchSize::Full);
            config.epochs = 40;
            (config.l1, config.l2, config.patience) = (l1, 0.01, patience);
            assert!(Case::dense(linear(WIDTH)).check(&config) > 2, "{spec} {l1}");
        }
    }
}

#[test]
fn trainings_that_diverge_continue_from_any_checkpoint() {
    for (model, spec) in [
        (linear(WIDTH), "sgd:lr=3"),
        (linear(WIDTH), "momentum:lr=30,ema=0.9 cosine"),
        (network(), "sgd:lr=1e30"),
        (factorization_machine(WIDTH), "nag:lr=2"),
    ] {
        let mut config = config(spec, BatchSize::Rows(7));
        (config.epochs, config.on_divergence) = (60, OnDivergence::Rollback);
        let case = Case::dense(model);
        let (result, _) = case.run(&config, TrainingStart::Initialization, Callbacks::new());
        assert!(!result.rollbacks.is_empty(), "{spec}");
        case.check(&config);
    }
}

#[test]
fn a_request_passes_on_the_state_and_an_end_is_one_of_the_uninterrupted_training() {
    for (case, spec) in [
        (Case::dense(linear(WIDTH)), "adam:lr=0.05"),
        (Case::sparse(linear(FEATURES)), "adam:lr=0.05"),
        (Case::dense(linear(WIDTH)), "lbfgs"),
    ] {
        let size = if spec == "lbfgs" { BatchSize::Full } else { BatchSize::Rows(4) };
        let config = config(spec, size);
        let (whole, _) = case.run(&config, TrainingStart::Initialization, Callbacks::new());
        let (request, end, mut states) = (AtomicBool::new(true), AtomicBool::new(false), Vec::new());
        let checkpoints = Checkpoints::new(CheckpointInterval::Steps(1_000_000), |state: AnyTrainingState| {
            states.push(state);
            // The first is that requested above, at the first step; then the end is requested.
            end.store(true, Ordering::Relaxed);
        })
        .on_request(&request)
        .end_on(&end);
        let (part, _) = case.run(&config, TrainingStart::Initialization, Callbacks::new().checkpoints(checkpoints));
        assert!(!request.load(Ordering::Relaxed), "the request was served");
        assert_eq!(part.stopped, TrainingStopReason::Interrupted);
        assert_eq!(states.len(), 1);
        assert_eq!(states[0].steps(), 0);
        let state = states.pop().expect("there is one");
        let (result, _) = case.run(&config, TrainingStart::State(state), Callbacks::new());
        assert_eq!(result, whole, "{spec}");
    }
}

#[test]
fn checkpoints_follow_their_interval() {
    let case = Case::dense(linear(WIDTH));
    let config = config("sgd:lr=0.1", BatchSize::Rows(7));
    let positions = |interval: &str| {
        let mut positions = Vec::new();
        let interval = interval.parse().expect("an interval");
        let save = |state: AnyTrainingState| positions.push((state.epoch(), state.steps()));
        let callbacks = Callbacks::new().checkpoints(Checkpoints::new(interval, save));
        case.run(&config, TrainingStart::Initialization, callbacks);
        positions
    };
    assert_eq!(positions("epoch"), [(1, 10), (2, 20), (3, 30), (4, 40), (5, 50)]);
    assert_eq!(positions("17steps"), [(1, 17), (3, 34)]);
    assert_eq!(positions("1h"), []);
    assert!(positions("0.000001ms").len() > 2);
}
