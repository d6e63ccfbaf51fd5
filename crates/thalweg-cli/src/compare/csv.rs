//! The report as CSV: a line for each protocol, method and target.

use thalweg_compare::{ComparisonReport, Quartiles};

pub(super) fn report(report: &ComparisonReport) -> String {
    let mut text =
        String::from("protocol,place,method,setting,lr,runs,diverged,value_low,value_median,value_high,target,reached");
    for what in ["steps", "evaluations", "seconds"] {
        text += &format!(",{what}_low,{what}_median,{what}_high");
    }
    text += ",by_best,by_best_low,by_best_high,told_apart\n";
    for table in &report.results {
        for (place, standing) in table.methods.iter().enumerate() {
            for target in &standing.targets {
                let cells = [
                    table.protocol.name().to_owned(),
                    (place + 1).to_string(),
                    quoted(&standing.method),
                    quoted(&standing.setting),
                    standing.lr.to_string(),
                    standing.runs.to_string(),
                    standing.diverged.to_string(),
                    band(standing.value),
                    target.gap_fraction.to_string(),
                    target.reached.to_string(),
                    band(target.steps),
                    band(target.evaluations),
                    band(target.seconds),
                    standing.ratio_to_best.map_or_else(
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

/// Nothing for a miss.
fn number(value: f64) -> String {
    if value.is_finite() { format!("{value:?}") } else { String::new() }
}

fn band(band: Quartiles) -> String {
    [band.low, band.median, band.high].map(number).join(",")
}

fn quoted(text: &str) -> String {
    if text.contains([',', '"']) { format!("\"{}\"", text.replace('"', "\"\"")) } else { text.to_owned() }
}
