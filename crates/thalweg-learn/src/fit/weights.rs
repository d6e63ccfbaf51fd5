//! How much rows count.

use crate::data::{Rows, Table};
use crate::error::{Error, Result};

/// The weights of the rows, made 1 on average.
pub(super) fn of_rows(table: &Table, column: &str, target: &str, rows: &[usize]) -> Result<Vec<f64>> {
    if column == target {
        return Err(Error::TargetChosen { option: "weight", column: target.to_string() });
    }
    let index = table.column_index(column)?;
    let weight = |&row: &usize| {
        let text = table.cell(row, index);
        let found = text.parse::<f64>().ok().filter(|weight| *weight >= 0.0 && weight.is_finite());
        found.ok_or_else(|| Error::Weight {
            at: table.position(row, index),
            column: column.to_string(),
            found: text.to_string(),
        })
    };
    let mut weights: Vec<f64> = rows.iter().map(weight).collect::<Result<_>>()?;
    let mean = weights.iter().sum::<f64>() / weights.len().max(1) as f64;
    if !rows.is_empty() {
        thalweg::Error::positive("the sum of the weights", mean)?;
    }
    for weight in &mut weights {
        *weight /= mean;
    }
    Ok(weights)
}

/// Weights of the labels 0 and 1 with which both count alike: n / (2·n of the label), as scikit-learn's `balanced`.
pub(super) fn balanced(rows: &Rows) -> [f64; 2] {
    let of =
        |label: bool| (0..rows.len()).filter(|&i| (rows.target[i] > 0.5) == label).map(|i| rows.weight(i)).sum::<f64>();
    let [zeros, ones] = [of(false), of(true)];
    [zeros, ones].map(|count| if count > 0.0 { (zeros + ones) / (2.0 * count) } else { 1.0 })
}
