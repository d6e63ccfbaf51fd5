//! Data that are not those that a model was made for.

use std::path::Path;

use crate::common::{self, message};
use thalweg_learn::{Callbacks, DataSource, FitConfig, ModelFile, Prediction, Table, Validation, predict};

fn config(target: &str) -> FitConfig {
    FitConfig { validation: Validation::None, epochs: Some(20), ..FitConfig::new(target) }
}

fn fit<'a>(config: &FitConfig, data: impl Into<DataSource<'a>>) -> ModelFile {
    let (_, model) = config.run(data, Callbacks::new()).unwrap_or_else(|error| panic!("{error}"));
    model
}

fn values<'a>(model: &ModelFile, data: impl Into<DataSource<'a>>) -> Vec<Prediction> {
    predict(model, data).unwrap_or_else(|error| panic!("{error}")).values
}

#[test]
fn a_column_without_a_value_seen_in_training_is_an_error() {
    let train = common::table(&format!("town,y\n{}", "Ulm,1\nBonn,2\nUlm,1.5\nKiel,3\n".repeat(10)));
    let model = fit(&config("y"), &train);
    let read = |text: &str| common::table(text);
    let error = message(predict(&model, &read("town,y\nRom,1\nOslo,2\n")));
    assert_eq!(error, "data.csv: column 'town': expected at least one value seen in training, found none in 2 values");
    assert_eq!(values(&model, &read("town,y\nRom,1\nUlm,2\n")).len(), 2);
    // One new value is no sign of another data set.
    assert_eq!(values(&model, &read("town,y\nRom,1\n")).len(), 1);
}

#[test]
fn a_model_of_a_libsvm_file_takes_lines_without_labels_and_refuses_columns() {
    let line = |row: usize| format!("{} 1:{} 3:{}\n", row % 3, row % 7, row % 5);
    let labelled: String = (0..60).map(line).collect();
    let unlabelled: String = labelled.lines().map(|line| format!("{}\n", &line[2..])).collect();
    let model = {
        let table = common::table(&labelled);
        fit(&config("label"), &table)
    };
    let parse = |text: &str| Table::parse(Path::new("x"), text.as_bytes().to_vec(), &model.schema.read_options());
    let expected = values(&model, &parse(&labelled).expect("the lines are valid"));
    assert_eq!(values(&model, &parse(&unlabelled).expect("labels are optional")), expected);
    let error = message(predict(&model, &parse("city,country\nUlm,DE\nBonn,DE\n").expect("it is a table")));
    assert_eq!(error, "x: expected a libsvm file or a sparse matrix as in training, found columns");
    let error = message(parse("1:1 3:1\n0 1:2\n"));
    assert_eq!(error, "x:2:1: expected `index:value` pairs after the label, found '0'");
}
