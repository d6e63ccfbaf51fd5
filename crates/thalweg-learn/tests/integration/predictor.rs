//! Predictions for rows in memory, compared with those for the same rows of a file.

use std::path::Path;

use thalweg::random::Random;
use thalweg_learn::data::{CellValue, Encoding};
use thalweg_learn::model::Architecture;
use thalweg_learn::{
    Callbacks, ColumnOptions, ErrorKind, FitConfig, ModelFile, Prediction, Predictor, ReadOptions, Table, predict,
};

const HEADER: &str = "a,b,colour,size,day,y";

/// Returns the cells of a row, without the target, as they are written in the file.
fn cells(i: usize, random: &mut Random) -> [String; 5] {
    let number = |random: &mut Random| format!("{:.4}", random.normal() * 3.0 + 1.0);
    let a = if i % 11 == 3 { String::new() } else { number(random) };
    let colour = ["red", "green", "blue", "NA", " grey "][random.bits() as usize % 5];
    let size = ["1", "2", "07"][random.bits() as usize % 3];
    let day = format!("2024-{:02}-1{}", 1 + i % 12, i / 12 % 10);
    [a, number(random), colour.into(), size.into(), day]
}

fn fit(target: &str, architecture: &str, columns: &ColumnOptions) -> ModelFile {
    let mut random = Random::new(3);
    let mut text = format!("{HEADER}\n");
    for i in 0..200 {
        let row = cells(i, &mut random);
        let (a, b) = (row[0].parse().unwrap_or(0.0), row[1].parse().unwrap_or(0.0));
        let z: f64 = 0.5 * a - b + random.normal();
        let y = match target {
            "number" => format!("{z:.3}"),
            "label" => (if z > 0.0 { "yes" } else { "no" }).into(),
            _ => ["low", "middle", "high"][usize::from(z > -2.0) + usize::from(z > 1.0)].into(),
        };
        text += &format!("{},{y}\n", row.join(","));
    }
    let folder = tempfile::tempdir().expect("the folder is created");
    let path = folder.path().join("table.csv");
    std::fs::write(&path, text).expect("the file is written");
    let architecture: Architecture = architecture.parse().expect("an architecture");
    let fit = FitConfig { architecture, column_options: columns.clone(), epochs: Some(5), ..FitConfig::new("y") };
    fit.run(&path, Callbacks::new()).unwrap_or_else(|error| panic!("{error}")).1
}

fn options(interactions: &[&str]) -> ColumnOptions {
    ColumnOptions {
        categorical: vec!["size".into(), "day".into()],
        interactions: interactions.iter().map(|spec| spec.parse().expect("an interaction")).collect(),
        ..ColumnOptions::default()
    }
}

/// Asserts that rows in memory are predicted as those of a file.
fn assert_predicts_as_file(model: &ModelFile) {
    let mut random = Random::new(9);
    let mut rows: Vec<[String; 5]> = (0..40).map(|i| cells(i, &mut random)).collect();
    rows.push(["-0", "1e3", "mauve", "7", "2030-01-01"].map(String::from));
    rows.push(["NaN", "0.1", "", "1.0", "?"].map(String::from));
    let lines = rows.iter().map(|row| format!("{}\n", row.join(","))).collect::<String>();
    let text = format!("a,b,colour,size,day\n{lines}");
    let table = Table::parse(Path::new("new.csv"), text.into_bytes(), &model.schema.read_options()).expect("a table");
    let expected = predict(model, &table).expect("predictions").values;

    let predictor = Predictor::new(model).expect("a predictor");
    let columns = ["a", "b", "colour", "size", "day"];
    let mut buffer = predictor.buffer();
    for (row, expected) in rows.iter().zip(&expected) {
        let named: Vec<(&str, CellValue<'_>)> =
            columns.into_iter().zip(row.iter().map(|text| text.as_str().into())).collect();
        assert_eq!(&predictor.predict_named(&named).expect("a prediction"), expected, "{row:?}");
        let ordered: Vec<CellValue<'_>> = predictor
            .columns()
            .iter()
            .map(|name| named.iter().find(|cell| cell.0 == name).expect("a column of the file").1)
            .collect();
        assert_eq!(&predictor.predict_cells(&ordered).expect("a prediction"), expected);
        predictor.predict_cells_into(&ordered, &mut buffer).expect("a prediction");
        match expected {
            Prediction::Number(value) => assert_eq!(buffer.values(), [*value]),
            Prediction::Label { probability, label } => {
                assert_eq!(Some(buffer.values()[0]), *probability);
                assert_eq!(&predictor.labels()[buffer.class().expect("a label")], label);
            }
            Prediction::Class { probabilities, label } => {
                assert_eq!(buffer.values(), probabilities);
                assert_eq!(&predictor.labels()[buffer.class().expect("a class")], label);
            }
        }
    }
}

#[test]
fn rows_in_memory_are_predicted_as_those_of_a_file() {
    for target in ["number", "label", "classes"] {
        for architecture in ["linear", "mlp:8,5", "fm:rank=3"] {
            if target == "classes" && architecture.starts_with("fm") {
                continue;
            }
            let model = fit(target, architecture, &options(&["a*b", "a*colour", "colour*size"]));
            let categories = |encoding: &Encoding| matches!(encoding, Encoding::Category { .. });
            assert!(model.schema.features.iter().any(|feature| categories(&feature.encoding)));
            assert_eq!(model.schema.interactions.len(), 3);
            assert_predicts_as_file(&model);
        }
    }
}

#[test]
fn hashed_levels_are_predicted_as_those_of_a_file() {
    let columns = ColumnOptions { hash_bits: 4, ..options(&["a*colour"]) };
    let model = fit("label", "linear", &columns);
    assert!(model.schema.hash_bits > 0);
    assert_predicts_as_file(&model);
}

#[test]
fn numbers_are_predicted_as_their_texts() {
    let columns = ColumnOptions { ignore: vec!["colour".into(), "day".into()], ..options(&[]) };
    let columns = ColumnOptions { categorical: vec!["size".into()], ..columns };
    let predictor = Predictor::new(&fit("number", "linear", &columns)).expect("a predictor");
    let numbers = [1.5, -0.25, 2.0, f64::NAN, 3.0, 1.0];
    let many = predictor.predict_rows(&numbers).expect("predictions");
    for (row, expected) in numbers.chunks(3).zip(many) {
        let texts: Vec<String> = row.iter().map(ToString::to_string).collect();
        let cells: Vec<CellValue<'_>> = texts.iter().map(|text| text.as_str().into()).collect();
        assert_eq!(predictor.predict_numbers(row).expect("a prediction"), expected);
        assert_eq!(predictor.predict_cells(&cells).expect("a prediction"), expected);
    }
}

/// Returns a model of 5 features by number, and the table that it was trained on, with an unseen feature.
fn indexed_model(architecture: &str) -> (ModelFile, Table<'static>) {
    let mut random = Random::new(4);
    let lines: String = (0..60)
        .map(|i| {
            let (first, second) = (1 + i % 2, 3 + i % 3);
            format!("{} {first}:{:.3} {second}:{:.3}\n", i % 3 % 2, random.normal(), random.normal())
        })
        .collect();
    let read = |text: String| {
        Table::parse(Path::new("rows.svm"), text.into_bytes(), &ReadOptions::default()).expect("a table of features")
    };
    let architecture: Architecture = architecture.parse().expect("an architecture");
    let table = read(lines.clone());
    let fit = FitConfig { architecture, epochs: Some(5), ..FitConfig::new(&*table.names()[0]) };
    let model = fit.run(&table, Callbacks::new()).expect("a model").1;
    (model, read(format!("{lines}1 1:0.5 4:-2 9:3\n")))
}

#[test]
fn features_by_number_are_predicted_as_those_of_a_file() {
    for architecture in ["linear", "fm:rank=2", "mlp:4"] {
        let (model, table) = indexed_model(architecture);
        let expected = predict(&model, &table).expect("predictions").values;
        let predictor = Predictor::new(&model).expect("a predictor");
        assert_eq!(predictor.columns(), ["1", "2", "3", "4", "5"]);
        let last = expected.last().expect("a row");
        assert_eq!(&predictor.predict_indexed(&[1, 4, 9], &[0.5, -2.0, 3.0]).expect("a prediction"), last);
        assert_eq!(&predictor.predict_numbers(&[0.5, 0.0, 0.0, -2.0, 0.0]).expect("a prediction"), last);
        let mut buffer = predictor.buffer();
        predictor.predict_indexed_into(&[1, 4, 9], &[0.5, -2.0, 3.0], &mut buffer).expect("a prediction");
        assert_eq!(buffer.unseen_levels(), 1);
    }
}

#[test]
fn invalid_features_by_number_are_rejected() {
    let predictor = Predictor::new(&indexed_model("linear").0).expect("a predictor");
    for (indices, values, message) in [
        (&[1, 2][..], &[1.0][..], "values: expected 2 numbers, one for each index, found 1"),
        (&[2, 2], &[1.0, 1.0], "indices: expected an index of more than 2 after it, found 2"),
        (&[3], &[f64::INFINITY], "values: expected a finite number that fits in 32 bits at index 3, found inf"),
    ] {
        let error = predictor.predict_indexed(indices, values).expect_err(message);
        assert_eq!(error.kind(), ErrorKind::Array);
        assert_eq!(error.to_string(), message);
    }
    let named = Predictor::new(&fit("number", "linear", &options(&[]))).expect("a predictor");
    let error = named.predict_indexed(&[1], &[1.0]).expect_err("the model has names");
    assert_eq!(error.to_string(), "missing column 'a', which the model needs");
}

#[test]
fn threads_share_a_predictor() {
    let predictor = Predictor::new(&fit("label", "linear", &options(&["a*b"]))).expect("a predictor");
    let row = [1.0.into(), 2.0.into(), "red".into(), "1".into(), CellValue::Missing];
    let expected = predictor.predict_cells(&row).expect("a prediction");
    std::thread::scope(|scope| {
        for _ in 0..4 {
            scope.spawn(|| {
                for _ in 0..200 {
                    assert_eq!(predictor.predict_cells(&row).as_ref().ok(), Some(&expected));
                }
            });
        }
    });
}

#[test]
fn invalid_rows_have_the_errors_of_files() {
    let columns = ColumnOptions { ignore: vec!["day".into()], ..options(&[]) };
    let columns = ColumnOptions { categorical: vec!["size".into()], ..columns };
    let predictor = Predictor::new(&fit("number", "linear", &columns)).expect("a predictor");
    let text = predictor.predict_cells(&[1.0.into(), "much".into(), "red".into(), 1.0.into()]).expect_err("a text");
    assert_eq!(text.to_string(), "row 1, column 2: column 'b': expected a number, found 'much'");
    assert_eq!((text.kind(), text.column(), text.path()), (ErrorKind::Cell, Some("b"), None));
    assert_eq!((text.found().as_deref(), text.expected().as_deref()), (Some("much"), Some("a number")));
    let infinite = predictor.predict_numbers(&[f64::INFINITY, 0.0, 0.0, 0.0]).expect_err("an infinity");
    assert_eq!((infinite.kind(), infinite.found().as_deref()), (ErrorKind::Cell, Some("inf")));
    let few = predictor.predict_numbers(&[0.0; 3]).expect_err("too few numbers");
    assert_eq!(few.to_string(), "row 1, column 4: expected 4 fields as in the model, found 3");
    let missing = predictor.predict_named(&[("a", 1.0.into()), ("bb", 1.0.into())]).expect_err("a missing column");
    assert_eq!((missing.kind(), missing.column()), (ErrorKind::MissingColumn, Some("b")));
    assert!(predictor.predict_rows(&[0.0; 6]).is_err());
    // An error leaves no trace.
    assert!(predictor.predict_numbers(&[0.0; 4]).is_ok());
}
