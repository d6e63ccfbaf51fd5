//! Helpers of several tests.

pub(crate) mod budgets;
pub(crate) mod counted;
pub(crate) mod figures;
pub(crate) mod mixed_table;
pub(crate) mod random_rows;
pub(crate) mod ranks;

use std::path::Path;

use thalweg_learn::data::{EncodingPlan, Schema, TargetChoice};
use thalweg_learn::train::{BatchSize, OnDivergence, TrainingConfig};
use thalweg_learn::{ColumnOptions, Error, ReadOptions, Result, Table};

/// Parses a text as the file `data.csv`.
pub(crate) fn try_table(text: &str) -> Result<Table<'static>> {
    Table::parse(Path::new("data.csv"), text.as_bytes().to_vec(), &ReadOptions::default())
}

/// Parses a valid text as the file `data.csv`.
pub(crate) fn table(text: &str) -> Table<'static> {
    try_table(text).unwrap_or_else(|error| panic!("{error}\n{text}"))
}

/// Returns the plan with default options, which must succeed.
pub(crate) fn plan(table: &Table<'_>, target: &str) -> EncodingPlan {
    plan_with(table, target, &ColumnOptions::default()).unwrap_or_else(|error| panic!("{error}"))
}

/// Returns the plan with the given options.
pub(crate) fn plan_with(table: &Table<'_>, target: &str, column_options: &ColumnOptions) -> Result<EncodingPlan> {
    EncodingPlan::infer(table, target, TargetChoice::Auto, column_options)
}

/// Returns the schema measured on all usable rows.
pub(crate) fn schema(table: &Table<'_>, target: &str) -> Schema {
    let mut plan = plan(table, target);
    let rows = plan.usable_rows.clone();
    plan.schema(table, &rows).unwrap_or_else(|error| panic!("{error}"))
}

/// Returns the excluded columns with the reasons.
pub(crate) fn excluded_columns(plan: &EncodingPlan) -> Vec<String> {
    plan.excluded_columns.iter().map(|exclusion| format!("{}: {}", exclusion.column, exclusion.description())).collect()
}

/// Returns the message of an error, which must occur.
pub(crate) fn message<T>(result: Result<T>) -> String {
    match result {
        Ok(_) => panic!("an error was expected"),
        Err(error) => error.to_string(),
    }
}

/// Returns the message of an error, which must occur and be caused by the data.
pub(crate) fn bad_data<T>(result: Result<T>) -> String {
    let error: Error = result.err().unwrap_or_else(|| panic!("an error was expected"));
    assert!(error.is_bad_data(), "{error}");
    error.to_string()
}

/// Converts names to owned strings.
pub(crate) fn names(list: &[&str]) -> Vec<String> {
    list.iter().map(ToString::to_string).collect()
}

/// Returns the settings of a training from zero with a method, without penalties and early stopping.
pub(crate) fn training(method: &str, batch_size: BatchSize, epochs: u64) -> TrainingConfig {
    let spec = method.parse().unwrap_or_else(|error| panic!("{method}: {error}"));
    let on_divergence = OnDivergence::Stop;
    TrainingConfig { min_delta: 0.0, on_divergence, ..TrainingConfig::new(spec, batch_size, epochs) }
}
