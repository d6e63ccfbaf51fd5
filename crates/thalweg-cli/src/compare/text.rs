//! The report for people.

use thalweg_compare::ComparisonReport;

use super::tables;

pub(super) fn report(report: &ComparisonReport) -> String {
    let mut text = tables::ground(report).join("\n") + "\n";
    for table in &report.results {
        text += &format!("\n{}\n{}\n\n", tables::chosen(report, table.protocol), table.verdict);
        text += "  steps to a share of the first gap (medians; ≈: cannot be told apart from the best)\n";
        text += &tables::steps(report, table).text();
        if !tables::one_each(table) {
            text += "\n";
            text += &tables::cost(report, table, "evaluations", |target| target.evaluations).text();
        }
        text += "\n";
        text += &tables::cost(report, table, "seconds", |target| target.seconds).text();
        if let Some(settings) = tables::settings(table) {
            text += &format!("\n  {settings}\n");
        }
    }
    if !report.warnings.is_empty() {
        text += "\n";
    }
    text + &report.warnings.iter().map(|warning| format!("warning: {warning}\n")).collect::<String>()
}
