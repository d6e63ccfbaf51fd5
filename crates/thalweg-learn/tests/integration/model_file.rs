//! Model files: exact round trips, reproducible bytes, and errors for invalid files.

use std::collections::HashMap;
use std::fs;
use std::path::Path;

use crate::common::{message, schema, table};
use safetensors::tensor::TensorView;
use safetensors::{Dtype, SafeTensors};
use thalweg_learn::data::{Encoding, Schema, Target};
use thalweg_learn::model::{ModelKind, NamedTensor, TrainingInfo};
use thalweg_learn::{Error, ModelFile};

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
        sync_every: None,
        workers: None,
        rows: 4,
        epochs: 10,
        steps: 40,
        seed: u64::MAX,
        l1: 1e-310,
        l2: 0.1 + 0.7,
        factor_l2: 0.0,
    };
    let tensor = |name: &str, values: Vec<f64>| NamedTensor { name: name.into(), shape: vec![values.len()], values };
    ModelFile { schema, tensors: vec![tensor("weights", weights), tensor("intercept", vec![-0.3])], training_info }
}

fn bytes() -> Vec<u8> {
    model().to_bytes(Path::new("m.model")).expect("the model is valid")
}

fn load(bytes: &[u8]) -> thalweg_learn::Result<ModelFile> {
    ModelFile::from_bytes(Path::new("m.model"), bytes)
}

/// Builds a safetensors file.
fn file(tensors: &[(&str, &[f64])], document: Option<&str>) -> Vec<u8> {
    let data: Vec<Vec<u8>> =
        tensors.iter().map(|(_, numbers)| numbers.iter().flat_map(|x| x.to_le_bytes()).collect()).collect();
    let views = tensors.iter().zip(&data).map(|((name, numbers), bytes)| {
        (*name, TensorView::new(Dtype::F64, vec![numbers.len()], bytes).expect("the tensor has the right length"))
    });
    let metadata = document.map(|text| HashMap::from([("thalweg".to_string(), text.to_string())]));
    safetensors::serialize(views, metadata).expect("the file is valid")
}

/// Returns the description in the file of [`model`] without the checksum, as earlier versions wrote it.
fn document() -> String {
    let document = checked_document();
    let (open, _) = document.split_once(",\"checksum\":").expect("the description has a checksum");
    format!("{open}}}")
}

/// Returns the description in the file of [`model`].
fn checked_document() -> String {
    let bytes = bytes();
    let (_, metadata) = SafeTensors::read_metadata(&bytes).expect("the file is valid");
    let entries = metadata.metadata().clone().expect("the file has metadata");
    assert_eq!(entries.len(), 1);
    entries["thalweg"].clone()
}

#[test]
fn a_model_comes_back_bit_for_bit() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let path = folder.path().join("m.model");
    let model = model();
    model.save(&path).expect("the file is written");
    let back = ModelFile::load(&path).expect("the file is read");
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
fn any_finite_numbers_of_a_schema_come_back() {
    let mut random = thalweg::random::Random::new(3);
    let mut model = model();
    for _ in 0..2_000 {
        let (mean, deviation) = (f64::from_bits(random.bits()), f64::from_bits(random.bits() >> 1));
        if mean.is_finite() && deviation.is_finite() && deviation > 0.0 {
            model.schema.target = Target::Number { name: "y".into(), mean, deviation, residual_scale: None };
            let bytes = model.to_bytes(Path::new("m")).expect("the model is valid");
            let Target::Number { mean: m, deviation: d, .. } = load(&bytes).expect("the model is valid").schema.target
            else {
                panic!("a number");
            };
            assert_eq!((m.to_bits(), d.to_bits()), (mean.to_bits(), deviation.to_bits()));
        }
    }
}

#[test]
fn the_same_model_is_the_same_bytes() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let paths = ["a", "b"].map(|name| folder.path().join(name));
    for path in &paths {
        model().save(path).expect("the file is written");
    }
    assert_eq!(fs::read(&paths[0]).expect("the file is read"), fs::read(&paths[1]).expect("the file is read"));
    assert_eq!(fs::read_dir(folder.path()).expect("a temporary folder").count(), 2, "nothing else is left behind");
}

#[test]
fn the_description_has_the_documented_form() {
    let document = checked_document();
    assert!(
        document.starts_with(r#"{"format":1,"about":{"version":"0.1.0","model":"logistic","method":"adam:lr=0.01","#)
    );
    assert!(document.contains(r#""target":{"label":{"name":"y","negative":"no","positive":"yes"}}"#), "{document}");
    assert!(document.contains(r#"{"name":"job","encoding":{"category":{"levels":["(missing)","a","b \"é\""]}}}"#));
    assert!(document.contains(r#""missing":"indicator""#));
    assert!(document.ends_with(r#","checksum":"7fe96697"}"#), "{document}");
}

#[test]
fn a_flipped_bit_is_refused_or_changes_nothing() {
    let bytes = bytes();
    let (header, _) = SafeTensors::read_metadata(&bytes).expect("the file is valid");
    let mut harmless = 0;
    for at in 0..bytes.len() {
        for bit in 0..8 {
            let mut flipped = bytes.clone();
            flipped[at] ^= 1 << bit;
            match load(&flipped) {
                Ok(model) => {
                    assert!(model.to_bytes(Path::new("m")).is_ok_and(|same| same == bytes), "bit {bit} of byte {at}");
                    harmless += 1;
                }
                Err(error) if at >= 8 + header => {
                    let text = error.to_string();
                    assert!(text.starts_with("m.model: invalid model file: damaged: expected checksum "), "{text}");
                }
                Err(_) => {}
            }
        }
    }
    // None is in the numbers.
    assert!(harmless < 10, "{harmless}");
}

#[test]
fn models_of_earlier_versions_without_a_checksum_are_read() {
    for name in ["linear", "classes", "fm", "mlp"] {
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("tests/corpus/model/{name}.model"));
        let stored = fs::read(&path).expect("the file is stored");
        assert!(!stored.windows(8).any(|bytes| bytes == b"checksum"), "{name}");
        let model = ModelFile::from_bytes(&path, &stored).unwrap_or_else(|error| panic!("{error}"));
        let checked = model.to_bytes(&path).expect("the model is valid");
        assert_eq!(ModelFile::from_bytes(&path, &checked).expect("the model is valid"), model);
    }
}

#[test]
fn a_damaged_checksum_is_refused() {
    let numbers: Vec<&[f64]> = vec![&[0.1 + 0.2, -0.0, 5e-324, -f64::MAX, 1.0 / 3.0], &[-0.3]];
    let tensors: [(&str, &[f64]); 2] = [("weights", numbers[0]), ("intercept", numbers[1])];
    let document = checked_document();
    assert_eq!(load(&file(&tensors, Some(&document))).expect("the model is the same"), model());
    for changed in [document.replace("checksum", "checksun"), document.replace("\"checksum", "\"also\":0,\"checksum")] {
        let text = message(load(&file(&tensors, Some(&changed))));
        assert!(text.starts_with("m.model: invalid model file: damaged: expected "), "{text}");
    }
}

#[test]
fn files_that_are_not_models_are_refused() {
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
fn newer_formats_are_refused_by_their_number() {
    let document = r#"{"format":5,"about":"may be anything by then"}"#;
    assert_eq!(
        message(load(&file(&[("weights", &[1.0])], Some(document)))),
        "m.model: expected a model format of at most 4, found 5, of a newer version of thalweg"
    );
}

#[test]
fn inconsistent_models_are_refused() {
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
    let start = document.find(r#""deviation":"#).expect("the description has a number") + 12;
    let end = start + document[start..].find(',').expect("the number is not the last entry");
    let flat = format!("{}0.0{}", &document[..start], &document[end..]);
    assert_eq!(refused(&sound, &flat), "its description of column 'age' contradicts itself");
}

#[test]
fn tensors_of_another_type_are_refused() {
    let data = 1.0f32.to_le_bytes().repeat(5);
    let view = TensorView::new(Dtype::F32, vec![5], &data).expect("the tensor has the right length");
    let metadata = HashMap::from([("thalweg".to_string(), document())]);
    let bytes = safetensors::serialize([("weights", view)], Some(metadata)).expect("the file is valid");
    let text = message(load(&bytes));
    assert!(text.ends_with("tensor 'weights' must be one or two axes of f64, not F32 [5]"), "{text}");
}

#[test]
fn truncated_files_are_refused_at_every_length() {
    let bytes = bytes();
    for length in 0..bytes.len() {
        assert!(matches!(load(&bytes[..length]), Err(Error::NotModel { .. })), "{length}");
    }
    assert!(matches!(load(&[bytes, vec![0]].concat()), Err(Error::NotModel { .. })));
}

#[test]
fn corrupted_files_never_panic() {
    let bytes = bytes();
    let mut random = thalweg::random::Random::new(8);
    for at in 0..bytes.len() {
        for flip in [0x01, 0x80, 1 << random.below(8)] {
            let mut corrupted = bytes.clone();
            corrupted[at] ^= flip;
            drop(load(&corrupted));
        }
    }
    for _ in 0..2_000 {
        let noise: Vec<u8> = (0..random.below(64)).map(|_| random.bits() as u8).collect();
        assert!(load(&noise).is_err());
    }
}

#[test]
fn a_diverged_model_is_not_saved() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let path = folder.path().join("m.model");
    let mut model = model();
    model.tensors[0].values[0] = f64::NAN;
    assert!(message(model.save(&path)).ends_with("the weight of 'age' is NaN"));
    model.tensors[0].values.clear();
    assert!(message(model.save(&path)).ends_with("it has 0 weights for 5 coefficients"));
    assert!(!path.exists());
}

#[test]
fn a_schema_says_how_to_read_the_next_file() {
    let ModelFile { schema, .. } = model();
    let options = schema.read_options();
    assert_eq!(options.header, thalweg_learn::data::HeaderRow::Present);
    let absent = Schema { header: false, ..schema };
    assert_eq!(absent.read_options().header, thalweg_learn::data::HeaderRow::Absent);
}
