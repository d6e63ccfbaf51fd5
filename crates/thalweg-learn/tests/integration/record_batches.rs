//! Arrow record batches and sparse matrices in memory give the model file of the same rows in a file, byte for byte.

use std::fs::File;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use crate::common::message;
use arrow_array::types::{Int8Type, UInt32Type};
use arrow_array::{
    ArrayRef, BooleanArray, Date32Array, Decimal128Array, DictionaryArray, Float32Array, Float64Array, Int64Array,
    LargeStringArray, ListArray, RecordBatch, StringArray, StringViewArray, TimestampMicrosecondArray, UInt8Array,
};
use arrow_ipc::writer::FileWriter;
use parquet::arrow::ArrowWriter;
use tempfile::TempDir;
use thalweg_learn::{Callbacks, DataSource, FitConfig, Table};

/// Returns the bytes of the model file of a fit.
fn model_bytes<'a>(config: &FitConfig, data: impl Into<DataSource<'a>>) -> Vec<u8> {
    let (_, model) = config.run(data, Callbacks::default()).unwrap_or_else(|error| panic!("{error}"));
    model.to_bytes(Path::new("m.model")).expect("the model can be written")
}

/// Returns a batch of rows with many types of columns.
fn batch(rows: std::ops::Range<i32>) -> RecordBatch {
    let number = |row: i32| f64::from(row * 7 % 64) / 8.0;
    let some = move |row: i32| (row % 11 != 3).then(|| number(row));
    let town = |row: i32| ["Ulm", "Bonn", "Kiel"][row as usize * 5 % 17 % 3];
    let known_town = move |row: i32| (row % 13 != 2).then(|| town(row));
    let dictionary: DictionaryArray<Int8Type> = rows.clone().map(known_town).collect();
    let wide: DictionaryArray<UInt32Type> = rows.clone().map(|row| Some(town(row + 1))).collect();
    let decimals = rows.clone().map(|row| Some(i128::from(row * 31 % 1000)));
    let lists = ListArray::from_iter_primitive::<Int8Type, _, _>(rows.clone().map(|_| Some([Some(1)])));
    let columns: Vec<(&str, ArrayRef)> = vec![
        ("f64", Arc::new(Float64Array::from_iter_values(rows.clone().map(number)))),
        ("f64_null", Arc::new(rows.clone().map(some).collect::<Float64Array>())),
        ("f32", Arc::new(Float32Array::from_iter_values(rows.clone().map(|row| number(row * 3) as f32)))),
        ("i64", Arc::new(Int64Array::from_iter_values(rows.clone().map(|row| i64::from(row * 13 % 50) << 50)))),
        ("u8", Arc::new(UInt8Array::from_iter_values(rows.clone().map(|row| (row * 3 % 200) as u8)))),
        ("decimal", Arc::new(decimals.collect::<Decimal128Array>().with_precision_and_scale(10, 2).expect("it fits"))),
        ("bool", Arc::new(rows.clone().map(|row| Some(row * 7 % 5 > 1)).collect::<BooleanArray>())),
        ("text", Arc::new(StringArray::from_iter_values(rows.clone().map(town)))),
        ("large", Arc::new(rows.clone().map(known_town).collect::<LargeStringArray>())),
        ("view", Arc::new(StringViewArray::from_iter_values(rows.clone().map(|row| town(row * 2))))),
        ("narrow_codes", Arc::new(dictionary)),
        ("wide_codes", Arc::new(wide)),
        ("date", Arc::new(Date32Array::from_iter_values(rows.clone()))),
        ("time", Arc::new(TimestampMicrosecondArray::from_iter_values(rows.clone().map(i64::from)))),
        ("list", Arc::new(lists)),
        ("y", Arc::new(Float64Array::from_iter_values(rows.map(|row| number(row) + f64::from(row % 3))))),
    ];
    RecordBatch::try_from_iter(columns).expect("the columns match")
}

/// Writes batches as a Parquet and as an Arrow IPC file.
fn files(folder: &TempDir, batches: &[RecordBatch]) -> [PathBuf; 2] {
    let paths = ["data.parquet", "data.arrow"].map(|name| folder.path().join(name));
    let create = |path: &Path| File::create(path).expect("the file is created");
    let mut writer = ArrowWriter::try_new(create(&paths[0]), batches[0].schema(), None).expect("the schema is valid");
    batches.iter().try_for_each(|batch| writer.write(batch)).expect("the batch is written");
    writer.close().expect("the file is closed");
    let mut writer = FileWriter::try_new(create(&paths[1]), &batches[0].schema()).expect("the schema is valid");
    batches.iter().try_for_each(|batch| writer.write(batch)).expect("the batch is written");
    writer.finish().expect("the file is closed");
    paths
}

#[test]
fn arrays_as_columns_give_the_model_of_their_batch() {
    let batch = batch(0..700);
    let expected = Table::from_record_batches(std::slice::from_ref(&batch)).expect("the batch is a table");
    let names = batch.schema();
    let columns = || names.fields().iter().map(|field| field.name().clone()).zip(batch.columns());
    let table = Table::from_columns(columns().map(|(name, array)| (name, array.into()))).expect("they are columns");
    let config = FitConfig::new("y");
    assert!(model_bytes(&config, &table) == model_bytes(&config, &expected));
    // Appended to blocks of other lengths, they are the same columns.
    let parts = [batch.slice(0, 300), batch.slice(300, 400)];
    let first: Vec<_> = parts.iter().map(|part| part.project(&[0, 1]).expect("both exist")).collect();
    let mut table = Table::from_record_batches(&first).expect("the batches have one schema");
    for (name, array) in columns().skip(2) {
        table = table.with_column(name, array).expect("the array is a column");
    }
    assert!(model_bytes(&config, &table) == model_bytes(&config, &expected));
    assert!(message(Table::from_row_major(batch.column(0), 2)).contains("found an Arrow array"));
}

#[test]
fn record_batches_give_the_model_of_the_same_rows_in_files() {
    let folder = TempDir::new().expect("the folder is created");
    let parts = [batch(0..300), batch(300..300), batch(300..650), batch(650..700)];
    let whole = [batch(0..700)];
    let config = FitConfig::new("y");
    let [parquet, ipc] = files(&folder, &whole);
    let expected = model_bytes(&config, &parquet);
    assert!(model_bytes(&config, &ipc) == expected, "Parquet and Arrow IPC differ");
    for batches in [&parts[..], &whole[..]] {
        let table = Table::from_record_batches(batches).expect("the batches have one schema");
        assert!(model_bytes(&config, &table) == expected, "{} batches", batches.len());
    }
}

#[test]
fn rows_of_batches_are_streamed_as_rows_of_an_arrow_file() {
    let (folder, batches) = (TempDir::new().expect("the folder is created"), [batch(0..40_000)]);
    let config = FitConfig { sample_rows: Some(1000), ..FitConfig::new("y") };
    let table = Table::from_record_batches(&batches).expect("the batch is valid");
    let [_, ipc] = files(&folder, &batches);
    assert!(model_bytes(&config, &table) == model_bytes(&config, &ipc));
}

#[test]
fn wrong_batches_are_refused_with_what_was_expected() {
    let number = |name: &str| {
        let values: ArrayRef = Arc::new(Float64Array::from(vec![1.0, 2.0]));
        RecordBatch::try_from_iter([(name, values)]).expect("the columns match")
    };
    let found = message(Table::from_record_batches(&[number("a"), number("b")]));
    assert_eq!(found, "record batch 2: expected a Float64, found b Float64");
    assert_eq!(message(Table::from_record_batches(&[])), "rows: expected at least one, found none");
}

/// Returns rows of a sparse matrix with 6 columns: bounds, indices and values.
fn sparse() -> (Vec<i64>, Vec<i64>, Vec<f64>) {
    let (mut indptr, mut indices, mut values) = (vec![0], Vec::new(), Vec::new());
    for row in 0..200_i64 {
        for column in (0..6).filter(|column| (row * 5 + column * 3) % 7 < 3) {
            indices.push(column);
            values.push((row * column % 9) as f64 / 4.0 - 0.7);
        }
        indptr.push(i64::try_from(indices.len()).expect("there are few values"));
    }
    (indptr, indices, values)
}

#[test]
fn a_sparse_matrix_gives_the_model_of_the_same_rows_in_a_libsvm_file() {
    let (indptr, indices, values) = sparse();
    let labels: Vec<f64> = (0..200).map(|row| f64::from(row * 7 % 3)).collect();
    let mut text = String::new();
    for (row, label) in labels.iter().enumerate() {
        text.push_str(&label.to_string());
        for place in indptr[row] as usize..indptr[row + 1] as usize {
            text.push_str(&format!(" {}:{}", indices[place], values[place]));
        }
        text.push('\n');
    }
    let folder = TempDir::new().expect("the folder is created");
    let path = folder.path().join("data.libsvm");
    std::fs::write(&path, text).expect("the file is written");
    let config = FitConfig::new("label");
    let expected = model_bytes(&config, &path);
    let narrow = |wide: &[i64]| wide.iter().map(|&index| index as i32).collect::<Vec<i32>>();
    let single: Vec<f32> = values.iter().map(|&value| value as f32).collect();
    // The order within a row is arbitrary.
    let (mut reversed_indices, mut reversed_values) = (indices.clone(), values.clone());
    for bounds in indptr.windows(2) {
        let row = bounds[0] as usize..bounds[1] as usize;
        reversed_indices[row.clone()].reverse();
        reversed_values[row].reverse();
    }
    for table in [
        Table::from_csr(&indptr, &indices, &values, 6),
        Table::from_csr(&indptr, &reversed_indices, &reversed_values, 6),
        Table::from_csr(&narrow(&indptr), &narrow(&indices), &single, 6),
    ] {
        let table = table.and_then(|table| table.with_column("label", &labels)).expect("the arrays match");
        assert!(model_bytes(&config, &table) == expected);
    }
}

#[test]
fn wrong_sparse_matrices_are_refused_with_what_was_expected() {
    let csr = |indptr: &[i32], indices: &[i32], values: &[f64]| message(Table::from_csr(indptr, indices, values, 3));
    assert_eq!(csr(&[], &[], &[]), "indptr: expected one integer more than rows, found none");
    assert_eq!(csr(&[0], &[], &[]), "rows: expected at least one, found none");
    assert_eq!(csr(&[0, 2, 1], &[0], &[1.0]), "indptr[2]: expected at least 2, found 1");
    assert_eq!(csr(&[1, 1], &[0], &[1.0]), "indptr[0]: expected 0, found 1");
    assert_eq!(csr(&[0, 1], &[0, 1], &[1.0, 2.0]), "indptr[1]: expected 2, the number of values, found 1");
    assert_eq!(csr(&[0, 1], &[0], &[1.0, 2.0]), "indices: expected 2 integers, one for each value, found 1");
    assert_eq!(csr(&[0, 0, 1], &[3], &[1.0]), "row 2: expected indices from 0 to 2, found 3");
    assert_eq!(csr(&[0, 1], &[-1], &[1.0]), "row 1: expected indices from 0 to 2, found -1");
    assert_eq!(csr(&[0, 2], &[1, 1], &[1.0, 2.0]), "row 1: expected each index only once, found index 1 twice");
    let found = csr(&[0, 3], &[1, 0, 1], &[1.0, 2.0, 3.0]);
    assert_eq!(found, "row 1: expected each index only once, found index 1 twice");
    let found = csr(&[0, 1], &[2], &[f64::NAN]);
    assert_eq!(found, "row 1: expected a finite number that fits in 32 bits at index 2, found NaN");
}
