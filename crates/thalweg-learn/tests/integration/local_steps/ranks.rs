//! Local steps on several ranks: the model of one process, byte for byte.

use std::sync::atomic::{AtomicBool, Ordering};

use crate::common::mixed_table::{fit, write_table};
use crate::common::ranks::{assert_continued_on, bytes, fit_the_same_on, sparse};
use thalweg_learn::fit::{FitCheckpoints, RefitPolicy};
use thalweg_learn::train::{
    BatchSize, CheckpointInterval, LocalSteps, OnDivergence, Team, ThreadTeam, TrainingStopReason,
};
use thalweg_learn::{Callbacks, FitConfig};

/// Fits by 5 workers with different models, methods and settings.
fn fits() -> Vec<(&'static str, FitConfig)> {
    let method = |text: &str| Some(text.parse().expect("a method"));
    let model = |text: &str| text.parse().expect("a model");
    let fits = vec![
        (
            "adam, cosine, early stopping, uneven batches",
            FitConfig {
                method: method("adam:lr=0.05"),
                schedule: Some("cosine".parse().expect("a schedule")),
                patience: Some(2),
                batch_size: Some(BatchSize::Rows(171)),
                refit: RefitPolicy::Always,
                ..fit("label")
            },
        ),
        (
            "accumulation, an average, l1, a plateau, and a last batch of fewer rows than workers",
            FitConfig {
                method: method("momentum:lr=0.05,accumulate=2,ema=0.9"),
                schedule: Some("plateau:patience=1".parse().expect("a schedule")),
                batch_size: Some(BatchSize::Rows(37)),
                l1: 0.01,
                ..fit("class")
            },
        ),
        (
            "divergence",
            FitConfig {
                method: method("sgd:lr=10"),
                batch_size: Some(BatchSize::Rows(20)),
                epochs: Some(40),
                on_divergence: OnDivergence::Rollback,
                ..fit("y")
            },
        ),
        (
            "perceptron",
            FitConfig {
                architecture: model("mlp:8,dropout=0.2"),
                batch_size: Some(BatchSize::Rows(130)),
                ..fit("class")
            },
        ),
        (
            "factorization machine",
            FitConfig {
                architecture: model("fm:rank=2"),
                method: method("nadam"),
                batch_size: Some(BatchSize::Rows(120)),
                ..fit("label")
            },
        ),
        ("sparse steps", sparse("linear")),
        ("sparse steps of a factorization machine", sparse("fm:rank=2")),
    ];
    let local_steps = LocalSteps { sync_every: 3, workers: 5 };
    let with = |fit: FitConfig| FitConfig { local_steps, epochs: fit.epochs.or(Some(5)), ..fit };
    fits.into_iter().map(|(name, fit)| (name, with(fit))).collect()
}

#[test]
fn the_model_is_that_of_one_process_for_any_number_of_ranks() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("table.csv");
    write_table(&path, 1_500);
    for (name, config) in fits() {
        let data = config.prepare(path.as_path()).expect("the data are valid");
        // Of seven ranks, two have no worker.
        let (report, model) = fit_the_same_on([1, 2, 3, 4, 7], name, &config, &data);
        let without = FitConfig { local_steps: LocalSteps::default(), ..config.clone() };
        let (_, model_without) = without.fit(&data, Callbacks::new()).expect("the fit succeeds");
        assert!(model != bytes(&model_without), "{name}");
        if name == "divergence" {
            assert!(!report.rollbacks.is_empty());
        }
    }
}

#[test]
fn a_fit_continues_on_another_number_of_ranks() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("table.csv");
    write_table(&path, 1_000);
    for (name, config) in fits() {
        let data = config.prepare(path.as_path()).expect("the data are valid");
        let saved = ThreadTeam::run(3, |team| {
            let mut saved = Vec::new();
            // The state is due on one rank only, and all have that of all workers.
            let steps = if team.rank() == 1 { 3 } else { u64::MAX };
            let checkpoints = FitCheckpoints::new(CheckpointInterval::Steps(steps), |state| saved.push(state));
            let callbacks = Callbacks::new().team(team);
            let (_, model) = config.fit_with_checkpoints(&data, None, checkpoints, callbacks).expect("a fit");
            (saved, bytes(&model))
        });
        let (checkpoints, model) = &saved[0];
        let (_, alone) = config.fit(&data, Callbacks::new()).expect("a fit");
        assert!(bytes(&alone) == *model, "{name}");
        assert!(checkpoints.len() > 2, "{name}: {} checkpoints", checkpoints.len());
        for (checkpoint, ranks) in checkpoints.iter().step_by(checkpoints.len().div_ceil(3)).zip([1, 2, 4]) {
            assert_continued_on(ranks, name, (&config, &data), checkpoint, model);
        }
    }
}

#[test]
fn a_request_on_one_rank_ends_all_after_the_same_round() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("table.csv");
    write_table(&path, 1_500);
    let config = FitConfig {
        method: Some("sgd:lr=0.01".parse().expect("a method")),
        epochs: Some(100_000),
        patience: Some(0),
        batch_size: Some(BatchSize::Rows(100)),
        local_steps: LocalSteps { sync_every: 4, workers: 4 },
        ..fit("label")
    };
    let data = config.prepare(path.as_path()).expect("the data are valid");
    for with_checkpoints in [false, true] {
        let ends = ThreadTeam::run(3, |team| {
            let flag = AtomicBool::new(false);
            let callbacks = Callbacks::new().team(team).on_step(|report, _| {
                flag.store(team.rank() == 1 && report.batch >= 20, Ordering::Relaxed);
                std::ops::ControlFlow::Continue(())
            });
            let (report, model) = if with_checkpoints {
                let end = FitCheckpoints::new(CheckpointInterval::Epoch, |_| {}).end_on(&flag);
                config.fit_with_checkpoints(&data, None, end, callbacks).expect("a fit")
            } else {
                config.fit(&data, callbacks.interrupt(&flag)).expect("a fit")
            };
            assert_eq!(report.stopped, TrainingStopReason::Interrupted);
            (report.steps, bytes(&model))
        });
        assert!(ends.iter().all(|end| *end == ends[0]), "with checkpoints: {with_checkpoints}");
        assert!(ends[0].0 < 40, "{} steps", ends[0].0);
    }
}
