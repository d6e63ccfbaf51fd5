//! Looks at the interrupt in preparation and evaluation: after a bounded number of rows.

use std::ops::ControlFlow::Continue;
use std::path::Path;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

use thalweg_learn::model::Loss;
use thalweg_learn::train::BatchSize;
use thalweg_learn::{Callbacks, Error, FitConfig, Interrupt, Metrics, ModelFile, ReadOptions, Table, Validation};

/// Most rows of one column between two looks at the interrupt.
const ROWS_PER_LOOK: usize = 8192;

/// Columns of a table with one feature.
fn columns(rows: usize) -> (Vec<f64>, Vec<f64>) {
    let x: Vec<f64> = (0..rows).map(|i| (i * 7919 % 1009) as f64).collect();
    let y = x.iter().enumerate().map(|(i, x)| x / 100.0 + (i * 31 % 17) as f64).collect();
    (x, y)
}

fn table((x, y): &(Vec<f64>, Vec<f64>)) -> Table<'_> {
    Table::from_columns([("x", x.as_slice().into()), ("y", y.as_slice().into())]).expect("a table")
}

fn config() -> FitConfig {
    config_of("y")
}

fn config_of(target: &str) -> FitConfig {
    let batch_size = Some(BatchSize::Rows(1 << 14));
    FitConfig { batch_size, epochs: Some(1), validation: Validation::None, ..FitConfig::new(target) }
}

/// Returns the number of looks during a preparation in which the look with this number is the first to request the end.
fn prepare(rows: &Table<'_>, first_request: usize) -> (usize, Result<(), Error>) {
    let looks = AtomicUsize::new(0);
    let request = || looks.fetch_add(1, Ordering::Relaxed) + 1 >= first_request;
    let prepared = config().prepare_until(rows, Interrupt::when(&request)).map(drop);
    (looks.into_inner(), prepared)
}

#[test]
fn every_pass_over_a_tall_column_looks_at_the_interrupt() {
    const ROWS: usize = 100_000;
    let looks = |rows: usize| {
        let (looks, prepared) = prepare(&table(&columns(rows)), usize::MAX);
        prepared.expect("nothing interrupts");
        looks
    };
    // Encoding looks at each tile of 128 rows, moments at each tile of 512, and types, the target and its distinct
    // values at each 8,192 rows: as many passes at least.
    let (once, twice) = (looks(ROWS), looks(2 * ROWS));
    let expected = ROWS / 128 + ROWS / 512 + 4 * ROWS / ROWS_PER_LOOK;
    assert!(twice - once >= expected, "{once} looks, {twice} for twice the rows, expected {expected} more");
}

#[test]
fn an_interrupt_at_any_look_ends_the_preparation() {
    let columns = columns(30_000);
    let rows = table(&columns);
    let all = prepare(&rows, usize::MAX).0;
    assert!(all > 60, "{all}");
    for first_request in (1..=all).step_by(3) {
        let (looks, prepared) = prepare(&rows, first_request);
        assert!(matches!(prepared, Err(Error::Interrupted)), "look {first_request}: {prepared:?}");
        // Other threads may look once more each.
        assert!(looks <= first_request + 64, "{looks} looks instead of {first_request}");
    }
}

#[test]
fn the_baseline_looks_at_the_interrupt() {
    const ROWS: usize = 200_000;
    let columns = columns(ROWS);
    let looks = |intercept| {
        let (trained, looks) = (AtomicBool::new(false), AtomicUsize::new(0));
        let request = || trained.load(Ordering::Relaxed) && looks.fetch_add(1, Ordering::Relaxed) == usize::MAX;
        let callbacks = Callbacks::new().interrupt(Interrupt::when(&request)).on_epoch(|_, _| {
            trained.store(true, Ordering::Relaxed);
            Continue(())
        });
        let fit = FitConfig { intercept, loss: Some(Loss::Quantile { q: 0.9 }), ..config() };
        let data = fit.prepare(&table(&columns)).expect("the rows are valid");
        fit.fit(&data, callbacks).expect("nothing interrupts");
        looks.into_inner()
    };
    // Without an intercept the baseline is 0. A quantile sums the weights, sorts the rows, and reads a part of them.
    let (zero, quantile) = (looks(false), looks(true));
    assert!((quantile - zero) * ROWS_PER_LOOK >= ROWS * 2, "{quantile} looks, {zero} for a baseline of 0");
}

#[test]
fn the_order_of_coefficients_looks_at_the_interrupt() {
    // Two rows, which differ in nothing but the highest index.
    let looks = |features: usize| {
        let text = format!("1.5 1:1 {features}:1\n-1 1:2\n2 1:1 2:1\n").repeat(10);
        let table = Table::parse(Path::new("x.libsvm"), text.into_bytes(), &ReadOptions::default()).expect("a table");
        let fit = FitConfig { l2: Some(0.0), ..config_of("label") };
        let data = fit.prepare(&table).expect("the rows are valid");
        let (trained, looks) = (AtomicBool::new(false), AtomicUsize::new(0));
        let request = || trained.load(Ordering::Relaxed) && looks.fetch_add(1, Ordering::Relaxed) == usize::MAX;
        let callbacks = Callbacks::new().interrupt(Interrupt::when(&request)).on_epoch(|_, _| {
            trained.store(true, Ordering::Relaxed);
            Continue(())
        });
        let (report, _) = fit.fit(&data, callbacks).expect("nothing interrupts");
        assert_eq!(report.coefficients.len(), 1000);
        looks.into_inner()
    };
    let (less, more) = (looks(200_000), looks(1_000_000));
    assert!((more - less) * ROWS_PER_LOOK >= 800_000, "{more} looks, {less} for a fifth of the features");
}

/// Fits with a request that comes a number of looks after the last epoch; returns the looks after it.
fn fit(rows: &Table<'_>, looks_before_request: usize) -> (usize, Metrics, ModelFile) {
    let (trained, looks) = (AtomicBool::new(false), AtomicUsize::new(0));
    let request =
        || trained.load(Ordering::Relaxed) && looks.fetch_add(1, Ordering::Relaxed) + 1 >= looks_before_request;
    let callbacks = Callbacks::new().interrupt(Interrupt::when(&request)).on_epoch(|_, _| {
        trained.store(true, Ordering::Relaxed);
        Continue(())
    });
    let data = config().prepare(rows).expect("the rows are valid");
    let (report, model) = config().fit(&data, callbacks).expect("a trained model is not lost");
    (looks.into_inner(), report.train, model)
}

#[test]
fn an_evaluation_looks_at_the_interrupt_and_keeps_the_model() {
    const ROWS: usize = 200_000;
    let (columns, half) = (columns(ROWS), columns(ROWS / 2));
    let labels: Vec<&str> = columns.1.iter().map(|y| if *y > 10.0 { "high" } else { "low" }).collect();
    let numbers = [table(&columns), table(&half)];
    let of_labels = |rows: usize| {
        Table::from_columns([("x", columns.0[..rows].into()), ("y", labels[..rows].into())]).expect("a table")
    };
    for [all, half] in [numbers, [of_labels(ROWS), of_labels(ROWS / 2)]] {
        let (looks, metrics, model) = fit(&all, usize::MAX);
        let (looks_of_half, _, _) = fit(&half, usize::MAX);
        // Losses, their sum and several sums of the metrics, of the model and of the baseline.
        assert!((looks - looks_of_half) * ROWS_PER_LOOK >= 6 * ROWS / 2, "{looks}, {looks_of_half} for half the rows");
        let bytes = |model: &ModelFile| model.to_bytes(Path::new("model")).expect("a model has a file");
        for request in [2, looks / 2, looks] {
            let (_, of_first_rows, kept) = fit(&all, request);
            assert_eq!(bytes(&kept), bytes(&model), "look {request} of {looks}");
            // The last looks are those of the warnings, when the metrics are complete.
            assert!(request == looks || of_first_rows != metrics, "look {request} of {looks}");
            assert!((of_first_rows.loss() / metrics.loss() - 1.0).abs() < 0.2, "{of_first_rows:?}, {metrics:?}");
        }
    }
}
