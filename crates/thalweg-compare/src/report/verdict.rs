//! What a table says, in a sentence or two.

use super::MethodResult;
use crate::run::ComparisonHeader;

/// The sentence above a table.
pub(super) fn of(results: &[MethodResult], headline_target: Option<f64>, header: &ComparisonHeader) -> String {
    let Some((best, others)) = results.split_first() else { return String::new() };
    let name = &best.method;
    if results.iter().all(|result| result.value.median.is_infinite()) {
        return "Every method diverges in the median: none is the best.".into();
    }
    let moved = |result: &MethodResult| result.curve.first().is_none_or(|(_, start)| result.value.low < start.low);
    if !results.iter().any(moved) {
        return "No run goes below its start: there is nothing to compare.".into();
    }
    let mut text = match headline_target {
        Some(gap_fraction) => {
            let steps = best.targets.iter().find(|target| target.gap_fraction.to_bits() == gap_fraction.to_bits());
            let steps = steps.map_or(f64::NAN, |target| target.steps.median).round();
            format!(
                "{name} needs the fewest steps to {gap_fraction:.0e} of the first gap: {} in the median.",
                grouped(steps)
            )
        }
        None => format!(
            "No method closes nine tenths of the gap within {} in three of four runs; {name} comes closest: it leaves {:.0} %.",
            header.budget,
            100.0 * best.gap_fraction.median
        ),
    };
    let same =
        |result: &&MethodResult| result.ratio_to_best.is_some_and(|ratio| !ratio.significant && !ratio.low.is_nan());
    let same: Vec<&str> = others.iter().filter(same).map(|result| result.method.as_str()).collect();
    match same.as_slice() {
        [] => {}
        [one] => text += &format!(" {one} cannot be told apart from it."),
        [first @ .., last] => text += &format!(" {} and {last} cannot be told apart from it.", first.join(", ")),
    }
    if best.runs < 3 && !others.is_empty() {
        text += " So few runs cannot tell methods apart.";
    }
    text
}

/// 1734 as 1,734.
fn grouped(value: f64) -> String {
    let digits = format!("{value:.0}");
    let groups: Vec<&str> =
        digits.as_bytes().rchunks(3).rev().filter_map(|group| std::str::from_utf8(group).ok()).collect();
    groups.join(",")
}
