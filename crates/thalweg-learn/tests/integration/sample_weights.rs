//! Weights of rows: a weight counts as repetitions of the row.
#![allow(clippy::float_cmp, reason = "equal bits are meant")]

use std::fmt::Write;
use std::path::{Path, PathBuf};

use thalweg_learn::data::{Encoding, Target};
use thalweg_learn::fit::ClassWeight;
use thalweg_learn::model::Loss;
use thalweg_learn::train::BatchSize;
use thalweg_learn::{Callbacks, FitConfig, FitReport, Metrics, ModelFile, Table, Validation};

/// Rows of an uneven table; row i has the weight 1 + i mod 3.
const ROWS: usize = 90;

const HEADER: &str = "x,z,colour,weight,y\n";

/// Returns the cells of a row of which those with `y` depend on its loss.
fn row(i: usize, loss: Loss, weight: usize) -> String {
    let y = match loss {
        Loss::Logistic => ["no", "yes"][i * i * 5 % 13 % 2].to_string(),
        Loss::Softmax => ["a", "b", "c"][i * i * 5 % 13 % 3].to_string(),
        _ => (i * i * 5 % 13).to_string(),
    };
    let z = if i % 7 == 3 { String::new() } else { (i * i % 17).to_string() };
    format!("{},{z},{},{weight},{y}\n", i * 7 % 31, ["red", "blue", "grey"][i * 5 % 11 % 3])
}

fn weighted_rows(rows: usize, loss: Loss) -> String {
    HEADER.to_string() + &(0..rows).map(|i| row(i, loss, 1 + i % 3)).collect::<String>()
}

fn repeated_rows(rows: usize, loss: Loss) -> String {
    HEADER.to_string() + &(0..rows).map(|i| row(i, loss, 1).repeat(1 + i % 3)).collect::<String>()
}

fn weighted(loss: Loss) -> String {
    weighted_rows(ROWS, loss)
}

fn repeated(loss: Loss) -> String {
    repeated_rows(ROWS, loss)
}

fn weights(target: &str) -> FitConfig {
    FitConfig { weight_column: Some("weight".into()), ..FitConfig::new(target) }
}

/// Fits a text as a file.
fn fit(text: &str, config: &FitConfig) -> (FitReport, ModelFile) {
    let folder = tempfile::TempDir::new().expect("the folder is created");
    let path: PathBuf = folder.path().join("rows.csv");
    std::fs::write(&path, text).expect("the file is written");
    config.run(&path, Callbacks::new()).unwrap_or_else(|error| panic!("{error}"))
}

fn bytes(model: &ModelFile) -> Vec<u8> {
    model.to_bytes(Path::new("model")).expect("a model has a file")
}

#[track_caller]
fn assert_close(found: f64, expected: f64, tolerance: f64) {
    assert!((found - expected).abs() <= tolerance * expected.abs(), "{found} is not {expected}");
}

/// Returns the numbers of a schema: means, deviations and those of a numeric target.
fn statistics(model: &ModelFile) -> Vec<f64> {
    let of_feature = |encoding: &Encoding| match encoding {
        Encoding::Number { mean, deviation, .. } => vec![*mean, *deviation],
        _ => Vec::new(),
    };
    let mut numbers: Vec<f64> =
        model.schema.features.iter().flat_map(|feature| of_feature(&feature.encoding)).collect();
    if let Target::Number { mean, deviation, .. } = &model.schema.target {
        numbers.extend([mean, deviation]);
    }
    numbers
}

/// Returns all numbers of metrics.
fn numbers(metrics: &Metrics) -> Vec<f64> {
    match metrics {
        Metrics::Regression { loss, rmse, r2, mae, .. } => vec![*loss, *rmse, *r2, *mae],
        Metrics::Binary { loss, accuracy, auc, .. } => vec![*loss, *accuracy, *auc],
        Metrics::Multiclass { loss, accuracy, macro_f1, confusion, .. } => {
            [&[*loss, *accuracy, *macro_f1], confusion.concat().as_slice()].concat()
        }
    }
}

#[test]
fn a_weight_counts_as_repetitions_of_the_row() {
    for loss in [Loss::Squared, Loss::Logistic, Loss::Softmax, Loss::Poisson] {
        for (class_weight, method) in [(ClassWeight::Equal, "momentum:lr=0.1"), (ClassWeight::Balanced, "sgd:lr=0.3")] {
            let of_classes = matches!(loss, Loss::Logistic | Loss::Softmax);
            let config = FitConfig {
                loss: Some(loss),
                class_weight: if of_classes { class_weight } else { ClassWeight::Equal },
                method: Some(method.parse().expect("a valid method")),
                validation: Validation::None,
                batch_size: Some(BatchSize::Full),
                epochs: Some(60),
                ..weights("y")
            };
            let (report, model) = fit(&weighted(loss), &config);
            let mut unweighted = FitConfig { weight_column: None, ..config };
            unweighted.column_options.ignore = vec!["weight".into()];
            let (of_repeated, repeated) = fit(&repeated(loss), &unweighted);

            assert_eq!((report.rows, of_repeated.rows), (ROWS, 2 * ROWS));
            // In the objective of counts, the default penalty is in their units: their mean over the rows.
            let scale = if loss == Loss::Poisson { model.schema.target.inverse_transform().scale } else { 1.0 };
            assert_close(report.l2, scale / (2 * ROWS) as f64, 1e-15);
            assert_close(report.l2, of_repeated.l2, 1e-13);
            assert_eq!(
                (&report.method, &report.schedule, report.epochs),
                (&of_repeated.method, &of_repeated.schedule, of_repeated.epochs)
            );
            let (found, expected) = (statistics(&model), statistics(&repeated));
            assert!(found.len() >= 4, "{found:?}");
            found.iter().zip(&expected).for_each(|(a, b)| assert_close(*a, *b, 1e-14));
            let (found, expected) = (model.parameters(), repeated.parameters());
            assert_eq!(found.len(), expected.len());
            found.iter().zip(&expected).for_each(|(a, b)| assert_close(*a, *b, 1e-12));
            let mut pairs = vec![(&report.train, &of_repeated.train)];
            // With balanced classes, the best constant score is 0 up to rounding, and its sign is the label.
            if class_weight == ClassWeight::Equal {
                pairs.push((&report.baseline.train, &of_repeated.baseline.train));
            }
            for (found, expected) in pairs {
                let (found, expected) = (numbers(found), numbers(expected));
                assert_eq!(found.len(), expected.len());
                // R² of the baseline is 0 up to rounding.
                let close = |(a, b): (&f64, &f64)| (a - b).abs() < 1e-12 * b.abs().max(1.0);
                assert!(found.iter().zip(&expected).all(close), "{loss:?}: {found:?} are not {expected:?}");
            }
        }
    }
}

#[test]
fn the_defaults_are_those_of_the_repeated_rows() {
    let config = FitConfig { validation: Validation::None, ..weights("y") };
    let prepare = |text: &str, config: &FitConfig| {
        let table = Table::parse(Path::new("rows.csv"), text.as_bytes().to_vec(), &config.read).expect("a table");
        config.training_config(&config.prepare(&table).expect("the data are valid")).expect("the settings are valid")
    };
    let mut unweighted = FitConfig { weight_column: None, ..config.clone() };
    unweighted.column_options.ignore = vec!["weight".into()];
    let sizes = [None, Some(BatchSize::Rows(12)), Some(BatchSize::Full)];
    for (rows, batch_size) in [ROWS, 900].into_iter().flat_map(|rows| sizes.map(|size| (rows, size))) {
        let of_weighted = prepare(&weighted_rows(rows, Loss::Squared), &FitConfig { batch_size, ..config.clone() });
        let of_repeated = prepare(&repeated_rows(rows, Loss::Squared), &FitConfig { batch_size, ..unweighted.clone() });
        assert_close(of_weighted.l2, of_repeated.l2, 1e-15);
        assert_eq!(
            (of_weighted.spec, of_weighted.epochs, of_weighted.patience),
            (of_repeated.spec, of_repeated.epochs, of_repeated.patience)
        );
        let batches = (of_weighted.batch_size.batches(rows), of_repeated.batch_size.batches(2 * rows));
        assert!(batch_size.is_some() || batches.0 == batches.1, "{batches:?}");
    }
    // Sums of large or fractional weights are no numbers of rows.
    for end in ["e-9", ".5", "e6"] {
        let relative = |text: String, weight| text.replace(&format!(",{weight},"), &format!(",{weight}{end},"));
        assert_close(prepare(&(1..4).fold(weighted(Loss::Squared), relative), &config).l2, 1.0 / ROWS as f64, 1e-15);
    }
}

#[test]
fn a_fit_with_default_settings_is_that_of_the_repeated_rows() {
    for loss in [Loss::Squared, Loss::Logistic] {
        // So few rows that a default batch has all of them: batches of some rows depend on the shuffle.
        let config = FitConfig { loss: Some(loss), validation: Validation::None, ..weights("y") };
        let mut unweighted = FitConfig { weight_column: None, ..config.clone() };
        unweighted.column_options.ignore = vec!["weight".into()];
        let (report, model) = fit(&weighted_rows(8, loss), &config);
        let (of_repeated, repeated) = fit(&repeated_rows(8, loss), &unweighted);
        assert_eq!((report.rows, of_repeated.rows), (8, 15));
        assert_eq!(
            (report.epochs, report.steps, &report.method),
            (of_repeated.epochs, of_repeated.steps, &of_repeated.method)
        );
        assert!(report.epochs > 5, "{}", report.epochs);
        model.parameters().iter().zip(&repeated.parameters()).for_each(|(a, b)| assert_close(*a, *b, 1e-9));
    }
}

#[test]
fn rows_of_weight_0_do_not_count_for_the_sample_of_a_stream() {
    let count = 60_000;
    // No row of the first blocks has a weight.
    let column = |of: &dyn Fn(usize) -> f64| (0..count).map(of).collect::<Vec<f64>>();
    let (x, y) = (column(&|i| if i < 40_000 { 1e9 } else { (i % 97) as f64 }), column(&|i| (i * 11 % 89) as f64));
    let weight = column(&|i| if i < 40_000 { 0.0 } else { 1.0 + (i % 2) as f64 });
    let columns = [("x", &x), ("weight", &weight), ("y", &y)];
    let table = Table::from_columns(columns.map(|(name, values)| (name, values.as_slice().into()))).expect("a table");
    let mut text = String::from("x,weight,y\n");
    for i in 0..count {
        writeln!(text, "{},{},{}", x[i], weight[i], y[i]).expect("a text can be written");
    }
    let config = FitConfig { sample_rows: Some(100), epochs: Some(1), ..weights("y") };
    for (report, model) in [config.run(&table, Callbacks::new()).expect("the fit succeeds"), fit(&text, &config)] {
        let Encoding::Number { mean, .. } = model.schema.features[0].encoding else { panic!("a number") };
        assert!((40.0..60.0).contains(&mean), "{mean}");
        assert_eq!(report.rows, 20_000);
    }
}

/// Standard deviation and regression of scikit-learn 1.9.1: `StandardScaler().fit(x, sample_weight=w)` and
/// `Ridge(alpha=1.0).fit(z, y, sample_weight=w)` of the scaled x, whose penalty is the default l2 = 1/Σw.
#[test]
fn statistics_and_ridge_regression_are_those_of_scikit_learn() {
    let config = FitConfig {
        validation: Validation::None,
        method: Some("sgd:lr=0.5".parse().expect("a valid method")),
        batch_size: Some(BatchSize::Full),
        epochs: Some(300),
        patience: Some(0),
        min_delta: 0.0,
        ..weights("y")
    };
    let (report, model) = fit("x,weight,y\n1,1,1\n2,2,3\n4,3,2\n7,1,5\n11,2,4\n", &config);
    let Encoding::Number { mean, deviation, .. } = model.schema.features[0].encoding else { panic!("a number") };
    assert_close(mean, 5.111_111_111_111_111, 1e-15);
    assert_close(deviation, 3.541_639_433_446_495, 1e-15);
    assert_close(report.l2, 1.0 / 9.0, 1e-15);
    // Encoded numbers have 24 bits.
    assert_close(report.coefficients[0].weight, 0.765_496_082_268_553_4, 1e-6);
    assert_close(report.intercept, 2.888_888_888_888_889, 1e-6);
}

#[test]
fn rows_of_weight_0_change_nothing() {
    let text = |zeros: bool| {
        let mut text = String::from("x,colour,weight,y\n");
        for i in 0..60 {
            if zeros && i % 4 == 0 {
                text += "a text,purple,0,no number\n";
                text += "12,,0.0,\n";
            }
            let (x, y) = (i * 7 % 11, i * 3 % 17);
            writeln!(text, "{x},{},{},{y}", ["red", "blue"][i % 2], i % 3 + 1).expect("a text can be written");
        }
        text
    };
    let config = FitConfig { epochs: Some(4), ..weights("y") };
    let of = |zeros: bool| {
        let (report, model) = fit(&text(zeros), &config);
        (report.rows, report.target_missing, bytes(&model))
    };
    assert_eq!(of(true), of(false));
    let labels = |zeros: bool| {
        let text = text(zeros).replace(",0,no number", ",0,third");
        let lines = text.lines().skip(1).map(|line| match line.rsplit_once(',') {
            Some((line, y)) if y.parse::<u32>().is_ok_and(|y| y % 2 == 0) => format!("{line},even\n"),
            Some((line, y)) if y.parse::<u32>().is_ok() => format!("{line},odd\n"),
            _ => format!("{line}\n"),
        });
        "x,colour,weight,y\n".to_string() + &lines.collect::<String>()
    };
    let (report, model) = fit(&labels(true), &config);
    assert_eq!(report.labels, Some(vec!["odd".to_string(), "even".to_string()]));
    assert_eq!(bytes(&model), bytes(&fit(&labels(false), &config).1));
}

#[test]
fn rows_of_weight_0_change_nothing_in_a_stream() {
    let count = 50_000;
    // The first rows are the sample, whose size is given in rows of the file.
    let is_zero = |i: usize| i > 20_000 && (i % 5 == 2 || (30_000..48_000).contains(&i));
    let config = FitConfig { sample_rows: Some(1000), epochs: Some(2), ..weights("y") };
    let model = |zeros: bool| {
        let kept: Vec<usize> = (0..count).filter(|&i| zeros || !is_zero(i)).collect();
        let column = |of: &dyn Fn(usize) -> f64| kept.iter().map(|&i| of(i)).collect::<Vec<f64>>();
        let x = column(&|i| if is_zero(i) { 1e9 } else { (i * 37 % 1009) as f64 });
        let y = column(&|i| if is_zero(i) { 1e9 } else { (i * 11 % 97) as f64 });
        let weight = column(&|i| if is_zero(i) { 0.0 } else { 0.5 + (i % 3) as f64 });
        let columns = [("x", &x), ("weight", &weight), ("y", &y)];
        let table = Table::from_columns(columns.map(|(name, values)| (name, values.as_slice().into())));
        let (report, model) = config.run(&table.expect("a table"), Callbacks::new()).expect("the fit succeeds");
        (report.rows, report.target_missing, report.validation.map(|metrics| metrics.loss()), bytes(&model))
    };
    let (with, without) = (model(true), model(false));
    assert!(with.0 < count / 2 + 10_000, "{}", with.0);
    assert_eq!(with, without);
}

#[test]
fn validation_rows_of_weight_0_change_nothing() {
    let folder = tempfile::TempDir::new().expect("the folder is created");
    let loss = |zeros: &str| {
        let path = folder.path().join("validation.csv");
        std::fs::write(&path, HEADER.to_string() + &row(5, Loss::Squared, 2) + zeros + &row(8, Loss::Squared, 1))
            .expect("the file is written");
        let validation = Validation::Files(path.as_path().into());
        let (report, model) = fit(&weighted(Loss::Squared), &FitConfig { validation, epochs: Some(9), ..weights("y") });
        (report.validation_rows, report.validation.map(|metrics| metrics.loss()), bytes(&model))
    };
    assert_eq!(loss("9,9,red,0,1000000\n"), loss(""));
}
