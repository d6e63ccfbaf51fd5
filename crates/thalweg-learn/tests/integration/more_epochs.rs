//! Fits of more epochs than the default, and their patience.

use thalweg::Schedule;
use thalweg_learn::data::ColumnValues;
use thalweg_learn::{Callbacks, FitConfig, FitReport, Table, Validation};

const ROWS: u32 = 300;

/// A table of three classes that overlap.
fn with_table<T>(of_table: impl FnOnce(&Table<'_>) -> T) -> T {
    let feature = |j: u32| (1..=ROWS).map(|i| (f64::from(i * (j + 1)) * 1.37 + f64::from(j * j)).sin()).collect();
    let columns: Vec<Vec<f64>> = (0..6).map(feature).collect();
    let label = |i: u32| {
        let x = |j: usize| columns[j][i as usize];
        let position = x(0) - x(1) + 0.5 * x(2) + 0.9 * (f64::from(i) * 7.7).cos();
        if position < -0.6 {
            "low"
        } else if position < 0.7 {
            "mid"
        } else {
            "high"
        }
    };
    let labels: Vec<&str> = (0..ROWS).map(label).collect();
    let names = ["x0", "x1", "x2", "x3", "x4", "x5"];
    let features = names.into_iter().zip(columns.iter().map(ColumnValues::from));
    of_table(&Table::from_columns(features.chain([("y", ColumnValues::from(&labels))])).expect("valid columns"))
}

fn config(epochs: Option<u64>) -> FitConfig {
    // Steps by mini-batches, which a schedule of the default method asks for.
    let schedule = Some(Schedule::Cosine { steps: None, end: 0.0 });
    FitConfig { epochs, schedule, validation: Validation::None, ..FitConfig::new("y") }
}

#[test]
fn the_default_patience_is_a_third_of_the_epochs_given() {
    with_table(|table| {
        let patience = |config: FitConfig| {
            let data = config.prepare(table).expect("the data are valid");
            config.training_config(&data).expect("the settings are valid").patience
        };
        assert_eq!(patience(config(None)), 333);
        assert_eq!([6, 60, 4000].map(|epochs| patience(config(Some(epochs)))), [5, 20, 1333]);
        // In a continued fit, the epochs of all calls count.
        assert_eq!(patience(FitConfig { schedule_epochs: Some(600), ..config(Some(1)) }), 200);
        assert_eq!(patience(FitConfig { patience: Some(7), ..config(Some(600)) }), 7);
    });
}

#[test]
fn more_epochs_do_not_end_worse() {
    with_table(|table| {
        let fit = |epochs| config(Some(epochs)).run(table, Callbacks::new()).expect("the fit succeeds").0;
        let reports: Vec<FitReport> = [60, 200, 1000, 4000].map(fit).into();
        for pair in reports.windows(2) {
            let [fewer, more] = [&pair[0], &pair[1]].map(|report| report.train.loss());
            assert!(more < fewer * (1.0 + 3e-4), "{more} after {fewer}");
        }
        assert!(reports[3].epochs > 1333, "ended after {} epochs", reports[3].epochs);
    });
}
