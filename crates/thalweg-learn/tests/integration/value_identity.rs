//! A value is the same in every format: one table gives one model file, which predicts the rows of every format alike.

use crate::common;

use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use arrow_array::types::Int16Type;
use arrow_array::{
    ArrayRef, BooleanArray, Date32Array, Decimal128Array, DictionaryArray, Float64Array, Int64Array, RecordBatch,
    StringArray, TimestampSecondArray, UInt64Array,
};
use arrow_ipc::writer::FileWriter;
use parquet::arrow::ArrowWriter;
use tempfile::TempDir;
use thalweg_learn::data::{Interaction, InteractionEncoding};
use thalweg_learn::{
    Callbacks, ColumnOptions, DataSource, FitConfig, ModelFile, Prediction, Table, Validation, predict,
};

const ROWS: usize = 240;

/// Column of a table, as its field in a text file is written by pandas, and as an Arrow array.
struct Column {
    name: &'static str,
    fields: Vec<String>,
    array: ArrayRef,
}

fn column(name: &'static str, field: impl Fn(usize) -> String, array: ArrayRef) -> Column {
    Column { name, fields: (0..ROWS).map(field).collect(), array }
}

/// Integers near 2⁶³ that differ by less than the spacing of double precision there.
fn user(row: usize) -> i64 {
    1_234_567_890_123_456_001 + i64::try_from(row * 7 % 10).expect("it is a digit")
}

fn shop(row: usize) -> Option<f64> {
    (row % 19 != 5).then_some([3.0, 5.0, 11.0, 8.0][row * 5 % 17 % 4])
}

fn code(row: usize) -> String {
    format!("{:03}", 1 + row * 3 % 11 % 5)
}

fn town(row: usize) -> &'static str {
    ["Ulm", "Bonn", "Kiel"][row * 5 % 13 % 3]
}

/// Texts of the moments that the column `at` has in Arrow.
fn minute(row: usize) -> String {
    ["2020-01-02T03:04:05", "2020-01-02T15:04:05", "2020-01-03T03:04:05", "2020-01-03T15:04:05"][row * 5 % 17 % 4]
        .into()
}

fn note(row: usize) -> String {
    format!("Nr. {}: {} of the {}th", row % 7, ["Paid", "OPEN", "für Ämter"][row % 3], row * 5 % 17)
}

fn amount(row: usize) -> f64 {
    (row * 37 % 101) as f64 / 8.0
}

fn effect(row: usize) -> f64 {
    let user = [1.0, -2.0, 0.5, 3.0, -1.0, 0.0, 2.0, -3.0, 1.5, -0.5][row * 7 % 10];
    user + shop(row).unwrap_or(0.0) + 4.0 * f64::from(code(row).ends_with('2')) + amount(row)
}

fn columns() -> Vec<Column> {
    let rows = || 0..ROWS;
    let decimal = |row: usize| (row * 31 % 997) as i128;
    let decimals = rows().map(|row| Some(decimal(row))).collect::<Decimal128Array>();
    let decimals = decimals.with_precision_and_scale(20, 2).expect("the precision fits");
    let date = |row: usize| format!("2024-01-{:02}", 1 + row % 28);
    let shop_field = |row: usize| shop(row).map_or_else(String::new, |shop| format!("{shop:.1}"));
    let flag = |row: usize| row * 7 % 5 > 1;
    let id = |row: usize| u64::MAX - (row * 3 % 4) as u64;
    vec![
        column("user", |row| user(row).to_string(), Arc::new(Int64Array::from_iter_values(rows().map(user)))),
        column("shop", shop_field, Arc::new(rows().map(shop).collect::<Float64Array>())),
        column("code", code, Arc::new(StringArray::from_iter_values(rows().map(code)))),
        column(
            "town",
            |row| town(row).into(),
            Arc::new(rows().map(town).map(Some).collect::<DictionaryArray<Int16Type>>()),
        ),
        column(
            "flag",
            |row| if flag(row) { "True".into() } else { "False".into() },
            Arc::new(rows().map(|row| Some(flag(row))).collect::<BooleanArray>()),
        ),
        column("price", |row| format!("{:.2}", decimal(row) as f64 / 100.0), Arc::new(decimals)),
        column("amount", |row| amount(row).to_string(), Arc::new(Float64Array::from_iter_values(rows().map(amount)))),
        column("group_id", |row| id(row).to_string(), Arc::new(UInt64Array::from_iter_values(rows().map(id)))),
        column(
            "day",
            date,
            Arc::new(Date32Array::from_iter_values((0..).take(ROWS).map(|row: i32| 19_723 + row % 28))),
        ),
        column(
            "at",
            |row| minute(row).replace('T', " "),
            Arc::new(TimestampSecondArray::from_iter_values(
                (0_i64..).take(ROWS).map(|row| 1_577_934_245 + 43_200 * (row * 5 % 17 % 4)),
            )),
        ),
        column("note", note, Arc::new(StringArray::from_iter_values(rows().map(note)))),
        column("y", |row| format!("{:?}", effect(row)), Arc::new(Float64Array::from_iter_values(rows().map(effect)))),
    ]
}

fn delimited(columns: &[Column], delimiter: &str) -> String {
    let names: Vec<&str> = columns.iter().map(|column| column.name).collect();
    let line =
        |row: usize| columns.iter().map(|column| column.fields[row].as_str()).collect::<Vec<_>>().join(delimiter);
    let mut text = names.join(delimiter) + "\n";
    (0..ROWS).for_each(|row| text.push_str(&(line(row) + "\n")));
    text
}

fn batch(columns: &[Column]) -> RecordBatch {
    let columns = columns.iter().map(|column| (column.name, Arc::clone(&column.array)));
    RecordBatch::try_from_iter(columns).expect("the columns match")
}

/// Writes the columns in every format of files.
fn files(folder: &TempDir, columns: &[Column]) -> Vec<PathBuf> {
    let path = |name: &str| folder.path().join(name);
    let batch = batch(columns);
    fs::write(path("t.csv"), delimited(columns, ",")).expect("the file is written");
    fs::write(path("t.tsv"), delimited(columns, "\t")).expect("the file is written");
    let create = |name: &str| File::create(path(name)).expect("the file is created");
    let mut writer = ArrowWriter::try_new(create("t.parquet"), batch.schema(), None).expect("the schema is valid");
    writer.write(&batch).expect("the batch is written");
    writer.close().expect("the file is closed");
    let mut writer = FileWriter::try_new(create("t.arrow"), &batch.schema()).expect("the schema is valid");
    writer.write(&batch).expect("the batch is written");
    writer.finish().expect("the file is closed");
    ["t.csv", "t.tsv", "t.parquet", "t.arrow"].map(path).into()
}

fn config(categorical: &[&str]) -> FitConfig {
    let column_options = ColumnOptions { categorical: common::names(categorical), ..ColumnOptions::default() };
    FitConfig { column_options, validation: Validation::None, epochs: Some(20), ..FitConfig::new("y") }
}

fn fit<'a>(config: &FitConfig, data: impl Into<DataSource<'a>>) -> ModelFile {
    let (_, model) = config.run(data, Callbacks::new()).unwrap_or_else(|error| panic!("{error}"));
    model
}

fn bytes(model: &ModelFile) -> Vec<u8> {
    model.to_bytes(Path::new("m.model")).expect("the model can be written")
}

fn values<'a>(model: &ModelFile, data: impl Into<DataSource<'a>>) -> Vec<Prediction> {
    predict(model, data).unwrap_or_else(|error| panic!("{error}")).values
}

#[test]
fn one_table_gives_one_model_in_every_format_and_the_same_predictions() {
    let (folder, columns) = (TempDir::new().expect("the folder is created"), columns());
    let (files, batches) = (files(&folder, &columns), [batch(&columns)]);
    let table = Table::from_record_batches(&batches).expect("the batch is valid");
    let mut texts = config(&["user"]);
    texts.column_options.text = common::names(&["note"]);
    let mut hashed = config(&["at", "day"]);
    hashed.column_options.hash_bits = 12;
    let crossed = ["user*flag*at", "user*code*town*flag", "town*code*flag*at", "shop*amount", "at*flag"];
    hashed.column_options.interactions = crossed.map(|text| text.parse().expect("an interaction")).into();
    for config in [config(&["user", "shop"]), config(&["user", "at", "day"]), config(&[]), texts, hashed] {
        let expected = fit(&config, &table);
        let predictions = values(&expected, &table);
        let is_hashed = |interaction: &Interaction| interaction.encoding == InteractionEncoding::Hashed;
        assert_eq!(expected.schema.interactions.iter().any(is_hashed), config.column_options.hash_bits > 0);
        for file in &files {
            let model = fit(&config, file.as_path());
            assert_eq!(model.schema, expected.schema, "{}", file.display());
            assert!(bytes(&model) == bytes(&expected), "{}", file.display());
            assert_eq!(values(&expected, file.as_path()), predictions, "{}", file.display());
        }
    }
}

#[test]
fn levels_of_every_kind_are_those_of_the_file() {
    let (folder, columns) = (TempDir::new().expect("the folder is created"), columns());
    let files = files(&folder, &columns);
    let model = fit(&config(&["user", "shop"]), files[0].as_path());
    let names: Vec<String> = model.coefficients().into_iter().map(|coefficient| coefficient.name).collect();
    for name in ["user=1234567890123456001", "user=1234567890123456010", "shop=3", "shop=(missing)", "code=002"] {
        assert!(names.iter().any(|found| found == name), "{name} in {names:?}");
    }
    for name in ["flag=true", "flag=false", "group_id=18446744073709551615", "price", "town=Ulm"] {
        assert!(names.iter().any(|found| found == name), "{name} in {names:?}");
    }
}

#[test]
fn levels_match_whatever_way_the_numbers_are_written() {
    let text = |shop: &dyn Fn(usize) -> String| {
        let line = |row: usize| format!("{},{}\n", shop(row), effect(row));
        format!("shop,y\n{}", (0..ROWS).map(line).collect::<String>())
    };
    let number = |row: usize| [3, 5, 11][row * 5 % 17 % 3];
    let spellings: [&dyn Fn(usize) -> String; 4] = [
        &|row| number(row).to_string(),
        &|row| format!("{}.0", number(row)),
        &|row| format!("{:03}", number(row)),
        &|row| format!("+{}", number(row)),
    ];
    let parse = |shop: &dyn Fn(usize) -> String, model: &ModelFile| {
        let bytes = text(shop).into_bytes();
        Table::parse(Path::new("x.csv"), bytes, &model.schema.read_options()).expect("the table is valid")
    };
    for (i, trained) in spellings.iter().enumerate() {
        let model = fit(&config(&["shop"]), &common::table(&text(trained)));
        let expected = values(&model, &parse(trained, &model));
        assert_ne!(expected[0], expected[1]);
        for (k, other) in spellings.iter().enumerate() {
            assert_eq!(values(&model, &parse(other, &model)), expected, "trained on {i}, predicted {k}");
        }
    }
}

#[test]
fn labels_are_predicted_as_written() {
    let cases: [([&str; 3], &[&str]); 5] = [
        (["01", "02", "03"], &["01", "02", "03"]),
        (["1.0", "2.0", "3.0"], &["1", "2", "3"]),
        (
            ["9007199254740993", "9007199254740992", "9007199254740994"],
            &["9007199254740992", "9007199254740993", "9007199254740994"],
        ),
        (["01", "1.0", "2"], &["01", "2"]),
        (["True", "False", "unknown"], &["False", "True", "unknown"]),
    ];
    for (labels, written) in cases {
        let line = |row: usize| format!("{},{}\n", row % 10, labels[row % 10 * 3 / 10]);
        let text = format!("x,y\n{}", (0..ROWS).map(line).collect::<String>());
        let mut config = config(&[]);
        config.loss = Some(thalweg_learn::model::Loss::Softmax);
        let (report, _) = config.run(&common::table(&text), Callbacks::new()).unwrap_or_else(|e| panic!("{e}"));
        assert_eq!(report.labels.expect("there are classes"), written);
    }
}

#[test]
fn a_number_that_means_missing_does_so_in_every_format_and_spelling() {
    let folder = TempDir::new().expect("the folder is created");
    let x = |row: usize| if row % 7 == 3 { -999.0 } else { (row % 23) as f64 };
    let columns = [
        column("x", |row| format!("{:.1}", x(row)), Arc::new(Float64Array::from_iter_values((0..ROWS).map(x)))),
        column("y", |row| effect(row).to_string(), Arc::new(Float64Array::from_iter_values((0..ROWS).map(effect)))),
    ];
    let mut config = config(&[]);
    config.read.missing_tokens = common::names(&["-999"]);
    let files = files(&folder, &columns);
    let expected = fit(&config, files[0].as_path());
    let names: Vec<String> = expected.coefficients().into_iter().map(|coefficient| coefficient.name).collect();
    assert!(names.iter().any(|name| name.contains("missing")), "{names:?}");
    for file in &files[1..] {
        assert!(bytes(&fit(&config, file.as_path())) == bytes(&expected), "{}", file.display());
    }
}

#[test]
fn moments_match_whatever_way_they_are_written() {
    let spellings: [&dyn Fn(usize) -> String; 4] =
        [&minute, &|row| minute(row).replace('T', " "), &|row| minute(row) + ".000", &|row| {
            minute(row).replace('T', " ") + ".0"
        }];
    let parse = |at: &dyn Fn(usize) -> String| {
        let line = |row: usize| format!("{},{}\n", at(row), effect(row));
        common::table(&format!("at,y\n{}", (0..ROWS).map(line).collect::<String>()))
    };
    let expected = fit(&config(&["at"]), &parse(spellings[0]));
    for spelling in &spellings[1..] {
        let model = fit(&config(&["at"]), &parse(spelling));
        assert!(bytes(&model) == bytes(&expected));
        assert_eq!(values(&expected, &parse(spelling)), values(&expected, &parse(spellings[0])));
    }
    let names: Vec<String> = expected.coefficients().into_iter().map(|coefficient| coefficient.name).collect();
    assert!(names.contains(&"at=2020-01-02 03:04:05".to_string()), "{names:?}");
}
