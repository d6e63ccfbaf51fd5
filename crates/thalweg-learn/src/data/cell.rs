//! Blocks of rows stored by column, the common result of all file readers.

use super::missing::MissingTokens;
use super::number::parse_number;
use super::sparse_rows::SparseRows;
use super::text_list::{TextIndex, TextList};

/// Consecutive rows of a table.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Block {
    /// One entry per column, all of the same length.
    pub(crate) columns: Vec<ColumnData>,
    /// Number of rows in the block.
    pub(crate) rows: usize,
    /// Number of rows of the block before each invalid one, which it does not contain.
    pub(crate) skipped_before: Vec<usize>,
    /// Features addressed by index instead of by column (libsvm); indices as written in the file.
    pub(crate) sparse: SparseRows,
}

/// Estimated bytes of the cells of a column in a block besides their values: several lists.
pub(crate) const BYTES_PER_COLUMN: usize = 96;

/// Estimated bytes of a distinct text in addition to twice its length: its place in a list and an index, which grow by
/// doubling, and most of all what it takes as the level of a category.
const BYTES_PER_TEXT: usize = 144;

/// Estimated bytes of a text among numbers: its row and a string, in a list that grows by doubling.
const BYTES_PER_EXCEPTION: usize = 144;

/// Estimated bytes of distinct texts.
pub(crate) fn bytes_of_texts(texts: &TextList) -> usize {
    2 * texts.text_bytes() + BYTES_PER_TEXT * texts.len()
}

impl Block {
    /// Estimated memory of the block, and of its texts in the table that it becomes a part of.
    pub(crate) fn bytes(&self) -> usize {
        let column = |column: &ColumnData| {
            let values = match column {
                ColumnData::Numbers(numbers) => 8 * numbers.values.len() + BYTES_PER_EXCEPTION * numbers.texts.len(),
                ColumnData::Strings(strings) => 4 * strings.codes.len() + bytes_of_texts(&strings.names),
                ColumnData::Bytes(bytes) => bytes.len(),
            };
            BYTES_PER_COLUMN + values
        };
        self.columns.iter().map(column).sum::<usize>() + 8 * (self.sparse.index.len() + self.sparse.ends.len())
    }
}

/// Cells of a column.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum ColumnData {
    /// Numbers, with few exceptions.
    Numbers(NumberColumn),
    /// Texts in a dictionary encoding.
    Strings(StringColumn),
    /// Integers from 0 to 255, such as pixels.
    Bytes(Vec<u8>),
}

/// Column of numbers, with the few cells that are not numbers stored separately.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct NumberColumn {
    /// Value of each row; NaN where the cell is not a number.
    pub(crate) values: Vec<f64>,
    /// Row and text of each cell that is not a number, or an integer that `f64` does not hold exactly, by ascending
    /// row. A NaN without an entry is a missing value.
    pub(crate) texts: Vec<(usize, String)>,
}

/// Dictionary-encoded column of texts, since most such columns have few distinct values.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct StringColumn {
    /// Index of each cell's text in `names`, or [`StringColumn::MISSING`].
    pub(crate) codes: Vec<u32>,
    /// Distinct texts in order of first occurrence.
    pub(crate) names: TextList,
}

impl StringColumn {
    /// Code of a cell without a value.
    pub(crate) const MISSING: u32 = u32::MAX;

    /// Makes the cells missing whose text satisfies `is_missing`.
    pub(crate) fn mark_missing(&mut self, is_missing: impl Fn(&str) -> bool) {
        let missing: Vec<bool> = self.names.iter().map(is_missing).collect();
        for code in &mut self.codes {
            if missing.get(*code as usize) == Some(&true) {
                *code = StringColumn::MISSING;
            }
        }
    }

    /// Returns a column of the given rows, `None` being a missing value; unused names are dropped.
    pub(crate) fn select(&self, rows: impl Iterator<Item = Option<usize>>) -> StringColumn {
        let (mut new_codes, mut selected) = (vec![StringColumn::MISSING; self.names.len()], StringColumn::default());
        for row in rows {
            let old = row.and_then(|row| self.codes.get(row)).map_or(StringColumn::MISSING, |&code| code);
            let Some(name) = self.names.get(old as usize) else {
                selected.codes.push(StringColumn::MISSING);
                continue;
            };
            let code = &mut new_codes[old as usize];
            if *code == StringColumn::MISSING {
                *code = selected.names.len() as u32;
                selected.names.push(name);
            }
            selected.codes.push(*code);
        }
        selected
    }
}

impl<S: AsRef<str>> FromIterator<Option<S>> for StringColumn {
    fn from_iter<I: IntoIterator<Item = Option<S>>>(texts: I) -> StringColumn {
        let (mut index, mut column) = (TextIndex::default(), StringColumn::default());
        for text in texts {
            let code = text.map_or(StringColumn::MISSING, |text| index.code(&mut column.names, text.as_ref()));
            column.codes.push(code);
        }
        column
    }
}

/// Content of one cell.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Cell<'t> {
    /// Cell without a value.
    Missing,
    /// Number, which may be infinite but not NaN.
    Number(f64),
    /// Text, which may be the text of a number.
    Text(&'t str),
}

impl Cell<'_> {
    /// Returns the number in the cell, parsing a text; `None` for a missing value or another text.
    pub(crate) fn number(self) -> Option<f64> {
        match self {
            Cell::Missing => None,
            Cell::Number(value) => Some(value),
            Cell::Text(text) => parse_number(text),
        }
    }
}

impl ColumnData {
    /// Column without cells: what a column becomes that is not read.
    pub(crate) fn empty() -> Self {
        ColumnData::Strings(StringColumn::default())
    }

    /// Column of numbers, in which NaN is a missing value.
    pub(crate) fn from_numbers(values: Vec<f64>) -> Self {
        ColumnData::Numbers(NumberColumn { values, texts: Vec::new() })
    }

    /// Makes the cells missing that are one of the tokens.
    pub(crate) fn mark_missing(&mut self, missing: &MissingTokens) {
        match self {
            ColumnData::Strings(strings) => strings.mark_missing(|text| missing.contains(text.trim())),
            ColumnData::Numbers(numbers) if missing.has_numbers() => {
                numbers
                    .values
                    .iter_mut()
                    .filter(|value| missing.is_number(**value))
                    .for_each(|value| *value = f64::NAN);
                numbers.texts.retain(|(_, text)| !missing.contains(text));
            }
            ColumnData::Numbers(_) | ColumnData::Bytes(_) => {}
        }
    }

    /// Returns the cell of a row.
    #[inline]
    pub(crate) fn cell(&self, row: usize) -> Cell<'_> {
        match self {
            ColumnData::Numbers(numbers) => match numbers.values[row] {
                // Adding 0 turns −0 into 0: they are one value.
                value if !value.is_nan() => Cell::Number(value + 0.0),
                _ => match numbers.texts.binary_search_by_key(&row, |(row, _)| *row) {
                    Ok(place) => Cell::Text(&numbers.texts[place].1),
                    Err(_) => Cell::Missing,
                },
            },
            // A column that is not read has no cells.
            ColumnData::Strings(strings) => match strings.codes.get(row).copied().unwrap_or(StringColumn::MISSING) {
                StringColumn::MISSING => Cell::Missing,
                code => Cell::Text(&strings.names[code as usize]),
            },
            ColumnData::Bytes(bytes) => Cell::Number(f64::from(bytes[row])),
        }
    }
}
