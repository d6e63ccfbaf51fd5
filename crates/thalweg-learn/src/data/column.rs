//! One look at all cells of a column.

use std::collections::HashSet;

use super::date::is_date;
use super::kind::number;
use super::source::block::Cell;
use super::table::Table;
use crate::error::{Error, shell_word};

/// Different numbers a column must have before a text among them counts as a slip.
const DIFFERENT: usize = 4;

/// Cells a column must have for the same.
const CELLS: usize = 5;

/// What the cells of a column are.
#[derive(Clone, Debug)]
pub(super) struct Column<'t> {
    table: &'t Table,
    index: usize,
    /// Cells with a value.
    pub(super) values: usize,
    /// Cells without.
    pub(super) missing: usize,
    /// Values that are no number.
    pub(super) texts: usize,
    /// Values that are a date or a time.
    pub(super) dates: usize,
    /// Values like 1,5.
    commas: usize,
    /// Some different numbers, as many as are needed to be sure.
    different: Vec<f64>,
    /// Rows of the first value, the first text, the first infinite number, the first number with a comma.
    pub(super) first: Option<usize>,
    first_text: Option<usize>,
    first_infinite: Option<usize>,
    first_comma: Option<usize>,
    /// Whether all values are whole numbers.
    pub(super) whole: bool,
    /// Whether each row holds the number of the row before and one more.
    pub(super) counts: bool,
    /// Whether all values are the same text.
    pub(super) same: bool,
}

/// A value that is the same or another.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) enum Level<'t> {
    /// The bits of a number.
    Number(u64),
    /// A text.
    Text(&'t str),
}

impl<'t> Level<'t> {
    fn of(cell: Cell<'t>) -> Option<Self> {
        match cell {
            Cell::Missing => None,
            Cell::Number(value) => Some(Self::Number(value.to_bits())),
            Cell::Text(text) => Some(Self::Text(text)),
        }
    }

    /// The number that it is or writes.
    pub(super) fn number(self) -> Option<f64> {
        match self {
            Self::Number(bits) => Some(f64::from_bits(bits)),
            Self::Text(text) => number(text),
        }
    }

    /// Its text.
    pub(super) fn text(self) -> String {
        match self {
            Self::Number(bits) => f64::from_bits(bits).to_string(),
            Self::Text(text) => text.to_string(),
        }
    }
}

impl<'t> Column<'t> {
    pub(super) fn look(table: &'t Table, index: usize) -> Column<'t> {
        let mut column = Column {
            table,
            index,
            values: 0,
            missing: 0,
            texts: 0,
            dates: 0,
            commas: 0,
            different: Vec::new(),
            first: None,
            first_text: None,
            first_infinite: None,
            first_comma: None,
            whole: true,
            counts: true,
            same: true,
        };
        let (mut before, mut same) = (None, None);
        table.each(index, |row, cell| {
            before = column.see(row, cell, before);
            column.same &= cell == Cell::Missing || *same.get_or_insert(cell) == cell;
        });
        column.counts &= column.whole && column.missing == 0;
        column
    }

    /// Takes one cell in; returns its number.
    fn see(&mut self, row: usize, cell: Cell<'t>, before: Option<f64>) -> Option<f64> {
        if cell == Cell::Missing {
            self.missing += 1;
            return None;
        }
        self.values += 1;
        self.first.get_or_insert(row);
        let Some(value) = cell.number() else {
            if let Cell::Text(text) = cell {
                self.see_text(row, text);
            }
            return None;
        };
        if value.is_infinite() {
            self.first_infinite.get_or_insert(row);
        }
        if self.different.len() < DIFFERENT && !self.different.contains(&value) {
            self.different.push(value);
        }
        self.whole &= value.fract() == 0.0;
        // Whole numbers of this size are exact, and so is their difference.
        self.counts &= before.is_none_or(|before| (value - before - 1.0).abs() < f64::EPSILON);
        Some(value)
    }

    fn see_text(&mut self, row: usize, cell: &str) {
        self.texts += 1;
        self.whole = false;
        self.first_text.get_or_insert(row);
        if is_date(cell) {
            self.dates += 1;
        }
        if cell.contains(',') && number(&cell.replacen(',', ".", 1)).is_some() {
            self.commas += 1;
            self.first_comma.get_or_insert(row);
        }
    }

    /// Calls `see` with each cell that has a value.
    pub(super) fn each(&self, mut see: impl FnMut(Cell<'t>)) {
        self.table.each(self.index, |_, cell| {
            if cell != Cell::Missing {
                see(cell);
            }
        });
    }

    /// The different values: texts, and numbers by their bits.
    pub(super) fn different(&self) -> HashSet<Level<'t>> {
        let mut levels = HashSet::new();
        self.each(|cell| {
            levels.extend(Level::of(cell));
        });
        levels
    }

    /// Whether all values are written so.
    pub(super) fn all(&self, is: impl Fn(&str) -> bool) -> bool {
        let mut all = true;
        self.each(|cell| {
            // After the first that is not, nothing more is looked at.
            all = all
                && match cell {
                    Cell::Missing => true,
                    Cell::Number(value) => is(&value.to_string()),
                    Cell::Text(text) => is(text),
                };
        });
        all
    }

    /// The number of different values.
    pub(super) fn levels(&self) -> usize {
        self.different().len()
    }

    /// Its first value.
    pub(super) fn example(&self) -> String {
        self.first.map_or_else(String::new, |row| self.table.written(row, self.index))
    }

    /// The error that a column meant as numbers holds, if any: a text, or a number without bound.
    pub(super) fn refuse_as_number(&self, feature: bool) -> Option<Error> {
        if let Some(row) = self.first_text {
            return Some(self.not_number(row, &self.share(row, feature)));
        }
        self.first_infinite.map(|row| Error::NotFinite {
            at: self.table.position(row, self.index),
            column: self.name(),
            found: self.table.written(row, self.index),
        })
    }

    /// The error of a column that is surely meant as numbers, and is not all numbers.
    pub(super) fn refuse_as_nearly_number(&self, feature: bool) -> Option<Error> {
        let numbers = self.values - self.texts;
        let nearly = |count: usize| self.values >= CELLS && count * 10 >= self.values * 9;
        if self.texts == 0 {
            return self.refuse_as_number(feature);
        }
        if let Some(row) = self.first_comma.filter(|_| nearly(numbers + self.commas) && self.levels() >= DIFFERENT) {
            let hint =
                format!(" (write the decimal mark as a point and no other marks{})", self.as_categories(feature));
            return Some(self.not_number(row, &hint));
        }
        if nearly(numbers) && self.different.len() >= DIFFERENT && !self.has_codes() {
            return self.refuse_as_number(feature);
        }
        None
    }

    /// Whether the texts among the numbers are codes like V57 and E865.1: the numbers then are codes too.
    fn has_codes(&self) -> bool {
        let mut texts = HashSet::new();
        self.each(|cell| match cell {
            Cell::Text(text) if number(text).is_none() => drop(texts.insert(text)),
            _ => {}
        });
        let code = |text: &&str| {
            text.starts_with(|c: char| c.is_ascii_alphabetic()) && text.contains(|c: char| c.is_ascii_digit())
        };
        texts.len() >= 3 && texts.iter().all(code)
    }

    fn not_number(&self, row: usize, hint: &str) -> Error {
        Error::NotNumber {
            at: self.table.position(row, self.index),
            column: self.name(),
            found: self.table.written(row, self.index),
            hint: hint.to_string(),
        }
    }

    fn share(&self, row: usize, feature: bool) -> String {
        let what = if self.texts == 1 { "is not a number" } else { "are not numbers" };
        let found = shell_word(&self.table.written(row, self.index));
        let (texts, values) = (self.texts, self.values);
        format!(
            " ({texts} of {values} values {what}; --missing {found} reads it as missing{})",
            self.as_categories(feature)
        )
    }

    fn as_categories(&self, feature: bool) -> String {
        if !feature {
            return String::new();
        }
        format!(", --categorical {} reads the column as categories", shell_word(&self.name()))
    }

    fn name(&self) -> String {
        self.table.names()[self.index].clone()
    }
}
