//! Moments of columns of numbers, and outliers among them.

use std::fmt;

use rayon::prelude::*;
use serde::{Deserialize, Serialize};

use super::cell::Cell;
use super::moments::{MomentTree, Moments, PartMoments, TILE, WeightedRows};
use super::number_checks::{finite_number, not_finite};
use super::table::{RowRuns, Table};
use crate::error::Result;
use crate::pool;

/// Rows whose numbers a thread reads at a time.
const ROWS_PER_TASK: usize = 1 << 14;

/// Ratio of the standard deviation with outliers to that without them from which they are reported.
const MIN_DEVIATION_RATIO: f64 = 100.0;

/// Most outliers, as one of this many numbers: more of them are a part of the distribution.
const NUMBERS_PER_OUTLIER: usize = 100;

/// Outliers of a column: numbers so far from the others that these are nearly equal once standardized.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Outliers {
    /// Name of the column.
    pub column: String,
    /// Position of the number that is farthest from the mean.
    pub at: String,
    /// Text of this number.
    pub value: String,
    /// Number of outliers in the training rows.
    pub count: usize,
    /// Standard deviation of all numbers.
    pub deviation: f64,
    /// Standard deviation of the numbers without the outliers.
    pub deviation_without: f64,
}

impl fmt::Display for Outliers {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { column, at, value, count, deviation, deviation_without } = self;
        let them = match count {
            1 => "it".to_string(),
            2 => "it and another outlier".to_string(),
            _ => format!("it and {} other outliers", count - 1),
        };
        write!(f, "{at}: column '{column}': '{value}' is so far from the other numbers that these are nearly equal")?;
        write!(f, " (standard deviation {deviation:.3e}, without {them} {deviation_without:.3e})")
    }
}

/// Moments of the numbers of a column over some rows, without missing values.
#[derive(Clone, Debug, Default)]
pub(super) struct ColumnNumbers {
    moments: MomentTree,
    /// Index of the first value among the rows.
    first: Option<usize>,
    /// Index of the first value that is no finite number.
    invalid: Option<usize>,
}

/// At most [`TILE`] rows that are read together.
struct Tile<'a> {
    /// Index of the first among all rows.
    start: usize,
    rows: &'a [usize],
    runs: RowRuns<'a>,
    /// Weight of each row; empty if all are equal.
    weights: &'a [f64],
}

impl ColumnNumbers {
    /// Reads the numbers of columns.
    ///
    /// # Errors
    /// [`Error::Interrupted`](crate::Error::Interrupted), if it is requested.
    pub(super) fn of_columns(table: &Table<'_>, columns: &[usize], rows: &WeightedRows<'_>) -> Result<Vec<Self>> {
        let read = |(task, rows_of_task): (usize, &[usize])| {
            table.interrupt().check()?;
            let (mut all, mut values) = (vec![Self::default(); columns.len()], Vec::with_capacity(TILE));
            for (start, tile) in (task * ROWS_PER_TASK..).step_by(TILE).zip(rows_of_task.chunks(TILE)) {
                let weights = rows.weights.get(start..start + tile.len()).unwrap_or_default();
                let tile = Tile { start, rows: tile, runs: table.row_runs(tile), weights };
                for (numbers, &column) in all.iter_mut().zip(columns) {
                    numbers.add_tile(table, column, &tile, &mut values);
                }
            }
            Ok(all)
        };
        let parts: Vec<Result<Vec<Self>>> = pool::map(rows.rows.par_chunks(ROWS_PER_TASK).enumerate(), read);
        let mut all = vec![Self::default(); columns.len()];
        // In the order of the rows, whatever the threads.
        for part in parts {
            all.iter_mut().zip(part?).for_each(|(numbers, part)| numbers.append(&part));
        }
        Ok(all)
    }

    /// Adds the cells of a tile.
    fn add_tile(&mut self, table: &Table<'_>, column: usize, tile: &Tile<'_>, values: &mut Vec<f64>) {
        let &Tile { start, rows, ref runs, weights } = tile;
        values.clear();
        if !table.gather_numbers(column, runs, values) {
            table.gather_few(column, rows, |i, cell| values.push(self.checked_number(start + i, cell)));
        } else if !values.iter().fold(true, |all, value| all & value.is_finite()) {
            for (i, value) in (start..).zip(values.iter_mut()) {
                let cell = if value.is_nan() { Cell::Missing } else { Cell::Number(*value) };
                *value = self.checked_number(i, cell);
            }
        } else {
            self.first.get_or_insert(start);
            return self.moments.extend(PartMoments::of(values, weights));
        }
        let weights: Vec<f64> = weights.iter().zip(&*values).filter(|(_, x)| !x.is_nan()).map(|(w, _)| *w).collect();
        values.retain(|value| !value.is_nan());
        self.moments.extend(PartMoments::of(values, &weights));
    }

    /// Returns the number in the cell of a row, given by its index among the rows, if it is finite, otherwise NaN.
    fn checked_number(&mut self, i: usize, cell: Cell<'_>) -> f64 {
        if cell == Cell::Missing {
            return f64::NAN;
        }
        self.first.get_or_insert(i);
        cell.number().filter(|value| value.is_finite()).unwrap_or_else(|| {
            self.invalid.get_or_insert(i);
            f64::NAN
        })
    }

    /// Appends what was found in the next rows.
    fn append(&mut self, next: &Self) {
        self.moments.extend(next.moments.total());
        self.first = self.first.or(next.first);
        self.invalid = self.invalid.or(next.invalid);
    }

    /// Index of the first value among the rows; `None` if all are missing.
    pub(super) fn first(&self) -> Option<usize> {
        self.first
    }

    /// Returns the moments of the numbers.
    ///
    /// # Errors
    /// A text; an infinite number; numbers so large that their sum overflows.
    pub(super) fn moments(&self, table: &Table<'_>, column: usize, rows: &[usize]) -> Result<Moments> {
        if let Some(i) = self.invalid {
            finite_number(table, rows[i], column, table.at(rows[i], column))?;
        }
        let moments = self.moments.moments();
        if moments.mean.is_finite() && moments.deviation.is_finite() {
            return Ok(moments);
        }
        // The sum overflowed: the largest number is the culprit.
        let size = |row: &&usize| table.at(**row, column).number().map_or(0.0, f64::abs);
        let largest = rows.iter().max_by(|a, b| size(a).total_cmp(&size(b)));
        Err(not_finite(table, *largest.expect("without rows the moments are 0"), column))
    }
}

impl Outliers {
    /// Finds the outliers that dominate the moments of the numbers of a column; `None` for most columns.
    ///
    /// # Errors
    /// [`Error::Interrupted`](crate::Error::Interrupted), if it is requested.
    pub(super) fn find(
        table: &Table<'_>,
        column: usize,
        rows: &WeightedRows<'_>,
        moments: &Moments,
    ) -> Result<Option<Outliers>> {
        let &Moments { mean, deviation, .. } = moments;
        let is_far = |x: f64| (x - mean).abs() > deviation;
        let (most, mut count, mut numbers) = (1.max(moments.count / NUMBERS_PER_OUTLIER), 0, Vec::new());
        for rows in rows.rows.chunks(TILE) {
            table.interrupt().check()?;
            numbers.clear();
            if !table.gather_numbers(column, &table.row_runs(rows), &mut numbers) {
                table.gather_few(column, rows, |_, cell| numbers.extend(cell.number()));
            }
            count += numbers.iter().filter(|x| is_far(**x)).count();
            if count > most {
                return Ok(None);
            }
        }
        if count == 0 {
            return Ok(None);
        }
        let (mut values, mut weights, mut farthest) = (Vec::new(), Vec::new(), None::<(f64, usize)>);
        table.try_for_each_number(column, rows.rows, |i, number| {
            let Some(x) = number else { return Ok(()) };
            if !is_far(x) {
                values.push(x);
                weights.extend(rows.weights.get(i));
            } else if farthest.is_none_or(|(most, _)| (x - mean).abs() > (most - mean).abs()) {
                farthest = Some((x, rows.rows[i]));
            }
            Ok(())
        })?;
        let rest = Moments::of_values(&values, &weights, table.interrupt())?;
        if rest.is_constant || rest.deviation * MIN_DEVIATION_RATIO >= deviation {
            return Ok(None);
        }
        let (_, row) = farthest.unwrap_or_else(|| unreachable!("there are {count} outliers"));
        Ok(Some(Outliers {
            column: table.names()[column].clone(),
            at: table.position(row, column).to_string(),
            value: table.original_text(row, column),
            count,
            deviation,
            deviation_without: rest.deviation,
        }))
    }
}
