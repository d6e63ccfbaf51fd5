//! Weights of rows and classes.

use std::path::PathBuf;

use crate::data::{Rows, Table};
use crate::error::{CellError, Error, ExpectedCell, Result};

/// Largest mean of numbers of repetitions. Larger weights, such as the number of people that a row of a survey stands
/// for, say nothing about the number of rows that were seen.
const MAX_MEAN_REPETITIONS: f64 = 1e5;

/// Divides the weights of rows by their mean, which the rows keep if the weights are numbers of repetitions.
///
/// # Errors
/// Weights that are all 0.
pub(crate) fn normalize(rows: &mut Rows) -> Result<()> {
    if rows.weight.is_empty() {
        return Ok(());
    }
    let mean = mean(&rows.weight)?;
    rows.mean_weight =
        rows.mean_weight.map(|of_stream| of_stream * mean).or_else(|| mean_repetitions(&rows.weight, mean));
    rows.weight.iter_mut().for_each(|weight| *weight /= mean);
    Ok(())
}

/// Returns the mean of weights that are whole numbers of moderate size, and thus numbers of repetitions. Others are
/// relative: their mean has no meaning, and each row counts once on average.
pub(super) fn mean_repetitions(weights: &[f64], mean: f64) -> Option<f64> {
    let are_repetitions = (1.0..=MAX_MEAN_REPETITIONS).contains(&mean) && weights.iter().all(|w| w.fract() == 0.0);
    are_repetitions.then_some(mean)
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
/// A weight that is missing, negative or not finite.
pub(crate) fn row_weights(table: &Table<'_>, column: &str, rows: &[usize]) -> Result<Vec<f64>> {
    let index = table.column_index(column)?;
    let mut weights = Vec::with_capacity(rows.len());
    table.try_for_each_number(index, rows, |i, number| {
        let Some(weight) = number.filter(|weight| *weight >= 0.0 && weight.is_finite()) else {
            let (at, found) = (table.position(rows[i], index), table.original_text(rows[i], index));
            return Err(CellError { at, column: column.to_string(), expected: ExpectedCell::Weight, found }.into());
        };
        weights.push(weight);
        Ok(())
    })?;
    Ok(weights)
}

/// Returns `true` for each row of weight 0 of a table; no list without a column of weights.
///
/// # Errors
/// [`Error::Interrupted`], if it is requested.
pub(crate) fn rows_without_weight(column: Option<&str>, target: &str, table: &Table<'_>) -> Result<Vec<bool>> {
    let column = column.filter(|column| *column != target);
    let Some(column) = column.and_then(|column| table.find_column(column)) else {
        return Ok(Vec::new());
    };
    let mut without_weight = Vec::with_capacity(table.rows());
    table.for_each_number(column, |number| without_weight.push(number == Some(0.0)))?;
    Ok(without_weight)
}

/// Returns the error of data without rows, or whose rows all have the weight 0.
pub(crate) fn no_rows(path: Option<PathBuf>, have_zeros: bool) -> Error {
    match thalweg::Error::positive("the sum of the weights", 0.0) {
        Err(error) if have_zeros => error.into(),
        _ => Error::NoRows { path },
    }
}

/// Returns weights that give the k classes with rows equal influence: n / (`k·n_class`), as scikit-learn's `balanced`.
/// A class without rows, or with rows of weight 0 only, has the weight 1.
pub(super) fn balanced_class_weights(rows: &Rows, classes: usize) -> Vec<f64> {
    let mut class_sums = vec![0.0; classes];
    for (i, &class) in rows.target.iter().enumerate() {
        class_sums[class as usize] += rows.weight(i);
    }
    let total: f64 = class_sums.iter().sum();
    let present = class_sums.iter().filter(|sum| **sum > 0.0).count() as f64;
    let weight = |sum: f64| if sum > 0.0 { total / (present * sum) } else { 1.0 };
    class_sums.into_iter().map(weight).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn classes_without_weight_take_no_share_of_the_balance() {
        let rows = |weight: Vec<f64>| Rows { target: vec![0.0, 1.0, 1.0, 1.0, 2.0], weight, ..Rows::default() };
        let equal =
            |found: Vec<f64>, expected: [f64; 4]| found.iter().zip(expected).all(|(a, b)| (a - b).abs() < 1e-15);
        // Of scikit-learn: compute_class_weight("balanced", y = [0, 1, 1, 1]) is 2 and 2/3.
        let without = balanced_class_weights(&rows(vec![1.25, 1.25, 1.25, 1.25, 0.0]), 4);
        assert!(equal(without.clone(), [2.0, 2.0 / 3.0, 1.0, 1.0]), "{without:?}");
        let with = balanced_class_weights(&rows(Vec::new()), 4);
        assert!(equal(with.clone(), [5.0 / 3.0, 5.0 / 9.0, 5.0 / 3.0, 1.0]), "{with:?}");
    }
}
