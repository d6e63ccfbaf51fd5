//! Weights of rows and classes.

use crate::data::{Rows, Table};
use crate::error::{CellError, Error, ExpectedCell, Result};

/// Returns the weights of the rows divided by their mean.
///
/// # Errors
/// A weight that is missing, negative or not finite; weights that are all 0.
pub(super) fn normalized_row_weights(
    table: &Table<'_>,
    column: &str,
    target: &str,
    rows: &[usize],
) -> Result<Vec<f64>> {
    let mut weights = row_weights(table, column, target, rows)?;
    let mean = mean(&weights)?;
    for weight in &mut weights {
        *weight /= mean;
    }
    Ok(weights)
}

/// Returns the mean of weights, 0 for none.
///
/// # Errors
/// Weights that are all 0.
pub(super) fn mean(weights: &[f64]) -> Result<f64> {
    let mean = weights.iter().sum::<f64>() / weights.len().max(1) as f64;
    if !weights.is_empty() {
        thalweg::Error::positive("the sum of the weights", mean)?;
    }
    Ok(mean)
}

/// Returns the weights of the rows as they are in the file.
///
/// # Errors
/// A weight that is missing, negative or not finite; the target as the column of weights.
pub(super) fn row_weights(table: &Table<'_>, column: &str, target: &str, rows: &[usize]) -> Result<Vec<f64>> {
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

/// Removes the rows of weight 0, unless all are: nothing of a fit may depend on them.
///
/// # Errors
/// As [`row_weights`].
pub(super) fn remove_unweighted(table: &Table<'_>, column: &str, target: &str, rows: &mut Vec<usize>) -> Result<()> {
    let weights = row_weights(table, column, target, rows)?;
    if weights.iter().any(|&weight| weight > 0.0) {
        let mut weights = weights.into_iter();
        rows.retain(|_| weights.next().is_some_and(|weight| weight > 0.0));
    }
    Ok(())
}

/// Returns weights of the k classes that give them equal influence: n / (`k·n_class`), as scikit-learn's `balanced`. A
/// class without rows has the weight 1.
pub(super) fn balanced_class_weights(rows: &Rows, classes: usize) -> Vec<f64> {
    let mut class_sums = vec![0.0; classes];
    for (i, &class) in rows.target.iter().enumerate() {
        class_sums[class as usize] += rows.weight(i);
    }
    let total: f64 = class_sums.iter().sum();
    let weight = |sum: f64| if sum > 0.0 { total / (classes as f64 * sum) } else { 1.0 };
    class_sums.into_iter().map(weight).collect()
}
