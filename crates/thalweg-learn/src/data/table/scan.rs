//! Scans of columns, which end when the caller requests it.

use std::ops::Range;

use super::column::TableColumn;
use super::rows_by_block::{BlockRows, RowsByBlock};
use super::store::Table;
use crate::data::cell::Cell;
use crate::data::text_list::TextList;
use crate::error::{Error, Result};
use crate::interrupt::{Interrupt, ROWS_PER_LOOK};

/// Rows of several columns that are read one column after another: few enough to stay in the cache meanwhile.
const ROWS_PER_TILE: usize = 1 << 10;

/// Bytes of the consecutive numbers of a row that one group of columns reads.
const GROUP_BYTES: usize = 64;

/// Most rows that are compared with the rows of a block at once.
const ROWS_COMPARED: usize = 1 << 9;

/// Consecutive cells of a column, without those of ignored rows.
pub(in crate::data) struct CellRun<'t> {
    table: &'t Table<'t>,
    column: &'t TableColumn<'t>,
    block: usize,
    /// First row of the block.
    block_start: usize,
    rows: Range<usize>,
}

impl<'t> Iterator for CellRun<'t> {
    type Item = (usize, Cell<'t>);

    #[inline]
    fn next(&mut self) -> Option<(usize, Cell<'t>)> {
        let row = self.rows.by_ref().find(|&row| !self.table.is_ignored(row))?;
        Some((row, self.column.cell(self.block, row - self.block_start)))
    }
}

impl<'t> CellRun<'t> {
    /// First row of the run.
    pub(in crate::data) fn start(&self) -> usize {
        self.rows.start
    }

    /// Returns the cells as numbers, NaN for a missing value, in the memory of the table or in `buffer`. `None` if some
    /// may be texts or are of ignored rows. A zero may be negative.
    pub(in crate::data) fn numbers<'n>(&'n self, buffer: &'n mut Vec<f64>) -> Option<&'n [f64]> {
        self.column.numbers(self.block, self.rows_in_block()?, buffer)
    }

    /// Returns the codes of the cells, and the texts that they refer to; a missing cell has
    /// [`StringColumn::MISSING`](crate::data::cell::StringColumn::MISSING). `None` if the cells are no texts, or some
    /// are of ignored rows.
    pub(in crate::data) fn codes(&self) -> Option<(&'t [u32], &'t TextList)> {
        self.column.codes(self.block, self.rows_in_block()?)
    }

    /// Rows of the run, counted from the start of the block; `None` if some are ignored.
    fn rows_in_block(&self) -> Option<Range<usize>> {
        // Most tables ignore no row.
        let ignored = !self.table.ignored.is_empty() && self.rows.clone().any(|row| self.table.is_ignored(row));
        (!ignored).then_some(self.rows.start - self.block_start..self.rows.end - self.block_start)
    }
}

impl<'a> Table<'a> {
    /// Makes scans of the table end with an error if the interrupt is requested.
    pub(crate) fn set_interrupt(&mut self, interrupt: Interrupt<'a>) {
        self.interrupt = interrupt;
    }
}

impl Table<'_> {
    /// Request to end the work on this table.
    pub(crate) fn interrupt(&self) -> Interrupt<'_> {
        self.interrupt
    }

    /// Divides columns into groups to be read together: numbers that are stored row by row share cache lines, and
    /// every other column is a group of its own.
    pub(in crate::data) fn column_groups<'c>(&self, columns: &'c [usize]) -> Vec<&'c [usize]> {
        let mut groups = Vec::new();
        let mut rest = columns;
        while let Some(&first) = rest.first() {
            let bytes = self.columns[first].row_major_bytes();
            let most = bytes.map_or(1, |bytes| GROUP_BYTES / bytes);
            let is_alike = |&&column: &&usize| self.columns[column].row_major_bytes() == bytes;
            let (group, after) = rest.split_at(rest.iter().take(most).take_while(is_alike).count());
            groups.push(group);
            rest = after;
        }
        groups
    }

    /// Calls `visit` with runs of the cells of each column, and its index in `columns`. The runs of a column come in
    /// the order of the rows.
    ///
    /// # Errors
    /// [`Error::Interrupted`], if it is requested.
    pub(in crate::data) fn for_each_run<'t>(
        &'t self,
        columns: &[usize],
        mut visit: impl FnMut(usize, CellRun<'t>),
    ) -> Result<()> {
        let tile = if columns.len() > 1 { ROWS_PER_TILE } else { ROWS_PER_LOOK };
        for (block, range) in self.starts.windows(2).enumerate() {
            for start in (range[0]..range[1]).step_by(tile) {
                if (start - range[0]) % ROWS_PER_LOOK == 0 {
                    self.interrupt.check()?;
                }
                for (i, &column) in columns.iter().enumerate() {
                    let (column, rows) = (&self.columns[column], start..(start + tile).min(range[1]));
                    visit(i, CellRun { table: self, column, block, block_start: range[0], rows });
                }
            }
        }
        Ok(())
    }

    /// Calls `visit` with each row of a column that is not ignored, and its cell.
    ///
    /// # Errors
    /// [`Error::Interrupted`], if it is requested.
    pub(in crate::data) fn for_each_cell<'t>(
        &'t self,
        column: usize,
        mut visit: impl FnMut(usize, Cell<'t>),
    ) -> Result<()> {
        self.for_each_run(&[column], |_, run| run.for_each(|(row, cell)| visit(row, cell)))
    }

    /// Calls `visit` with the number of each row that is not ignored, `None` if its cell has none.
    ///
    /// # Errors
    /// [`Error::Interrupted`], if it is requested.
    pub(crate) fn for_each_number(&self, column: usize, mut visit: impl FnMut(Option<f64>)) -> Result<()> {
        self.for_each_cell(column, |_, cell| visit(cell.number()))
    }

    /// Calls `visit` with the index in `rows` of each row, and its number, `None` if its cell has none.
    ///
    /// # Errors
    /// The first error of `visit`; [`Error::Interrupted`], if it is requested.
    pub(crate) fn try_for_each_number(
        &self,
        column: usize,
        rows: &[usize],
        mut visit: impl FnMut(usize, Option<f64>) -> Result<()>,
    ) -> Result<()> {
        self.try_gather(column, rows, |i, cell| visit(i, cell.number()))
    }

    /// Calls `visit` with the index in `rows` of each row, and its cell. Fastest if the rows ascend.
    ///
    /// # Errors
    /// The first error of `visit`; [`Error::Interrupted`], if it is requested.
    pub(in crate::data) fn try_gather<'t, E: From<Error>>(
        &'t self,
        column: usize,
        rows: &[usize],
        mut visit: impl FnMut(usize, Cell<'t>) -> std::result::Result<(), E>,
    ) -> std::result::Result<(), E> {
        for (chunk, rows) in rows.chunks(ROWS_PER_LOOK).enumerate() {
            self.interrupt.check()?;
            self.gather_chunk(column, rows, |i, cell| visit(chunk * ROWS_PER_LOOK + i, cell))?;
        }
        Ok(())
    }

    /// Calls `visit` with the index in `rows` of each row, and its cell. Fastest if the rows ascend.
    ///
    /// # Errors
    /// [`Error::Interrupted`], if it is requested.
    pub(in crate::data) fn gather<'t>(
        &'t self,
        column: usize,
        rows: &[usize],
        mut visit: impl FnMut(usize, Cell<'t>),
    ) -> Result<()> {
        self.try_gather(column, rows, |i, cell| {
            visit(i, cell);
            Ok::<(), Error>(())
        })
    }

    /// Divides rows into consecutive ones of the same block. Fastest if they ascend.
    pub(super) fn block_rows<'r>(&self, rows: &'r [usize]) -> impl Iterator<Item = BlockRows<'r>> {
        let mut rest = rows;
        std::iter::from_fn(move || {
            let block = self.block(*rest.first()?).0;
            let of_block = self.starts[block]..self.starts[block + 1];
            let count = |most: usize| rest.iter().take(most).take_while(|row| of_block.contains(row)).count();
            let near = &rest[..rest.len().min(ROWS_COMPARED)];
            // Rows in no order are in other blocks soon. The others are compared without an early exit, which would
            // keep the comparisons from being vectorized.
            let are_all =
                count(8) == near.len().min(8) && near.iter().fold(true, |all, row| all & of_block.contains(row));
            let count = if are_all { near.len() } else { count(near.len()) };
            let rows = rest.split_off(..count)?;
            Some(BlockRows::new(block, of_block, rows))
        })
    }

    /// Divides rows by blocks, for several columns.
    pub(in crate::data) fn by_block<'r>(&self, rows: &'r [usize]) -> RowsByBlock<'r> {
        self.block_rows(rows).collect()
    }

    /// Appends the cells of rows of a column as numbers, NaN for a missing value. Returns `false`, with nothing
    /// appended, if some may be texts.
    pub(in crate::data) fn gather_numbers(
        &self,
        column: usize,
        rows: &RowsByBlock<'_>,
        numbers: &mut Vec<f64>,
    ) -> bool {
        let (column, before) = (&self.columns[column], numbers.len());
        let are_numbers = rows.iter().all(|rows| column.extend_gathered(rows, numbers));
        if !are_numbers {
            numbers.truncate(before);
        }
        are_numbers
    }

    /// Calls `visit` with the index of each row, and its cell, for few rows: without a look at the interrupt.
    pub(in crate::data) fn gather_few<'t>(
        &'t self,
        column: usize,
        rows: &RowsByBlock<'_>,
        mut visit: impl FnMut(usize, Cell<'t>),
    ) {
        let rows = rows.iter().flat_map(|rows| rows.in_block().map(|row| (rows.block, row)));
        for (i, (block, row)) in rows.enumerate() {
            visit(i, self.columns[column].cell(block, row));
        }
    }

    /// Calls `visit` with the index in `rows` of each row, and its cell.
    #[inline]
    fn gather_chunk<'t, E>(
        &'t self,
        column: usize,
        rows: &[usize],
        mut visit: impl FnMut(usize, Cell<'t>) -> std::result::Result<(), E>,
    ) -> std::result::Result<(), E> {
        let column = &self.columns[column];
        let mut i = 0;
        for rows in self.block_rows(rows) {
            for row in rows.in_block() {
                visit(i, column.cell(rows.block, row))?;
                i += 1;
            }
        }
        Ok(())
    }
}
