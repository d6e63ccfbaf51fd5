//! Text report of a fit.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use serde::Serialize;
use thalweg_learn::fit::{CrossValidation, MeanEstimate};
use thalweg_learn::model::{Loss, ModelKind};
use thalweg_learn::{Files, FitReport};

use super::confusion;
use super::escape::{display_name, display_sentence, escape_controls, escape_lines};
use super::exclusions;
use super::fit_warnings;
use super::format::{format_signed, format_significant, pluralize};
use super::metrics_table::{self, Column};
use super::model_title;
use super::read_notes;
use super::shell::quote_for_shell;
use super::skipped_rows;
use super::text_table::{TextTable, single_line};
use super::training;

/// Number of coefficients in the report.
const MAX_SHOWN_COEFFICIENTS: usize = 10;

/// Characters of the name of a line, with the space after it.
const NAME_WIDTH: usize = 12;

/// Report of a fit whose model is in a file. Its JSON form has these fields after those of the fit.
#[derive(Debug, Serialize)]
pub(crate) struct SavedFitReport {
    #[serde(flatten)]
    pub(crate) fit: FitReport,
    /// Path of the model file.
    model_path: String,
    /// Command line that predicts the same files.
    predict_command: String,
}

impl SavedFitReport {
    /// Adds the model file and the data files to the report of a fit.
    pub(crate) fn new(fit: FitReport, model: &Path, data: &[PathBuf]) -> Self {
        Self { fit, model_path: model.display().to_string(), predict_command: predict_command(model, data) }
    }

    /// Command line that predicts the same files.
    pub(crate) fn predict_command(&self) -> &str {
        &self.predict_command
    }

    /// Returns the report with names that a terminal can show.
    fn for_display(&self) -> Self {
        let mut fit = self.fit.clone();
        let texts = [&mut fit.target].into_iter().chain(&mut fit.weight).chain(fit.labels.iter_mut().flatten());
        let coefficients = fit.coefficients.iter_mut().flat_map(|one| [Some(&mut one.name), one.class.as_mut()]);
        texts.chain(coefficients.flatten()).for_each(|name| *name = display_name(name));
        let faults = fit.skipped_rows.first.iter_mut();
        let cache = fit.cache.iter_mut().flat_map(|cache| [Some(&mut cache.path), cache.reason.as_mut()]);
        let sentences = faults.chain(cache.flatten());
        sentences.for_each(|sentence| *sentence = display_sentence(sentence));
        let [model_path, predict_command] =
            [&self.model_path, &self.predict_command].map(|text| escape_controls(text).into_owned());
        Self { fit, model_path, predict_command }
    }
}

/// Returns the title of the model.
pub(crate) fn model_title(report: &FitReport) -> String {
    display_sentence(&model_title::of_fit(report))
}

/// Returns the metrics by which the model is judged and those of the baseline, in a sentence.
pub(crate) fn summary(report: &FitReport) -> String {
    let (metrics, baseline, rows, kind) = match (&report.validation, &report.baseline.validation) {
        (Some(metrics), Some(baseline)) => (metrics, baseline, report.validation_rows, "validation row"),
        _ => (&report.train, &report.baseline.train, report.train_rows, "training row"),
    };
    let [metrics, baseline] = [metrics, baseline].map(|metrics| metrics_table::sentence(metrics, report.loss));
    format!("On {}: {metrics}. The best constant prediction: {baseline}.", pluralize(rows as u64, kind))
}

/// Returns the metrics of training and validation rows and of the baseline.
pub(crate) fn metrics(report: &FitReport) -> TextTable {
    metrics_table::table(&metrics_columns(report), report.loss)
}

/// Returns how the training ended, its settings and its time, with the names of the lines.
pub(crate) fn training_facts(report: &FitReport) -> Vec<(String, String)> {
    facts_of(|out| training::write(out, report))
}

/// Returns what was read in its own way or dropped: lines, rows, cells and columns.
pub(crate) fn dropped_facts(saved: &SavedFitReport) -> Vec<(String, String)> {
    let report = &saved.for_display().fit;
    facts_of(|out| write_dropped(out, report))
}

/// Returns the lines of a report with their names.
fn facts_of(write: impl FnOnce(&mut String) -> std::fmt::Result) -> Vec<(String, String)> {
    let mut text = String::new();
    write(&mut text).expect("writing to a String cannot fail");
    let fact = |line: &str| {
        let (name, text) = line.split_at_checked(NAME_WIDTH)?;
        Some((name.trim().to_owned(), text.to_owned()))
    };
    text.lines().filter_map(fact).collect()
}

/// Formats the report of a fit on these files.
pub(crate) fn text(saved: &SavedFitReport, data: &[PathBuf]) -> String {
    let saved = &saved.for_display();
    let (mut out, report) = (String::new(), &saved.fit);
    let written = write_title(&mut out, report, data)
        .and_then(|()| write_metrics(&mut out, report))
        .and_then(|()| write_confusion(&mut out, report))
        .and_then(|()| training::write(&mut out, report))
        .and_then(|()| fit_warnings::write(&mut out, &report.warnings))
        .and_then(|()| write_columns(&mut out, saved))
        .and_then(|()| write_files(&mut out, saved));
    written.expect("writing to a String cannot fail");
    escape_lines(&out).into_owned()
}

fn write_title(out: &mut String, report: &FitReport, data: &[PathBuf]) -> std::fmt::Result {
    let model = model_title::of_fit(report);
    let (rows, features) = (pluralize(report.rows as u64, "row"), pluralize(report.features as u64, "feature"));
    writeln!(out, "{}: {rows}, {features}\n{model}\n", escape_controls(&Files::from(data).to_string()))
}

/// Writes the table of metrics: training rows, validation rows, and a constant prediction as the baseline.
fn write_metrics(out: &mut String, report: &FitReport) -> std::fmt::Result {
    metrics_table::write(out, &metrics_columns(report), report.loss)?;
    metrics_table::write_chance(out, report.intervals.as_ref(), report.loss)?;
    report.cross_validation.as_ref().map_or(Ok(()), |validation| write_cross_validation(out, report, validation))
}

/// Writes the table of the metrics of a cross-validation, and the mean loss of its folds.
fn write_cross_validation(out: &mut String, report: &FitReport, validation: &CrossValidation) -> std::fmt::Result {
    let (folds, loss) = (validation.folds.len(), report.loss);
    writeln!(out, "cross-validation of the whole fit on {folds} folds")?;
    metrics_table::write(out, &cross_validation_columns(validation), loss)?;
    if let Some(mean) = mean_of_folds(validation, loss) {
        writeln!(out, "folds       {mean}\n")?;
    }
    metrics_table::write_chance(out, Some(&validation.intervals), loss)
}

fn cross_validation_columns(validation: &CrossValidation) -> [Column<'_>; 3] {
    let rows = validation.folds.iter().map(|fold| fold.rows).sum();
    [
        Column::Metrics("out of fold", &validation.metrics, rows),
        Column::Intervals(&validation.intervals),
        Column::Metrics("baseline", &validation.baseline, rows),
    ]
}

/// Says the mean loss of the folds, with its standard error and its interval.
pub(crate) fn mean_of_folds(validation: &CrossValidation, loss: Loss) -> Option<String> {
    let MeanEstimate { mean, standard_error, low, high } = validation.mean("loss")?.model;
    let [mean, error, low, high] = [mean, standard_error, low, high].map(format_significant);
    let name = loss.name();
    Some(format!("{name} {mean} ± {error} (mean and standard error), 95 % interval {low} to {high}"))
}

/// Returns the table of the metrics of a cross-validation.
pub(crate) fn cross_validation_table(validation: &CrossValidation, loss: Loss) -> TextTable {
    metrics_table::table(&cross_validation_columns(validation), loss)
}

fn metrics_columns(report: &FitReport) -> Vec<Column<'_>> {
    let columns = [
        Some(Column::Metrics("train", &report.train, report.train_rows)),
        report.validation.as_ref().map(|metrics| Column::Metrics("validation", metrics, report.validation_rows)),
        report.intervals.as_ref().map(Column::Intervals),
        Some(match &report.baseline.validation {
            Some(metrics) => Column::Metrics("baseline", metrics, report.validation_rows),
            None => Column::Metrics("baseline", &report.baseline.train, report.train_rows),
        }),
    ];
    columns.into_iter().flatten().collect()
}

fn write_confusion(out: &mut String, report: &FitReport) -> std::fmt::Result {
    let labels = report.labels.as_deref();
    match &report.validation {
        Some(metrics) => confusion::write(out, metrics, labels, "validation"),
        None => confusion::write(out, &report.train, labels, "training"),
    }
}

fn write_columns(out: &mut String, saved: &SavedFitReport) -> std::fmt::Result {
    let report = &saved.fit;
    let start = out.len();
    write_dropped(out, report)?;
    if out.len() > start {
        writeln!(out)?;
    }
    if report.coefficients.is_empty() {
        return Ok(());
    }
    let unit = coefficient_unit(&report.target, report.model);
    writeln!(out, "largest coefficients ({unit})")?;
    for coefficient in report.coefficients.iter().take(MAX_SHOWN_COEFFICIENTS) {
        let name = coefficient_name(&coefficient.name, coefficient.class.as_ref());
        writeln!(out, "{:>14}  {name}", format_signed(coefficient.weight))?;
    }
    let classes = if report.intercepts.is_empty() { 1 } else { report.intercepts.len() };
    match (report.features * classes).saturating_sub(MAX_SHOWN_COEFFICIENTS) {
        0 => writeln!(out),
        more => {
            writeln!(out, "{:>14}  and {more} more (thalweg inspect {})\n", "", quote_for_shell(&saved.model_path))
        }
    }
}

fn write_dropped(out: &mut String, report: &FitReport) -> std::fmt::Result {
    read_notes::write(out, &report.notes)?;
    skipped_rows::write(out, &report.target, report.target_missing, &report.skipped_rows)?;
    for (column, &count) in &report.text_as_missing {
        writeln!(out, "missing     {}: {} read as missing values", display_name(column), pluralize(count, "text"))?;
    }
    exclusions::write(out, &report.excluded_columns)
}

fn write_files(out: &mut String, saved: &SavedFitReport) -> std::fmt::Result {
    writeln!(out, "model       {}\npredict     {}", saved.model_path, saved.predict_command)
}

/// Returns the command line that predicts the same files.
fn predict_command(model: &Path, data: &[PathBuf]) -> String {
    let data: Vec<String> = data.iter().map(quote_for_shell).collect();
    format!("thalweg predict {} {}", quote_for_shell(model), data.join(" "))
}

/// Returns the unit of the coefficients, per standard deviation of a number or per category.
pub(crate) fn coefficient_unit(target: &str, model: ModelKind) -> String {
    let unit = match model {
        ModelKind::Linear => target,
        ModelKind::Logistic => "log-odds",
        ModelKind::Poisson => {
            return format!("log of {target}, per standard deviation of a number or per category");
        }
        ModelKind::Svm => "score",
        ModelKind::Softmax => "score of the class",
    };
    format!("{unit}, per standard deviation of a number or per category")
}

/// Returns the name of a coefficient with the class it belongs to.
pub(crate) fn coefficient_name(name: &str, class: Option<&String>) -> String {
    let name = single_line(name);
    class.map_or_else(|| name.clone(), |class| format!("{name} → {}", single_line(class)))
}
