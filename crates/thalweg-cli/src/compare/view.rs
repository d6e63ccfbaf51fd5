//! A comparison as text, page and picture, for the package for Python.

use std::path::Path;

use anyhow::{Context, Result};
use thalweg_compare::{ComparisonReport, ProtocolResult};
use thalweg_plot::{Figure, Theme};

use super::picture::ProtocolPicture;
use super::{page, tables, text};
use crate::commands::View;
use crate::picture::PNG_SCALE;
use crate::report::text_table::escape;

/// A report with the functions that show it. Errors are those of runs that are not repeated to the same bits.
#[derive(Debug)]
pub struct ComparisonView<'a>(pub &'a ComparisonReport);

impl ComparisonView<'_> {
    /// Returns the report as the program prints it.
    pub fn text(&self) -> String {
        text::render(self.0)
    }

    /// Returns the picture of a protocol as SVG.
    ///
    /// # Errors
    /// A run that cannot be repeated; a protocol that is not in the report.
    pub fn svg(&self, protocol: &str, view: View) -> Result<String> {
        self.draw(protocol, view, |figure| Ok(figure.svg(Theme::Light)))
    }

    /// Returns the picture of a protocol as PNG.
    ///
    /// # Errors
    /// The errors of [`ComparisonView::svg`].
    pub fn png(&self, protocol: &str, view: View) -> Result<Vec<u8>> {
        self.draw(protocol, view, |figure| Ok(figure.png(Theme::Light, PNG_SCALE)?))
    }

    fn draw<T>(&self, protocol: &str, view: View, draw: impl FnOnce(&Figure<'_>) -> Result<T>) -> Result<T> {
        let found = self.0.results.iter().find(|result| result.protocol.name() == protocol);
        let picture = ProtocolPicture::new(self.0, found.context("no run of this protocol was finished")?)?;
        draw(&picture.figure(picture.backdrop().as_ref(), view))
    }

    /// Returns the page that `thalweg compare --report` writes; `runs` is the file of the runs, if there is one.
    ///
    /// # Errors
    /// A run that cannot be repeated.
    pub fn page(&self, runs: Option<&Path>) -> Result<String> {
        page::render(self.0, &ProtocolPicture::for_outputs(self.0, false, true)?, runs)
    }

    /// Returns the settings of the comparison as paragraphs of HTML.
    pub fn settings_html(&self) -> String {
        tables::setting_lines(self.0).iter().map(|line| format!("<p>{}</p>", escape(line))).collect()
    }

    /// Returns title, verdict and table of a protocol as HTML.
    pub fn table_html(&self, protocol: &ProtocolResult) -> String {
        let title = tables::protocol_title(self.0, protocol.protocol);
        let (title, verdict, note) = (escape(&title), escape(&protocol.verdict), escape(tables::STEPS_TITLE));
        let settings = tables::settings(protocol).map(|text| format!("<p>{}</p>", escape(&text)));
        let table = tables::steps(self.0, protocol).html();
        format!("<p><b>{title}</b><br/>{verdict}</p><p>{note}:</p>{table}{}", settings.unwrap_or_default())
    }

    /// Returns the warnings as HTML; empty without any.
    pub fn warnings_html(&self) -> String {
        self.0.warnings.iter().map(|warning| format!("<p>warning: {}</p>", escape(warning))).collect()
    }
}
