//! Learning rate range tests of fits.

use std::time::Duration;

use crate::common::table;
use thalweg_learn::fit::{FitStage, LearningRate};
use thalweg_learn::train::{BatchSize, TrainingBudget, TrainingStart};
use thalweg_learn::{Callbacks, FitConfig, FitReport, Table};

fn rows() -> Table<'static> {
    let line = |i: i32| format!("{},{},{}\n", i * 7 % 101, i * 13 % 37, i * 7 % 101 + 2 * (i * 13 % 37) + i * 31 % 5);
    table(&format!("x,z,y\n{}", (0..600).map(line).collect::<String>()))
}

fn fitted(config: &FitConfig) -> FitReport {
    config.run(&rows(), Callbacks::new()).unwrap_or_else(|error| panic!("{error}")).0
}

fn config(architecture: &str, method: Option<&str>, lr: Option<LearningRate>) -> FitConfig {
    FitConfig {
        architecture: architecture.parse().expect("a model"),
        method: method.map(|method| method.parse().expect("a method")),
        lr,
        epochs: Some(3),
        ..FitConfig::new("y")
    }
}

#[test]
fn the_rate_of_gradient_descent_is_a_fraction_of_the_largest_stable_one() {
    // The mean squared error of one standardized column has the curvature 1 in both directions: steps of more than 2
    // diverge, and the loss begins to grow there.
    let one =
        table(&format!("x,y\n{}", (0..400).map(|i| format!("{},{}\n", i % 17, i % 17 + i % 5)).collect::<String>()));
    let sgd =
        FitConfig { batch_size: Some(BatchSize::Full), ..config("linear", Some("sgd"), Some(LearningRate::Auto)) };
    let (report, _) = sgd.run(&one, Callbacks::new()).expect("the fit succeeds");
    let test = report.range_test.expect("the rate was tested");
    let lr = test.chosen.expect("the loss fell");
    assert!((0.5 / 15.0..=3.0 / 15.0).contains(&lr), "{lr}");
    assert_eq!(report.method, format!("sgd:lr={lr}"));
    // The report has the losses in its own units: the first is that of the mean, 1 for a standardized target.
    let (first, constant) = (test.steps[0].loss, report.baseline.train.loss());
    assert!((first / constant - 1.0).abs() < 0.2, "{first} and {constant}");
}

#[test]
fn perceptrons_without_a_method_have_a_tested_rate_and_others_do_not() {
    let tested = |config: &FitConfig| fitted(config).range_test.is_some();
    assert!(tested(&config("mlp:8", None, None)));
    assert!(!tested(&config("mlp:8", None, Some(0.01.into()))));
    assert!(!tested(&config("mlp:8", Some("adam"), None)));
    assert!(tested(&config("mlp:8", Some("adam"), Some(LearningRate::Auto))));
    assert!(!tested(&config("linear", None, None)) && !tested(&config("fm:rank=2", Some("adam"), None)));
    // A rate is one of steps: a linear model is then fitted by them.
    let linear = fitted(&config("linear", None, Some(LearningRate::Auto)));
    assert!(linear.range_test.is_some() && linear.method.starts_with("adam:"), "{}", linear.method);
    assert!(tested(&config("fm:rank=2", Some("nag:accumulate=3"), Some(LearningRate::Auto))));
}

#[test]
fn the_rate_does_not_depend_on_the_number_of_threads() {
    let config = config("mlp:16", None, None);
    let chosen = |threads| {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().expect("a pool");
        pool.install(|| fitted(&config)).range_test
    };
    let one = chosen(1);
    assert!(one.as_ref().is_some_and(|test| test.chosen.is_some()));
    assert!([2, 3, 8].into_iter().all(|threads| chosen(threads) == one));
}

#[test]
fn a_rate_that_cannot_be_tested_is_refused() {
    let error = |config: &FitConfig| config.run(&rows(), Callbacks::new()).expect_err("it is refused").to_string();
    assert_eq!(
        error(&config("linear", Some("lbfgs"), Some(LearningRate::Auto))),
        "lr must be a number for lbfgs, which chooses its steps itself, but is 'auto'"
    );
    let config = config("linear", Some("adam"), Some(LearningRate::Auto));
    let data = config.prepare(&rows()).expect("the data are valid");
    let continued = config.fit_from(&data, TrainingStart::Initialization, Callbacks::new());
    let error = continued.expect_err("it is refused").to_string();
    assert_eq!(error, "lr must be a number in a continued fit, but is 'auto'");
    assert!("fast".parse::<LearningRate>().is_err());
}

#[test]
fn without_time_the_rate_is_that_of_the_method() {
    let budget = TrainingBudget { max_time: Some(Duration::from_nanos(1)), ..TrainingBudget::default() };
    let report = fitted(&FitConfig { budget, ..config("mlp:8", None, None) });
    assert_eq!(report.range_test, None);
    assert!(report.omitted.contains(&FitStage::RangeTest), "{:?}", report.omitted);
    assert_eq!(report.method, "adam:lr=0.001");
}
