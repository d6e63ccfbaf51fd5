//! Which classes are taken for which.

use std::fmt::Write as _;

use thalweg_learn::{FitReport, Metrics};

use super::fit_report::one_line;
use super::format::format_significant;

/// Classes whose whole table is shown; of more, only the commonest mistakes.
const WHOLE: usize = 12;

/// Mistakes shown.
const MISTAKES: usize = 10;

/// Characters of a label in the table.
const WIDTH: usize = 9;

/// The confusion table of the validation rows, or without any of the training rows; nothing unless there are several
/// classes.
pub(super) fn write(out: &mut String, report: &FitReport) -> std::fmt::Result {
    let (metrics, rows) = match &report.validation {
        Some(metrics) => (metrics, "validation"),
        None => (&report.train, "training"),
    };
    let (Metrics::Multiclass { confusion, .. }, Some(labels)) = (metrics, &report.labels) else { return Ok(()) };
    if labels.len() <= WHOLE { table(out, labels, confusion, rows) } else { mistakes(out, labels, confusion, rows) }
}

fn table(out: &mut String, labels: &[String], confusion: &[Vec<f64>], rows: &str) -> std::fmt::Result {
    writeln!(out, "{rows} rows of each class (down) taken for each class (across)")?;
    write!(out, "{:<12}", "")?;
    for label in labels {
        write!(out, "{:>width$}", shortened(label, WIDTH - 1), width = WIDTH)?;
    }
    writeln!(out)?;
    for (label, counts) in labels.iter().zip(confusion) {
        write!(out, "{:<12}", shortened(label, 11))?;
        counts.iter().try_for_each(|&count| write!(out, "{:>WIDTH$}", counted(count)))?;
        writeln!(out)?;
    }
    writeln!(out)
}

fn mistakes(out: &mut String, labels: &[String], confusion: &[Vec<f64>], rows: &str) -> std::fmt::Result {
    let pairs = confusion.iter().enumerate().flat_map(|(is, counts)| {
        counts
            .iter()
            .enumerate()
            .filter(move |&(said, &count)| said != is && count > 0.0)
            .map(move |(s, &c)| (is, s, c))
    });
    let mut pairs: Vec<_> = pairs.collect();
    pairs.sort_by(|a, b| b.2.total_cmp(&a.2));
    writeln!(out, "commonest mistakes in the {rows} rows")?;
    for (is, said, count) in pairs.into_iter().take(MISTAKES) {
        let all: f64 = confusion[is].iter().sum();
        let share = format!("{} of {}", counted(count), counted(all));
        writeln!(out, "{share:>14}  {} taken for {}", one_line(&labels[is]), one_line(&labels[said]))?;
    }
    writeln!(out)
}

fn shortened(label: &str, most: usize) -> String {
    let label = one_line(label);
    if label.chars().count() <= most {
        return label;
    }
    label.chars().take(most - 1).chain(['…']).collect()
}

/// A number of rows; with weights it may not be whole.
fn counted(count: f64) -> String {
    if count.fract() == 0.0 { count.to_string() } else { format_significant(count) }
}
