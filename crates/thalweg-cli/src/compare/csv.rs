//! The report as CSV: one line per protocol, method and target.

use thalweg_compare::{ComparisonReport, Quartiles};

use crate::report::escape::escape_controls;

pub(super) fn render(report: &ComparisonReport) -> String {
    let mut text =
        String::from("protocol,place,method,setting,lr,runs,diverged,value_low,value_median,value_high,target,reached");
    for quantity in ["steps", "evaluations", "seconds"] {
        text += &format!(",{quantity}_low,{quantity}_median,{quantity}_high");
    }
    text += ",by_best,by_best_low,by_best_high,told_apart\n";
    for protocol in &report.results {
        for (index, method) in protocol.methods.iter().enumerate() {
            for target in &method.targets {
                let cells = [
                    protocol.protocol.name().to_owned(),
                    (index + 1).to_string(),
                    quote(&method.method),
                    quote(&method.setting),
                    method.lr.to_string(),
                    method.runs.to_string(),
                    method.diverged.to_string(),
                    quartiles(method.lowest_value),
                    target.gap_fraction.to_string(),
                    target.reached.to_string(),
                    quartiles(target.steps),
                    quartiles(target.evaluations),
                    quartiles(target.seconds),
                    method.ratio_to_best.map_or_else(
                        || "1,1,1,false".into(),
                        |by| format!("{},{},{},{}", number(by.ratio), number(by.low), number(by.high), by.significant),
                    ),
                ];
                text += &(cells.join(",") + "\n");
            }
        }
    }
    text
}

/// Formats a number; an infinite one, for a target that was not reached, is an empty cell.
fn number(value: f64) -> String {
    if value.is_finite() { format!("{value:?}") } else { String::new() }
}

fn quartiles(quartiles: Quartiles) -> String {
    [quartiles.low, quartiles.median, quartiles.high].map(number).join(",")
}

fn quote(text: &str) -> String {
    let text = &escape_controls(text);
    if text.contains([',', '"']) { format!("\"{}\"", text.replace('"', "\"\"")) } else { text.to_string() }
}
