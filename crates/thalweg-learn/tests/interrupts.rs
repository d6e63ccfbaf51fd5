//! Looks at the interrupt in preparation and evaluation: after a bounded number of rows.

use std::ops::ControlFlow::Continue;
use std::path::Path;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

use thalweg_learn::train::BatchSize;
use thalweg_learn::{Callbacks, Error, FitConfig, Interrupt, Metrics, ModelFile, Table, Validation};

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
    let batch_size = Some(BatchSize::Rows(1 << 14));
    FitConfig { batch_size, epochs: Some(1), validation: Validation::None, ..FitConfig::new("y") }
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
    // Types, distinct values, target, moments (several sums) and encoding of two columns: at least 16 passes.
    let (once, twice) = (looks(ROWS), looks(2 * ROWS));
    assert!((twice - once) * ROWS_PER_LOOK >= 16 * ROWS, "{once} looks, {twice} for twice the rows");
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
            assert!(of_first_rows != metrics, "look {request} of {looks}");
            assert!((of_first_rows.loss() / metrics.loss() - 1.0).abs() < 0.2, "{of_first_rows:?}, {metrics:?}");
        }
    }
}
