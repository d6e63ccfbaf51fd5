//! Cross-validation of whole fits.

use thalweg_learn::data::ColumnValues;
use thalweg_learn::fit::{CrossValidation, RefitPolicy};
use thalweg_learn::{FitConfig, Interrupt, Metrics, Result, Table, Validation};

const ROWS: usize = 24;

fn x(row: usize) -> f64 {
    (row * 7 % 24) as f64 / 3.0
}

fn y(row: usize) -> f64 {
    1.0 + 2.0 * x(row) + (row * 7919 % 1009) as f64 / 500.0
}

fn cross_validated(
    folds: usize,
    weights: Option<&[f64]>,
    change: impl FnOnce(&mut FitConfig),
) -> Result<CrossValidation> {
    let (x, y): (Vec<f64>, Vec<f64>) = (0..ROWS).map(|row| (x(row), y(row))).unzip();
    let columns = [("x", &x[..]), ("y", &y[..])].into_iter().chain(weights.map(|weights| ("w", weights)));
    let table = Table::from_columns(columns.map(|(name, values)| (name, ColumnValues::from(values))))?;
    let mut config = FitConfig {
        weight_column: weights.map(|_| "w".to_owned()),
        validation: Validation::None,
        refit: RefitPolicy::Never,
        l2: Some(0.0),
        ..FitConfig::new("y")
    };
    config.column_options.keep = vec!["x".into()];
    change(&mut config);
    config.cross_validate(&table, folds, Interrupt::NEVER)
}

/// Returns the root mean square of the residuals of least squares without each row in turn, e/(1 − h) for the leverage
/// h of the row (Allen 1974).
fn prediction_error(weight: impl Fn(usize) -> f64) -> f64 {
    let sum = |of: &dyn Fn(usize) -> f64| (0..ROWS).map(|row| weight(row) * of(row)).sum::<f64>();
    let total = sum(&|_| 1.0);
    let (mean_x, mean_y) = (sum(&x) / total, sum(&y) / total);
    let squares = sum(&|row| (x(row) - mean_x).powi(2));
    let slope = sum(&|row| (x(row) - mean_x) * (y(row) - mean_y)) / squares;
    let residual = |row: usize| y(row) - mean_y - slope * (x(row) - mean_x);
    let leverage = |row: usize| weight(row) * (1.0 / total + (x(row) - mean_x).powi(2) / squares);
    (sum(&|row| (residual(row) / (1.0 - leverage(row))).powi(2)) / total).sqrt()
}

#[test]
fn folds_of_one_row_have_the_closed_form_of_least_squares() {
    let weights: Vec<f64> = (0..ROWS).map(|row| [0.5, 1.25, 3.0][row % 3]).collect();
    for weights in [None, Some(weights.as_slice())] {
        let validation = cross_validated(ROWS, weights, |_| ()).expect("the rows are valid");
        let expected = prediction_error(|row| weights.map_or(1.0, |weights| weights[row]));
        let Metrics::Regression { rmse, loss, .. } = validation.metrics else { panic!("numbers") };
        assert!((rmse / expected - 1.0).abs() < 1e-5, "{rmse}, not {expected}");
        assert!((loss / (rmse * rmse) - 1.0).abs() < 1e-9, "{loss}");
        assert_eq!(validation.folds.len(), ROWS);
        // The constant is the mean of the other rows.
        let Metrics::Regression { rmse: of_constant, .. } = validation.baseline else { panic!("numbers") };
        assert!(of_constant > 3.0 * rmse, "{of_constant}");
    }
}

#[test]
fn rows_of_weight_zero_are_in_no_fold() {
    let mut weights = vec![1.0; ROWS];
    weights[3] = 0.0;
    let validation = cross_validated(ROWS - 1, Some(&weights), |_| ()).expect("the rows are valid");
    assert_eq!(validation.folds.iter().map(|fold| fold.rows).sum::<usize>(), ROWS - 1);
    let expected = prediction_error(|row| weights[row]);
    let Metrics::Regression { rmse, .. } = validation.metrics else { panic!("numbers") };
    assert!((rmse / expected - 1.0).abs() < 1e-5, "{rmse}, not {expected}");
}

#[test]
fn means_are_those_of_the_folds() {
    let validation = cross_validated(4, None, |config| config.refit = RefitPolicy::Auto).expect("the rows are valid");
    let of_fold = |metrics: &Metrics| match metrics {
        Metrics::Regression { rmse, .. } => *rmse,
        other => panic!("{other:?}"),
    };
    let errors: Vec<f64> = validation.folds.iter().map(|fold| of_fold(&fold.metrics)).collect();
    let mean = errors.iter().sum::<f64>() / 4.0;
    let deviation = (errors.iter().map(|error| (error - mean).powi(2)).sum::<f64>() / 3.0).sqrt();
    let found = validation.mean("rmse").expect("the metric has a mean");
    assert!((found.model.mean - mean).abs() < 1e-12 && (found.model.standard_error - deviation / 2.0).abs() < 1e-12);
    // scipy.stats.t.ppf(0.975, 3)
    let half = 3.182_446_305_283_707_8 * deviation / 2.0;
    assert!((found.model.low - (mean - half)).abs() < 1e-12 && (found.model.high - (mean + half)).abs() < 1e-12);
    assert!((found.difference.mean - (found.model.mean - found.baseline.mean)).abs() < 1e-12);
    assert!(found.difference.high < 0.0, "the model is better in every fold: {found:?}");
}

#[test]
fn what_cannot_be_divided_is_named() {
    let message = |result: Result<CrossValidation>| result.expect_err("the folds are impossible").to_string();
    assert!(message(cross_validated(1, None, |_| ())).contains("folds must be at least 2"));
    assert!(message(cross_validated(ROWS + 1, None, |_| ())).contains("at most the number of rows, 24"));
    let files = |config: &mut FitConfig| config.validation = Validation::Files(std::path::Path::new("a.csv").into());
    assert!(message(cross_validated(3, None, files)).contains("validation rows among the data"));
    let labels: Vec<&str> = (0..ROWS).map(|row| if row == 5 { "c" } else { ["a", "b"][row % 2] }).collect();
    let x: Vec<f64> = (0..ROWS).map(x).collect();
    let table = Table::from_columns([("x", ColumnValues::from(&x)), ("y", ColumnValues::from(&labels))])
        .expect("the columns are valid");
    let result = FitConfig::new("y").cross_validate(&table, 3, Interrupt::NEVER);
    assert!(message(result).contains("at least two rows of each class"));
}
