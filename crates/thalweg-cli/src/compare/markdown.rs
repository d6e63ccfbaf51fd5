//! The report in Markdown.

use thalweg_compare::ComparisonReport;

use super::tables;
use crate::report::escape::display_sentence;
use crate::report::text_table::escape_markdown;

pub(super) fn render(report: &ComparisonReport) -> String {
    let mut text = format!("# {}\n\n", line(&report.header.benchmark));
    text += &tables::setting_lines(report).iter().map(|text| format!("- {}\n", line(text))).collect::<String>();
    for protocol in &report.results {
        text +=
            &format!("\n## {}\n\n{}\n\n", tables::protocol_title(report, protocol.protocol), line(&protocol.verdict));
        let parts = [
            (tables::STEPS_TITLE, tables::steps(report, protocol)),
            (tables::EVALUATIONS_TITLE, tables::evaluations(report, protocol)),
            (tables::SECONDS_TITLE, tables::seconds(protocol)),
        ];
        text += &parts.map(|(title, table)| format!("{title}:\n\n{}", table.markdown())).join("\n");
        if let Some(settings) = tables::settings(protocol) {
            text += &format!("\n{}\n", line(&settings));
        }
    }
    if !report.warnings.is_empty() {
        text += "\n## Warnings\n\n";
    }
    text + &report.warnings.iter().map(|warning| format!("- {}\n", line(warning))).collect::<String>()
}

fn line(text: &str) -> String {
    escape_markdown(&display_sentence(text))
}
