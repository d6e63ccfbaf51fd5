//! Checkpoints of whole fits: files from which a fit ends with the same model, byte for byte.

use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};

use crate::common::mixed_table::{fit, write_table};
use thalweg::optimizer::Isa;
use thalweg_learn::error::CheckpointError;
use thalweg_learn::fit::{
    CheckpointFolder, CheckpointWriter, ClassWeight, FitCheckpoint, FitCheckpoints, LearningRate, RefitPolicy,
};
use thalweg_learn::model::Loss;
use thalweg_learn::train::{BatchSize, CheckpointInterval, TrainingStopReason};
use thalweg_learn::{Callbacks, Error, FitConfig, ModelFile};

/// Fits with different models, methods and settings.
fn fits() -> Vec<(&'static str, FitConfig)> {
    let method = |text: &str| Some(text.parse().expect("a method"));
    let model = |text: &str| text.parse().expect("a model");
    vec![
        ("solver and search for l2", fit("y")),
        ("rounds of the hinge loss", FitConfig { loss: Some(Loss::Hinge), ..fit("label") }),
        ("rounds of a quantile with l1", FitConfig { loss: Some(Loss::Quantile { q: 0.7 }), l1: 0.01, ..fit("y") }),
        ("saga with l1", FitConfig { method: method("saga"), l1: 0.01, ..fit("label") }),
        (
            "adam, cosine, early stopping, class weights",
            FitConfig {
                method: method("adam:lr=0.05"),
                schedule: Some("cosine".parse().expect("a schedule")),
                epochs: Some(12),
                patience: Some(3),
                class_weight: ClassWeight::Balanced,
                refit: RefitPolicy::Always,
                ..fit("label")
            },
        ),
        (
            "accumulation and an average",
            FitConfig {
                method: method("momentum:lr=0.05,accumulate=3,ema=0.9"),
                epochs: Some(8),
                batch_size: Some(BatchSize::Rows(32)),
                ..fit("class")
            },
        ),
        ("perceptron", FitConfig { architecture: model("mlp:8,dropout=0.2"), epochs: Some(8), ..fit("class") }),
        (
            "learning rate by a range test",
            FitConfig { method: method("momentum"), lr: Some(LearningRate::Auto), epochs: Some(6), ..fit("class") },
        ),
        ("factorization machine", FitConfig { architecture: model("fm:rank=2"), epochs: Some(6), ..fit("label") }),
    ]
}

/// Fits and keeps every checkpoint.
fn checkpoints_of(config: &FitConfig, path: &Path, steps: u64) -> (Vec<FitCheckpoint>, ModelFile) {
    let data = config.prepare(path).expect("the data are valid");
    let mut all = Vec::new();
    let checkpoints = FitCheckpoints::new(CheckpointInterval::Steps(steps), |checkpoint| all.push(checkpoint));
    let (_, model) = config.fit_with_checkpoints(&data, None, checkpoints, Callbacks::new()).expect("the fit succeeds");
    (all, model)
}

#[test]
fn a_fit_continues_from_the_file_of_any_checkpoint() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let path = folder.path().join("t.csv");
    write_table(&path, 400);
    let bytes = |model: &ModelFile| model.to_bytes(&path).expect("a model has a file");
    for (name, config) in fits() {
        let data = config.prepare(&path).expect("the data are valid");
        let (whole_report, whole) = config.fit(&data, Callbacks::new()).expect("the fit succeeds");
        let (all, seen) = checkpoints_of(&config, &path, 3);
        assert_eq!(bytes(&seen), bytes(&whole), "{name}: checkpoints change nothing");
        assert!(all.iter().any(FitCheckpoint::is_last_fit) && !all[0].is_last_fit(), "{name}: both fits");
        let every = all.len().div_ceil(12);
        for (k, checkpoint) in all.into_iter().enumerate().filter(|(k, _)| k % every == 0) {
            let checkpoints =
                CheckpointFolder::open(&folder.path().join(format!("{name} {k}"))).expect("it is created");
            let writer = CheckpointWriter::new(checkpoints.clone(), 2, |error| panic!("{error}"));
            writer.write(checkpoint.clone());
            writer.finish().expect("the checkpoint is written");
            let (read, errors) = checkpoints.latest().expect("the folder is readable").expect("it has a checkpoint");
            assert!(read == checkpoint && errors.is_empty(), "{name}: the file has all of it");
            read.check(&config, &data).expect("the same fit");
            let none = FitCheckpoints::new(CheckpointInterval::Epoch, |_| ());
            let (report, model) =
                config.fit_with_checkpoints(&data, Some(read), none, Callbacks::new()).expect("the fit succeeds");
            assert_eq!(bytes(&model), bytes(&whole), "{name} from checkpoint {k}");
            let facts = |r: &thalweg_learn::FitReport| {
                (
                    r.steps,
                    r.best_epoch,
                    r.stopped,
                    r.l2.to_bits(),
                    r.range_test.clone(),
                    r.refit.as_ref().map(|r| r.steps),
                )
            };
            assert_eq!(facts(&report), facts(&whole_report), "{name} from checkpoint {k}");
        }
    }
}

#[test]
fn a_fit_continues_on_another_instruction_set_and_number_of_threads() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let path = folder.path().join("t.csv");
    write_table(&path, 400);
    let bytes = |model: &ModelFile| model.to_bytes(&path).expect("a model has a file");
    let sets = Isa::all();
    for (name, config) in fits() {
        let data = config.prepare(&path).expect("the data are valid");
        let whole = bytes(&config.fit(&data, Callbacks::new()).expect("the fit succeeds").1);
        // Each is the first of a pair, and the second of another. All have the same bits, or other tests would notice.
        for (k, (first, second)) in sets.iter().zip(sets.iter().cycle().skip(1)).enumerate() {
            first.force();
            let (mut all, _) = checkpoints_of(&config, &path, 3);
            let middle = all.swap_remove(all.len() / 2);
            second.force();
            let pool = rayon::ThreadPoolBuilder::new().num_threads([2, 3, 8][k % 3]).build().expect("a pool");
            let none = FitCheckpoints::new(CheckpointInterval::Epoch, |_| ());
            let resumed = pool.install(|| config.fit_with_checkpoints(&data, Some(middle), none, Callbacks::new()));
            let (_, model) = resumed.expect("the fit succeeds");
            assert!(bytes(&model) == whole, "{name} from {} to {}", first.name(), second.name());
        }
        Isa::detected().force();
    }
}

#[test]
fn another_fit_is_refused_with_all_that_differs() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let (path, other_path) = (folder.path().join("t.csv"), folder.path().join("u.csv"));
    write_table(&path, 200);
    write_table(&other_path, 201);
    let config = FitConfig { epochs: Some(4), method: Some("adam".parse().expect("a method")), ..fit("y") };
    let (mut all, _) = checkpoints_of(&config, &path, 5);
    let checkpoint = all.swap_remove(0);
    let differences = |config: &FitConfig, path: &Path| {
        let data = config.prepare(path).expect("the data are valid");
        match checkpoint.check(config, &data) {
            Ok(()) => Vec::new(),
            Err(Error::Checkpoint(error)) => match *error {
                CheckpointError::OtherFit { differences } => differences.into_iter().map(|d| d.name).collect(),
                other => panic!("{other}"),
            },
            Err(other) => panic!("{other}"),
        }
    };
    assert!(differences(&config, &path).is_empty());
    assert_eq!(differences(&config, &other_path), ["encoding", "training_rows", "validation_rows"]);
    let other = FitConfig { epochs: Some(5), lr: Some(0.5.into()), ..config.clone() };
    assert_eq!(differences(&other, &path), ["epochs", "method"]);
    let other = FitConfig { seed: thalweg::Seed::new(1), ..config.clone() };
    assert!(differences(&other, &path).contains(&"seed".to_owned()));
    let mut other = config.clone();
    other.column_options.ignore.push("z".into());
    assert_eq!(differences(&other, &path), ["columns", "encoding", "training_rows", "validation_rows"]);
    let other = FitConfig { lr: Some(LearningRate::Auto), ..config.clone() };
    assert_eq!(differences(&other, &path), ["lr"]);
    // Threads and caches are none of it.
    assert!(differences(&FitConfig { cache: true, ..config }, &path).is_empty());
}

#[test]
fn the_latest_whole_checkpoint_is_read_and_old_ones_are_removed() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let path = folder.path().join("t.csv");
    write_table(&path, 200);
    let (all, _) = checkpoints_of(&FitConfig { epochs: Some(6), ..fit("class") }, &path, 1);
    let place = folder.path().join("checkpoints");
    let checkpoints = CheckpointFolder::open(&place).expect("it is created");
    assert!(checkpoints.is_empty() && checkpoints.latest().expect("it is readable").is_none());
    let in_use = CheckpointFolder::open(&place).expect_err("one fit writes to a folder").to_string();
    assert!(in_use.contains("that no other fit uses"), "{in_use}");
    let writer = CheckpointWriter::new(checkpoints, 2, |error| panic!("{error}"));
    all.iter().take(5).for_each(|checkpoint| writer.write(checkpoint.clone()));
    writer.finish().expect("all are written");
    let names = || {
        let entries = std::fs::read_dir(&place).expect("it is readable");
        let mut names: Vec<_> = entries.map(|e| e.expect("it is readable").file_name().into_string()).collect();
        names.sort();
        names.into_iter().map(|name| name.expect("UTF-8")).collect::<Vec<_>>()
    };
    assert_eq!(names(), ["checkpoint-000004.safetensors", "checkpoint-000005.safetensors"]);
    // A damaged latest one is named, and the one before is used.
    let newest = place.join("checkpoint-000005.safetensors");
    let mut bytes = std::fs::read(&newest).expect("it exists");
    let middle = bytes.len() - 9;
    bytes[middle] ^= 1;
    std::fs::write(&newest, bytes).expect("it is written");
    let checkpoints = CheckpointFolder::open(&place).expect("it is free again");
    let (read, errors) = checkpoints.latest().expect("it is readable").expect("one is whole");
    assert!(read == all[3]);
    let error = errors[0].to_string();
    assert!(errors.len() == 1 && error.contains("000005") && error.contains("damaged: expected checksum"), "{error}");
}

#[test]
fn damaged_checkpoints_are_refused() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let path = folder.path().join("t.csv");
    write_table(&path, 200);
    let (all, _) = checkpoints_of(&FitConfig { epochs: Some(2), ..fit("y") }, &path, 1);
    let place = folder.path().join("checkpoints");
    let writer = CheckpointWriter::new(CheckpointFolder::open(&place).expect("it is created"), 1, |e| panic!("{e}"));
    writer.write(all[all.len() - 1].clone());
    writer.finish().expect("it is written");
    let file = place.join("checkpoint-000001.safetensors");
    let bytes = std::fs::read(&file).expect("it exists");
    assert!(FitCheckpoint::from_bytes(&file, &bytes).is_ok());
    let refused = |bytes: &[u8], what: &str| {
        let error = FitCheckpoint::from_bytes(&file, bytes).expect_err(what).to_string();
        assert!(error.contains("invalid checkpoint: "), "{what}: {error}");
    };
    for end in (0..bytes.len()).step_by(97) {
        refused(&bytes[..end], "cut");
    }
    // Every bit of the description and of the numbers counts; blanks after it do not.
    for place in (8..bytes.len()).step_by(31) {
        if bytes[place] != b' ' {
            let mut flipped = bytes.clone();
            flipped[place] ^= 1 << (place % 8);
            refused(&flipped, &format!("bit at {place}"));
        }
    }
}

#[test]
fn an_end_on_request_in_either_fit_leaves_a_checkpoint_to_continue_from() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let path = folder.path().join("t.csv");
    write_table(&path, 300);
    let config = FitConfig { epochs: Some(6), method: Some("adam".parse().expect("a method")), ..fit("y") };
    let data = config.prepare(&path).expect("the data are valid");
    let (_, whole) = config.fit(&data, Callbacks::new()).expect("the fit succeeds");
    for in_last_fit in [false, true] {
        let (end, mut latest) = (AtomicBool::new(false), None);
        let checkpoints = FitCheckpoints::new(CheckpointInterval::Steps(1), |checkpoint: FitCheckpoint| {
            if checkpoint.is_last_fit() == in_last_fit && checkpoint.state().steps() > 4 {
                end.store(true, Ordering::Relaxed);
            }
            latest = Some(checkpoint);
        })
        .end_on(&end);
        let (report, _) =
            config.fit_with_checkpoints(&data, None, checkpoints, Callbacks::new()).expect("the fit succeeds");
        assert_eq!(report.stopped, TrainingStopReason::Interrupted);
        let checkpoint = latest.expect("there is one");
        assert_eq!(checkpoint.is_last_fit(), in_last_fit);
        let none = FitCheckpoints::new(CheckpointInterval::Epoch, |_| ());
        let (_, model) =
            config.fit_with_checkpoints(&data, Some(checkpoint), none, Callbacks::new()).expect("the fit succeeds");
        assert!(model == whole);
    }
}
