//! The HTML page of `thalweg fit --report`.

pub(crate) mod charts;
mod data;
mod diagnostics;
mod model;
mod view;

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::path::{Path, PathBuf};

use anyhow::Result;
use thalweg_learn::data::Schema;
use thalweg_learn::train::TrainingStopReason;
use thalweg_learn::{Files, FitReport};
use thalweg_plot::Figure;

use crate::picture::html_page::HtmlPage;
use crate::report::escape::{display_name, display_sentence};
use crate::report::fit_report::{self, SavedFitReport};
use crate::report::shell::quote_for_shell;
use crate::report::text_table::TextTable;

/// Width of a chart that shares its row, in pixels.
const HALF_WIDTH: f64 = 450.0;

/// Contents of the page.
pub(crate) struct FitPage<'a> {
    pub(crate) report: &'a SavedFitReport,
    pub(crate) schema: &'a Schema,
    /// Files of the data.
    pub(crate) data: &'a [PathBuf],
    /// Files of the validation rows; empty if they are part of the data.
    pub(crate) validation: &'a [PathBuf],
    /// All that the training depends on, by name.
    pub(crate) settings: &'a BTreeMap<String, String>,
    /// Warnings, notes and the verdict, as they are printed.
    pub(crate) messages: &'a [String],
    /// Folder and interval of the checkpoints, and the one that the fit continued from.
    pub(crate) checkpoints: Option<&'a str>,
    /// What differs between the fit and that of the checkpoint from which it was forced to continue.
    pub(crate) differences: Option<&'a str>,
}

impl FitPage<'_> {
    /// Renders data, training, metrics and model.
    pub(crate) fn render(&self) -> Result<String> {
        let fit = &self.report.fit;
        let mut page = HtmlPage::new(&self.title());
        page.lead(&fit_report::summary(fit));
        if !self.messages.is_empty() {
            page.heading("Warnings and notes");
            page.notes(self.messages);
        }
        self.add_data(&mut page);
        self.add_training(&mut page);
        self.add_metrics(&mut page);
        self.add_coefficients(&mut page);
        self.add_commands(&mut page);
        page.json(&serde_json::to_string_pretty(self.report)?);
        Ok(page.finish())
    }

    fn title(&self) -> String {
        let files = display_name(&Files::from(self.data).to_string());
        format!("{files}: {}", fit_report::model_title(&self.report.fit))
    }

    fn add_training(&self, page: &mut HtmlPage) {
        page.heading("Training");
        let fit = &self.report.fit;
        let charts = charts::training(&fit.into()).into_iter().chain(charts::range_test(fit)).map(half_width);
        page.figure_row(&charts.collect::<Vec<_>>());
        let mut facts = fit_report::training_facts(fit);
        facts.extend(self.checkpoints.map(|text| ("checkpoints".to_owned(), text.to_owned())));
        page.facts(&facts);
        let mut settings = TextTable::new(&["setting", "value"]);
        let rows = self.settings.iter();
        settings.rows = rows.map(|(name, value)| vec![name.replace('_', " "), display_sentence(value)]).collect();
        page.details("All that the training depends on, with checksums of the encoded rows", &settings);
    }

    /// Says whether the command gives the model again.
    fn reproduction(&self) -> String {
        let fit = &self.report.fit;
        if let Some(differences) = self.differences {
            format!(
                "This command does not reproduce the model: the fit was forced to continue from a checkpoint of another \
                 one ({}).",
                display_sentence(differences)
            )
        } else if fit.stopped == TrainingStopReason::Interrupted {
            "The fit was interrupted: the command gives the model of the whole fit instead.".to_owned()
        } else if fit.stopped == TrainingStopReason::MaxTime || !fit.omitted.is_empty() {
            "Time ended the fit or left parts of it out: the command gives the same model only if it comes as far in it."
                .to_owned()
        } else {
            "The same command gives the same model, byte for byte, for any number of threads; see the option --seed for \
             other random numbers."
                .to_owned()
        }
    }

    fn add_commands(&self, page: &mut HtmlPage) {
        page.heading("Commands");
        page.command("This fit:", &command_line(without_checkpoints(std::env::args_os().skip(1))));
        page.text(&self.reproduction());
        page.command("Predictions:", self.report.predict_command());
    }
}

/// Options of checkpoints, and whether they have a value: the model does not depend on them.
const CHECKPOINT_OPTIONS: [(&str, bool); 5] = [
    ("--checkpoint", true),
    ("--checkpoint-every", true),
    ("--checkpoint-keep", true),
    ("--resume", true),
    ("--force", false),
];

/// Returns the arguments of a fit from its beginning.
fn without_checkpoints(arguments: impl Iterator<Item = OsString>) -> impl Iterator<Item = OsString> {
    let (mut skips_value, mut are_options) = (false, true);
    arguments.filter(move |argument| {
        if std::mem::take(&mut skips_value) {
            return false;
        }
        let text = argument.to_string_lossy();
        are_options &= text != "--";
        let name = text.split_once('=').map_or(&*text, |(name, _)| name);
        let option = CHECKPOINT_OPTIONS.iter().find(|(option, _)| are_options && *option == name);
        skips_value = option.is_some_and(|(_, has_value)| *has_value && !text.contains('='));
        option.is_none()
    })
}

/// Returns a figure of one panel, of which two fit next to each other.
fn half_width<'a>(panel: impl Into<thalweg_plot::Panel<'a>>) -> Figure<'a> {
    Figure { panel_width: Some(HALF_WIDTH), ..Figure::new(panel) }
}

/// Returns the command line of these arguments of the program.
fn command_line(arguments: impl Iterator<Item = OsString>) -> String {
    let words = arguments.map(|argument| quote_for_shell(Path::new(&argument)));
    std::iter::once("thalweg".to_owned()).chain(words).collect::<Vec<_>>().join(" ")
}

/// Returns the name of the rows by which the model is judged.
fn judged_rows(fit: &FitReport) -> &'static str {
    if fit.validation.is_some() { "validation" } else { "training" }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_fit_from_its_beginning_has_no_checkpoints() {
        let line = "fit a.csv --resume ck --force -q --checkpoint-every=5m --checkpoint c -o a.model --checkpoint-keep 2 \
                    --seed 1 -- --force";
        let fit = without_checkpoints(line.split(' ').map(OsString::from));
        assert_eq!(command_line(fit), "thalweg fit a.csv -q -o a.model --seed 1 -- --force");
    }

    #[test]
    fn a_command_line_can_be_pasted_into_a_shell() {
        let arguments = ["fit", "my data.csv", "--text", "it's", "-m", "mlp:4,2"].map(OsString::from);
        assert_eq!(command_line(arguments.into_iter()), "thalweg fit 'my data.csv' --text 'it'\\''s' -m mlp:4,2");
    }
}
