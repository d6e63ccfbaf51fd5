//! Texts that were said to mean a missing value, but that no cell has, are noted once.

use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use crate::common::names;
use arrow_array::{ArrayRef, Float64Array, RecordBatch, StringArray};
use parquet::arrow::ArrowWriter;
use tempfile::TempDir;
use thalweg_learn::data::{HeaderRow, ReadNote};
use thalweg_learn::{
    Callbacks, ColumnOptions, Error, FitConfig, PredictConfig, ReadOptions, Table, Validation, predict_blocks,
};

const ROWS: usize = 120;

fn line(row: usize) -> [String; 3] {
    let x = if row == 77 { "-99.0".to_string() } else { (row % 13).to_string() };
    let town = ["Ulm", "Bonn", "unknown"][if row == 91 { 2 } else { row % 2 }].to_string();
    [x, town, (row * 7 % 11).to_string()]
}

fn write_csv(folder: &TempDir, name: &str, rows: std::ops::Range<usize>) -> PathBuf {
    let path = folder.path().join(name);
    let lines = rows.map(|row| line(row).join(",") + "\n").collect::<String>();
    fs::write(&path, format!("x,town,y\n{lines}")).expect("the file is written");
    path
}

fn write_parquet(folder: &TempDir) -> PathBuf {
    let numbers = |column: usize| {
        let numbers = (0..ROWS).map(|row| line(row)[column].parse().expect("it is a number"));
        Arc::new(Float64Array::from_iter_values(numbers)) as ArrayRef
    };
    let towns = Arc::new(StringArray::from_iter_values((0..ROWS).map(|row| line(row)[1].clone()))) as ArrayRef;
    let batch = RecordBatch::try_from_iter([("x", numbers(0)), ("town", towns), ("y", numbers(2))]);
    let (batch, path) = (batch.expect("the columns are equally long"), folder.path().join("t.parquet"));
    let file = File::create(&path).expect("the file is created");
    let mut writer = ArrowWriter::try_new(file, batch.schema(), None).expect("the schema is valid");
    writer.write(&batch).expect("the rows are written");
    writer.close().expect("the file is complete");
    path
}

/// Returns the texts that are noted.
fn noted(notes: &[ReadNote]) -> Vec<Vec<String>> {
    let tokens = |note: &ReadNote| match note {
        ReadNote::UnmatchedMissing { tokens } => Some(tokens.clone()),
        _ => None,
    };
    notes.iter().filter_map(tokens).collect()
}

fn config(tokens: &[&str]) -> FitConfig {
    let read = ReadOptions { missing_tokens: names(tokens), header: HeaderRow::Present, ..ReadOptions::default() };
    FitConfig { read, validation: Validation::None, epochs: Some(2), ..FitConfig::new("y") }
}

#[test]
fn a_text_that_no_cell_of_any_file_has_is_noted_once() {
    let folder = TempDir::new().expect("the folder is created");
    let whole = write_csv(&folder, "t.csv", 0..ROWS);
    let parts = vec![write_csv(&folder, "a.csv", 0..80), write_csv(&folder, "b.csv", 80..ROWS)];
    let files = [vec![whole], parts, vec![write_parquet(&folder)]];
    for (tokens, unmatched) in [
        (&["-99", "unknown"][..], &[][..]),
        (&["-99.00", " unknown "], &[]),
        // The name of a column is no cell; a default text need not occur; a text is noted once.
        (&["town", "NA", "-999", "unknown", "town", "?"], &["town", "-999"]),
    ] {
        let expected: Vec<_> = (!unmatched.is_empty()).then(|| names(unmatched)).into_iter().collect();
        for files in &files {
            let read = Table::read(files.as_slice(), &config(tokens).read).expect("the files are valid");
            assert_eq!(noted(read.notes()), expected, "{tokens:?} {files:?}");
            for max_memory in [None, Some(140 << 20)] {
                let config = FitConfig { max_memory, ..config(tokens) };
                let (report, _) = config.run(files.as_slice(), Callbacks::new()).expect("the fit succeeds");
                assert_eq!(noted(&report.notes), expected, "{tokens:?} {files:?} {max_memory:?}");
            }
        }
    }
}

#[test]
fn cells_of_columns_that_are_not_read_do_not_count() {
    let folder = TempDir::new().expect("the folder is created");
    let column_options = ColumnOptions { ignore: names(&["town"]), ..ColumnOptions::default() };
    let config = FitConfig { column_options, ..config(&["unknown"]) };
    for file in [write_csv(&folder, "t.csv", 0..ROWS), write_parquet(&folder)] {
        let (report, _) = config.run(file.as_path(), Callbacks::new()).expect("the fit succeeds");
        assert_eq!(noted(&report.notes), [["unknown"]]);
    }
}

#[test]
fn the_texts_of_a_model_need_not_occur_where_it_predicts() {
    let folder = TempDir::new().expect("the folder is created");
    let (data, other) = (write_csv(&folder, "t.csv", 0..ROWS), write_csv(&folder, "other.csv", 0..60));
    let (_, model) = config(&["-99", "unknown"]).run(data.as_path(), Callbacks::new()).expect("the fit succeeds");
    let notes = |path: &Path, tokens: &[&str]| {
        let read = ReadOptions { missing_tokens: names(tokens), ..model.schema.read_options() };
        let config = PredictConfig { read, ..PredictConfig::default() };
        let summary = predict_blocks(&model, path, &config, |_| Ok::<(), Error>(())).expect("the file is predicted");
        noted(&summary.notes)
    };
    assert_eq!(notes(&other, &[]), Vec::<Vec<String>>::new());
    assert_eq!(notes(&other, &["unknown", "nowhere"]), [["nowhere"]]);
}
