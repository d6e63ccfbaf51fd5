//! Fits that continue on new rows, encoded with the schema of earlier ones.

use std::fs;

use crate::common::message;
use tempfile::TempDir;
use thalweg_learn::data::ColumnValues;
use thalweg_learn::model::Loss;
use thalweg_learn::train::{AnyTrainingState, BatchSize, TrainingStart};
use thalweg_learn::{Callbacks, FitConfig, ModelFile, PreparedData, Table, Validation};

const ROWS: usize = 240;

/// Columns of rows in memory.
struct Columns {
    x: Vec<f64>,
    town: Vec<&'static str>,
    y: Vec<f64>,
}

impl Columns {
    fn new(rows: std::ops::Range<usize>) -> Self {
        let x: Vec<f64> = rows.clone().map(|i| (i * 7919 % 1009) as f64 / 64.0).collect();
        let town: Vec<_> = rows.map(|i| ["Ulm", "Bonn", "Kiel"][i * 5 % 13 % 3]).collect();
        let y = x.iter().zip(&town).map(|(x, town)| 2.0 * x - town.len() as f64).collect();
        Self { x, town, y }
    }

    fn table(&self) -> Table<'_> {
        let columns = [("x", ColumnValues::from(&self.x)), ("town", (&self.town).into()), ("y", (&self.y).into())];
        Table::from_columns(columns).expect("the arrays match")
    }

    fn csv(&self) -> String {
        let line = |i: usize| format!("{},{},{}\n", self.x[i], self.town[i], self.y[i]);
        format!("x,town,y\n{}", (0..self.x.len()).map(line).collect::<String>())
    }
}

/// Settings of which none depends on the number of rows.
fn config() -> FitConfig {
    FitConfig {
        method: Some("adam:lr=0.05".parse().expect("a valid method")),
        batch_size: Some(BatchSize::Rows(16)),
        l2: Some(0.001),
        epochs: Some(1),
        schedule_epochs: Some(4),
        patience: Some(0),
        validation: Validation::None,
        ..FitConfig::new("y")
    }
}

fn state_of(state: &AnyTrainingState) -> (u64, u64, u64) {
    match state {
        AnyTrainingState::F64(state) => (state.epoch, state.batches, state.optimizer.t),
        AnyTrainingState::F32(state) => (state.epoch, state.batches, state.optimizer.t),
    }
}

fn bytes(model: &ModelFile) -> Vec<u8> {
    model.to_bytes("a.model".as_ref()).expect("a model has a file")
}

#[test]
fn rows_prepared_with_their_own_schema_are_those_of_the_inference() {
    let columns = Columns::new(0..ROWS);
    let table = columns.table();
    let labels = FitConfig { validation: Validation::Fraction(0.3), ..FitConfig::new("town") };
    let small = FitConfig { sample_rows: Some(100), ..labels.clone() };
    let folder = TempDir::new().expect("a temporary folder");
    let path = folder.path().join("a.csv");
    fs::write(&path, columns.csv()).expect("the file is written");
    let numbers = FitConfig { weight_column: Some("x".into()), ..FitConfig::new("y") };
    for config in [labels, small, numbers] {
        let inferred = config.prepare(&table).expect("the data are valid");
        let schema = inferred.schema();
        let given = config.prepare_with(schema, &table).expect("the schema fits");
        let file = config.prepare_with(schema, &path).expect("the schema fits");
        for data in [&given, &file] {
            assert_eq!(data.train.sample(), inferred.train.sample());
            assert_eq!(data.validation, inferred.validation);
            assert_eq!(data.schema(), schema);
        }
    }
}

#[test]
fn a_fit_continues_on_new_rows_with_its_weights_and_its_steps() {
    let halves = [Columns::new(0..ROWS / 2), Columns::new(ROWS / 2..ROWS)];
    let config = config();
    let first = config.prepare(&halves[0].table()).expect("the data are valid");
    let second = config.prepare_with(first.schema(), &halves[1].table()).expect("the schema fits");
    let fit = |data: &PreparedData, start| config.fit_from(data, start, Callbacks::new()).expect("the fit runs");
    let (mut start, mut counts, mut losses) = (TrainingStart::Initialization, Vec::new(), Vec::new());
    for data in [&first, &second, &first, &second] {
        let fit = fit(data, start);
        counts.push(state_of(&fit.state));
        losses.push(fit.report.train.loss());
        start = TrainingStart::State(fit.state);
    }
    // 120 rows in batches of 16.
    assert_eq!(counts, [(1, 8, 8), (2, 16, 16), (3, 24, 24), (4, 32, 32)]);
    assert!(losses[3] < losses[1], "{losses:?}");

    // The schema of the model file is the same: the rows of the second half give the same bits.
    let one = fit(&first, TrainingStart::Initialization);
    let again = config.prepare_with(&one.model.schema, &halves[1].table()).expect("the schema fits");
    let direct = fit(&second, TrainingStart::State(one.state.clone()));
    assert_eq!(bytes(&fit(&again, TrainingStart::State(one.state)).model), bytes(&direct.model));
}

#[test]
fn a_warm_start_on_new_rows_begins_at_the_loss_of_the_model() {
    let (old, new) = (Columns::new(0..ROWS), Columns::new(ROWS..ROWS + 50));
    let config = config();
    let (_, model) = config.run(&old.table(), Callbacks::new()).expect("the fit runs");
    let data = config.prepare_with(&model.schema, &new.table()).expect("the schema fits");
    let none = FitConfig { epochs: Some(0), ..config.clone() };
    let start = data.start_of(&model).expect("the schema is the same");
    let fit = none.fit_from(&data, start, Callbacks::new()).expect("the fit runs");
    assert_eq!(fit.model.parameters(), model.parameters());
    let predicted = thalweg_learn::predict(&model, &new.table()).expect("the columns exist").values;
    let error = |(prediction, y): (&thalweg_learn::Prediction, &f64)| match prediction {
        thalweg_learn::Prediction::Number(value) => (value - y).powi(2),
        other => panic!("a number was expected: {other:?}"),
    };
    let loss = predicted.iter().zip(&new.y).map(error).sum::<f64>() / new.y.len() as f64;
    let found = fit.report.train.loss();
    assert!((found / loss - 1.0).abs() < 1e-5, "{found} and {loss}");
}

#[test]
fn calls_of_one_epoch_equal_one_call_in_memory_and_on_disk() {
    let columns = Columns::new(0..ROWS);
    let schema = config().prepare(&columns.table()).expect("the data are valid").schema().clone();
    // 64 MiB of encoded rows: beyond half of the memory limit.
    let many = Columns::new(0..3_000_000);
    for (rows, max_memory) in [(&columns, None), (&many, Some(128 << 20))] {
        let one = FitConfig { max_memory, batch_size: Some(BatchSize::Rows(rows.x.len() / 20)), ..config() };
        let data = one.prepare_with(&schema, &rows.table()).expect("the schema fits");
        assert_eq!(matches!(data.train, thalweg_learn::data::RowStore::Disk(_)), max_memory.is_some());
        let whole = FitConfig { epochs: Some(2), schedule_epochs: Some(2), ..one.clone() };
        let (_, whole) = whole.fit(&data, Callbacks::new()).expect("the fit runs");
        let one = FitConfig { schedule_epochs: Some(2), ..one };
        let part = one.fit_from(&data, TrainingStart::Initialization, Callbacks::new()).expect("the fit runs");
        let part = one.fit_from(&data, TrainingStart::State(part.state), Callbacks::new()).expect("the fit runs");
        assert_eq!(bytes(&part.model), bytes(&whole));
    }
}

#[test]
fn validation_rows_come_from_memory_and_from_files() {
    let (train, validation) = (Columns::new(0..ROWS), Columns::new(ROWS..ROWS + 60));
    let folder = TempDir::new().expect("a temporary folder");
    let path = folder.path().join("b.csv");
    fs::write(&path, validation.csv()).expect("the file is written");
    let config = config();
    let mut data = config.prepare(&train.table()).expect("the data are valid");
    config.set_validation(&mut data, &validation.table()).expect("the schema fits");
    let from_memory = data.validation.clone();
    assert_eq!(from_memory.len(), 60);
    config.set_validation(&mut data, &path).expect("the schema fits");
    assert_eq!(data.validation, from_memory);
}

#[test]
fn rows_that_the_schema_does_not_fit_are_refused() {
    let columns = Columns::new(0..ROWS);
    let (config, table) = (config(), columns.table());
    let schema = config.prepare(&table).expect("the data are valid").schema().clone();
    let refused = |config: &FitConfig, table: &Table<'_>| message(config.prepare_with(&schema, table));
    let narrow = Table::from_columns([("x", ColumnValues::from(&columns.x)), ("y", (&columns.y).into())]);
    let narrow = narrow.expect("the arrays match");
    assert!(refused(&config, &narrow).contains("'town'"), "{}", refused(&config, &narrow));
    let other = FitConfig { target: "x".into(), ..config.clone() };
    assert_eq!(refused(&other, &table), "target must be 'y' as in the schema, but is 'x'");
    let logistic = FitConfig { loss: Some(Loss::Logistic), ..config.clone() };
    assert_eq!(refused(&logistic, &table), "loss must be a loss of a target that is a number, but is 'logistic'");
    let cached = FitConfig { cache: true, ..config.clone() };
    assert_eq!(refused(&cached, &table), "cache must be off for rows with a given schema, but is 'on'");
    let texts =
        [("x", ColumnValues::from(&columns.town)), ("town", (&columns.town).into()), ("y", (&columns.y).into())];
    let texts = Table::from_columns(texts).expect("the arrays match");
    assert!(refused(&config, &texts).contains("column 'x'"), "{}", refused(&config, &texts));

    let labels = FitConfig { batch_size: None, ..FitConfig::new("town") };
    let schema = labels.prepare(&table).expect("the data are valid").schema().clone();
    let towns = vec!["Rome"; ROWS];
    let unknown = [("x", ColumnValues::from(&columns.x)), ("town", (&towns).into()), ("y", (&columns.y).into())];
    let unknown = Table::from_columns(unknown).expect("the arrays match");
    let error = message(labels.prepare_with(&schema, &unknown));
    assert!(error.contains("Bonn") && error.contains("'Rome'"), "{error}");
}
