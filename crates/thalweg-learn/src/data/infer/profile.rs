//! Statistics of all cells of a column.

use rayon::prelude::*;
use thalweg::optimizer::Isa;

use super::digit_codes::DigitCodes;
use super::value_traits::ValueTraits;
use crate::data::cell::Cell;
use crate::data::number_checks::MAX_TARGET;
use crate::data::table::Table;
use crate::data::words::count_words;
use crate::error::Result;
use crate::pool;

/// Least number of distinct numbers in a column for a text among them to be taken for a mistake.
pub(super) const MIN_DISTINCT_NUMBERS: usize = 4;

/// Most texts of a column whose traits are memorized: a column with more has few equal ones.
const MAX_MEMORIZED: usize = 1 << 16;

/// Numbers that stay in the nearest cache while their properties are found out one after another.
const NUMBERS_IN_CACHE: usize = 1 << 10;

/// Number of texts from which the mean number of words is taken.
const TEXTS_TO_COUNT: usize = 1000;

/// Statistics of all cells of a column.
#[derive(Clone, Debug)]
pub(super) struct ColumnProfile<'t> {
    pub(super) table: &'t Table<'t>,
    pub(super) column: usize,
    /// Number of cells with a value.
    pub(super) values: usize,
    /// Number of cells without a value.
    pub(super) missing: usize,
    /// Number of values that are not numbers.
    pub(super) texts: usize,
    /// Number of values that are dates or times.
    pub(super) dates: usize,
    /// Number of values that are numbers with a decimal comma, such as 1,5.
    pub(super) decimal_commas: usize,
    /// Distinct numbers, at most [`MIN_DISTINCT_NUMBERS`].
    pub(super) some_numbers: Vec<f64>,
    /// Row of the first value.
    first_value: Option<usize>,
    pub(super) first_text: Option<usize>,
    pub(super) first_infinite: Option<usize>,
    /// Row of the first number that is too large for a target.
    pub(super) first_too_large: Option<usize>,
    pub(super) first_decimal_comma: Option<usize>,
    /// If true, all values are integers.
    pub(super) is_integer: bool,
    /// If true, each row has the number of the previous row plus one.
    pub(super) is_consecutive: bool,
    /// If true, all values are equal.
    pub(super) is_constant: bool,
    digit_codes: DigitCodes,
}

/// Returns `false` if a number is not the previous one plus 1.
fn follows(previous: Option<f64>, value: Option<f64>) -> bool {
    // Integers of usual size are exact, and so is their difference.
    previous.zip(value).is_none_or(|(previous, value)| (value - previous - 1.0).abs() < f64::EPSILON)
}

impl<'t> ColumnProfile<'t> {
    /// Inspects all cells of a column.
    ///
    /// # Errors
    /// [`Error::Interrupted`], if it is requested.
    pub(super) fn new(table: &'t Table<'t>, column: usize) -> Result<ColumnProfile<'t>> {
        Ok(Self::of_columns(table, &[column])?.remove(0))
    }

    /// Inspects all cells of columns of one group.
    ///
    /// # Errors
    /// [`Error::Interrupted`], if it is requested.
    pub(super) fn of_columns(table: &'t Table<'t>, columns: &[usize]) -> Result<Vec<ColumnProfile<'t>>> {
        let empty = |&column: &usize| ColumnProfile {
            table,
            column,
            values: 0,
            missing: 0,
            texts: 0,
            dates: 0,
            decimal_commas: 0,
            some_numbers: Vec::new(),
            first_value: None,
            first_text: None,
            first_infinite: None,
            first_too_large: None,
            first_decimal_comma: None,
            is_integer: true,
            is_consecutive: true,
            is_constant: true,
            digit_codes: DigitCodes::default(),
        };
        let mut profiles: Vec<_> = columns.iter().map(|column| (empty(column), None, None, Vec::new())).collect();
        let mut buffer = Vec::new();
        table.for_each_run(columns, |i, run| {
            let (profile, previous, first, traits_of_codes) = &mut profiles[i];
            if let Some(numbers) = run.numbers(&mut buffer) {
                for (start, numbers) in (run.start()..).step_by(NUMBERS_IN_CACHE).zip(numbers.chunks(NUMBERS_IN_CACHE))
                {
                    *previous = profile.add_numbers(start, numbers, *previous);
                    let is_first = |x: &f64| x.is_nan() || *first.get_or_insert(Cell::Number(*x)) == Cell::Number(*x);
                    profile.is_constant = profile.is_constant && numbers.iter().all(is_first);
                }
                return;
            }
            let codes = run.codes();
            let memorized = codes.map_or(0, |(_, texts)| if texts.len() > MAX_MEMORIZED { 0 } else { texts.len() });
            traits_of_codes.resize(memorized, None);
            let mut add = |row, cell, traits| {
                *previous = profile.add(row, cell, traits, *previous);
                let is_first = |first: &mut Option<Cell<'t>>| *first.get_or_insert(cell) == cell;
                profile.is_constant = profile.is_constant && (cell == Cell::Missing || is_first(first));
            };
            if codes.is_some() && memorized == 0 {
                // Such a column takes longer than all others together.
                let cells: Vec<(usize, Cell<'t>)> = run.collect();
                let traits = pool::map(cells.par_iter(), |(_, cell)| ValueTraits::of(*cell));
                cells.into_iter().zip(traits).for_each(|((row, cell), traits)| add(row, cell, traits));
                return;
            }
            let start = run.start();
            for (row, cell) in run {
                let traits = match codes.and_then(|(codes, _)| traits_of_codes.get_mut(codes[row - start] as usize)) {
                    Some(traits) => *traits.get_or_insert_with(|| ValueTraits::of(cell)),
                    None => ValueTraits::of(cell),
                };
                add(row, cell, traits);
            }
        })?;
        let finish = |(mut profile, _, _, _): (ColumnProfile<'t>, _, _, _)| {
            profile.is_consecutive &= profile.is_integer && profile.missing == 0;
            profile
        };
        Ok(profiles.into_iter().map(finish).collect())
    }

    /// Adds a cell; returns its number.
    fn add(&mut self, row: usize, cell: Cell<'t>, traits: ValueTraits, previous: Option<f64>) -> Option<f64> {
        if cell == Cell::Missing {
            self.missing += 1;
            return None;
        }
        self.values += 1;
        self.first_value.get_or_insert(row);
        let Some(value) = traits.number else {
            self.add_text(row, traits);
            return None;
        };
        self.digit_codes.add(cell);
        if value.abs() > MAX_TARGET {
            self.first_too_large.get_or_insert(row);
            if value.is_infinite() {
                self.first_infinite.get_or_insert(row);
            }
        }
        if self.some_numbers.len() < MIN_DISTINCT_NUMBERS && !self.some_numbers.contains(&value) {
            self.some_numbers.push(value);
        }
        self.is_integer &= value.fract() == 0.0;
        self.is_consecutive &= follows(previous, Some(value));
        Some(value)
    }

    /// Adds numbers of consecutive rows, of which NaN is a missing value; returns the last one.
    fn add_numbers(&mut self, start: usize, numbers: &[f64], previous: Option<f64>) -> Option<f64> {
        // Without an early exit, which would keep the comparisons from being vectorized.
        let (missing, is_too_large) = Isa::best().run(
            #[inline(always)]
            || {
                numbers.iter().fold((0, false), |(missing, is_too_large), x| {
                    (missing + usize::from(x.is_nan()), is_too_large | (x.abs() > MAX_TARGET))
                })
            },
        );
        self.missing += missing;
        self.values += numbers.len() - missing;
        let first = numbers.iter().position(|x| !x.is_nan())?;
        self.first_value.get_or_insert(start + first);
        self.digit_codes.add(Cell::Number(numbers[first]));
        if is_too_large {
            let row = |is_sought: fn(&f64) -> bool| Some(start + numbers.iter().position(is_sought)?);
            self.first_too_large = self.first_too_large.or_else(|| row(|x| x.abs() > MAX_TARGET));
            self.first_infinite = self.first_infinite.or_else(|| row(|x| x.is_infinite()));
        }
        for value in numbers.iter().filter(|x| !x.is_nan()) {
            if self.some_numbers.len() == MIN_DISTINCT_NUMBERS {
                break;
            }
            if !self.some_numbers.contains(value) {
                self.some_numbers.push(*value);
            }
        }
        self.is_integer = self.is_integer && numbers.iter().all(|x| x.is_nan() || x.fract() == 0.0);
        let last = numbers.last().copied().filter(|x| !x.is_nan());
        if self.is_consecutive {
            let mut previous = previous;
            for value in numbers.iter().map(|x| Some(*x).filter(|x| !x.is_nan())) {
                self.is_consecutive &= follows(previous, value);
                previous = value;
            }
        }
        last
    }

    /// Returns `true` if the values are texts by the type of the column, even where they look like numbers.
    pub(super) fn is_text(&self) -> bool {
        self.table.is_text(self.column)
    }

    /// Returns `true` if the values are codes of digits: integers of one length, some with a leading zero.
    pub(super) fn are_digit_codes(&self) -> bool {
        self.is_integer && self.texts == 0 && self.digit_codes.are_codes()
    }

    fn add_text(&mut self, row: usize, traits: ValueTraits) {
        self.texts += 1;
        self.is_integer = false;
        self.first_text.get_or_insert(row);
        self.dates += usize::from(traits.is_date);
        if traits.has_decimal_comma {
            self.decimal_commas += 1;
            self.first_decimal_comma.get_or_insert(row);
        }
    }

    /// Calls `visit` with each cell that has a value.
    pub(super) fn for_each_value(&self, mut visit: impl FnMut(Cell<'t>)) -> Result<()> {
        self.table.for_each_cell(self.column, |_, cell| {
            if cell != Cell::Missing {
                visit(cell);
            }
        })
    }

    /// Returns the mean number of words of the first texts.
    ///
    /// # Errors
    /// [`Error::Interrupted`], if it is requested.
    pub(super) fn mean_words(&self) -> Result<f64> {
        let (mut words, mut texts) = (0, 0);
        self.for_each_value(|cell| {
            if let (Cell::Text(text), true) = (cell, texts < TEXTS_TO_COUNT) {
                words += count_words(text);
                texts += 1;
            }
        })?;
        Ok(words as f64 / f64::max(texts as f64, 1.0))
    }

    /// Returns the first value as written in the file.
    pub(super) fn example(&self) -> String {
        self.table.original_text(self.first_value.expect("the column has values"), self.column)
    }
}
