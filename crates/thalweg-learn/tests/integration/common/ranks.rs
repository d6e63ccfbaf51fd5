//! Fits on several ranks, which are threads.

use std::path::Path;

use super::mixed_table::fit;
use thalweg_learn::fit::{FitCheckpoint, FitCheckpoints};
use thalweg_learn::train::{BatchSize, CheckpointInterval, ThreadTeam};
use thalweg_learn::{Callbacks, FitConfig, FitReport, ModelFile, PreparedData};

/// Fit with a feature for each of many levels.
pub(crate) fn sparse(model: &str) -> FitConfig {
    let mut fit = FitConfig {
        architecture: model.parse().expect("a model"),
        method: Some("adam:lr=0.05".parse().expect("a method")),
        epochs: Some(2),
        batch_size: Some(BatchSize::Rows(300)),
        l2: Some(0.0),
        ..fit("label")
    };
    fit.column_options.categorical = vec!["x".into(), "z".into(), "colour".into()];
    fit.column_options.interactions = vec!["x*z".parse().expect("an interaction")];
    fit.column_options.hash_bits = 12;
    fit
}

/// Returns the bytes of a model.
pub(crate) fn bytes(model: &ModelFile) -> Vec<u8> {
    model.to_bytes(Path::new("model")).expect("a model has bytes")
}

/// Fits on several ranks, and returns what all of them have.
pub(crate) fn fit_on(ranks: usize, threads: usize, config: &FitConfig, data: &PreparedData) -> (FitReport, Vec<u8>) {
    let fit = |team: &ThreadTeam| {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().expect("a thread pool starts");
        let (report, model) =
            pool.install(|| config.fit(data, Callbacks::new().team(team))).expect("the fit succeeds on every rank");
        (report, bytes(&model))
    };
    let mut all = ThreadTeam::run(ranks, fit);
    for (rank, (_, model)) in all.iter().enumerate() {
        assert!(*model == all[0].1, "rank {rank} of {ranks} has another model than rank 0");
    }
    all.swap_remove(0)
}

/// Fits on each of some numbers of ranks, with one or two threads, and asserts that the model is that of one process,
/// which is returned with its report.
pub(crate) fn fit_the_same_on(
    numbers: impl IntoIterator<Item = usize>,
    name: &str,
    config: &FitConfig,
    data: &PreparedData,
) -> (FitReport, Vec<u8>) {
    let (report, model) = config.fit(data, Callbacks::new()).expect("the fit succeeds");
    let model = bytes(&model);
    for ranks in numbers {
        let (of_ranks, model_of_ranks) = fit_on(ranks, 1 + ranks % 2, config, data);
        assert!(model == model_of_ranks, "{name} on {ranks} ranks");
        assert_eq!(of_ranks.stopped, report.stopped, "{name} on {ranks} ranks");
        assert_eq!(of_ranks.best_epoch, report.best_epoch, "{name} on {ranks} ranks");
        assert_eq!(of_ranks.certificate, report.certificate, "{name} on {ranks} ranks");
    }
    (report, model)
}

/// Continues a fit from the bytes of a checkpoint on several ranks, and asserts that all of them have `model`.
pub(crate) fn assert_continued_on(
    ranks: usize,
    name: &str,
    (config, data): (&FitConfig, &PreparedData),
    checkpoint: &FitCheckpoint,
    model: &[u8],
) {
    let path = Path::new("checkpoint");
    let start = checkpoint.clone().into_bytes(path).expect("a checkpoint has bytes");
    let continued = ThreadTeam::run(ranks, |team| {
        let start = FitCheckpoint::from_bytes(path, &start).expect("a checkpoint");
        let none = FitCheckpoints::new(CheckpointInterval::Epoch, |_| {});
        let callbacks = Callbacks::new().team(team);
        let (_, model) = config.fit_with_checkpoints(data, Some(start), none, callbacks).expect("a fit");
        bytes(&model)
    });
    assert!(continued.iter().all(|continued| continued == model), "{name} continued on {ranks} ranks");
}
