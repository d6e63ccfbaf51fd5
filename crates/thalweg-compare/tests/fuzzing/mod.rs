//! Entry point of fuzzing, used by the tests and by cargo-fuzz: no input may cause a panic.

use thalweg_compare::{ComparisonReport, run_file};

/// Reads a file of runs; if it is valid, makes its report.
pub(crate) fn read_runs(data: &[u8]) {
    let Ok(file) = run_file::read(data) else { return };
    let report = ComparisonReport::new(&file.header, &file.runs);
    serde_json::to_string(&report).expect("the report is serialized");
}
