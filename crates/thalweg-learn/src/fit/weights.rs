//! How much rows count.

use crate::data::{Rows, Table};
use crate::error::{CellError, Error, ExpectedCell, Result};

/// The weights of the rows, made 1 on average.
pub(super) fn of_rows(table: &Table, column: &str, target: &str, rows: &[usize]) -> Result<Vec<f64>> {
    let mut weights = as_given(table, column, target, rows)?;
    let mean = mean(&weights)?;
    for weight in &mut weights {
        *weight /= mean;
    }
    Ok(weights)
}

/// Their mean, which must not be 0 where there are any.
pub(super) fn mean(weights: &[f64]) -> Result<f64> {
    let mean = weights.iter().sum::<f64>() / weights.len().max(1) as f64;
    if !weights.is_empty() {
        thalweg::Error::positive("the sum of the weights", mean)?;
    }
    Ok(mean)
}

/// The weights of the rows as they stand in the file.
pub(super) fn as_given(table: &Table, column: &str, target: &str, rows: &[usize]) -> Result<Vec<f64>> {
    if column == target {
        return Err(Error::TargetAsFeature { option: "weight", column: target.to_string() });
    }
    let index = table.column_index(column)?;
    let weight = |&row: &usize| {
        let found = table.number(row, index).filter(|weight| *weight >= 0.0 && weight.is_finite());
        found.ok_or_else(|| {
            let (at, found) = (table.position(row, index), table.original_text(row, index));
            CellError { at, column: column.to_string(), expected: ExpectedCell::Weight, found }.into()
        })
    };
    rows.iter().map(weight).collect()
}

/// Weights of the k classes with which all count alike: n / (k·n of the class), as scikit-learn's `balanced`.
pub(super) fn balanced(rows: &Rows, classes: usize) -> Vec<f64> {
    let mut of_class = vec![0.0; classes];
    for (i, &class) in rows.target.iter().enumerate() {
        of_class[class as usize] += rows.weight(i);
    }
    let all: f64 = of_class.iter().sum();
    let share = |of: f64| if of > 0.0 { all / (classes as f64 * of) } else { 1.0 };
    of_class.into_iter().map(share).collect()
}
