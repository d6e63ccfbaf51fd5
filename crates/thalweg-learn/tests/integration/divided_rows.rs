//! Rows that exceed the memory limit, divided among ranks: the model of one process, byte for byte.

use std::fmt::Write as _;
use std::path::Path;

use thalweg_learn::data::RowStore;
use thalweg_learn::fit::{ClassWeight, FitCheckpoint, FitCheckpoints, RefitPolicy};
use thalweg_learn::train::{BatchSize, CheckpointInterval, LocalSteps, Team, ThreadTeam};
use thalweg_learn::{Callbacks, FitConfig, Interrupt, ModelFile, PreparedData};

/// Memory limit: 8 MiB of encoded rows.
const LIMIT: usize = 128 << 20;

/// Writes a table with many numbers, a category, weights, and two kinds of target. Some rows have the weight 0 or no
/// target.
fn write_table(path: &Path, rows: usize) {
    let mut text: String = (0..24).fold(String::new(), |text, i| format!("{text}x{i},")) + "colour,w,y,label\n";
    for i in 0..rows {
        for k in 0..24 {
            write!(text, "{},", i * (7 + k) % (11 + k)).expect("texts grow");
        }
        let (x, z) = (i * 7 % 11, i * 8 % 12);
        let y = if i % 997 == 5 { String::new() } else { format!("{}", (x * 3 + z + i * 31 % 7) as f64 / 4.0) };
        let label = ["no", "yes"][usize::from(x + z + i % 5 > 12)];
        writeln!(text, "\"c{}\n{}\",{},{y},{label}", i * 17 % 23, i % 3, i % 4).expect("texts grow");
    }
    std::fs::write(path, text).expect("the table is written");
}

/// Writes a table of categories of many levels, and a label.
fn write_categories(path: &Path, rows: usize) {
    let mut text = (0..12).fold(String::new(), |text, i| format!("{text}c{i},")) + "label\n";
    for i in 0..rows {
        for k in 0..12 {
            // Some rows have few of the categories.
            if (i + k) % 5 < 4 {
                write!(text, "v{}", i * (13 + 2 * k) % 701).expect("texts grow");
            }
            text.push(',');
        }
        writeln!(text, "{}", ["no", "yes"][usize::from(i * 13 % 701 + i % 300 > 500)]).expect("texts grow");
    }
    std::fs::write(path, text).expect("the table is written");
}

pub(crate) fn fit(target: &str, other: &str, method: &str) -> FitConfig {
    let mut fit = FitConfig::new(target);
    fit.column_options.ignore = vec![other.into()];
    fit.max_memory = Some(LIMIT);
    fit.sample_rows = Some(500);
    fit.epochs = Some(2);
    fit.batch_size = Some(BatchSize::Rows(3000));
    fit.refit = RefitPolicy::Never;
    fit.method = Some(method.parse().expect("a method"));
    fit
}

/// Fits with hashed categories, whose rows are sparse.
pub(crate) fn sparse(model: &str, method: &str) -> FitConfig {
    let mut fit = FitConfig { architecture: model.parse().expect("a model"), ..fit("label", "none", method) };
    fit.column_options.ignore.clear();
    fit.column_options.hash_bits = 14;
    fit
}

pub(crate) fn bytes(model: &ModelFile) -> Vec<u8> {
    model.to_bytes(Path::new("model")).expect("a model has bytes")
}

/// Bytes of blocks, and rows on disk, of prepared data.
fn blocks(data: &PreparedData) -> (u64, usize) {
    let RowStore::Disk(rows) = &data.train else { panic!("rows on disk") };
    (rows.bytes_read(), rows.len())
}

/// Fits on several ranks, each of which prepares its part of the data; returns the bytes that each has read.
fn fit_on(ranks: usize, config: &FitConfig, path: &Path, model: &[u8]) -> Vec<u64> {
    ThreadTeam::run(ranks, |team| {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(1 + ranks % 2).build().expect("a thread pool starts");
        pool.install(|| {
            let data = config.prepare_on(path, team, Interrupt::NEVER).expect("the data are valid");
            let (_, found) = config.fit(&data, Callbacks::new().team(team)).expect("the fit succeeds");
            assert!(bytes(&found) == model, "rank {} of {ranks}", team.rank());
            blocks(&data).0
        })
    })
}

#[test]
fn the_model_is_that_of_one_process_and_each_rank_reads_its_blocks_alone() {
    let folder = tempfile::tempdir().expect("a folder");
    let (path, categories) = (folder.path().join("table.csv"), folder.path().join("categories.csv"));
    write_table(&path, 100_000);
    write_categories(&categories, 130_000);
    let local_steps = LocalSteps { sync_every: 3, workers: 5 };
    let fits = [
        (
            "adam with class weights and weights",
            FitConfig {
                class_weight: ClassWeight::Balanced,
                weight_column: Some("w".into()),
                ..fit("label", "y", "adam:lr=0.01")
            },
        ),
        (
            "regression without validation",
            FitConfig { validation: thalweg_learn::Validation::None, ..fit("y", "label", "momentum:lr=0.01") },
        ),
        (
            "perceptron",
            FitConfig {
                architecture: "mlp:6,dropout=0.1".parse().expect("a model"),
                ..fit("label", "y", "adam:lr=0.01")
            },
        ),
        ("sparse rows, sparse steps", FitConfig { l2: Some(0.0), ..sparse("linear", "adam:lr=0.01") }),
        ("sparse rows, dense steps", FitConfig { l2: Some(0.01), ..sparse("linear", "adam:lr=0.01") }),
        ("factorization machine", FitConfig { l2: Some(0.0), ..sparse("fm:rank=2", "adagrad:lr=0.05") }),
        ("workers", FitConfig { local_steps, ..fit("label", "y", "adam:lr=0.01") }),
        ("workers with sparse steps", FitConfig { local_steps, l2: Some(0.0), ..sparse("linear", "adam:lr=0.01") }),
    ];
    let ranks = [[2, 7], [3, 4], [7, 2], [4, 3], [2, 3], [3, 7], [3, 7], [4, 2]];
    for ((name, config), numbers) in fits.into_iter().zip(ranks) {
        let path = if config.column_options.hash_bits > 0 { &categories } else { &path };
        let data = config.prepare(path.as_path()).expect("the data are valid");
        let (_, model) = config.fit(&data, Callbacks::new()).expect("the fit succeeds");
        let (alone, rows) = blocks(&data);
        let block = alone / 2 / (rows as u64).div_ceil(4096) * 11 / 10;
        for ranks in numbers {
            let read = fit_on(ranks, &config, path, &bytes(&model));
            assert_eq!(read.iter().sum::<u64>(), alone, "{name} on {ranks} ranks");
            // In each of the two epochs, at most a block more or less than the others; and some of the blocks of a
            // third epoch, of which a batch is evaluated.
            let share = alone / ranks as u64;
            assert!(read.iter().all(|&read| read.abs_diff(share) <= 4 * block), "{name}: {read:?} of {alone}");
        }
    }
}

#[test]
fn a_fit_continues_on_another_number_of_ranks() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("table.csv");
    write_table(&path, 75_000);
    let config = fit("label", "y", "adam:lr=0.01");
    let saved = ThreadTeam::run(3, |team| {
        let data = config.prepare_on(path.as_path(), team, Interrupt::NEVER).expect("the data are valid");
        let mut saved = Vec::new();
        let checkpoints = FitCheckpoints::new(CheckpointInterval::Steps(7), |state| saved.push(state));
        let callbacks = Callbacks::new().team(team);
        let (_, model) = config.fit_with_checkpoints(&data, None, checkpoints, callbacks).expect("a fit");
        (saved, bytes(&model))
    });
    let (checkpoints, model) = &saved[0];
    assert!(checkpoints.len() > 3);
    for (checkpoint, ranks) in checkpoints.iter().zip([1, 2, 4]) {
        let start = checkpoint.clone().into_bytes(Path::new("checkpoint")).expect("a checkpoint has bytes");
        ThreadTeam::run(ranks, |team| {
            let data = config.prepare_on(path.as_path(), team, Interrupt::NEVER).expect("the data are valid");
            let start = FitCheckpoint::from_bytes(Path::new("checkpoint"), &start).expect("a checkpoint");
            start.check(&config, &data).expect("the same fit");
            let none = FitCheckpoints::new(CheckpointInterval::Epoch, |_| {});
            let callbacks = Callbacks::new().team(team);
            let (_, continued) = config.fit_with_checkpoints(&data, Some(start), none, callbacks).expect("a fit");
            assert!(bytes(&continued) == *model, "continued on {ranks} ranks");
        });
    }
}

#[test]
fn rows_that_fit_into_memory_are_on_all_ranks() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("table.csv");
    write_table(&path, 5_000);
    let config = FitConfig { weight_column: Some("w".into()), ..fit("label", "y", "adam:lr=0.01") };
    let data = config.prepare(path.as_path()).expect("the data are valid");
    let (_, model) = config.fit(&data, Callbacks::new()).expect("the fit succeeds");
    for ranks in [2, 7] {
        let models = ThreadTeam::run(ranks, |team| {
            let (report, model) = config.run(path.as_path(), Callbacks::new().team(team)).expect("the fit succeeds");
            (report.steps, bytes(&model))
        });
        assert!(models.iter().all(|(_, of_rank)| *of_rank == bytes(&model)));
    }
}
