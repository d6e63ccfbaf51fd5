//! Columns of numbers in which texts are missing values.

use std::path::Path;

use crate::common::{message, names, table};
use thalweg_learn::data::{CellValue, ColumnValues, OnError};
use thalweg_learn::{Callbacks, ColumnOptions, FitConfig, FitReport, ModelFile, Predictor, Table, Validation, predict};

/// A table whose cells in the rows 3, 14, 25, … are those of `text`.
fn cylinders(rows: usize, text: &str) -> String {
    let cell = |row: usize| if row % 11 == 3 { text.to_string() } else { (3 + row * 7 % 5).to_string() };
    let line = |row: usize| format!("{},{},{}\n", cell(row), row % 13, (row * 5 % 17) as f64 / 2.0);
    format!("cylinders,x,y\n{}", (0..rows).map(line).collect::<String>())
}

fn config() -> FitConfig {
    let column_options = ColumnOptions { text_as_missing: names(&["cylinders"]), ..ColumnOptions::default() };
    FitConfig { column_options, validation: Validation::None, epochs: Some(10), ..FitConfig::new("y") }
}

fn fit(config: &FitConfig, text: &str) -> (FitReport, ModelFile) {
    config.run(&table(text), Callbacks::new()).unwrap_or_else(|error| panic!("{error}"))
}

#[test]
fn texts_are_as_cells_without_a_value() {
    let (report, model) = fit(&config(), &cylinders(110, "rotary"));
    let (expected_report, expected) = fit(&config(), &cylinders(110, ""));
    assert_eq!(report.text_as_missing.into_iter().collect::<Vec<_>>(), [("cylinders".to_string(), 10)]);
    assert!(expected_report.text_as_missing.is_empty());
    assert_eq!((&model.schema, &model.tensors), (&expected.schema, &expected.tensors));
    let (_, without) = fit(&FitConfig { column_options: ColumnOptions::default(), ..config() }, &cylinders(110, ""));
    assert_eq!((&model.schema.features, &model.tensors), (&without.schema.features, &without.tensors));
    // The model knows it when it predicts: a file, columns and rows in memory.
    let new = "cylinders,x\nV8,3\n,3\n5,3\n1_000,3\n";
    let predicted = predict(&model, &table(new)).expect("texts are missing values");
    assert_eq!(predicted.rows.text_as_missing.into_iter().collect::<Vec<_>>(), [("cylinders".to_string(), 2)]);
    let values = predicted.values;
    assert!(values[0] == values[1] && values[3] == values[1] && values[2] != values[1], "{values:?}");
    let (cells, x) = (["V8", "", "5", "1_000"], [3.0; 4]);
    let columns = [("cylinders", ColumnValues::from(&cells)), ("x", ColumnValues::from(&x))];
    let in_memory = Table::from_columns(columns).expect("the columns match");
    assert_eq!(predict(&model, &in_memory).expect("texts are missing values").values, values);
    let bytes = model.to_bytes(Path::new("m")).expect("the model can be written");
    let again = ModelFile::from_bytes(Path::new("m"), &bytes).expect("the model is valid");
    let predictor = Predictor::new(&again).expect("the model is valid");
    for (cell, value) in cells.iter().zip(&values) {
        let row: [CellValue<'_>; 2] = [(*cell).into(), 3.0.into()];
        assert_eq!(predictor.predict_cells(&row).expect("texts are missing values"), *value);
    }
}

#[test]
fn rows_with_texts_are_neither_refused_nor_skipped() {
    let options = ColumnOptions::default();
    let refused = message(FitConfig { column_options: options, ..config() }.prepare(&table(&cylinders(110, "rotary"))));
    assert!(refused.contains("found 'rotary' (10 of 110 values are not numbers)"), "{refused}");
    let mut skipping = config();
    skipping.column_options.on_error = OnError::Skip;
    let (report, _) = fit(&skipping, &cylinders(110, "rotary"));
    assert_eq!((report.rows, report.skipped_rows.rows), (110, 0));
    let folder = tempfile::tempdir().expect("the folder is created");
    let path = folder.path().join("cars.csv");
    std::fs::write(&path, cylinders(1100, "rotary")).expect("the file is written");
    let streamed = FitConfig { sample_rows: Some(100), validation: Validation::Fraction(0.2), ..config() };
    let (report, _) = streamed.run(path.as_path(), Callbacks::new()).unwrap_or_else(|error| panic!("{error}"));
    assert_eq!((report.rows, report.text_as_missing["cylinders"]), (1100, 100));
    // An infinite number is no text.
    let infinite = cylinders(110, "rotary").replacen("rotary", "inf", 1);
    let refused = message(config().prepare(&table(&infinite)));
    assert!(refused.contains("column 'cylinders': expected a finite number") && refused.contains("'inf'"), "{refused}");
}

#[test]
fn a_column_is_of_numbers_or_of_texts() {
    let error = |change: &dyn Fn(&mut ColumnOptions)| {
        let mut config = config();
        change(&mut config.column_options);
        message(config.prepare(&table(&cylinders(60, "rotary"))))
    };
    let expected = "text_as_missing must be of columns of numbers, but is 'cylinders'";
    assert_eq!(error(&|options| options.categorical = names(&["cylinders"])), expected);
    assert_eq!(error(&|options| options.text = names(&["cylinders"])), expected);
    assert_eq!(
        error(&|options| options.text_as_missing = names(&["y"])),
        "text_as_missing: expected columns to predict from, found the target 'y'"
    );
    assert!(error(&|options| options.text_as_missing = names(&["cylinder"])).contains("did you mean 'cylinders'?"));
}
