//! Text report of an evaluation.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::path::PathBuf;

use thalweg_learn::{EvaluationReport, Files};

use super::confusion;
use super::escape::{display_name, display_sentence, escape_controls, escape_lines};
use super::format::pluralize;
use super::metrics_table::{self, Column};
use super::model_title;
use super::read_notes;
use super::skipped_rows;

/// Formats the report of an evaluation on these files.
pub(crate) fn text(report: &EvaluationReport, data: &[PathBuf]) -> String {
    let (mut out, report) = (String::new(), &for_display(report));
    write(&mut out, report, data).expect("writing to a String cannot fail");
    escape_lines(out.trim_end()).into_owned() + "\n"
}

/// Returns the report with names that a terminal can show.
fn for_display(report: &EvaluationReport) -> EvaluationReport {
    let mut report = report.clone();
    let texts = [&mut report.target].into_iter().chain(&mut report.weight).chain(report.labels.iter_mut().flatten());
    texts.for_each(|name| *name = display_name(name));
    report.skipped_rows.first.iter_mut().for_each(|sentence| *sentence = display_sentence(sentence));
    report
}

fn write(out: &mut String, report: &EvaluationReport, data: &[PathBuf]) -> std::fmt::Result {
    let (files, rows) = (Files::from(data).to_string(), pluralize(report.rows as u64, "row"));
    writeln!(out, "{}: {rows}\n{}\n", escape_controls(&files), model_title::of_evaluation(report))?;
    let columns = [
        Column::Metrics("model", &report.metrics, report.rows),
        Column::Intervals(&report.intervals),
        Column::Metrics("baseline", &report.baseline, report.rows),
    ];
    metrics_table::write(out, &columns, report.loss)?;
    metrics_table::write_chance(out, Some(&report.intervals), report.loss)?;
    confusion::write(out, &report.metrics, report.labels.as_deref(), "evaluated")?;
    if let Some(column) = &report.weight {
        writeln!(out, "weights     of rows: {column}")?;
    }
    read_notes::write(out, &report.notes)?;
    skipped_rows::write(out, &report.target, report.target_missing, &report.skipped_rows)?;
    write_counts(out, "unseen", "with a category not seen in training", &report.unseen)?;
    write_counts(out, "missing", "with a text, read as missing values", &report.text_as_missing)?;
    write_counts(out, "imputed", "without a value, in a column that was complete in training", &report.imputed)
}

fn write_counts(out: &mut String, word: &str, what: &str, counts: &BTreeMap<String, u64>) -> std::fmt::Result {
    counts.iter().try_for_each(|(column, &count)| {
        writeln!(out, "{word:<12}{}: {} {what}", display_name(column), pluralize(count, "cell"))
    })
}
