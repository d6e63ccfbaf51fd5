//! Confusion matrix of a classifier.

use std::fmt::Write as _;

use thalweg_learn::Metrics;

use super::escape::shorten;
use super::format::format_significant;
use super::text_table::{TextTable, single_line};

/// Largest number of classes for which the matrix is printed; of more, only the most frequent confusions.
const MAX_MATRIX_CLASSES: usize = 12;

/// Number of confusions listed for many classes.
const MAX_LISTED_CONFUSIONS: usize = 10;

/// Characters of a column of the matrix.
const COLUMN_WIDTH: usize = 9;

/// Writes the confusion matrix of these rows; writes nothing for other models than classifiers of several classes.
pub(super) fn write(out: &mut String, metrics: &Metrics, labels: Option<&[String]>, rows: &str) -> std::fmt::Result {
    let (Metrics::Multiclass { confusion, .. }, Some(labels)) = (metrics, labels) else { return Ok(()) };
    if labels.len() <= MAX_MATRIX_CLASSES {
        write_matrix(out, labels, confusion, rows)
    } else {
        write_most_frequent(out, labels, confusion, rows)
    }
}

/// Returns the confusion matrix of these rows, or the most frequent confusions of many classes, with a title; `None`
/// for other models than classifiers of several classes.
pub(crate) fn table(metrics: &Metrics, labels: Option<&[String]>, rows: &str) -> Option<(String, TextTable)> {
    let (Metrics::Multiclass { confusion, .. }, Some(labels)) = (metrics, labels) else { return None };
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
    let names: Vec<&str> = std::iter::once("").chain(labels.iter().map(String::as_str)).collect();
    let mut table = TextTable::new(&names);
    let row = |(label, counts): (&String, &Vec<f64>)| {
        std::iter::once(label.clone()).chain(counts.iter().map(|&count| format_count(count))).collect()
    };
    table.rows = labels.iter().zip(confusion).map(row).collect();
    Some((format!("Confusion matrix of the {rows} rows (rows: true class, columns: predicted class)"), table))
}

fn write_matrix(out: &mut String, labels: &[String], confusion: &[Vec<f64>], rows: &str) -> std::fmt::Result {
    writeln!(out, "confusion matrix of the {rows} rows (rows: true class, columns: predicted class)")?;
    write!(out, "{:<12}", "")?;
    for label in labels {
        write!(out, "{:>width$}", shorten(&single_line(label), COLUMN_WIDTH - 1), width = COLUMN_WIDTH)?;
    }
    writeln!(out)?;
    for (label, counts) in labels.iter().zip(confusion) {
        write!(out, "{:<12}", shorten(&single_line(label), 11))?;
        counts.iter().try_for_each(|&count| write!(out, "{:>COLUMN_WIDTH$}", format_count(count)))?;
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
