//! The metrics of a report, computed again from the predictions of its model.

use crate::common::table;
use thalweg_learn::model::Loss;
use thalweg_learn::{Callbacks, FitConfig, FitReport, Metrics, ModelFile, Prediction, Table, Validation, predict};

const ROWS: usize = 210;

fn noise(row: usize) -> f64 {
    (row * 7919 % 1009) as f64 / 1009.0 - 0.5
}

fn rows(target: impl Fn(usize) -> String) -> Table<'static> {
    let lines = (0..ROWS).map(|row| format!("{},{},{}\n", row % 13, row * 5 % 7, target(row)));
    table(&format!("x,z,y\n{}", lines.collect::<String>()))
}

fn fit(table: &Table<'_>, loss: Loss) -> (FitReport, ModelFile, Vec<Prediction>) {
    let config = FitConfig { loss: Some(loss), validation: Validation::None, ..FitConfig::new("y") };
    let (report, model) = config.run(table, Callbacks::new()).unwrap_or_else(|error| panic!("{error}"));
    let predicted = predict(&model, table).expect("the table is valid").values;
    (report, model, predicted)
}

fn assert_close(found: f64, expected: f64, what: &str) {
    assert!((found - expected).abs() < 1e-12 * expected.abs().max(1.0), "{what}: {found}, not {expected}");
}

#[test]
fn errors_of_numbers_are_those_of_the_predictions() {
    let value = |row: usize| 100.0 + 3.0 * (row % 13) as f64 - (row * 5 % 7) as f64 + 8.0 * noise(row);
    let table = rows(|row| value(row).to_string());
    let mean = (0..ROWS).map(value).sum::<f64>() / ROWS as f64;
    let variance = (0..ROWS).map(|row| (value(row) - mean).powi(2)).sum::<f64>() / ROWS as f64;
    for loss in ["squared", "huber", "quantile:q=0.3", "poisson"] {
        let loss: Loss = loss.parse().expect("the loss is valid");
        let (report, _, predicted) = fit(&table, loss);
        let residual = |(row, prediction): (usize, &Prediction)| match prediction {
            Prediction::Number(number) => value(row) - number,
            other => panic!("{other:?}"),
        };
        let residuals: Vec<f64> = predicted.iter().enumerate().map(residual).collect();
        let squares = residuals.iter().map(|r| r * r).sum::<f64>() / ROWS as f64;
        let Metrics::Regression { loss: reported, rmse, r2, .. } = report.train else { panic!("{:?}", report.train) };
        assert_close(rmse, squares.sqrt(), "rmse");
        assert_close(r2, 1.0 - squares / variance, "r²");
        if loss == Loss::Squared {
            assert_close(reported, squares, "mean squared error");
        }
        if matches!(loss, Loss::Quantile { .. }) {
            let pinball = |r: &f64| (0.3 * r).max(-0.7 * r);
            assert_close(reported, residuals.iter().map(pinball).sum::<f64>() / ROWS as f64, "pinball loss");
        }
    }
}

#[test]
fn scores_of_classes_are_those_of_the_predictions() {
    let class = |row: usize| match (row % 13) as f64 / 6.5 - (row * 5 % 7) as f64 / 7.0 + noise(row) {
        ..0.2 => "low",
        0.2..0.9 => "middle",
        _ => "top",
    };
    let (report, _, predicted) = fit(&rows(|row| class(row).into()), Loss::Softmax);
    let labels = report.labels.clone().expect("there are classes");
    assert_eq!(labels, ["low", "middle", "top"]);
    let index = |label: &str| labels.iter().position(|other| other == label).expect("the label is known");
    let mut confusion = vec![vec![0.0; 3]; 3];
    let mut log_loss = 0.0;
    for (row, prediction) in predicted.iter().enumerate() {
        let Prediction::Class { label, probabilities } = prediction else { panic!("{prediction:?}") };
        confusion[index(class(row))][index(label)] += 1.0;
        log_loss -= probabilities[index(class(row))].ln() / ROWS as f64;
        assert_close(probabilities.iter().sum(), 1.0, "the sum of the probabilities");
    }
    let f1 = |of: usize| {
        let (actual, found): (f64, f64) = (confusion[of].iter().sum(), confusion.iter().map(|row| row[of]).sum());
        2.0 * confusion[of][of] / (actual + found)
    };
    let Metrics::Multiclass { loss, accuracy, macro_f1, confusion: reported, .. } = &report.train else {
        panic!("{:?}", report.train)
    };
    assert_eq!(reported, &confusion);
    assert_close(*loss, log_loss, "log loss");
    assert_close(*accuracy, (0..3).map(|of| confusion[of][of]).sum::<f64>() / ROWS as f64, "accuracy");
    assert_close(*macro_f1, (0..3).map(f1).sum::<f64>() / 3.0, "macro F1");
}

#[test]
fn validation_rows_of_one_class_have_no_area_under_the_curve() {
    let label = |row: usize| if row % 13 > 6 { "yes" } else { "no" };
    let all = rows(|row| label(row).into());
    let folder = tempfile::TempDir::new().expect("the folder is created");
    let path = folder.path().join("validation.csv");
    std::fs::write(&path, "x,z,y\n9,1,yes\n12,3,yes\n8,2,yes\n").expect("the file is written");
    let config = FitConfig { validation: Validation::Files(path.as_path().into()), ..FitConfig::new("y") };
    let (report, _) = config.run(&all, Callbacks::new()).unwrap_or_else(|error| panic!("{error}"));
    let Some(Metrics::Binary { loss, accuracy, auc, .. }) = report.validation else {
        panic!("{:?}", report.validation)
    };
    assert!(auc.is_nan() && loss.is_finite(), "{auc} {loss}");
    assert_close(accuracy, 1.0, "accuracy");
}
