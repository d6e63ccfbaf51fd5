//! Table of metrics in a report.

use std::fmt::Write as _;

use thalweg_learn::Metrics;
use thalweg_learn::metrics::{Estimate, MetricInterval, MetricIntervals};
use thalweg_learn::model::Loss;

use super::format::{format_significant, group_digits};
use super::text_table::TextTable;

/// Column of a table of metrics.
#[derive(Clone, Copy, Debug)]
pub(super) enum Column<'r> {
    /// Metrics with a name and a number of rows.
    Metrics(&'r str, &'r Metrics, usize),
    /// Intervals of the metrics before it.
    Intervals(&'r MetricIntervals),
}

/// Row of the table.
struct MetricRow {
    name: String,
    /// Name of the metric in [`MetricIntervals`].
    metric: &'static str,
    value: f64,
    format: fn(f64) -> String,
}

/// Writes a table of these columns.
pub(super) fn write(out: &mut String, columns: &[Column<'_>], loss: Loss) -> std::fmt::Result {
    for row in lines(columns, loss) {
        let (name, cells) = row.split_first().expect("every row has a name");
        write!(out, "{name:<12}")?;
        for (cell, column) in cells.iter().zip(columns) {
            let width = if matches!(column, Column::Metrics(..)) { 14 } else { 22 };
            write!(out, "{cell:>width$}")?;
        }
        out.truncate(out.trim_end().len());
        writeln!(out)?;
    }
    writeln!(out)
}

/// Writes that the difference to the baseline may be chance, if the interval of the loss says so.
pub(super) fn write_chance(out: &mut String, intervals: Option<&MetricIntervals>, loss: Loss) -> std::fmt::Result {
    let Some(MetricInterval { difference: Estimate { value, low, high }, .. }) =
        intervals.and_then(|intervals| intervals.get("loss"))
    else {
        return Ok(());
    };
    if *low > 0.0 || *high < 0.0 || low.is_nan() {
        return Ok(());
    }
    let [value, low, high] = [value, low, high].map(|number| format_significant(*number));
    let name = loss.name();
    writeln!(out, "difference  to the baseline may be chance: {value} in {name}, 95 % interval {low} to {high}\n")
}

/// Returns the table of these columns.
pub(super) fn table(columns: &[Column<'_>], loss: Loss) -> TextTable {
    let mut lines = lines(columns, loss);
    let header = lines.remove(0);
    TextTable { header, rows: lines }
}

/// Returns metrics with their names in a line.
pub(super) fn sentence(metrics: &Metrics, loss: Loss) -> String {
    let part = |row: MetricRow| format!("{} {}", row.name, (row.format)(row.value));
    rows(metrics, loss).into_iter().map(part).collect::<Vec<_>>().join(", ")
}

/// Returns the cells of the table with its header.
fn lines(columns: &[Column<'_>], loss: Loss) -> Vec<Vec<String>> {
    let line = |name: &str, cell: &dyn Fn(&Column<'_>) -> String| -> Vec<String> {
        std::iter::once(name.to_owned()).chain(columns.iter().map(cell)).collect()
    };
    let title = |column: &Column<'_>| match column {
        Column::Metrics(title, ..) => (*title).to_owned(),
        Column::Intervals(_) => "95 % interval".to_owned(),
    };
    let count = |column: &Column<'_>| match column {
        Column::Metrics(.., rows) => group_digits(*rows as u64),
        Column::Intervals(_) => String::new(),
    };
    let mut lines = vec![line("", &title), line("rows", &count)];
    let first = columns.iter().find_map(|column| match column {
        Column::Metrics(_, metrics, _) => Some(rows(metrics, loss)),
        Column::Intervals(_) => None,
    });
    for (k, row) in first.iter().flatten().enumerate() {
        let cell = |column: &Column<'_>| match column {
            Column::Metrics(_, metrics, _) => (row.format)(rows(metrics, loss)[k].value),
            Column::Intervals(intervals) => {
                intervals.get(row.metric).map(|of| interval(&of.model, row)).unwrap_or_default()
            }
        };
        lines.push(line(&row.name, &cell));
    }
    lines
}

/// Formats an interval; nothing if there is none.
fn interval(Estimate { low, high, .. }: &Estimate, row: &MetricRow) -> String {
    if low.is_nan() {
        return String::new();
    }
    let [low, high] = [low, high].map(|end| (row.format)(*end));
    // A unit is written once.
    let low = low.strip_suffix(" %").map(str::to_owned).unwrap_or(low);
    format!("{low} to {high}")
}

fn rows(metrics: &Metrics, of: Loss) -> Vec<MetricRow> {
    let row = |name: &str, metric, value, format| MetricRow { name: name.to_owned(), metric, value, format };
    let fixed: fn(f64) -> String = |value| format!("{value:.4}");
    let percent: fn(f64) -> String = |value| format!("{:.2} %", 100.0 * value);
    match *metrics {
        Metrics::Regression { loss, rmse, r2, mae, .. } => vec![
            row(&format!("loss ({})", of.name()), "loss", loss, format_significant),
            row("rmse", "rmse", rmse, format_significant),
            row("mae", "mae", mae, format_significant),
            row("r²", "r2", r2, r_squared),
        ],
        Metrics::Binary { loss, accuracy, auc, .. } => vec![
            row(of.name(), "loss", loss, fixed),
            row("accuracy", "accuracy", accuracy, percent),
            row("auc", "auc", auc, |auc| if auc.is_nan() { "one class".into() } else { format!("{auc:.4}") }),
        ],
        Metrics::Multiclass { loss, accuracy, macro_f1, .. } => vec![
            row(of.name(), "loss", loss, fixed),
            row("accuracy", "accuracy", accuracy, percent),
            row("macro f1", "macro_f1", macro_f1, fixed),
        ],
    }
}

fn r_squared(r2: f64) -> String {
    match r2 {
        // Undefined for a constant target.
        r2 if !r2.is_finite() => "one value".into(),
        r2 if r2.abs() < 1e5 => format!("{r2:.4}"),
        r2 => format_significant(r2),
    }
}
