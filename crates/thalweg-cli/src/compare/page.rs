//! The HTML page of `thalweg compare --report`.

use std::path::Path;

use anyhow::Result;
use thalweg_compare::ComparisonReport;
use thalweg_plot::Figure;

use super::picture::ProtocolPicture;
use super::tables;
use crate::commands::View;
use crate::picture::html_page::HtmlPage;
use crate::report::shell::quote_for_shell;

/// Renders verdicts, settings, warnings, pictures and tables; `runs` is the file of runs, if there is one.
pub(super) fn render(
    report: &ComparisonReport,
    pictures: &[ProtocolPicture<'_>],
    runs: Option<&Path>,
) -> Result<String> {
    let mut page = HtmlPage::new(&report.header.benchmark);
    for protocol in &report.results {
        page.lead(&format!("{}: {}", protocol.protocol.name(), protocol.verdict));
    }
    page.notes(&tables::setting_lines(report));
    if !report.warnings.is_empty() {
        page.heading("Warnings");
        page.notes(&report.warnings);
    }
    for picture in pictures {
        let protocol = picture.protocol;
        page.heading(&tables::protocol_title(report, protocol.protocol));
        let backdrop = picture.backdrop();
        page.figure(&picture.figure(backdrop.as_ref(), View::Contour));
        if let Some(backdrop) = backdrop.filter(|_| picture.has_surface()) {
            let panels = vec![backdrop.panel("The surface", View::Surface)];
            page.figure(&Figure { panels, columns: 1, ..Figure::default() });
        }
        let parts = [
            (tables::STEPS_TITLE, tables::steps(report, protocol)),
            (tables::EVALUATIONS_TITLE, tables::evaluations(report, protocol)),
            (tables::SECONDS_TITLE, tables::seconds(protocol)),
        ];
        for (title, table) in parts {
            page.text(&format!("{title}:"));
            page.table(&table);
        }
        if let Some(settings) = tables::settings(protocol) {
            page.text(&settings);
        }
    }
    if let Some(runs) = runs {
        let command = format!("thalweg compare --from {} --report report.html", quote_for_shell(runs));
        page.command("To create this page again from the recorded runs:", &command);
    }
    page.json(&serde_json::to_string_pretty(report)?);
    Ok(page.finish())
}
