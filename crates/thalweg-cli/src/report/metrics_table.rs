//! Table of metrics in a report.

use std::fmt::Write as _;

use thalweg_learn::Metrics;
use thalweg_learn::model::Loss;

use super::format::{format_significant, group_digits};
use super::text_table::TextTable;

/// Writes a table with a column for each of these metrics, which have a name and a number of rows.
pub(super) fn write(out: &mut String, columns: &[(&str, &Metrics, usize)], loss: Loss) -> std::fmt::Result {
    let mut write_row = |name: &str, cell: &dyn Fn(usize) -> String| {
        write!(out, "{name:<12}")?;
        (0..columns.len()).try_for_each(|i| write!(out, "{:>14}", cell(i)))?;
        writeln!(out)
    };
    write_row("", &|i| columns[i].0.into())?;
    write_row("rows", &|i| group_digits(columns[i].2 as u64))?;
    let cells = |metrics: &Metrics| cells(metrics, loss);
    for (k, (name, _)) in columns.first().map(|column| cells(column.1)).iter().flatten().enumerate() {
        write_row(name, &|i| cells(columns[i].1)[k].1.clone())?;
    }
    writeln!(out)
}

/// Returns the table with a column for each of these metrics.
pub(super) fn table(columns: &[(&str, &Metrics, usize)], loss: Loss) -> TextTable {
    let names: Vec<&str> = std::iter::once("").chain(columns.iter().map(|column| column.0)).collect();
    let mut table = TextTable::new(&names);
    let counts = columns.iter().map(|column| group_digits(column.2 as u64));
    table.rows.push(std::iter::once("rows".to_owned()).chain(counts).collect());
    let of_columns: Vec<_> = columns.iter().map(|column| cells(column.1, loss)).collect();
    for (k, (name, _)) in of_columns.first().into_iter().flatten().enumerate() {
        let values = of_columns.iter().map(|cells| cells[k].1.clone());
        table.rows.push(std::iter::once(name.clone()).chain(values).collect());
    }
    table
}

/// Returns metrics with their names in a line.
pub(super) fn sentence(metrics: &Metrics, loss: Loss) -> String {
    let parts = cells(metrics, loss).into_iter().map(|(name, value)| format!("{name} {value}"));
    parts.collect::<Vec<_>>().join(", ")
}

fn cells(metrics: &Metrics, of: Loss) -> Vec<(String, String)> {
    match *metrics {
        Metrics::Regression { loss, rmse, r2 } => vec![
            (format!("loss ({})", of.name()), format_significant(loss)),
            ("rmse".into(), format_significant(rmse)),
            ("r²".into(), r_squared(r2)),
        ],
        Metrics::Binary { loss, accuracy, auc, .. } => vec![
            (of.name().into(), format!("{loss:.4}")),
            ("accuracy".into(), format!("{:.2} %", 100.0 * accuracy)),
            ("auc".into(), if auc.is_nan() { "one class".into() } else { format!("{auc:.4}") }),
        ],
        Metrics::Multiclass { loss, accuracy, macro_f1, .. } => vec![
            (of.name().into(), format!("{loss:.4}")),
            ("accuracy".into(), format!("{:.2} %", 100.0 * accuracy)),
            ("macro f1".into(), format!("{macro_f1:.4}")),
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
