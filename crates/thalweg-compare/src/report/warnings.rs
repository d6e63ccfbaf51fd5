//! Where the answer is weak.

use super::{MethodResult, ProtocolResult, Quartiles, at_edge};
use crate::run::{ComparisonHeader, Protocol};
use crate::score::is_better;

/// Fewer seeds to report on say little about chance; fewer to choose on choose by luck.
const FEW: [u64; 2] = [5, 3];

/// A method, and another that is the first with a hyperparameter at a certain value: if the second does better, the first
/// was not tuned well enough (Choi et al. 2019, arXiv:1910.05446).
const SPECIAL_CASES: [(&str, &str, &str); 3] =
    [("momentum", "sgd", "momentum=0"), ("nag", "sgd", "momentum=0"), ("adamw", "adam", "weight_decay=0")];

pub(super) fn of(header: &ComparisonHeader, tables: &[ProtocolResult], complete: bool) -> Vec<String> {
    let mut warnings = Vec::new();
    if !complete {
        warnings.push("Not all runs were made: what is here is what was finished.".into());
    }
    let report = tables.iter().flat_map(|table| &table.methods).map(|result| result.runs).min().unwrap_or(0);
    let tuning = header.tuning_seeds.len() as u64;
    if report < FEW[0] {
        warnings.push(format!("Reported on {} only: {} or more tell chance from merit.", seeds(report), FEW[0]));
    }
    if tuning < FEW[1] && tables.iter().any(|table| table.protocol != Protocol::Defaults) {
        warnings.push(format!("Settings chosen on {} only: with fewer than {} luck chooses.", seeds(tuning), FEW[1]));
    }
    if report > 1 && tables.iter().flat_map(|table| &table.methods).all(|result| same(&result.value)) {
        warnings.push("The seeds change nothing: all runs of a method are one run, and intervals say nothing.".into());
    }
    for table in tables {
        let protocol = table.protocol.name();
        for result in &table.methods {
            let name = &result.method;
            if at_edge(result) {
                let lr = result.lr;
                warnings.push(format!("{protocol}: the best rate of {name}, {lr:e}, is at the end of what was tried."));
            }
            if result.diverged > 0 {
                let (diverged, runs) = (result.diverged, result.runs);
                warnings
                    .push(format!("{protocol}: {diverged} of {runs} runs of {name} diverged at the setting reported."));
            }
        }
        if table.protocol != Protocol::Defaults {
            warnings.extend(special_cases(table));
        }
    }
    warnings
}

fn seeds(count: u64) -> String {
    format!("{count} seed{}", if count == 1 { "" } else { "s" })
}

/// Whether all runs ended at the same value.
fn same(band: &Quartiles) -> bool {
    band.low.to_bits() == band.high.to_bits()
}

fn special_cases(table: &ProtocolResult) -> Vec<String> {
    let find = |name: &str| table.methods.iter().find(|result| result.method == name);
    let key = |result: &MethodResult| {
        let steps = result.targets.last().map_or(f64::NAN, |target| target.steps.median);
        [result.gap_fraction.median, steps]
    };
    let mut warnings = Vec::new();
    for (general, special, how) in SPECIAL_CASES {
        let (Some(one), Some(other)) = (find(general), find(special)) else { continue };
        if is_better(key(other), key(one)) {
            let protocol = table.protocol.name();
            let why = match table.protocol {
                Protocol::Tuned => "more trials would do it no harm",
                _ => "this protocol does not tune that number",
            };
            warnings
                .push(format!("{protocol}: {general} is beaten by {special}, which is {general} with {how}: {why}."));
        }
    }
    warnings
}
