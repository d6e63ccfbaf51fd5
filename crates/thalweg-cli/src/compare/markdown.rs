//! The report in Markdown.

use thalweg_compare::ComparisonReport;

use super::tables;

pub(super) fn report(report: &ComparisonReport) -> String {
    let mut text = format!("# {}\n\n", report.header.benchmark);
    text += &tables::ground(report).iter().map(|line| format!("- {line}\n")).collect::<String>();
    for table in &report.results {
        text += &format!("\n## {}\n\n{}\n\n", tables::chosen(report, table.protocol), table.verdict);
        text += "Steps to a share of the first gap (medians; ≈: cannot be told apart from the best):\n\n";
        text += &tables::steps(report, table).markdown();
        text += "\nEvaluations of the gradient to it:\n\n";
        text += &tables::cost(report, table, "evaluations", |target| target.evaluations).markdown();
        text += "\nSeconds to it:\n\n";
        text += &tables::cost(report, table, "seconds", |target| target.seconds).markdown();
        if let Some(settings) = tables::settings(table) {
            text += &format!("\n{settings}\n");
        }
    }
    if !report.warnings.is_empty() {
        text += "\n## Warnings\n\n";
    }
    text + &report.warnings.iter().map(|warning| format!("- {warning}\n")).collect::<String>()
}
