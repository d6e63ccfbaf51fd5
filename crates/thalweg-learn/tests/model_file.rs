//! The file of a model: the same bits back, the same bytes twice, and no trust in strange files.

mod common;

use std::collections::HashMap;
use std::fs;
use std::path::Path;

use common::{message, schema, table};
use safetensors::tensor::TensorView;
use safetensors::{Dtype, SafeTensors};
use thalweg_learn::{Destination, Encoding, Error, ModelFile, ModelKind, NamedTensor, Schema, Target, TrainingInfo};

fn model() -> ModelFile {
    let schema = schema(&table("age,job,y\n0.1,a,no\n0.2,\"b \"\"é\"\"\",yes\n,a,no\n0.7,,yes\n"), "y");
    let mut weights: Vec<f64> = vec![0.1 + 0.2, -0.0, 5e-324, f64::MAX, 1.0 / 3.0];
    assert_eq!(weights.len(), schema.coefficient_names().len());
    weights[3] = -f64::MAX;
    let training_info = TrainingInfo {
        version: "0.1.0".into(),
        model: ModelKind::Logistic,
        architecture: thalweg_learn::model::Architecture::Linear,
        loss: None,
        method: "adam:lr=0.01".into(),
        schedule: "cosine".into(),
        batch_size: 16,
        rows: 4,
        epochs: 10,
        steps: 40,
        seed: u64::MAX,
        l1: 1e-310,
        l2: 0.1 + 0.7,
    };
    let tensor = |name: &str, values: Vec<f64>| NamedTensor { name: name.into(), shape: vec![values.len()], values };
    ModelFile { schema, tensors: vec![tensor("weights", weights), tensor("intercept", vec![-0.3])], training_info }
}

fn bytes() -> Vec<u8> {
    model().to_bytes(Path::new("m.model")).expect("a sound model")
}

fn load(bytes: &[u8]) -> thalweg_learn::Result<ModelFile> {
    ModelFile::from_bytes(Path::new("m.model"), bytes)
}

/// A safetensors file made by hand.
fn file(tensors: &[(&str, &[f64])], document: Option<&str>) -> Vec<u8> {
    let data: Vec<Vec<u8>> =
        tensors.iter().map(|(_, numbers)| numbers.iter().flat_map(|x| x.to_le_bytes()).collect()).collect();
    let views = tensors.iter().zip(&data).map(|((name, numbers), bytes)| {
        (*name, TensorView::new(Dtype::F64, vec![numbers.len()], bytes).expect("the right length"))
    });
    let metadata = document.map(|text| HashMap::from([("thalweg".to_string(), text.to_string())]));
    safetensors::serialize(views, metadata).expect("a sound file")
}

/// The description in the file of [`model`].
fn document() -> String {
    let bytes = bytes();
    let (_, metadata) = SafeTensors::read_metadata(&bytes).expect("a sound file");
    let entries = metadata.metadata().clone().expect("metadata");
    assert_eq!(entries.len(), 1);
    entries["thalweg"].clone()
}

#[test]
fn a_model_comes_back_bit_for_bit() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("m.model");
    let model = model();
    model.save(&path).expect("written");
    let back = ModelFile::load(&path).expect("read");
    assert_eq!(back, model);
    let bits = |model: &ModelFile| {
        let mut all = model.parameters();
        all.extend([model.training_info.l1, model.training_info.l2]);
        for feature in &model.schema.features {
            if let Encoding::Number { mean, deviation, .. } = feature.encoding {
                all.extend([mean, deviation]);
            }
        }
        all.into_iter().map(f64::to_bits).collect::<Vec<_>>()
    };
    assert_eq!(bits(&back), bits(&model));
}

#[test]
fn awkward_numbers_of_a_schema_come_back() {
    let mut random = thalweg::Random::new(3);
    let mut model = model();
    for _ in 0..2_000 {
        let (mean, deviation) = (f64::from_bits(random.bits()), f64::from_bits(random.bits() >> 1));
        if mean.is_finite() && deviation.is_finite() && deviation > 0.0 {
            model.schema.target = Target::Number { name: "y".into(), mean, deviation };
            let bytes = model.to_bytes(Path::new("m")).expect("sound");
            let Target::Number { mean: m, deviation: d, .. } = load(&bytes).expect("sound").schema.target else {
                panic!("a number");
            };
            assert_eq!((m.to_bits(), d.to_bits()), (mean.to_bits(), deviation.to_bits()));
        }
    }
}

#[test]
fn the_same_model_is_the_same_bytes() {
    let folder = tempfile::tempdir().expect("a folder");
    let paths = ["a", "b"].map(|name| folder.path().join(name));
    for path in &paths {
        model().save(path).expect("written");
    }
    assert_eq!(fs::read(&paths[0]).expect("read"), fs::read(&paths[1]).expect("read"));
    assert_eq!(fs::read_dir(folder.path()).expect("a folder").count(), 2, "nothing else is left behind");
}

#[test]
fn the_file_reads_as_documented() {
    let document = document();
    assert!(
        document.starts_with(r#"{"format":1,"about":{"version":"0.1.0","model":"logistic","method":"adam:lr=0.01","#)
    );
    assert!(document.contains(r#""target":{"label":{"name":"y","negative":"no","positive":"yes"}}"#), "{document}");
    assert!(document.contains(r#"{"name":"job","encoding":{"category":{"levels":["(missing)","a","b \"é\""]}}}"#));
    assert!(document.contains(r#""missing":"indicator""#));
}

#[test]
fn other_files_are_refused() {
    assert_eq!(
        message(load(b"age,job\n1,clerk\n")),
        "m.model: invalid model file: it is not a complete safetensors file: header too large"
    );
    assert_eq!(
        message(load(b"")),
        "m.model: invalid model file: it is not a complete safetensors file: header too small"
    );
    assert_eq!(
        message(load(&file(&[("weights", &[1.0])], None))),
        "m.model: invalid model file: it is a safetensors file without the entry 'thalweg'"
    );
    let text = message(load(&file(&[("weights", &[1.0])], Some("{}"))));
    assert!(text.starts_with("m.model: invalid model file: its description cannot be read: "), "{text}");
    let gone = ModelFile::load(Path::new("/no/such/m.model"));
    assert!(matches!(gone, Err(Error::Io { .. })));
}

#[test]
fn newer_formats_are_refused_as_such() {
    let document = r#"{"format":4,"about":"may be anything by then"}"#;
    assert_eq!(
        message(load(&file(&[("weights", &[1.0])], Some(document)))),
        "m.model: expected a model format of at most 3, found 4, of a newer version of thalweg"
    );
}

#[test]
fn contradictions_are_refused() {
    let document = document();
    let weights = [1.0; 5];
    let refused = |tensors: &[(&str, &[f64])], document: &str| {
        let text = message(load(&file(tensors, Some(document))));
        text.strip_prefix("m.model: invalid model file: ").unwrap_or_else(|| panic!("{text}")).to_string()
    };
    let sound: [(&str, &[f64]); 2] = [("weights", &weights), ("intercept", &[0.0])];
    assert!(load(&file(&sound, Some(&document))).is_ok());
    assert_eq!(refused(&sound[..1], &document), "it has no tensor 'intercept'");
    assert_eq!(refused(&sound[1..], &document), "it has no tensor 'weights'");
    let short: [(&str, &[f64]); 2] = [("weights", &weights[1..]), ("intercept", &[0.0])];
    assert_eq!(refused(&short, &document), "it has 4 weights for 5 coefficients");
    let two: [(&str, &[f64]); 2] = [("weights", &weights), ("intercept", &[0.0, 1.0])];
    assert_eq!(refused(&two, &document), "tensor 'intercept' must hold one number, not 2");
    let infinite: [(&str, &[f64]); 2] = [("weights", &[1.0, f64::NAN, 0.0, 0.0, 0.0]), ("intercept", &[0.0])];
    assert_eq!(refused(&infinite, &document), "the weight of 'age (missing)' is NaN");
    let infinite: [(&str, &[f64]); 2] = [("weights", &weights), ("intercept", &[f64::INFINITY])];
    assert_eq!(refused(&infinite, &document), "its intercept is inf");
    let unsorted = document.replace(r#""(missing)","a""#, r#""a","(missing)""#);
    assert_eq!(refused(&sound, &unsorted), "its description of column 'job' contradicts itself");
    let start = document.find(r#""deviation":"#).expect("a number") + 12;
    let end = start + document[start..].find(',').expect("more follows");
    let flat = format!("{}0.0{}", &document[..start], &document[end..]);
    assert_eq!(refused(&sound, &flat), "its description of column 'age' contradicts itself");
}

#[test]
fn tensors_of_another_type_are_refused() {
    let data = 1.0f32.to_le_bytes().repeat(5);
    let view = TensorView::new(Dtype::F32, vec![5], &data).expect("the right length");
    let metadata = HashMap::from([("thalweg".to_string(), document())]);
    let bytes = safetensors::serialize([("weights", view)], Some(metadata)).expect("a sound file");
    let text = message(load(&bytes));
    assert!(text.ends_with("tensor 'weights' must be one or two axes of f64, not F32 [5]"), "{text}");
}

#[test]
fn cut_files_are_refused_at_every_length() {
    let bytes = bytes();
    for length in 0..bytes.len() {
        assert!(matches!(load(&bytes[..length]), Err(Error::NotModel { .. })), "{length}");
    }
    let longer = [bytes, vec![0]].concat();
    assert!(matches!(load(&longer), Err(Error::NotModel { .. })));
}

#[test]
fn garbled_files_never_panic() {
    let bytes = bytes();
    let mut random = thalweg::Random::new(8);
    for at in 0..bytes.len() {
        for flip in [0x01, 0x80, 1 << random.below(8)] {
            let mut garbled = bytes.clone();
            garbled[at] ^= flip;
            drop(load(&garbled));
        }
    }
    for _ in 0..2_000 {
        let noise: Vec<u8> = (0..random.below(64)).map(|_| random.bits() as u8).collect();
        assert!(load(&noise).is_err());
    }
}

#[test]
fn a_diverged_model_is_not_saved() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("m.model");
    let mut model = model();
    model.tensors[0].values[0] = f64::NAN;
    assert!(message(model.save(&path)).ends_with("the weight of 'age' is NaN"));
    model.tensors[0].values.clear();
    assert!(message(model.save(&path)).ends_with("it has 0 weights for 5 coefficients"));
    assert!(!path.exists());
}

#[test]
fn a_bad_place_is_refused_at_once() {
    let folder = tempfile::tempdir().expect("a folder");
    let folder = folder.path();
    let refused = |path: &Path| {
        let text = message(Destination::open(path));
        text.strip_prefix(&format!("{}: cannot write the file: ", path.display())).expect(&text).to_string()
    };
    assert_eq!(refused(folder), "it is a folder");
    let gone = folder.join("gone");
    assert_eq!(refused(&gone.join("m.model")), format!("the folder '{}' does not exist", gone.display()));
    let file = folder.join("file");
    fs::write(&file, "old").expect("written");
    assert_eq!(refused(&file.join("m.model")), format!("'{}' is not a folder", file.display()));
    let mut permissions = fs::metadata(&file).expect("there").permissions();
    permissions.set_readonly(true);
    fs::set_permissions(&file, permissions).expect("set");
    assert_eq!(refused(&file), "it is read-only");
    assert_eq!(refused(Path::new("")), "the path has no file name");
    assert!(!Destination::open(folder).expect_err("a folder").is_bad_data());
    // A look at a good place leaves nothing there, and neither makes nor empties the file.
    Destination::open(&folder.join("new.model")).expect("a good place");
    assert_eq!(fs::read_dir(folder).expect("a folder").count(), 1);
}

#[test]
fn a_file_is_replaced_whole() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("m.model");
    fs::write(&path, "old and longer than the new").expect("written");
    let place = Destination::open(&path).expect("a good place");
    assert_eq!(fs::read(&path).expect("read"), b"old and longer than the new");
    place.write(b"new").expect("written");
    place.write(b"newer").expect("written again");
    assert_eq!(fs::read(&path).expect("read"), b"newer");
    assert_eq!(fs::read_dir(folder.path()).expect("a folder").count(), 1);
}

#[cfg(unix)]
#[test]
fn links_and_special_files_stay_what_they_are() {
    use std::os::unix::fs::{FileTypeExt, PermissionsExt, symlink};
    use std::os::unix::net::UnixListener;
    let folder = tempfile::tempdir().expect("a folder");
    let (file, link) = (folder.path().join("file"), folder.path().join("link"));
    fs::write(&file, "old").expect("written");
    symlink(&file, &link).expect("a link");
    Destination::open(&link).expect("a good place").write(b"new").expect("written");
    assert!(fs::symlink_metadata(&link).expect("there").is_symlink());
    assert_eq!(fs::read(&file).expect("read"), b"new");
    // As open as an ordinary file, not private as a temporary one.
    let plain = folder.path().join("plain");
    fs::write(&plain, "x").expect("written");
    let mode = |path: &Path| fs::metadata(path).expect("there").permissions().mode();
    assert_eq!(mode(&file), mode(&plain));
    // A socket stands for every device: one of our own, since a fault here would replace the system's.
    let socket = folder.path().join("socket");
    let _listener = UnixListener::bind(&socket).expect("a socket");
    assert!(Destination::open(&socket).expect("not a folder").write(b"x").is_err());
    assert!(fs::metadata(&socket).expect("there").file_type().is_socket());
}

#[test]
fn a_schema_says_how_to_read_the_next_file() {
    let ModelFile { schema, .. } = model();
    let options = schema.read_options();
    assert_eq!(options.header, thalweg_learn::HeaderRow::Present);
    let absent = Schema { header: false, ..schema };
    assert_eq!(absent.read_options().header, thalweg_learn::HeaderRow::Absent);
}
