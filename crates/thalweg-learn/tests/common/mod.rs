//! What several tests need.
#![allow(dead_code, reason = "each test program uses its own part")]

use std::path::Path;

use thalweg_learn::{ColumnOptions, EncodingPlan, Error, ReadOptions, Result, Schema, Table, TargetChoice};

/// Reads the text as a file called `data.csv`.
pub(crate) fn try_table(text: &str) -> Result<Table> {
    Table::parse(Path::new("data.csv"), text.as_bytes().to_vec(), &ReadOptions::default())
}

/// The same, where it must succeed.
pub(crate) fn table(text: &str) -> Table {
    try_table(text).unwrap_or_else(|error| panic!("{error}\n{text}"))
}

/// The plan with everything left to be found out, where it must succeed.
pub(crate) fn plan(table: &Table, target: &str) -> EncodingPlan {
    plan_with(table, target, &ColumnOptions::default()).unwrap_or_else(|error| panic!("{error}"))
}

/// The plan with choices.
pub(crate) fn plan_with(table: &Table, target: &str, column_options: &ColumnOptions) -> Result<EncodingPlan> {
    Schema::plan(table, target, TargetChoice::Auto, column_options)
}

/// The schema measured on all usable rows.
pub(crate) fn schema(table: &Table, target: &str) -> Schema {
    let mut plan = plan(table, target);
    let rows = plan.usable_rows.clone();
    plan.schema(table, &rows).unwrap_or_else(|error| panic!("{error}"))
}

/// The columns left out, with the reason in words.
pub(crate) fn excluded_columns(plan: &EncodingPlan) -> Vec<String> {
    plan.excluded_columns.iter().map(|(name, reason)| format!("{name}: {reason}")).collect()
}

/// The text of the error that must come, and whether the data are at fault.
pub(crate) fn message<T>(result: Result<T>) -> String {
    match result {
        Ok(_) => panic!("an error was due"),
        Err(error) => error.to_string(),
    }
}

/// The error that must come, of bad data.
pub(crate) fn bad_data<T>(result: Result<T>) -> String {
    let error: Error = result.err().unwrap_or_else(|| panic!("an error was due"));
    assert!(error.is_bad_data(), "{error}");
    error.to_string()
}

/// Owned names.
pub(crate) fn names(list: &[&str]) -> Vec<String> {
    list.iter().map(ToString::to_string).collect()
}
