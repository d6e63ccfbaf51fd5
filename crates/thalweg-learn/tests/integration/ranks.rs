//! Fits on several ranks: the model of one process, byte for byte.

use std::ops::ControlFlow;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use crate::common::mixed_table::{fit, write_table};
use crate::common::ranks::{assert_continued_on, bytes, fit_on, fit_the_same_on, sparse};
use thalweg::Method;
use thalweg_learn::fit::{ClassWeight, FitCheckpoints, LearningRate, RefitPolicy};
use thalweg_learn::model::Loss;
use thalweg_learn::train::{BatchSize, CheckpointInterval, Team, ThreadTeam, TrainingBudget, TrainingStopReason};
use thalweg_learn::{Callbacks, FitConfig};

/// Numbers of ranks that have the model of one process.
const RANKS: [usize; 4] = [2, 3, 4, 7];

/// Fits with different models, methods, batches and settings. Small leaves of the sums need large batches of rows.
fn fits() -> Vec<(&'static str, FitConfig)> {
    let method = |text: &str| Some(text.parse().expect("a method"));
    let model = |text: &str| text.parse().expect("a model");
    let rows = |rows| Some(BatchSize::Rows(rows));
    vec![
        ("solver and search for l2", fit("y")),
        ("rounds of the hinge loss", FitConfig { loss: Some(Loss::Hinge), ..fit("label") }),
        ("rounds of a quantile with l1", FitConfig { loss: Some(Loss::Quantile { q: 0.7 }), l1: 0.01, ..fit("y") }),
        ("huber, certified", FitConfig { loss: Some(Loss::Huber { delta: 1.35 }), certify: true, ..fit("y") }),
        ("saga with l1", FitConfig { method: method("saga"), l1: 0.01, epochs: Some(20), ..fit("label") }),
        (
            "adam, cosine, early stopping, class weights, uneven batches",
            FitConfig {
                method: method("adam:lr=0.05"),
                schedule: Some("cosine".parse().expect("a schedule")),
                epochs: Some(12),
                patience: Some(3),
                batch_size: rows(701),
                class_weight: ClassWeight::Balanced,
                refit: RefitPolicy::Always,
                ..fit("label")
            },
        ),
        (
            "accumulation, an average and l1",
            FitConfig {
                method: method("momentum:lr=0.05,accumulate=3,ema=0.9"),
                epochs: Some(4),
                batch_size: rows(500),
                l1: 0.01,
                ..fit("class")
            },
        ),
        (
            "batches of fewer rows than ranks",
            FitConfig { method: method("sgd:lr=0.01"), epochs: Some(1), batch_size: rows(2), ..fit("label") },
        ),
        (
            "full batches",
            FitConfig {
                method: method("rmsprop:lr=0.01"),
                epochs: Some(9),
                batch_size: Some(BatchSize::Full),
                ..fit("y")
            },
        ),
        (
            "perceptron",
            FitConfig {
                architecture: model("mlp:8,dropout=0.2"),
                epochs: Some(4),
                batch_size: rows(900),
                ..fit("class")
            },
        ),
        (
            "learning rate by a range test",
            FitConfig {
                method: method("momentum"),
                lr: Some(LearningRate::Auto),
                epochs: Some(3),
                batch_size: rows(600),
                ..fit("class")
            },
        ),
        (
            "factorization machine",
            FitConfig {
                architecture: model("fm:rank=2"),
                method: method("nadam"),
                epochs: Some(3),
                batch_size: rows(800),
                ..fit("label")
            },
        ),
        ("sparse steps", sparse("linear")),
        ("sparse steps of a factorization machine", sparse("fm:rank=2")),
    ]
}

#[test]
fn the_model_is_that_of_one_process_for_any_number_of_ranks() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("table.csv");
    write_table(&path, 2_500);
    for (name, config) in fits() {
        let data = config.prepare(path.as_path()).expect("the data are valid");
        fit_the_same_on(RANKS, name, &config, &data);
    }
}

#[test]
fn every_method_has_the_model_of_one_process() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("table.csv");
    write_table(&path, 1_500);
    let data = fit("label").prepare(path.as_path()).expect("the data are valid");
    for name in Method::NAMES.iter().chain(Method::SOLVER_NAMES) {
        let is_solver = Method::SOLVER_NAMES.contains(name);
        let config = FitConfig {
            method: Some(name.parse().expect("a method")),
            epochs: Some(2),
            batch_size: (!is_solver).then_some(BatchSize::Rows(400)),
            refit: RefitPolicy::Never,
            ..fit("label")
        };
        let (_, model) = config.fit(&data, Callbacks::new()).expect("the fit succeeds");
        let ranks = 2 + name.len() % 3;
        assert!(bytes(&model) == fit_on(ranks, 1, &config, &data).1, "{name} on {ranks} ranks");
    }
}

#[test]
fn a_fit_continues_on_another_number_of_ranks() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("table.csv");
    write_table(&path, 1_500);
    for (name, config) in fits().into_iter().step_by(3) {
        let data = config.prepare(path.as_path()).expect("the data are valid");
        let saved = ThreadTeam::run(3, |team| {
            let mut saved = Vec::new();
            // The first rank alone saves.
            let steps = if team.rank() == 0 { 3 } else { u64::MAX };
            let checkpoints = FitCheckpoints::new(CheckpointInterval::Steps(steps), |state| saved.push(state));
            let callbacks = Callbacks::new().team(team);
            let (_, model) = config.fit_with_checkpoints(&data, None, checkpoints, callbacks).expect("a fit");
            (saved, bytes(&model))
        });
        let (checkpoints, model) = &saved[0];
        assert!(!checkpoints.is_empty(), "{name}");
        for (checkpoint, ranks) in checkpoints.iter().step_by(checkpoints.len().div_ceil(3)).zip([1, 2, 4]) {
            assert_continued_on(ranks, name, (&config, &data), checkpoint, model);
        }
    }
}

/// Fit of many short steps.
fn long_fit() -> FitConfig {
    FitConfig {
        method: Some("sgd:lr=0.01".parse().expect("a method")),
        epochs: Some(100_000),
        patience: Some(0),
        batch_size: Some(BatchSize::Rows(700)),
        ..fit("label")
    }
}

#[test]
fn a_request_on_one_rank_ends_all_at_the_same_step() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("table.csv");
    write_table(&path, 2_500);
    let config = long_fit();
    let data = config.prepare(path.as_path()).expect("the data are valid");
    for with_checkpoints in [false, true] {
        let ends = ThreadTeam::run(3, |team| {
            let (flag, mut steps) = (AtomicBool::new(false), 0);
            let callbacks = Callbacks::new().team(team).on_step(|report, _| {
                steps += 1;
                // Only one of the ranks has the request.
                flag.store(team.rank() == 1 && report.step >= 20, Ordering::Relaxed);
                ControlFlow::Continue(())
            });
            let (report, model) = if with_checkpoints {
                let end = FitCheckpoints::new(CheckpointInterval::Epoch, |_| {}).end_on(&flag);
                config.fit_with_checkpoints(&data, None, end, callbacks).expect("a fit")
            } else {
                config.fit(&data, callbacks.interrupt(&flag)).expect("a fit")
            };
            assert_eq!(report.stopped, TrainingStopReason::Interrupted);
            (steps, report.steps, bytes(&model))
        });
        assert!(ends.iter().all(|end| *end == ends[0]), "with checkpoints: {with_checkpoints}");
        assert!(ends[0].0 < 30, "{} steps", ends[0].0);
    }
}

#[test]
fn time_ends_all_ranks_at_the_same_step() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("table.csv");
    write_table(&path, 2_500);
    let budget = TrainingBudget { max_time: Some(Duration::from_millis(300)), ..TrainingBudget::default() };
    for config in
        [long_fit(), FitConfig { method: Some("saga".parse().expect("a method")), batch_size: None, ..long_fit() }]
    {
        let config = FitConfig { budget, ..config };
        let data = config.prepare(path.as_path()).expect("the data are valid");
        let ends = ThreadTeam::run(3, |team| {
            let (report, model) = config.fit(&data, Callbacks::new().team(team)).expect("a fit");
            (report.stopped, report.steps, bytes(&model))
        });
        assert!(ends.iter().all(|end| *end == ends[0]));
    }
}
