//! Optimizer states in shards: the model of one process, byte for byte, and the bytes on the wire.

use crate::common::counted::CountingTeam;
use crate::common::mixed_table::{fit, write_table};
use crate::common::random_rows::sparse_rows;
use crate::common::ranks::{assert_continued_on, bytes, fit_the_same_on};
use thalweg::{Layout, Seed};
use thalweg_learn::data::{RowStore, Rows};
use thalweg_learn::fit::{FitCheckpoints, RefitPolicy};
use thalweg_learn::model::{Batch, Init, Linear, Loss, Model, TensorRole, TensorSpec};
use thalweg_learn::train::{
    BatchSize, CheckpointInterval, SparseSteps, Team, ThreadTeam, TrainingConfig, TrainingData, TrainingResult, train,
};
use thalweg_learn::{Callbacks, FitConfig};

/// Number of parameters from which on states are in shards.
const MIN_PARAMETERS: usize = 1 << 16;

/// Fit of a model of more parameters than have states on all ranks, by dense steps.
fn large((target, model, method): (&str, &str, &str)) -> FitConfig {
    let mut fit = FitConfig {
        architecture: model.parse().expect("a model"),
        method: Some(method.parse().expect("a method")),
        epochs: Some(3),
        batch_size: Some(BatchSize::Rows(400)),
        l1: if method.starts_with("adamax") { 1e-3 } else { 0.0 },
        l2: Some(1e-3),
        refit: RefitPolicy::Never,
        ..fit(target)
    };
    if !model.starts_with("mlp") {
        fit.column_options.categorical = vec!["x".into(), "z".into(), "colour".into()];
        fit.column_options.interactions = vec!["x*z".parse().expect("an interaction")];
        fit.column_options.hash_bits = if target == "label" && model == "linear" { 16 } else { 15 };
    }
    fit
}

/// Target, model and method of fits.
const FITS: [(&str, &str, &str); 9] = [
    ("label", "linear", "adam:lr=0.01"),
    ("label", "linear", "momentum:lr=0.01,state=bf16"),
    ("class", "linear", "adagrad:lr=0.01,ema=0.9"),
    ("class", "linear", "adam:lr=0.01,state=8bit"),
    ("class", "linear", "adamax:lr=0.01"),
    ("label", "fm:rank=2", "adamw:lr=0.01,weight_decay=0.1,clip_value=0.01"),
    ("class", "mlp:300,200,dropout=0.1", "nag:lr=0.01"),
    ("y", "mlp:300,220", "radam:lr=0.01,state=8bit,average=polyak"),
    // The norms of whole tensors are those of all ranks.
    ("class", "mlp:300,220", "lamb:lr=0.01,clip_global_norm=0.1"),
];

#[test]
fn models_of_many_parameters_are_those_of_one_process() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("table.csv");
    write_table(&path, 1_300);
    for fit in FITS {
        let config = large(fit);
        let data = config.prepare(path.as_path()).expect("the data are valid");
        let (report, _) = fit_the_same_on([2, 3, 4, 7], &format!("{fit:?}"), &config, &data);
        assert!(report.parameters >= MIN_PARAMETERS && report.dense_reason.is_some(), "{fit:?}: {}", report.parameters);
    }
}

#[test]
fn shards_continue_on_another_number_of_ranks() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("table.csv");
    write_table(&path, 1_300);
    for (fit, saving_ranks) in FITS.into_iter().zip([3, 1, 4].into_iter().cycle()) {
        let config = large(fit);
        let data = config.prepare(path.as_path()).expect("the data are valid");
        let saved = ThreadTeam::run(saving_ranks, |team| {
            let mut saved = Vec::new();
            // The first rank alone saves, and knows when.
            let checkpoints = match team.rank() {
                0 => FitCheckpoints::new(CheckpointInterval::Steps(3), |state| saved.push(state)),
                _ => FitCheckpoints::of_other_rank(),
            };
            let callbacks = Callbacks::new().team(team);
            let (_, model) = config.fit_with_checkpoints(&data, None, checkpoints, callbacks).expect("a fit");
            (saved, bytes(&model))
        });
        let (checkpoints, model) = &saved[0];
        assert_eq!(checkpoints.len(), 3, "{fit:?}");
        for (checkpoint, ranks) in checkpoints.iter().zip([2, 1, 4]) {
            assert_continued_on(ranks, &format!("{fit:?}"), (&config, &data), checkpoint, model);
        }
    }
}

/// Trains a model on sparse rows by dense steps, two batches in each of two epochs.
fn train_on<M: Model>(model: &M, (method, l2): (&str, f64), rows: &Rows, team: &dyn Team) -> TrainingResult {
    let config = TrainingConfig::new(method.parse().expect("a method"), BatchSize::Rows(rows.len() / 2), 2);
    let config = TrainingConfig { l2, sparse_steps: SparseSteps::Never, ..config };
    let data = TrainingData { train: &RowStore::from(rows.clone()), validation: &Rows::default(), loss: Loss::Squared };
    train(model, &data, &config, Callbacks::new().team(team)).expect("a training")
}

#[test]
fn the_new_parameters_are_sent_instead_of_the_sum_of_the_gradient() {
    // Shards and the slices of a sum have the same length.
    const LEN: usize = 2 * MIN_PARAMETERS;
    let (model, rows) = (Linear { features: LEN, outputs: 1, intercept: false }, sparse_rows(400, 1));
    for ranks in [2, 4] {
        let sent = |method: &str, l2: f64| {
            ThreadTeam::run(ranks, |team| {
                let counted = CountingTeam::new(team);
                train_on(&model, (method, l2), &rows, &counted);
                counted.traffic().bytes
            })
        };
        // The last evaluation is not stepped: with shards, there is nothing to send of it.
        let of_last = (ranks - 1) * LEN * size_of::<f64>() / ranks;
        for (whole, shard) in sent("lamb:lr=0.1", 0.0).into_iter().zip(sent("adam:lr=0.1", 0.0)) {
            assert_eq!(shard, whole - of_last, "{ranks} ranks");
        }
        // With a penalty, each of five evaluations has a byte that says whether the gradient is finite.
        for (whole, shard) in sent("lamb:lr=0.1", 0.1).into_iter().zip(sent("adam:lr=0.1", 0.1)) {
            assert_eq!(shard, whole - of_last + 5 * (ranks - 1), "{ranks} ranks");
        }
    }
}

/// Model of weights that the mean of the targets draws to it; the gradient by the last one is no number where that is
/// above a limit.
struct Limited {
    len: usize,
    limit: f64,
    /// If true, the model says how it sums a batch.
    has_leaves: bool,
}

impl Model for Limited {
    type F = f64;

    fn outputs(&self) -> usize {
        1
    }

    fn tensors(&self) -> Vec<TensorSpec> {
        vec![TensorSpec::new("weights", TensorRole::Weights, &[self.len])]
    }

    fn init_parameters(&self, _init: Init, _seed: Seed) -> Vec<f64> {
        (0..self.len).map(|i| (i % 7) as f64 * 0.1).collect()
    }

    fn scores(&self, rows: &Rows, parameters: &[f64]) -> Vec<f64> {
        vec![parameters[0]; rows.len()]
    }

    fn mean_loss(&self, batch: &Batch<'_>, parameters: &[f64], gradient: &mut [f64]) -> f64 {
        let loss = batch.mean(1, gradient, |indices, gradient| {
            for &i in indices {
                let target = batch.rows.target[i as usize];
                for (g, x) in gradient.iter_mut().zip(parameters) {
                    *g += batch.factor() * (x - target - 1.0);
                }
                if parameters[self.len - 1] > self.limit {
                    gradient[self.len - 1] = f64::NAN;
                }
            }
            indices.iter().map(|&i| (parameters[0] - batch.rows.target[i as usize]).powi(2)).sum()
        });
        if !self.has_leaves {
            // No sum over rows: all of it is needed.
            let norm = gradient.iter().map(|g| g * g).sum::<f64>().sqrt();
            for g in gradient.iter_mut() {
                *g /= norm;
            }
        }
        loss
    }

    fn leaf_rows(&self, _rows: &Rows, batch_rows: usize) -> Option<usize> {
        self.has_leaves.then_some(batch_rows)
    }
}

#[test]
fn ranks_refuse_a_gradient_that_one_of_them_does() {
    let rows = sparse_rows(40, 3);
    for (limit, has_leaves, l2) in
        [(0.7, true, 0.0), (0.7, true, 0.01), (1e9, true, 0.0), (0.7, false, 0.0), (1e9, false, 0.0)]
    {
        let model = Limited { len: MIN_PARAMETERS + 100, limit, has_leaves };
        for method in ["adam:lr=0.3,nonfinite=skip", "adam:lr=0.3", "momentum:lr=0.3,nonfinite=ignore"] {
            let alone = train_on(&model, (method, l2), &rows, &thalweg_learn::train::SingleProcess);
            if has_leaves && limit < 1.0 && !method.ends_with("ignore") {
                assert!(alone.steps < 4 || !alone.rollbacks.is_empty(), "{method}");
            }
            for ranks in [2, 3] {
                for together in ThreadTeam::run(ranks, |team| train_on(&model, (method, l2), &rows, team)) {
                    // As texts, in which a number that is none equals itself.
                    assert!(
                        format!("{together:?}") == format!("{alone:?}"),
                        "{method} below {limit} on {ranks} ranks, with leaves: {has_leaves}, l2: {l2}"
                    );
                }
            }
        }
    }
}

#[test]
fn shards_of_a_large_layout_are_sent_in_rounds() {
    // More numbers than are sent at a time.
    let model = Linear { features: (1 << 22) + 1_000, outputs: 1, intercept: true };
    let rows = sparse_rows(60, 5);
    let alone = train_on(&model, ("adam:lr=0.1", 0.0), &rows, &thalweg_learn::train::SingleProcess);
    assert!(Layout::from((1 << 22) + 1_001).shards(3)[2].len() > 1 << 20);
    for together in ThreadTeam::run(3, |team| train_on(&model, ("adam:lr=0.1", 0.0), &rows, team)) {
        assert!(together == alone);
    }
}
