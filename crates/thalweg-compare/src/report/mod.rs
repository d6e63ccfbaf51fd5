//! Report of a comparison, a function of the header and the runs alone.

mod method;
mod protocol;
mod significance;
mod verdict;
mod warnings;

pub use method::{LrPoint, MethodResult, Quartiles, TargetResult};
pub use protocol::ProtocolResult;
pub use significance::MedianRatio;

use serde::Serialize;

use crate::benchmark::Reference;
use crate::run::{ComparisonHeader, Phase, Run};
use crate::score::lowest;

/// Results of a comparison. Its JSON form is stable: keys may be added, not renamed.
#[derive(Clone, Debug, Serialize)]
pub struct ComparisonReport {
    /// Settings that all runs share.
    #[serde(flatten)]
    pub header: ComparisonHeader,
    /// Value from which gaps are measured.
    #[serde(rename = "lowest")]
    pub reference_value: f64,
    /// Origin of the reference value, in words.
    #[serde(rename = "lowest_from")]
    pub reference_source: String,
    /// If true, all planned runs are present; false after an interruption.
    pub complete: bool,
    /// Results of the protocols, in the order of the plan.
    #[serde(rename = "tables")]
    pub results: Vec<ProtocolResult>,
    /// Weaknesses of the comparison.
    pub warnings: Vec<String>,
}

impl ComparisonReport {
    /// Makes the report of these runs.
    pub fn new(header: &ComparisonHeader, runs: &[Run]) -> Self {
        let reference = header.reference.clone().unwrap_or_else(|| lowest_of_runs(header, runs));
        let results = header.protocols.iter().map(|&p| ProtocolResult::new(header, runs, p, reference.value));
        let results: Vec<ProtocolResult> = results.filter(|result| !result.methods.is_empty()).collect();
        let report_seeds = header.report_seeds.len() as u64;
        let is_complete = |result: &ProtocolResult| {
            result.methods.len() == header.methods.len() && result.methods.iter().all(|m| m.runs == report_seeds)
        };
        let complete = results.len() == header.protocols.len() && results.iter().all(is_complete);
        let warnings = warnings::warnings(header, &results, complete);
        let Reference { value: reference_value, source: reference_source } = reference;
        Self { header: header.clone(), reference_value, reference_source, complete, results, warnings }
    }
}

/// Returns the lowest value of all reported runs.
fn lowest_of_runs(header: &ComparisonHeader, runs: &[Run]) -> Reference {
    let mut found = Reference { value: f64::INFINITY, source: "no run ended at a finite value".into() };
    for run in runs.iter().filter(|run| run.phase == Phase::Report && header.methods.contains(&run.method)) {
        if lowest(run) < found.value {
            let source = format!("the lowest that a run reached: {}, protocol {}", run.method, run.protocol.name());
            found = Reference { value: lowest(run), source };
        }
    }
    found
}
