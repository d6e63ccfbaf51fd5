//! Numbers of columns, their moments, and outliers among them.

use std::fmt;

use serde::{Deserialize, Serialize};

use super::cell::Cell;
use super::moments::{Moments, WeightedRows, different, finite_number, not_finite};
use super::table::Table;
use crate::error::Result;
use crate::interrupt::ROWS_PER_LOOK;

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

/// Numbers of a column over some rows, without missing values.
#[derive(Debug)]
pub(super) struct ColumnNumbers {
    values: Vec<f64>,
    /// Weight of each value; empty if all are equal.
    weights: Vec<f64>,
    /// Index of the first value among the rows.
    first: Option<usize>,
    /// Index of the first value that is no finite number.
    invalid: Option<usize>,
}

impl ColumnNumbers {
    /// Gathers the numbers of columns, of which those of one group are read together.
    ///
    /// # Errors
    /// [`Error::Interrupted`], if it is requested.
    pub(super) fn of_columns(table: &Table<'_>, columns: &[usize], rows: &WeightedRows<'_>) -> Result<Vec<Self>> {
        let empty = |_: &usize| Self {
            values: Vec::with_capacity(rows.rows.len()),
            weights: Vec::new(),
            first: None,
            invalid: None,
        };
        let mut numbers: Vec<Self> = columns.iter().map(empty).collect();
        table.for_each_tile(columns, rows.rows, |column, start, rows_of_tile| {
            let (numbers, index) = (&mut numbers[column], columns[column]);
            let weight = |i: usize| rows.weights.get(i).copied();
            let before = numbers.values.len();
            if !table.gather_numbers(index, rows_of_tile, &mut numbers.values) {
                table.gather_few(index, rows_of_tile, |i, cell| numbers.add(start + i, cell, weight(start + i)));
            } else if numbers.values[before..].iter().all(|value| value.is_finite()) && !rows_of_tile.is_empty() {
                numbers.first.get_or_insert(start);
                numbers.weights.extend(rows.weights.iter().skip(start).take(rows_of_tile.len()));
            } else {
                for (i, value) in (start..).zip(numbers.values.split_off(before)) {
                    let cell = if value.is_nan() { Cell::Missing } else { Cell::Number(value) };
                    numbers.add(i, cell, weight(i));
                }
            }
        })?;
        Ok(numbers)
    }

    /// Adds the cell of a row, given by its index among the rows.
    fn add(&mut self, i: usize, cell: Cell<'_>, weight: Option<f64>) {
        if cell == Cell::Missing {
            return;
        }
        self.first.get_or_insert(i);
        match cell.number() {
            Some(value) if value.is_finite() => {
                self.values.push(value);
                self.weights.extend(weight);
            }
            _ => drop(self.invalid.get_or_insert(i)),
        }
    }

    /// Index of the first value among the rows; `None` if all are missing.
    pub(super) fn first(&self) -> Option<usize> {
        self.first
    }

    /// Returns the lowest and the highest number as texts; `None` if all numbers are equal.
    pub(super) fn different(&self) -> Option<(String, String)> {
        different(&self.values)
    }

    /// Returns the moments of the numbers.
    ///
    /// # Errors
    /// A text; an infinite number; numbers so large that their sum overflows.
    pub(super) fn moments(&self, table: &Table<'_>, column: usize, rows: &[usize]) -> Result<Moments> {
        if let Some(i) = self.invalid {
            finite_number(table, rows[i], column, table.at(rows[i], column))?;
        }
        let moments = Moments::of_values(&self.values, &self.weights, table.interrupt())?;
        if moments.mean.is_finite() && moments.deviation.is_finite() {
            return Ok(moments);
        }
        // The sum overflowed: the largest number is the culprit.
        let size = |row: &&usize| table.at(**row, column).number().map_or(0.0, f64::abs);
        let largest = rows.iter().max_by(|a, b| size(a).total_cmp(&size(b)));
        Err(not_finite(table, *largest.expect("without rows the moments are 0"), column))
    }

    /// Returns the outliers that dominate the moments of the numbers; `None` for most columns.
    ///
    /// # Errors
    /// [`Error::Interrupted`], if it is requested.
    pub(super) fn outliers(
        &self,
        table: &Table<'_>,
        column: usize,
        rows: &[usize],
        moments: &Moments,
    ) -> Result<Option<Outliers>> {
        let &Moments { mean, deviation, .. } = moments;
        let is_far = |x: f64| (x - mean).abs() > deviation;
        let (most, mut count) = (1.max(self.values.len() / NUMBERS_PER_OUTLIER), 0);
        for values in self.values.chunks(ROWS_PER_LOOK) {
            table.interrupt().check()?;
            count += values.iter().filter(|x| is_far(**x)).count();
            if count > most {
                return Ok(None);
            }
        }
        if count == 0 {
            return Ok(None);
        }
        let near = |i: &usize| !is_far(self.values[*i]);
        let values: Vec<f64> = (0..self.values.len()).filter(near).map(|i| self.values[i]).collect();
        let weights: Vec<f64> = (0..self.weights.len()).filter(near).map(|i| self.weights[i]).collect();
        let rest = Moments::of_values(&values, &weights, table.interrupt())?;
        if rest.is_constant || rest.deviation * MIN_DEVIATION_RATIO >= deviation {
            return Ok(None);
        }
        let farthest = self.values.iter().copied().max_by(|a, b| (a - mean).abs().total_cmp(&(b - mean).abs()));
        let is_farthest = |row: &&usize| table.at(**row, column).number() == farthest;
        let row = *rows.iter().find(is_farthest).expect("the numbers are those of the rows");
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
