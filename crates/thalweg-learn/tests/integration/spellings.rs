//! Spellings of values by which formats differ: numbers of few bits, times of day, padded texts.

use crate::common;

use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use arrow_array::{ArrayRef, Float32Array, Float64Array, RecordBatch, StringArray, Time64MicrosecondArray};
use arrow_ipc::writer::FileWriter;
use parquet::arrow::ArrowWriter;
use tempfile::TempDir;
use thalweg_learn::data::ColumnValues;
use thalweg_learn::{Callbacks, ColumnOptions, DataSource, FitConfig, ModelFile, Table, Validation, predict};

const ROWS: usize = 120;

fn size(row: usize) -> f32 {
    [0.1, 1.1, 2.3, 1e-7, 123_456.79][row * 7 % 13 % 5]
}

fn ratio(row: usize) -> f32 {
    (row * 37 % 101) as f32 / 7.0
}

/// Microseconds since midnight.
fn clock(row: usize) -> i64 {
    3_723_500_000 + 60_000_000 * i64::try_from(row * 5 % 11 % 3).expect("a small number")
}

fn town(row: usize) -> &'static str {
    ["Ulm", "Bonn", "Kiel"][row * 3 % 7 % 3]
}

fn effect(row: usize) -> f64 {
    f64::from(size(row).ln()) + f64::from(ratio(row)) + town(row).len() as f64 + (row * 5 % 11 % 3) as f64
}

/// Writes the table as text, as other programs write it, and as Parquet and Arrow; returns the files.
fn files(folder: &TempDir) -> Vec<PathBuf> {
    let path = |name: &str| folder.path().join(name);
    let line = |row: usize| {
        let second = (clock(row) / 1_000_000) % 86_400;
        let time = format!("{:02}:{:02}:{:02}.500000", second / 3600, second / 60 % 60, second % 60);
        format!("{},{},{time},{},{:?}\n", size(row), ratio(row), town(row), effect(row))
    };
    fs::write(path("t.csv"), "size,ratio,clock,town,y\n".to_owned() + &(0..ROWS).map(line).collect::<String>())
        .expect("the file is written");
    let padded = (0..ROWS).map(|row| format!(" {:<6}", town(row)));
    let columns: [(&str, ArrayRef); 5] = [
        ("size", Arc::new(Float32Array::from_iter_values((0..ROWS).map(size)))),
        ("ratio", Arc::new(Float32Array::from_iter_values((0..ROWS).map(ratio)))),
        ("clock", Arc::new(Time64MicrosecondArray::from_iter_values((0..ROWS).map(clock)))),
        ("town", Arc::new(StringArray::from_iter_values(padded))),
        ("y", Arc::new(Float64Array::from_iter_values((0..ROWS).map(effect)))),
    ];
    let batch = RecordBatch::try_from_iter(columns).expect("the columns match");
    let create = |name: &str| File::create(path(name)).expect("the file is created");
    let mut writer = ArrowWriter::try_new(create("t.parquet"), batch.schema(), None).expect("the schema is valid");
    writer.write(&batch).expect("the batch is written");
    writer.close().expect("the file is closed");
    let mut writer = FileWriter::try_new(create("t.arrow"), &batch.schema()).expect("the schema is valid");
    writer.write(&batch).expect("the batch is written");
    writer.finish().expect("the file is closed");
    ["t.csv", "t.parquet", "t.arrow"].map(path).into()
}

fn config() -> FitConfig {
    let column_options = ColumnOptions { categorical: common::names(&["size", "clock"]), ..ColumnOptions::default() };
    FitConfig { column_options, validation: Validation::None, ..FitConfig::new("y") }
}

fn fit<'a>(data: impl Into<DataSource<'a>>) -> ModelFile {
    config().run(data, Callbacks::new()).unwrap_or_else(|error| panic!("{error}")).1
}

#[test]
fn numbers_of_few_bits_times_and_padded_texts_are_those_of_text_files() {
    let folder = TempDir::new().expect("the folder is created");
    let files = files(&folder);
    let bytes = |model: &ModelFile| model.to_bytes(Path::new("m.model")).expect("the model can be written");
    let expected = fit(files[0].as_path());
    let predictions = predict(&expected, files[0].as_path()).expect("the rows are predicted").values;
    for file in &files[1..] {
        let model = fit(file.as_path());
        assert_eq!(model.schema, expected.schema, "{}", file.display());
        assert!(bytes(&model) == bytes(&expected), "{}", file.display());
        let found = predict(&expected, file.as_path()).expect("the rows are predicted").values;
        assert_eq!(found, predictions, "{}", file.display());
    }
    let names: Vec<String> = expected.coefficients().into_iter().map(|coefficient| coefficient.name).collect();
    for name in ["size=0.1", "size=123456.79", "size=0.0000001", "clock=01:02:03.5", "town=Ulm"] {
        assert!(names.iter().any(|found| found == name), "{name} in {names:?}");
    }
}

#[test]
fn numbers_in_memory_are_those_of_files() {
    let folder = TempDir::new().expect("the folder is created");
    let path = folder.path().join("t.csv");
    let x: Vec<f32> = (0..ROWS).map(ratio).collect();
    let y: Vec<f64> = (0..ROWS).map(effect).collect();
    let text: String = x.iter().zip(&y).map(|(x, y)| format!("{x},{y:?}\n")).collect();
    fs::write(&path, "x,y\n".to_owned() + &text).expect("the file is written");
    let table = Table::from_columns([("x", ColumnValues::from(&x)), ("y", ColumnValues::from(&y))]);
    let config = FitConfig { validation: Validation::None, ..FitConfig::new("y") };
    let of_memory = config.run(&table.expect("a valid table"), Callbacks::new()).expect("the fit succeeds").1;
    let of_file = config.run(path.as_path(), Callbacks::new()).expect("the fit succeeds").1;
    assert_eq!(of_memory, of_file);
}

#[test]
fn an_arrow_file_is_read_by_its_footer() {
    let folder = TempDir::new().expect("the folder is created");
    let path = files(&folder).swap_remove(2);
    let expected = fit(path.as_path());
    // Some writers begin the file with a schema in another form, which readers do not need.
    let mut bytes = fs::read(&path).expect("the file is readable");
    let first = bytes.windows(4).position(|word| word == [0xff; 4]).expect("the schema comes first");
    bytes[first..first + 4].copy_from_slice(&14_u32.to_le_bytes());
    fs::write(&path, bytes).expect("the file is written");
    assert_eq!(fit(path.as_path()), expected);
}
