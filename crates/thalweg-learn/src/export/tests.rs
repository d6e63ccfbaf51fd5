//! Structure of exported models, decoded.

use std::collections::HashSet;

use prost::Message;

use super::onnx_format::{ElementType, ModelProto, Size, ValueInfo};
use super::{ExportError, to_onnx};
use crate::model::{Architecture, Loss, ModelFile};
use crate::{Callbacks, FitConfig, ReadOptions, Table};

/// Fits a model to a table with missing values, levels and the target `y` of a kind.
fn fit(target: fn(usize) -> String, change: impl FnOnce(&mut FitConfig)) -> ModelFile {
    let row = |i: usize| {
        let x = if i % 9 == 4 { String::new() } else { format!("{}", (i * 7) % 23) };
        format!("{x},{},{},{}\n", (i * 5) % 17, ["red", "green", "blue"][i % 3], target(i))
    };
    let text = format!("x,label,colour,y\n{}", (0..120).map(row).collect::<String>());
    let options = ReadOptions { missing_tokens: vec!["-999".into()], ..ReadOptions::default() };
    let table = Table::parse(std::path::Path::new("t.csv"), text.into_bytes(), &options).expect("the text is a table");
    let mut config = FitConfig { epochs: Some(3), ..FitConfig::new("y") };
    change(&mut config);
    config.run(&table, Callbacks::new()).expect("the model is fitted").1
}

fn number(i: usize) -> String {
    format!("{}", (i * 13) % 31)
}

fn class(i: usize) -> String {
    ["a", "b", "c"][(i * 7) % 11 % 3].to_owned()
}

/// Decodes a model, of which every value is computed before it is read, and computed once.
fn decode(model: &ModelFile) -> ModelProto {
    let bytes = to_onnx(model).expect("the model is exported");
    assert_eq!(bytes, to_onnx(model).expect("the model is exported"), "the same model gives the same bytes");
    let decoded = ModelProto::decode(&bytes[..]).expect("the file is a message");
    let graph = decoded.graph.as_ref().expect("there is a graph");
    let given = graph.input.iter().map(|input| &input.name).chain(graph.initializer.iter().map(|one| &one.name));
    let mut known: HashSet<&String> = HashSet::new();
    for name in given {
        assert!(known.insert(name), "'{name}' is given twice");
    }
    for node in &graph.node {
        assert!(node.input.iter().all(|name| known.contains(name)), "{node:?} reads what comes later");
        assert!(node.output.iter().all(|name| known.insert(name)), "{node:?} writes what exists");
    }
    assert!(graph.output.iter().all(|output| known.contains(&output.name)));
    for tensor in &graph.initializer {
        let numbers: i64 = tensor.dims.iter().product();
        assert_eq!(tensor.raw_data.len() as i64, 8 * numbers, "'{}'", tensor.name);
    }
    decoded
}

/// Returns name, element type and number of columns.
fn signature(value: &ValueInfo) -> (&str, ElementType, Option<i64>) {
    let tensor = value.value_type.as_ref().and_then(|one| one.tensor.as_ref()).expect("a tensor");
    let dimensions = &tensor.shape.as_ref().expect("a shape").dimensions;
    assert_eq!(dimensions[0].size, Some(Size::Any("rows".into())));
    let columns = dimensions.get(1).map(|dimension| match dimension.size {
        Some(Size::Fixed(columns)) => columns,
        _ => panic!("a number of columns"),
    });
    (&value.name, tensor.element(), columns)
}

fn signatures(values: &[ValueInfo]) -> Vec<(&str, ElementType, Option<i64>)> {
    values.iter().map(signature).collect()
}

#[test]
fn columns_are_inputs_and_predictions_are_outputs() {
    let decoded = decode(&fit(number, |_| {}));
    assert_eq!((decoded.ir_version, decoded.producer_name.as_str()), (8, "thalweg"));
    let versions: Vec<_> = decoded.opset_import.iter().map(|one| (one.domain.as_str(), one.version)).collect();
    assert_eq!(versions, [("", 17), ("ai.onnx.ml", 2)]);
    let graph = decoded.graph.expect("there is a graph");
    assert_eq!(
        signatures(&graph.input),
        [
            ("x", ElementType::Double, Some(1)),
            ("label", ElementType::Double, Some(1)),
            ("colour", ElementType::String, Some(1))
        ]
    );
    assert_eq!(signatures(&graph.output), [("prediction", ElementType::Double, Some(1))]);
    // NaN and -999 are missing.
    let count = |operator: &str| graph.node.iter().filter(|node| node.op_type == operator).count();
    assert_eq!((count("IsNaN"), count("Equal"), count("LabelEncoder")), (1, 1, 1));
    let levels = graph.node.iter().find(|node| node.op_type == "LabelEncoder").expect("levels are looked up");
    let of = |name: &str| levels.attribute.iter().find(|one| one.name == name).expect(name);
    let position = |level: &str| {
        let keys = &of("keys_strings").strings;
        of("values_int64s").ints[keys.iter().position(|key| key == level.as_bytes()).expect(level)]
    };
    let positions = ["blue", "green", "red", "", "NA", "-999"].map(position);
    assert_eq!((positions, of("default_int64").i), ([0, 1, 2, 3, 3, 3], 3));
}

#[test]
fn an_output_does_not_take_the_name_of_a_column() {
    let graph = decode(&fit(class, |_| {})).graph.expect("there is a graph");
    assert_eq!(
        signatures(&graph.output),
        [("label_", ElementType::String, None), ("probabilities", ElementType::Double, Some(3))]
    );
}

#[test]
fn every_architecture_is_exported_whole() {
    let architectures = ["linear", "fm:rank=2", "mlp:5,4", "mlp:3,activation=tanh"];
    for architecture in architectures.map(|text| text.parse::<Architecture>().expect("a name")) {
        let model = fit(number, |config| {
            config.architecture = architecture.clone();
            config.column_options.interactions =
                ["x*label", "x*colour"].map(|text| text.parse().expect("a name")).into();
        });
        let graph = decode(&model).graph.expect("there is a graph");
        // Every parameter is stored; of factors, the squares as well, and the last row of a table of levels is 0.
        let stored: HashSet<[u8; 8]> =
            graph.initializer.iter().flat_map(|one| one.raw_data.as_chunks().0.iter().copied()).collect();
        let parameters = model.parameters();
        assert!(parameters.len() > 5 && parameters.iter().all(|value| stored.contains(&value.to_le_bytes())));
    }
}

#[test]
fn losses_without_probabilities_have_a_score() {
    let label = |i: usize| ["no", "yes"][(i * 7) % 11 % 2].to_owned();
    let hinge = decode(&fit(label, |config| config.loss = Some(Loss::Hinge))).graph.expect("there is a graph");
    assert_eq!(signatures(&hinge.output)[1], ("score", ElementType::Double, Some(1)));
    let logistic = decode(&fit(label, |_| {})).graph.expect("there is a graph");
    assert_eq!(signatures(&logistic.output)[1], ("probabilities", ElementType::Double, Some(2)));
}

#[test]
fn a_hashed_column_is_named_in_the_error() {
    let model = fit(number, |config| config.column_options.text = vec!["colour".into()]);
    let error = to_onnx(&model).expect_err("words are hashed");
    assert!(matches!(&error, ExportError::Feature { feature, .. } if feature == "colour"));
    assert_eq!(error.to_string(), "'colour' cannot be exported: its words are hashed, for which ONNX has no operator");
}
