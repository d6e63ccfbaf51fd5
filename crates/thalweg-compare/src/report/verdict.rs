//! Summary of a protocol in one to three sentences.

use super::method::MethodResult;
use crate::run::ComparisonHeader;

/// Smallest number of runs that allows a test of significance.
const MIN_RUNS: u64 = 3;

/// Returns the sentences above a table.
pub(super) fn verdict(methods: &[MethodResult], headline_target: Option<f64>, header: &ComparisonHeader) -> String {
    let Some((best, others)) = methods.split_first() else { return String::new() };
    let name = &best.method;
    if methods.iter().all(|method| method.lowest_value.median.is_infinite()) {
        return "Every method diverges in the median run: there is no best method.".into();
    }
    if !methods.iter().any(MethodResult::improves) {
        return "No run improves on its start: there is nothing to compare.".into();
    }
    let mut text = match headline_target {
        Some(target) => {
            let result = best.targets.iter().find(|result| result.gap_fraction.to_bits() == target.to_bits());
            let steps = result.expect("the headline target is one of the targets").steps.median.round();
            format!(
                "{name} needs the fewest steps to reach {target:.0e} of the initial gap: {} (median).",
                grouped(steps)
            )
        }
        None => format!(
            "No method closes 90 % of the initial gap within {} in three of four runs; {name} comes closest, with {:.0} % \
             remaining (median).",
            header.budget,
            100.0 * best.gap_fraction.median
        ),
    };
    let is_close =
        |method: &&MethodResult| method.ratio_to_best.is_some_and(|ratio| !ratio.significant && !ratio.low.is_nan());
    let close: Vec<&str> = others.iter().filter(is_close).map(|method| method.method.as_str()).collect();
    match close.as_slice() {
        [] => {}
        [one] => text += &format!(" The difference to {one} is not significant."),
        [first @ .., last] => {
            text += &format!(" The differences to {} and {last} are not significant.", first.join(", "));
        }
    }
    if best.runs < MIN_RUNS && !others.is_empty() {
        text += &format!(" Fewer than {MIN_RUNS} runs do not allow a test of significance.");
    }
    text
}

/// Returns a whole number with a comma before every three digits: `1,734`.
fn grouped(value: f64) -> String {
    let digits = format!("{value:.0}");
    let groups: Vec<&str> = digits
        .as_bytes()
        .rchunks(3)
        .rev()
        .map(|group| std::str::from_utf8(group).expect("a formatted number is ASCII"))
        .collect();
    groups.join(",")
}
