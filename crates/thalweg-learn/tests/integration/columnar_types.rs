//! Columns of Parquet files, Arrow files and record batches: unusual types, repeated names, targets of every type.

use crate::common;

use std::fs::File;
use std::path::PathBuf;
use std::sync::Arc;

use arrow_array::builder::{Int32Builder, ListBuilder, MapBuilder, StringBuilder};
use arrow_array::types::{ArrowPrimitiveType, Decimal256Type, Int32Type};
use arrow_array::{
    Array, ArrayRef, Decimal128Array, Decimal256Array, DictionaryArray, FixedSizeListArray, Float64Array, Int32Array,
    RecordBatch, StringArray,
};
use arrow_ipc::writer::FileWriter;
use arrow_schema::{Field, Schema};
use parquet::arrow::ArrowWriter;
use tempfile::TempDir;
use thalweg_learn::{Callbacks, DataSource, FitConfig, FitReport, ModelFile, ReadOptions, Table, Validation, predict};

const ROWS: usize = 60;

/// Integer of 256 bits.
type Integer = <Decimal256Type as ArrowPrimitiveType>::Native;

fn batch(columns: Vec<(&str, ArrayRef)>) -> RecordBatch {
    let fields: Vec<Field> =
        columns.iter().map(|(name, array)| Field::new(*name, array.data_type().clone(), true)).collect();
    let arrays = columns.into_iter().map(|(_, array)| array).collect();
    RecordBatch::try_new(Arc::new(Schema::new(fields)), arrays).expect("the columns are equally long")
}

/// Writes a batch as a Parquet and as an Arrow file.
fn write(folder: &TempDir, batch: &RecordBatch) -> [PathBuf; 2] {
    let paths = ["t.parquet", "t.arrow"].map(|name| folder.path().join(name));
    let create = |path: &PathBuf| File::create(path).expect("the file is created");
    let mut writer = ArrowWriter::try_new(create(&paths[0]), batch.schema(), None).expect("the schema is valid");
    writer.write(batch).expect("the rows are written");
    writer.close().expect("the file is complete");
    let mut writer = FileWriter::try_new(create(&paths[1]), &batch.schema()).expect("the schema is valid");
    writer.write(batch).expect("the rows are written");
    writer.finish().expect("the file is complete");
    paths
}

fn numbers(of: impl Fn(usize) -> f64) -> ArrayRef {
    Arc::new(Float64Array::from_iter_values((0..ROWS).map(of)))
}

fn fit<'a>(data: impl Into<DataSource<'a>>) -> (FitReport, ModelFile) {
    let config = FitConfig { validation: Validation::None, ..FitConfig::new("y") };
    config.run(data, Callbacks::new()).unwrap_or_else(|error| panic!("{error}"))
}

fn notes(table: &Table<'_>) -> Vec<String> {
    table.notes().iter().map(ToString::to_string).collect()
}

#[test]
fn decimals_of_every_width_are_their_numbers() {
    let folder = TempDir::new().expect("the folder is created");
    let value = |row: usize| (row * 37 % 101) as i128 - 50;
    let wide = (0..ROWS).map(|row| (row % 9 != 4).then(|| Integer::from_i128(value(row)))).collect::<Decimal256Array>();
    let wide = wide.with_precision_and_scale(60, 2).expect("the precision fits");
    let narrow = (0..ROWS).map(|row| (row % 9 != 4).then(|| value(row))).collect::<Decimal128Array>();
    let narrow = narrow.with_precision_and_scale(30, 2).expect("the precision fits");
    let huge = Decimal256Array::from_iter_values(
        (0..ROWS).map(|row| Integer::from_i128(value(row)).wrapping_mul(Integer::from_i128(10).wrapping_pow(40))),
    );
    let huge = huge.with_precision_and_scale(60, 0).expect("the precision fits");
    let batch = batch(vec![
        ("wide", Arc::new(wide)),
        ("narrow", Arc::new(narrow)),
        ("huge", Arc::new(huge)),
        ("y", numbers(|row| row as f64)),
    ]);
    for path in write(&folder, &batch) {
        let table = Table::read(&path, &ReadOptions::default()).expect("the file is valid");
        for row in 0..ROWS {
            let expected = if row % 9 == 4 { String::new() } else { (value(row) as f64 / 100.0).to_string() };
            assert_eq!([table.cell(row, 0), table.cell(row, 1)], [expected.as_str(); 2], "{} {row}", path.display());
            let huge: f64 = table.cell(row, 2).parse().expect("it is a number");
            assert!((huge - value(row) as f64 * 1e40).abs() <= 1e-15 * huge.abs(), "{huge}");
        }
    }
}

#[test]
fn targets_are_decimals_and_dictionaries() {
    let folder = TempDir::new().expect("the folder is created");
    let decimals = Decimal256Array::from_iter_values((0..ROWS).map(|row| Integer::from_i128((row % 7) as i128 * 25)));
    let decimals = decimals.with_precision_and_scale(50, 2).expect("the precision fits");
    let labels = (0..ROWS).map(|row| ["no", "yes"][usize::from(row % 7 > 3)]).map(Some);
    let labels = labels.collect::<DictionaryArray<Int32Type>>();
    for (target, loss) in [(Arc::new(decimals) as ArrayRef, "squared"), (Arc::new(labels), "logistic")] {
        let batch = batch(vec![("x", numbers(|row| (row % 7) as f64)), ("y", target)]);
        for path in write(&folder, &batch) {
            let (report, model) = fit(&path);
            let predicted = predict(&model, &path).expect("the file is predicted").values;
            assert_eq!((model.loss().to_string().as_str(), predicted.len(), report.rows), (loss, ROWS, ROWS));
            assert!(report.train.loss() < 0.5 * report.baseline.train.loss(), "{:?}", report.train);
        }
    }
}

#[test]
fn columns_without_one_value_in_each_row_are_left_out_with_their_type() {
    let folder = TempDir::new().expect("the folder is created");
    let mut lists = ListBuilder::new(Int32Builder::new());
    let mut maps = MapBuilder::new(None, StringBuilder::new(), Int32Builder::new());
    for row in 0..ROWS {
        lists.append_value([Some(1), None]);
        maps.keys().append_value("key");
        maps.values().append_value(i32::try_from(row).expect("it is small"));
        maps.append(true).expect("keys and values match");
    }
    let item = Arc::new(Field::new("item", arrow_schema::DataType::Int32, true));
    let pairs = Int32Array::from_iter_values(0..2 * i32::try_from(ROWS).expect("it is small"));
    let pairs = FixedSizeListArray::new(item, 2, Arc::new(pairs), None);
    // pandas keeps an index with texts under this name.
    let index = StringArray::from_iter_values((0..ROWS).map(|row| format!("row-{row}")));
    let batch = batch(vec![
        ("x", numbers(|row| (row % 11) as f64)),
        ("list", Arc::new(lists.finish())),
        ("map", Arc::new(maps.finish())),
        ("pair", Arc::new(pairs)),
        ("y", numbers(|row| (row % 11 * 2) as f64)),
        ("__index_level_0__", Arc::new(index)),
    ]);
    let check = |(report, model): (FitReport, ModelFile)| {
        let excluded: Vec<_> =
            report.excluded_columns.iter().map(|found| format!("{}: {}", found.column, found.description())).collect();
        let expected = [
            "__index_level_0__: identifiers: 60 distinct values in 60 rows",
            "list: unsupported type: a list in each row",
            "map: unsupported type: a map in each row",
            "pair: unsupported type: a list in each row",
        ];
        let mut sorted = excluded;
        sorted.sort();
        assert_eq!(sorted, expected);
        assert_eq!(model.schema.features.len(), 1);
    };
    let batches = [batch.clone()];
    check(fit(&Table::from_record_batches(&batches).expect("the batch is valid")));
    for path in write(&folder, &batch) {
        check(fit(&path));
    }
}

#[test]
fn columns_of_the_same_name_are_numbered_in_files_and_in_memory() {
    let folder = TempDir::new().expect("the folder is created");
    let column = |factor: usize| numbers(move |row| (row * factor % 13) as f64);
    let columns = |names: [&'static str; 4]| {
        batch(vec![(names[0], column(3)), (names[1], column(5)), (names[2], column(7)), (names[3], column(11))])
    };
    let (repeated, plain) = (columns(["x", "x", "x.1", "y"]), columns(["x", "x.2", "x.1", "y"]));
    let (of_repeated, of_plain) = ([repeated.clone()], [plain]);
    let in_memory = Table::from_record_batches(&of_repeated).expect("the names become distinct");
    let expected = fit(&Table::from_record_batches(&of_plain).expect("the batch is valid")).1;
    let files = write(&folder, &repeated).map(|path| Table::read(&path, &ReadOptions::default()).expect("it is valid"));
    for table in files.iter().chain([&in_memory]) {
        assert_eq!(table.names(), common::names(&["x", "x.2", "x.1", "y"]));
        assert_eq!(notes(table), ["columns with a name that was used before: x.2"]);
        let (report, model) = fit(table);
        assert_eq!((model.schema, model.tensors), (expected.schema.clone(), expected.tensors.clone()));
        assert_eq!(report.notes.len(), 1);
    }
}
