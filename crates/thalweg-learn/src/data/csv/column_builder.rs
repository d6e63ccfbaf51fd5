//! Columns to which the cells of records are appended.

use std::borrow::Cow;

use super::dialect::ParseAs;
use crate::data::cell::{ColumnData, NumberColumn, StringColumn};
use crate::data::missing::MissingTokens;
use crate::data::number::parse_number;
use crate::data::number_format::NumberFormat;
use crate::data::text_list::TextIndex;
use crate::data::value_key::is_inexact_integer;

/// Column to which cells are appended.
pub(super) enum ColumnBuilder<'t> {
    Numbers(NumberColumn),
    /// Numbers in a format of their own.
    FormattedNumbers {
        numbers: NumberColumn,
        format: &'t NumberFormat,
    },
    Strings {
        column: StringColumn,
        index: TextIndex,
        format: Option<&'t NumberFormat>,
    },
    Nothing,
}

impl<'t> ColumnBuilder<'t> {
    pub(super) fn new((parse_as, format): (&ParseAs, &'t Option<NumberFormat>)) -> Self {
        match (parse_as, format) {
            (ParseAs::Numbers, None) => ColumnBuilder::Numbers(NumberColumn::default()),
            (ParseAs::Numbers, Some(format)) => {
                ColumnBuilder::FormattedNumbers { numbers: NumberColumn::default(), format }
            }
            (ParseAs::Strings, format) => ColumnBuilder::Strings {
                column: StringColumn::default(),
                index: TextIndex::default(),
                format: format.as_ref(),
            },
            (ParseAs::Nothing, _) => ColumnBuilder::Nothing,
        }
    }

    pub(super) fn push(&mut self, cell: Cow<'t, str>, missing: &MissingTokens, row: usize) {
        match self {
            ColumnBuilder::Numbers(numbers) if missing.contains(&cell) => numbers.values.push(f64::NAN),
            ColumnBuilder::Numbers(numbers) => push_number(numbers, row, cell),
            ColumnBuilder::FormattedNumbers { numbers, .. } if missing.contains(&cell) => {
                numbers.values.push(f64::NAN);
            }
            ColumnBuilder::FormattedNumbers { numbers, format } => match format.plain(&cell) {
                Some(plain) if missing.contains(&plain) => numbers.values.push(f64::NAN),
                Some(plain) => push_number(numbers, row, plain.into()),
                // In quotes, the text is no number, even if it is one in another format.
                None => push_number(numbers, row, format!("\"{cell}\"").into()),
            },
            ColumnBuilder::Strings { column, .. } if missing.contains(&cell) => {
                column.codes.push(StringColumn::MISSING);
            }
            ColumnBuilder::Strings { column, index, format } => {
                let cell = format.and_then(|format| format.plain(&cell)).map_or(cell, Cow::Owned);
                column.codes.push(index.code(&mut column.names, &cell));
            }
            ColumnBuilder::Nothing => {}
        }
    }

    /// Makes room for more cells.
    pub(super) fn reserve(&mut self, cells: usize) {
        match self {
            ColumnBuilder::Numbers(numbers) | ColumnBuilder::FormattedNumbers { numbers, .. } => {
                numbers.values.reserve_exact(cells);
            }
            ColumnBuilder::Strings { column, .. } => column.codes.reserve_exact(cells),
            ColumnBuilder::Nothing => {}
        }
    }

    /// Keeps the first `rows` cells.
    pub(super) fn truncate(&mut self, rows: usize) {
        match self {
            ColumnBuilder::Numbers(numbers) | ColumnBuilder::FormattedNumbers { numbers, .. } => {
                numbers.values.truncate(rows);
                while numbers.texts.last().is_some_and(|(row, _)| *row >= rows) {
                    numbers.texts.pop();
                }
            }
            // A name that no cell refers to is harmless.
            ColumnBuilder::Strings { column, .. } => column.codes.truncate(rows),
            ColumnBuilder::Nothing => {}
        }
    }

    pub(super) fn finish(self) -> ColumnData {
        match self {
            ColumnBuilder::Numbers(mut numbers) | ColumnBuilder::FormattedNumbers { mut numbers, .. } => {
                free_unused(&mut numbers.values);
                ColumnData::Numbers(numbers)
            }
            ColumnBuilder::Strings { mut column, .. } => {
                free_unused(&mut column.codes);
                ColumnData::Strings(column)
            }
            ColumnBuilder::Nothing => ColumnData::empty(),
        }
    }
}

/// Appends the number of a cell, or its text if it is none.
fn push_number(numbers: &mut NumberColumn, row: usize, cell: Cow<'_, str>) {
    let value = parse_number(&cell).filter(|value| !is_inexact_integer(&cell, *value));
    numbers.values.push(value.unwrap_or(f64::NAN));
    if value.is_none() {
        numbers.texts.push((row, cell.into_owned()));
    }
}

/// Frees the memory of a column that is longer than its cells by more than a quarter.
fn free_unused<T>(cells: &mut Vec<T>) {
    if cells.capacity() > cells.len() + cells.len() / 4 {
        cells.shrink_to_fit();
    }
}
