//! Weaknesses of a comparison.

use super::method::{MethodResult, Quartiles};
use super::protocol::ProtocolResult;
use crate::run::{ComparisonHeader, Protocol};
use crate::score::Score;

/// Smallest number of report seeds that gives no warning.
const MIN_REPORT_SEEDS: u64 = 5;
/// Smallest number of tuning seeds that gives no warning.
const MIN_TUNING_SEEDS: u64 = 3;

/// A method that equals another one with a hyperparameter at a certain value.
struct SpecialCase {
    general: &'static str,
    special: &'static str,
    /// Hyperparameter of the general method at the value of the special one.
    hyperparameter: &'static str,
}

/// If a special case does better than the general method, the general method was not tuned well enough (Choi et al.
/// 2019, arXiv:1910.05446).
const SPECIAL_CASES: [SpecialCase; 3] = [
    SpecialCase { general: "momentum", special: "sgd", hyperparameter: "momentum=0" },
    SpecialCase { general: "nag", special: "sgd", hyperparameter: "momentum=0" },
    SpecialCase { general: "adamw", special: "adam", hyperparameter: "weight_decay=0" },
];

pub(super) fn warnings(header: &ComparisonHeader, results: &[ProtocolResult], complete: bool) -> Vec<String> {
    let mut warnings = Vec::new();
    let methods = || results.iter().flat_map(|result| &result.methods);
    if !complete {
        warnings.push("Not all runs were made; the report covers the finished ones.".into());
    }
    let report = methods().map(|method| method.runs).min().unwrap_or(0);
    let tuning = header.tuning_seeds.len() as u64;
    if report < MIN_REPORT_SEEDS {
        let seeds = seeds(report);
        warnings.push(format!("Reported on {seeds} only; {MIN_REPORT_SEEDS} or more are needed to rule out chance."));
    }
    if tuning < MIN_TUNING_SEEDS && results.iter().any(|result| result.protocol != Protocol::Defaults) {
        let seeds = seeds(tuning);
        warnings.push(format!(
            "Settings were chosen on {seeds} only; with fewer than {MIN_TUNING_SEEDS} the choice is largely chance."
        ));
    }
    if report > 1 && methods().all(|method| is_constant(&method.lowest_value)) {
        warnings
            .push("The seeds have no effect: all runs of a method are identical and intervals have no meaning.".into());
    }
    for result in results {
        result.methods.iter().for_each(|method| warnings.extend(method_warnings(result.protocol, method)));
        if result.protocol != Protocol::Defaults {
            warnings.extend(special_case_warnings(result));
        }
    }
    warnings
}

fn method_warnings(protocol: Protocol, method: &MethodResult) -> Vec<String> {
    let (protocol, name) = (protocol.name(), &method.method);
    let mut warnings = Vec::new();
    if method.lr_is_at_edge() {
        let lr = method.lr;
        warnings
            .push(format!("{protocol}: the best learning rate of {name}, {lr:e}, is at the edge of the tried range."));
    }
    if method.diverged > 0 {
        let (diverged, runs) = (method.diverged, method.runs);
        warnings.push(format!("{protocol}: {diverged} of {runs} runs of {name} diverged at the reported setting."));
    }
    warnings
}

fn seeds(count: u64) -> String {
    format!("{count} seed{}", if count == 1 { "" } else { "s" })
}

/// Returns `true` if the quartiles are equal.
fn is_constant(values: &Quartiles) -> bool {
    values.low.to_bits() == values.high.to_bits()
}

fn special_case_warnings(result: &ProtocolResult) -> Vec<String> {
    let find = |name: &str| result.methods.iter().find(|method| method.method == name);
    let score = |method: &MethodResult| Score {
        primary: method.gap_fraction.median,
        tie_breaker: method.targets.last().expect("every benchmark has targets").steps.median,
    };
    let mut warnings = Vec::new();
    for SpecialCase { general, special, hyperparameter } in SPECIAL_CASES {
        let (Some(one), Some(other)) = (find(general), find(special)) else { continue };
        if score(other).is_better_than(score(one)) {
            let protocol = result.protocol.name();
            let reason = match result.protocol {
                Protocol::Tuned => "more trials may help",
                _ => "this protocol does not tune that hyperparameter",
            };
            warnings.push(format!(
                "{protocol}: {general} is beaten by {special}, which is {general} with {hyperparameter}: {reason}."
            ));
        }
    }
    warnings
}
