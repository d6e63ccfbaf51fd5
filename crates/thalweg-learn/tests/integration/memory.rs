//! The same rows from memory and from files give the same model file, byte for byte.

use std::fs;

use crate::common::message;
use tempfile::TempDir;
use thalweg_learn::data::ColumnValues;
use thalweg_learn::{Callbacks, ColumnOptions, DataSource, FitConfig, Prediction, Table, predict};

const ROWS: usize = 500;
const COLUMNS: usize = 4;

/// Returns numbers that single precision holds exactly, row by row, with missing values in column 2 and zeros of both
/// signs in column 3.
fn matrix(rows: usize) -> Vec<f64> {
    let number = |i: usize| {
        let (row, column) = (i / COLUMNS, i % COLUMNS);
        // The period is no power of 2, so that cells of other blocks differ.
        let value = (row * (7 + 2 * column) % 61) as f64 / 8.0 - column as f64;
        match column {
            2 if row % 17 == 3 => f64::NAN,
            3 => [0.0, 1.0, -0.0, 2.0, -1.0][row * 3 % 17 % 5],
            _ => value,
        }
    };
    (0..rows * COLUMNS).map(number).collect()
}

fn target(matrix: &[f64]) -> Vec<f64> {
    matrix.chunks(COLUMNS).enumerate().map(|(row, x)| 2.0 * x[0] - x[1] + (row % 5) as f64).collect()
}

fn transposed(matrix: &[f64]) -> Vec<f64> {
    let rows = matrix.len() / COLUMNS;
    (0..matrix.len()).map(|i| matrix[i % rows * COLUMNS + i / rows]).collect()
}

/// Writes a CSV file of columns of numbers, with an empty field for NaN.
fn csv(header: Option<&str>, rows: usize, columns: &[&dyn Fn(usize) -> String]) -> String {
    let mut text = header.map_or_else(String::new, |names| format!("{names}\n"));
    for row in 0..rows {
        let fields: Vec<String> = columns.iter().map(|column| column(row)).collect();
        text.push_str(&fields.join(","));
        text.push('\n');
    }
    text
}

fn field(value: f64) -> String {
    if value.is_nan() { String::new() } else { value.to_string() }
}

/// Fits the data and returns the bytes of the model file.
fn model_bytes<'a>(config: &FitConfig, data: impl Into<DataSource<'a>>) -> Vec<u8> {
    let (_, model) = config.run(data, Callbacks::default()).unwrap_or_else(|error| panic!("{error}"));
    let folder = TempDir::new().expect("the folder is created");
    let path = folder.path().join("m.model");
    model.save(&path).expect("the model is written");
    fs::read(path).expect("the model is read")
}

fn file(folder: &TempDir, text: &str) -> std::path::PathBuf {
    let path = folder.path().join("data.csv");
    fs::write(&path, text).expect("the file is written");
    path
}

/// Compares the models of slices of every layout and precision with that of a file.
fn check_slices(rows: usize, config: &FitConfig) {
    let (x, folder) = (matrix(rows), TempDir::new().expect("the folder is created"));
    let y = target(&x);
    let weights: Vec<f64> = (0..rows).map(|row| 0.25 * (1 + row * 5 % 7) as f64).collect();
    let cell = |column: usize| {
        let x = &x;
        move |row: usize| field(x[row * COLUMNS + column])
    };
    let (y_cell, weight_cell) = (|row: usize| field(y[row]), |row: usize| field(weights[row]));
    let text = csv(None, rows, &[&cell(0), &cell(1), &cell(2), &cell(3), &y_cell, &weight_cell]);
    let expected = model_bytes(config, file(&folder, &text).as_path());
    let (by_column, single): (Vec<f64>, Vec<f32>) = (transposed(&x), x.iter().map(|&x| x as f32).collect());
    let single_by_column: Vec<f32> = by_column.iter().map(|&x| x as f32).collect();
    for table in [
        Table::from_row_major(&x, COLUMNS),
        Table::from_column_major(&by_column, COLUMNS),
        Table::from_row_major(&single, COLUMNS),
        Table::from_column_major(&single_by_column, COLUMNS),
    ] {
        let table = table.and_then(|table| table.with_column("c5", &y)?.with_column("c6", &weights));
        let table = table.expect("the arrays match");
        assert!(model_bytes(config, &table) == expected, "another model than that of the file");
    }
}

#[test]
fn slices_give_the_model_of_a_file_without_names() {
    check_slices(ROWS, &FitConfig::new("c5"));
}

#[test]
fn slices_of_several_blocks_give_the_model_of_a_file() {
    let config = FitConfig { epochs: Some(2), weight_column: Some("c6".into()), ..FitConfig::new("c5") };
    check_slices(20_000, &config);
}

#[test]
fn zeros_of_both_signs_are_one_level() {
    let (mut x, folder) = (matrix(ROWS), TempDir::new().expect("the folder is created"));
    assert!(x.iter().any(|x| *x == 0.0 && x.is_sign_negative()));
    let column_options = ColumnOptions { categorical: vec!["c4".into()], ..ColumnOptions::default() };
    let config = FitConfig { column_options, ..FitConfig::new("c1") };
    let with_both = Table::from_row_major(&x, COLUMNS).expect("the matrix is valid");
    let found = model_bytes(&config, &with_both);
    for x in &mut x {
        *x += 0.0;
    }
    let cell = |column: usize| {
        let x = &x;
        move |row: usize| field(x[row * COLUMNS + column])
    };
    let text = csv(None, ROWS, &[&cell(0), &cell(1), &cell(2), &cell(3)]);
    assert!(found == model_bytes(&config, file(&folder, &text).as_path()));
}

#[test]
fn one_other_value_far_down_makes_a_column_a_feature() {
    let rows = 20_000;
    let mut x: Vec<f64> = (0..rows * 2).map(|i| if i % 2 == 0 { 1.0 } else { f64::from(i % 61) }).collect();
    x[18_000 * 2] = 2.0;
    let y: Vec<f64> = (0..rows).map(|row| f64::from(row % 59)).collect();
    let table = Table::from_row_major(&x, 2).and_then(|table| table.with_column("y", &y)).expect("the arrays match");
    let (report, _) = FitConfig { epochs: Some(1), ..FitConfig::new("y") }.run(&table, Callbacks::new()).expect("runs");
    assert_eq!(report.features, 2);
}

#[test]
fn named_columns_texts_and_weights_give_the_model_of_a_file_with_names() {
    let (x, folder) = (matrix(ROWS), TempDir::new().expect("the folder is created"));
    let towns: Vec<&str> = (0..ROWS).map(|row| ["Ulm", "Bonn", "NA", "Kiel"][row * 7 % 31 % 4]).collect();
    let labels: Vec<String> = (0..ROWS).map(|row| ["no", "yes"][row * 5 % 13 % 2].to_string()).collect();
    let weights: Vec<f64> = (0..ROWS).map(|row| 0.5 + (row % 3) as f64).collect();
    let cell = |column: usize| {
        let x = &x;
        move |row: usize| field(x[row * COLUMNS + column])
    };
    let town = |row: usize| towns[row].to_string();
    let columns: [&dyn Fn(usize) -> String; 7] =
        [&cell(0), &cell(1), &cell(2), &cell(3), &town, &|row| labels[row].clone(), &|row| field(weights[row])];
    let text = csv(Some("a,b,c,d,town,label,weight"), ROWS, &columns);
    let config = FitConfig { weight_column: Some("weight".into()), ..FitConfig::new("label") };
    let expected = model_bytes(&config, file(&folder, &text).as_path());
    let table = Table::from_row_major(&x, COLUMNS)
        .and_then(|table| table.with_column_names(["a", "b", "c", "d"]))
        .and_then(|table| table.with_column("town", &towns))
        .and_then(|table| table.with_column("label", &labels))
        .and_then(|table| table.with_column("weight", &weights))
        .expect("the arrays match");
    assert_eq!(model_bytes(&config, &table), expected);
}

#[test]
fn a_table_in_memory_is_read_in_parts_as_a_file_is() {
    let x: Vec<f64> = (0..40_000 * 2).map(|i| f64::from((i * 37) % 1009)).collect();
    let y: Vec<f64> = x.chunks(2).map(|x| x[0] - 2.0 * x[1]).collect();
    let table = Table::from_row_major(&x, 2).and_then(|table| table.with_column("y", &y)).expect("the arrays match");
    let config = FitConfig { sample_rows: Some(1000), ..FitConfig::new("y") };
    let data = config.prepare(&table).expect("the data are valid");
    assert_eq!(data.train.len() + data.validation.len(), 40_000);
    // The hold-out of streamed rows is drawn row by row.
    assert!((7_600..8_400).contains(&data.validation.len()), "{}", data.validation.len());
}

#[test]
fn a_model_of_a_matrix_and_a_named_target_predicts_matrices_with_and_without_target() {
    let x = matrix(ROWS);
    let (y, weights) = (target(&x), vec![1.0; ROWS]);
    let rows = Table::from_row_major(&x, COLUMNS).expect("the matrix is valid");
    let table = rows.clone().with_column("y", &y).and_then(|table| table.with_column("w", &weights));
    let table = table.expect("the arrays match");
    let config = FitConfig { weight_column: Some("w".into()), ..FitConfig::new("y") };
    let (_, model) = config.run(&table, Callbacks::default()).expect("the fit runs");
    let predicted = |table: &Table<'_>| predict(&model, table).expect("the table has the columns").values;
    assert_eq!(predicted(&rows), predicted(&table));
    assert!(matches!(predicted(&rows)[0], Prediction::Number(_)));
    let narrow = Table::from_row_major(&x, 2).expect("the matrix is valid");
    assert!(message(predict(&model, &narrow)).starts_with("without column names, expected 6 fields"));
}

#[test]
fn wrong_arrays_are_refused_with_what_was_expected() {
    let x = [1.0, 2.0, 3.0, 4.0, 5.0, 6.0];
    let table = Table::from_row_major(&x, 2).expect("the matrix is valid");
    for (found, expected) in [
        (Table::from_row_major(&x, 4), "matrix: expected rows of 4 values each, found 6"),
        (Table::from_row_major(&x, 0), "matrix: expected rows of 0 values each, found 6"),
        (Table::from_column_major(&[0.0; 0], 3), "rows: expected at least one, found none"),
        (table.clone().with_column("y", &[1.0, 2.0]), "column 'y': expected 3 values, one for each row, found 2"),
        (table.clone().with_column_names(["a"]), "column names: expected 2, one for each column, found 1"),
        (table.clone().with_column("c1", &[0.0; 3]), "column 3: duplicate column name 'c1', already used by column 1"),
        (Table::from_columns(Vec::<(&str, ColumnValues<'_>)>::new()), "rows: expected at least one, found none"),
    ] {
        assert_eq!(message(found), expected);
    }
}

#[test]
fn errors_name_row_and_column_of_data_in_memory() {
    let x: Vec<f64> = (0..30).map(|i| if i == 7 { f64::INFINITY } else { f64::from(i * i) }).collect();
    let y: Vec<f64> = (0..30).map(f64::from).map(|y| y * 0.5).collect();
    let table = Table::from_columns([("a", ColumnValues::from(&x)), ("y", ColumnValues::from(&y))]);
    let table = table.expect("the arrays match");
    let prepare = |target: &str| FitConfig::new(target).prepare(&table);
    assert_eq!(
        message(prepare("y")),
        "row 8, column 1: column 'a': expected a finite number of moderate size, found 'inf'"
    );
    assert_eq!(message(prepare("z")), "unknown column 'z'; known columns: a, y");
    let missing = [f64::NAN; 30];
    let table = Table::from_columns([("a", ColumnValues::from(&missing)), ("y", ColumnValues::from(&y))]);
    let table = table.expect("the arrays match");
    assert_eq!(message(FitConfig::new("y").prepare(&table)), "no feature column remains: 'a' (all values are missing)");
    assert_eq!(
        message(FitConfig::new("a").prepare(&table)),
        "column 1: target 'a': expected values, found only missing ones"
    );
    let cached = FitConfig { cache: true, ..FitConfig::new("y") }.prepare(&table);
    let found = message(cached);
    assert!(found.contains("off for data in memory, since the cache is a file next to the data"), "{found}");
}

#[test]
fn the_coefficients_of_many_classes_are_counted_before_they_are_made() {
    let folder = TempDir::new().expect("the folder is created");
    let rows = (0..6000).map(|i| format!("k{},m{},n{},l{}\n", i % 300, i * 7 % 301, i * 11 % 299, i * 13 % 500));
    let text = "a,b,c,y\n".to_string() + &rows.collect::<String>();
    let config = FitConfig { max_memory: Some(128 << 20), epochs: Some(1), ..FitConfig::new("y") };
    let refused = message(config.run(&file(&folder, &text), Callbacks::default()));
    assert!(refused.contains("found a need of about") && refused.contains("coefficients of the report"), "{refused}");
}
