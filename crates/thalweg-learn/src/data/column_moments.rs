//! Moments of columns of numbers, and outliers among them.

use std::fmt;

use rayon::prelude::*;
use serde::{Deserialize, Serialize};

use super::cell::Cell;
use super::moments::{MomentTree, Moments, PartMoments, ROWS_PER_TILE, WeightedRows};
use super::number_checks::{finite_number, not_finite};
use super::table::{RowsByBlock, Table};
use crate::error::Result;
use crate::pool;

/// Rows whose numbers a thread reads at a time.
const ROWS_PER_TASK: usize = 1 << 14;

/// Columns whose numbers a thread reads at a time.
const COLUMNS_PER_TASK: usize = 1 << 6;

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
pub(super) struct ColumnMoments {
    tree: MomentTree,
    /// Index of the first value among the rows.
    first: Option<usize>,
    /// Index of the first value that is no finite number.
    invalid: Option<usize>,
}

/// At most [`ROWS_PER_TILE`] rows that are read together.
struct Tile<'a> {
    /// Index of the first among all rows.
    start: usize,
    rows: RowsByBlock<'a>,
    /// Weight of each row; empty if all are equal.
    weights: &'a [f64],
}

impl ColumnMoments {
    /// Reads the numbers of columns.
    ///
    /// # Errors
    /// [`Error::Interrupted`](crate::Error::Interrupted), if it is requested.
    pub(super) fn of_columns(table: &Table<'_>, columns: &[usize], rows: &WeightedRows<'_>) -> Result<Vec<Self>> {
        let groups: Vec<&[usize]> = columns.chunks(COLUMNS_PER_TASK).collect();
        let read = |task: usize| {
            let (part, columns) = (task / groups.len(), groups[task % groups.len()]);
            let first = part * ROWS_PER_TASK;
            let rows_of_task = &rows.rows[first..rows.rows.len().min(first + ROWS_PER_TASK)];
            let (mut all, mut values) = (vec![Self::default(); columns.len()], Vec::with_capacity(ROWS_PER_TILE));
            for (start, tile) in (first..).step_by(ROWS_PER_TILE).zip(rows_of_task.chunks(ROWS_PER_TILE)) {
                table.interrupt().check()?;
                let weights = rows.weights.get(start..start + tile.len()).unwrap_or_default();
                let tile = Tile { start, rows: table.by_block(tile), weights };
                for (moments, &column) in all.iter_mut().zip(columns) {
                    moments.add_tile(table, column, &tile, &mut values);
                }
            }
            Ok(all)
        };
        let tasks = rows.rows.len().div_ceil(ROWS_PER_TASK) * groups.len();
        let parts: Vec<Result<Vec<Self>>> = pool::map((0..tasks).into_par_iter(), read);
        let mut all = vec![Self::default(); columns.len()];
        // In the order of the rows, whatever the threads.
        for (task, part) in parts.into_iter().enumerate() {
            let group = task % groups.len() * COLUMNS_PER_TASK;
            all[group..].iter_mut().zip(part?).for_each(|(moments, part)| moments.append(&part));
        }
        Ok(all)
    }

    /// Adds the cells of a tile.
    fn add_tile(&mut self, table: &Table<'_>, column: usize, tile: &Tile<'_>, values: &mut Vec<f64>) {
        let &Tile { start, ref rows, weights } = tile;
        values.clear();
        if !table.gather_numbers(column, rows, values) {
            table.gather_few(column, rows, |i, cell| values.push(self.checked_number(start + i, cell)));
        } else if !values.iter().fold(true, |all, value| all & value.is_finite()) {
            for (i, value) in (start..).zip(values.iter_mut()) {
                let cell = if value.is_nan() { Cell::Missing } else { Cell::Number(*value) };
                *value = self.checked_number(i, cell);
            }
        } else {
            self.first.get_or_insert(start);
            return self.tree.extend(PartMoments::of(values, weights));
        }
        let weights: Vec<f64> = weights.iter().zip(&*values).filter(|(_, x)| !x.is_nan()).map(|(w, _)| *w).collect();
        values.retain(|value| !value.is_nan());
        self.tree.extend(PartMoments::of(values, &weights));
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
        self.tree.extend(next.tree.total());
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
        let moments = self.tree.moments();
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
        if moments.is_constant {
            return Ok(None);
        }
        let is_far = |x: f64| (x - mean).abs() > deviation;
        let (most, mut count, mut numbers) = (1.max(moments.count / NUMBERS_PER_OUTLIER), 0, Vec::new());
        for rows in rows.rows.chunks(ROWS_PER_TILE) {
            table.interrupt().check()?;
            let rows = table.by_block(rows);
            numbers.clear();
            if !table.gather_numbers(column, &rows, &mut numbers) {
                table.gather_few(column, &rows, |_, cell| numbers.extend(cell.number()));
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

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;
    use crate::data::read_options::ReadOptions;

    #[test]
    fn moments_are_those_of_the_present_numbers_of_all_tasks() {
        const ROWS: usize = 3 * ROWS_PER_TASK;
        let number = |row: usize| ((row * 7919) % 1009) as f64 / 16.0;
        let is_present = |row: usize| !row.is_multiple_of(7);
        let record = |row: usize| {
            let some = if is_present(row) { number(row).to_string() } else { String::new() };
            // Of the other columns, one begins in the second task, and one has a text in the third.
            let late = if row < ROWS_PER_TASK + 5 { String::new() } else { number(row).to_string() };
            let text = if row == 2 * ROWS_PER_TASK + 9 { "x".to_string() } else { number(row).to_string() };
            format!("{some},{late},{text}\n")
        };
        let text = format!("some,late,text\n{}", (0..ROWS).map(record).collect::<String>());
        let table = Table::parse(Path::new("x"), text.into(), &ReadOptions::default()).expect("the text is a table");
        let rows: Vec<usize> = (0..ROWS).filter(|row| row % 5 > 0).collect();
        for weights in [Vec::new(), rows.iter().map(|row| (row % 4) as f64).collect()] {
            let weighted = WeightedRows { rows: &rows, weights: &weights };
            // Several groups of columns.
            let columns: Vec<usize> = (0..3 * COLUMNS_PER_TASK).map(|place| place % 3).collect();
            let all = ColumnMoments::of_columns(&table, &columns, &weighted).expect("nothing interrupts");
            let present = || rows.iter().enumerate().filter(|(_, row)| is_present(**row));
            let weight = |i: usize| weights.get(i).copied().unwrap_or(1.0);
            let sum = |of: &dyn Fn(f64) -> f64| present().map(|(i, row)| weight(i) * of(number(*row))).sum::<f64>();
            let mean = sum(&|x| x) / sum(&|_| 1.0);
            let deviation = (sum(&|x| (x - mean).powi(2)) / sum(&|_| 1.0)).sqrt();
            for (moments, column) in all.iter().zip(columns) {
                let found = moments.moments(&table, column, &rows);
                match column {
                    0 => {
                        let found = found.expect("all are numbers");
                        assert!(
                            (found.mean / mean - 1.0).abs() < 1e-13
                                && (found.deviation / deviation - 1.0).abs() < 1e-13
                        );
                        assert_eq!((found.count, moments.first()), (present().count(), Some(0)));
                    }
                    1 => assert_eq!(moments.first(), rows.iter().position(|row| *row >= ROWS_PER_TASK + 5)),
                    _ => assert!(found.expect_err("there is a text").to_string().contains("'x'")),
                }
            }
        }
    }
}
