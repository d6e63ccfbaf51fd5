//! Confusion matrix of a classifier.

use std::fmt::Write as _;

use thalweg_learn::Metrics;
use thalweg_learn::metrics::ClassMetrics;

use super::escape::shorten;
use super::format::format_significant;
use super::text_table::{TextTable, single_line};

/// Largest number of classes for which the matrix is printed; of more, only the most frequent confusions.
const MAX_MATRIX_CLASSES: usize = 12;

/// Largest number of classes whose precision, recall and F1 score are columns of the matrix: 80 characters.
const MAX_SCORED_CLASSES: usize = 4;

/// Number of confusions listed for many classes.
const MAX_LISTED_CONFUSIONS: usize = 10;

/// Characters of a column of the matrix.
const COLUMN_WIDTH: usize = 9;

/// Characters of a column of the matrix of two labels.
const WIDE_COLUMN_WIDTH: usize = 12;

/// Writes the confusion matrix of these rows; writes nothing for predicted numbers.
pub(super) fn write(out: &mut String, metrics: &Metrics, labels: Option<&[String]>, rows: &str) -> std::fmt::Result {
    let (Metrics::Binary { confusion, classes, .. } | Metrics::Multiclass { confusion, classes, .. }, Some(labels)) =
        (metrics, labels)
    else {
        return Ok(());
    };
    if labels.len() <= MAX_MATRIX_CLASSES {
        write_matrix(out, labels, confusion, classes, rows)
    } else {
        write_most_frequent(out, labels, confusion, rows)
    }
}

/// Returns the confusion matrix of these rows, or the most frequent confusions of many classes, with a title; `None`
/// for predicted numbers.
pub(crate) fn table(metrics: &Metrics, labels: Option<&[String]>, rows: &str) -> Option<(String, TextTable)> {
    let (Metrics::Binary { confusion, classes, .. } | Metrics::Multiclass { confusion, classes, .. }, Some(labels)) =
        (metrics, labels)
    else {
        return None;
    };
    if labels.len() > MAX_MATRIX_CLASSES {
        let mut table = TextTable::new(&["true class", "predicted class", "rows", "of"]);
        table.rows = most_frequent(confusion)
            .into_iter()
            .map(|(actual, predicted, count)| {
                let of: f64 = confusion[actual].iter().sum();
                vec![labels[actual].clone(), labels[predicted].clone(), format_count(count), format_count(of)]
            })
            .collect();
        return Some((format!("Most frequent confusions in the {rows} rows"), table));
    }
    let of_classes = labels.iter().map(String::as_str);
    let names: Vec<&str> = std::iter::once("").chain(of_classes).chain(["precision", "recall", "f1"]).collect();
    let mut table = TextTable::new(&names);
    let row = |((label, counts), class): ((&String, &Vec<f64>), &ClassMetrics)| {
        let scores = [class.precision, class.recall, class.f1].map(|score| format!("{score:.4}"));
        std::iter::once(label.clone()).chain(counts.iter().map(|&count| format_count(count))).chain(scores).collect()
    };
    table.rows = labels.iter().zip(confusion).zip(classes).map(row).collect();
    Some((format!("Confusion matrix of the {rows} rows (rows: true class, columns: predicted class)"), table))
}

fn write_matrix(
    out: &mut String,
    labels: &[String],
    confusion: &[Vec<f64>],
    classes: &[ClassMetrics],
    rows: &str,
) -> std::fmt::Result {
    writeln!(out, "confusion matrix of the {rows} rows (rows: true class, columns: predicted class)")?;
    let width = if labels.len() == 2 { WIDE_COLUMN_WIDTH } else { COLUMN_WIDTH };
    write!(out, "{:<12}", "")?;
    for label in labels {
        write!(out, "{:>width$}", shorten(&single_line(label), width - 1))?;
    }
    let is_scored = labels.len() <= MAX_SCORED_CLASSES;
    writeln!(out, "{}", if is_scored { "   precision   recall       f1" } else { "" })?;
    for ((label, counts), class) in labels.iter().zip(confusion).zip(classes) {
        write!(out, "{:<12}", shorten(&single_line(label), 11))?;
        counts.iter().try_for_each(|&count| write!(out, "{:>width$}", format_count(count)))?;
        if is_scored {
            let ClassMetrics { precision, recall, f1, .. } = class;
            write!(out, "{precision:>12.4}{recall:>9.4}{f1:>9.4}")?;
        }
        writeln!(out)?;
    }
    writeln!(out)
}

/// Returns the most frequent confusions as true class, predicted class and count.
fn most_frequent(confusion: &[Vec<f64>]) -> Vec<(usize, usize, f64)> {
    let pairs = confusion.iter().enumerate().flat_map(|(actual, counts)| {
        counts
            .iter()
            .enumerate()
            .filter(move |&(predicted, &count)| predicted != actual && count > 0.0)
            .map(move |(predicted, &count)| (actual, predicted, count))
    });
    let mut pairs: Vec<_> = pairs.collect();
    pairs.sort_by(|a, b| b.2.total_cmp(&a.2));
    pairs.truncate(MAX_LISTED_CONFUSIONS);
    pairs
}

fn write_most_frequent(out: &mut String, labels: &[String], confusion: &[Vec<f64>], rows: &str) -> std::fmt::Result {
    writeln!(out, "most frequent confusions in the {rows} rows")?;
    for (actual, predicted, count) in most_frequent(confusion) {
        let all: f64 = confusion[actual].iter().sum();
        let fraction = format!("{} of {}", format_count(count), format_count(all));
        writeln!(
            out,
            "{fraction:>14}  {} predicted as {}",
            single_line(&labels[actual]),
            single_line(&labels[predicted])
        )?;
    }
    writeln!(out)
}

/// Formats a number of rows, which may be fractional if the rows are weighted.
fn format_count(count: f64) -> String {
    if count.fract() == 0.0 { count.to_string() } else { format_significant(count) }
}
