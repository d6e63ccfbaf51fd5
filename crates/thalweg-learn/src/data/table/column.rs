//! Columns of a table, stored block by block.

use std::borrow::Cow;
use std::ops::Range;

use super::rows_by_block::BlockRows;
use super::strided::Strided;
use crate::data::cell::{BYTES_PER_COLUMN, Cell, ColumnData, NumberColumn, StringColumn, bytes_of_texts};
use crate::data::number::parse_number;
use crate::data::single_precision::decimal_of_f32;
use crate::data::text_list::{TextIndex, TextList};

/// Column of a table; the codes of its texts refer to one list of names for all blocks.
#[derive(Clone, Debug, Default)]
pub(super) struct TableColumn<'a> {
    blocks: Vec<ColumnBlock<'a>>,
    names: Cow<'a, TextList>,
    index: TextIndex,
    /// If true, the values are texts, even where they look like numbers.
    is_text: bool,
    /// If true, a text that is no number is a missing value.
    text_as_missing: bool,
}

/// Cells of a block of a column.
#[derive(Clone, Debug)]
pub(super) enum ColumnBlock<'a> {
    /// Cells that were read or converted.
    Cells(Cow<'a, ColumnData>),
    /// Numbers in memory of the caller, in which NaN is a missing value.
    F64(Strided<'a, f64>),
    /// As `F64`, in single precision.
    F32(Strided<'a, f32>),
}

impl<'a> TableColumn<'a> {
    /// Column without cells; `is_text` if its values are texts, even where they look like numbers.
    pub(super) fn new(is_text: bool) -> Self {
        Self { is_text, ..Self::default() }
    }

    /// Returns `true` if the values are texts, even where they look like numbers.
    pub(super) fn is_text(&self) -> bool {
        self.is_text
    }

    /// Appends the cells of a block.
    pub(super) fn push(&mut self, data: ColumnData) {
        let ColumnData::Strings(StringColumn { codes, names }) = data else {
            return self.blocks.push(ColumnBlock::Cells(Cow::Owned(data)));
        };
        let table_names = self.names.to_mut();
        let table_codes: Vec<u32> = names.iter().map(|name| self.index.code(table_names, name)).collect();
        let recode = |code: u32| if code == StringColumn::MISSING { code } else { table_codes[code as usize] };
        let codes = codes.into_iter().map(recode).collect();
        let block = ColumnData::Strings(StringColumn { codes, names: TextList::default() });
        self.blocks.push(ColumnBlock::Cells(Cow::Owned(block)));
    }

    /// Appends a block of numbers in memory of the caller.
    pub(super) fn push_borrowed(&mut self, block: ColumnBlock<'a>) {
        self.blocks.push(block);
    }

    /// Returns the cell of a row of a block.
    #[inline]
    pub(super) fn cell(&self, block: usize, row: usize) -> Cell<'_> {
        let cell = match &self.blocks[block] {
            ColumnBlock::F64(numbers) => number_cell(*numbers.at(row)),
            ColumnBlock::F32(numbers) => number_cell(decimal_of_f32(*numbers.at(row))),
            ColumnBlock::Cells(cells) => match cells.as_ref() {
                // A column that is not read has no cells.
                ColumnData::Strings(strings) => match strings.codes.get(row).copied() {
                    None | Some(StringColumn::MISSING) => Cell::Missing,
                    Some(code) => Cell::Text(&self.names[code as usize]),
                },
                numbers => numbers.cell(row),
            },
        };
        match cell {
            Cell::Text(text) if self.text_as_missing && parse_number(text).is_none() => Cell::Missing,
            cell => cell,
        }
    }

    /// Returns the codes of the cells of a range of rows of a block, and the texts that they refer to; `None` if the
    /// cells are no texts as they were read.
    pub(super) fn codes(&self, block: usize, rows: Range<usize>) -> Option<(&[u32], &TextList)> {
        match &self.blocks[block] {
            ColumnBlock::Cells(cells) if !self.text_as_missing => match cells.as_ref() {
                ColumnData::Strings(strings) => Some((strings.codes.get(rows)?, &self.names)),
                ColumnData::Numbers(_) | ColumnData::Bytes(_) => None,
            },
            ColumnBlock::Cells(_) | ColumnBlock::F64(_) | ColumnBlock::F32(_) => None,
        }
    }

    /// Number of distinct texts.
    pub(super) fn distinct_texts(&self) -> usize {
        self.names.len()
    }

    /// Returns the cells of a range of rows of a block as numbers, NaN for a missing value, in the memory of the table
    /// or in `buffer`; `None` if the block may have texts. A zero may be negative.
    pub(super) fn numbers<'n>(
        &'n self,
        block: usize,
        rows: Range<usize>,
        buffer: &'n mut Vec<f64>,
    ) -> Option<&'n [f64]> {
        buffer.clear();
        match &self.blocks[block] {
            ColumnBlock::F64(values) => buffer.extend(rows.map(|row| *values.at_prefetching(row))),
            ColumnBlock::F32(values) => buffer.extend(rows.map(|row| decimal_of_f32(*values.at_prefetching(row)))),
            ColumnBlock::Cells(cells) => match cells.as_ref() {
                ColumnData::Numbers(column) if column.texts.is_empty() => return Some(&column.values[rows]),
                ColumnData::Bytes(bytes) => buffer.extend(bytes[rows].iter().map(|byte| f64::from(*byte))),
                ColumnData::Numbers(_) | ColumnData::Strings(_) => return None,
            },
        }
        Some(buffer)
    }

    /// Appends the cells of rows of a block as numbers, NaN for a missing value. Returns `false`, with nothing
    /// appended, if the block may have texts.
    pub(super) fn extend_gathered(&self, rows: &BlockRows<'_>, numbers: &mut Vec<f64>) -> bool {
        // As in `number_cell`: −0 and 0 are one value.
        match &self.blocks[rows.block] {
            ColumnBlock::F64(values) => numbers.extend(rows.in_block().map(|row| *values.at_prefetching(row) + 0.0)),
            ColumnBlock::F32(values) => {
                numbers.extend(rows.in_block().map(|row| decimal_of_f32(*values.at_prefetching(row)) + 0.0));
            }
            ColumnBlock::Cells(cells) => match cells.as_ref() {
                ColumnData::Numbers(NumberColumn { values, texts }) if texts.is_empty() => {
                    let values = &values[..];
                    numbers.extend(rows.in_block().map(|row| values[row] + 0.0));
                }
                ColumnData::Bytes(bytes) => {
                    let bytes = &bytes[..];
                    numbers.extend(rows.in_block().map(|row| f64::from(bytes[row])));
                }
                ColumnData::Numbers(_) | ColumnData::Strings(_) => return false,
            },
        }
        true
    }

    /// Makes each text that is no number a missing value.
    pub(super) fn set_text_as_missing(&mut self) {
        self.text_as_missing = true;
    }

    /// Returns a column of a range of blocks, which borrows its cells from this one.
    pub(super) fn view(&self, blocks: Range<usize>) -> TableColumn<'_> {
        let blocks = self.blocks[blocks].iter().map(ColumnBlock::view).collect();
        let &Self { is_text, text_as_missing, .. } = self;
        TableColumn {
            blocks,
            names: Cow::Borrowed(&*self.names),
            index: TextIndex::default(),
            is_text,
            text_as_missing,
        }
    }

    /// Bytes of a number if the numbers are stored row by row, among those of other columns.
    pub(super) fn row_major_bytes(&self) -> Option<usize> {
        match self.blocks.first() {
            Some(ColumnBlock::F64(numbers)) => numbers.is_spread().then_some(size_of::<f64>()),
            Some(ColumnBlock::F32(numbers)) => numbers.is_spread().then_some(size_of::<f32>()),
            Some(ColumnBlock::Cells(_)) | None => None,
        }
    }

    /// Estimated bytes of a cell, by the type of the first block.
    pub(super) fn bytes_per_row(&self) -> usize {
        match self.blocks.first() {
            // Numbers of the caller count as if they were read, so that a memory limit applies to all data alike.
            Some(ColumnBlock::F64(_) | ColumnBlock::F32(_)) => 8,
            Some(ColumnBlock::Cells(cells)) => match cells.as_ref() {
                ColumnData::Numbers(_) => 8,
                ColumnData::Bytes(_) => 1,
                ColumnData::Strings(_) => 4,
            },
            None => 4,
        }
    }

    /// Estimated bytes of the distinct texts.
    pub(super) fn bytes_of_names(&self) -> usize {
        bytes_of_texts(&self.names)
    }

    /// Estimated bytes of the lists of the blocks.
    pub(super) fn bytes_of_lists(&self) -> usize {
        BYTES_PER_COLUMN * self.blocks.len()
    }
}

impl ColumnBlock<'_> {
    /// Returns the same cells, borrowed from this block.
    fn view(&self) -> ColumnBlock<'_> {
        match self {
            ColumnBlock::Cells(cells) => ColumnBlock::Cells(Cow::Borrowed(cells.as_ref())),
            ColumnBlock::F64(numbers) => ColumnBlock::F64(numbers.clone()),
            ColumnBlock::F32(numbers) => ColumnBlock::F32(numbers.clone()),
        }
    }
}

/// Returns the cell of a number, of which NaN is a missing value.
#[inline]
fn number_cell(value: f64) -> Cell<'static> {
    // Adding 0 turns −0 into 0: they are one value.
    if value.is_nan() { Cell::Missing } else { Cell::Number(value + 0.0) }
}
