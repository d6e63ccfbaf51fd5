//! Several files are learned as one file with the same rows.

use std::fs::{self, File};
use std::ops::Range;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use arrow_array::{ArrayRef, Float64Array, RecordBatch, StringArray};
use arrow_ipc::writer::FileWriter;
use parquet::arrow::ArrowWriter;
use thalweg_learn::{Callbacks, FitConfig, ReadOptions, Table};

/// A row of about 90 bytes, whose columns drift.
fn row(i: usize) -> String {
    let (a, b) = ((i * 7919 % 10_007) as f64 / 10_007.0 + i as f64 * 1e-6, (i * 104_729 % 9973) as f64 / 9973.0);
    format!("{a},{b},t{},{},0.{:0>48}\n", i * 31 % 50 + i / 20_000, a - 2.0 * b, i % 2)
}

fn write(path: &Path, rows: Range<usize>) {
    fs::write(path, std::iter::once("a,b,t,y,f\n".into()).chain(rows.map(row)).collect::<String>())
        .expect("the file is written");
}

/// The same rows as a columnar file of batches of 10,000 rows.
fn write_columnar(path: &Path, rows: Range<usize>) {
    let batch = |rows: Range<usize>| {
        let cells: Vec<Vec<String>> = rows.map(|i| row(i).trim_end().split(',').map(String::from).collect()).collect();
        let numbers = |column: usize| {
            let numbers = cells.iter().map(|cells| cells[column].parse::<f64>().expect("the cell is a number"));
            Arc::new(numbers.collect::<Float64Array>()) as ArrayRef
        };
        let texts = Arc::new(cells.iter().map(|cells| Some(&cells[2])).collect::<StringArray>()) as ArrayRef;
        let columns = [("a", numbers(0)), ("b", numbers(1)), ("t", texts), ("y", numbers(3)), ("f", numbers(4))];
        RecordBatch::try_from_iter(columns).expect("the columns have equal lengths")
    };
    let batches = rows.clone().step_by(10_000).map(|start| batch(start..(start + 10_000).min(rows.end)));
    let (file, schema) = (File::create(path).expect("the file is created"), batch(0..1).schema());
    if path.extension().is_some_and(|extension| extension == "parquet") {
        let mut writer = ArrowWriter::try_new(file, schema, None).expect("the schema is supported");
        batches.for_each(|batch| writer.write(&batch).expect("the rows are written"));
        writer.close().expect("the file is complete");
    } else {
        let mut writer = FileWriter::try_new(file, &schema).expect("the schema is supported");
        batches.for_each(|batch| writer.write(&batch).expect("the rows are written"));
        writer.finish().expect("the file is complete");
    }
}

#[test]
fn a_sample_of_three_files_is_that_of_one() {
    samples_are_equal(450_000, write, "csv");
}

#[test]
fn a_sample_of_three_columnar_files_is_that_of_one() {
    for format in ["parquet", "arrow"] {
        samples_are_equal(600_000, write_columnar, format);
    }
}

/// Compares models of one file with those of three files with the same rows.
fn samples_are_equal(rows: usize, write: fn(&Path, Range<usize>), format: &str) {
    let folder = tempfile::tempdir().expect("the folder is created");
    let at = |name: &str| folder.path().join(format!("{name}.{format}"));
    write(&at("one"), 0..rows);
    let parts = [("a", 0..70_001), ("b", 70_001..70_002), ("c", 70_002..rows)];
    for (name, rows) in &parts {
        write(&at(name), rows.clone());
    }
    let files: Vec<PathBuf> = parts.iter().map(|(name, _)| at(name)).collect();
    let options = [
        FitConfig { sample_rows: Some(1000), ..FitConfig::new("y") },
        FitConfig { max_memory: Some(140 << 20), ..FitConfig::new("y") },
    ];
    for config in options {
        let config = FitConfig { epochs: Some(1), ..config };
        let model = |data: &[PathBuf]| {
            let (_, model) = config.run(data, Callbacks::new()).unwrap_or_else(|error| panic!("{error}"));
            model.to_bytes(Path::new("x.model")).expect("the model is serialized")
        };
        let one = model(&[at("one")]);
        assert!(model(&files) == one, "{format}");
        let whole = FitConfig { sample_rows: None, max_memory: None, ..config.clone() };
        let (_, whole) = whole.run(&at("one"), Callbacks::new()).expect("the file is learned");
        assert!(one != whole.to_bytes(Path::new("x.model")).expect("the model is serialized"), "no sample was taken");
    }
}

#[test]
fn ten_thousand_files_are_one_table() {
    let folder = tempfile::tempdir().expect("the folder is created");
    for i in 0..10_000 {
        fs::write(folder.path().join(format!("{i:05}.csv")), format!("a,y\n{i},1\n{i},2\n")).expect("it is written");
    }
    let table = Table::read(&folder.path().join("*.csv"), &ReadOptions::default()).expect("all files are read");
    assert_eq!(table.rows(), 20_000);
}

#[test]
fn a_cell_is_located_in_its_own_file_whatever_the_order_of_its_columns() {
    let folder = tempfile::tempdir().expect("the folder is created");
    let write = |name: &str, text: &str| {
        let path = folder.path().join(name);
        fs::write(&path, text).expect("the file is written");
        path
    };
    let rows: String = (0..50).map(|i| format!("{i}.5,{},{}\n", i * 7 % 11, i * 3)).collect();
    let first = write("a.csv", &format!("a,bb,y\n{rows}"));
    let second = write("b.csv", "y,a,bb\n100,2.5,3\n200,3.5,inf\n");
    let table = Table::read([first.clone(), second.clone()].as_slice(), &ReadOptions::default());
    let table = table.expect("the files have the same columns");
    let cell = |row: usize, column: usize| {
        let position = table.position(row, column).to_string();
        (position.rsplit('/').next().unwrap_or_default().to_owned(), table.cell(row, column).into_owned())
    };
    assert_eq!(cell(50, 0), ("b.csv:2:5".into(), "2.5".into()));
    assert_eq!(cell(51, 2), ("b.csv:3:1".into(), "200".into()));
    assert_eq!(cell(49, 2), ("a.csv:51:8".into(), "147".into()));
    let error = FitConfig::new("y").run([first, second].as_slice(), Callbacks::new()).expect_err("an infinite number");
    let error = error.to_string();
    assert!(error.contains("b.csv:3:9: column 'bb'") && error.ends_with("found 'inf'"), "{error}");
}
