//! The report as text.

use thalweg_compare::ComparisonReport;

use super::tables;
use crate::report::escape::{display_sentence, escape_controls};

pub(super) fn render(report: &ComparisonReport) -> String {
    let mut text = tables::setting_lines(report).join("\n") + "\n";
    for protocol in &report.results {
        text += &format!(
            "\n{}\n{}\n\n",
            tables::protocol_title(report, protocol.protocol),
            display_sentence(&protocol.verdict)
        );
        text += &format!("  {}\n", tables::STEPS_TITLE);
        text += &tables::steps(report, protocol).text();
        if !tables::has_one_evaluation_per_step(protocol) {
            text += "\n";
            text += &tables::evaluations(report, protocol).text();
        }
        text += "\n";
        text += &tables::seconds(protocol).text();
        if let Some(settings) = tables::settings(protocol) {
            text += &format!("\n  {}\n", escape_controls(&settings));
        }
    }
    if !report.warnings.is_empty() {
        text += "\n";
    }
    text + &report
        .warnings
        .iter()
        .map(|warning| format!("warning: {}\n", display_sentence(warning)))
        .collect::<String>()
}
