//! Tables: columns of numbers and texts, with the location of each cell in its file.

use std::borrow::Cow;
use std::collections::HashMap;
use std::ops::Range;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::column::TableColumn;
use super::file::TableFile;
use super::sparse::IndexedTable;
use crate::data::cell::{Block, Cell};
use crate::data::chunk::ChunkSpan;
use crate::data::columnar::UnsupportedColumn;
use crate::data::missing::MissingTokens;
use crate::data::names::nearest_name;
use crate::data::read_note::ReadNote;
use crate::data::schema::IndexedFeatures;
use crate::data::skipped_rows::SkippedRows;
use crate::data::source::{CellAddress, CellLocator};
use crate::data::text_format::TextFormat;
use crate::error::{Error, Position, Result};
use crate::interrupt::Interrupt;

/// Table of numbers and texts, read from files or made of data in memory.
///
/// A table that is made of slices or of record batches borrows their numbers for the lifetime `'a`.
#[derive(Clone, Debug)]
pub struct Table<'a> {
    /// Path of the first file; `None` for data in memory.
    pub(super) path: Option<PathBuf>,
    pub(super) names: Vec<String>,
    /// First column of each name.
    pub(super) by_name: Arc<HashMap<String, usize>>,
    pub(super) has_header: bool,
    pub(super) missing: MissingTokens,
    /// Format of the first file, if it is delimited text.
    pub(in crate::data) text_format: TextFormat,
    pub(super) notes: Vec<ReadNote>,
    pub(super) columns: Vec<TableColumn<'a>>,
    /// First row of each block, then the number of rows.
    pub(super) starts: Vec<usize>,
    /// Location of each block.
    pub(super) origins: Vec<BlockOrigin>,
    /// The first file, and the others that the rows are from.
    pub(super) files: Arc<Vec<TableFile>>,
    pub(super) skipped_rows: SkippedRows,
    /// Number of rows before each skipped one, ascending.
    pub(super) skipped_before: Vec<usize>,
    /// True for each row that inference ignores; empty for none.
    pub(super) ignored: Vec<bool>,
    pub(super) unsupported: Vec<UnsupportedColumn>,
    /// Features addressed by index, for libsvm files.
    pub(super) indexed: Option<IndexedTable<'a>>,
    /// Request to end the work on the table.
    pub(super) interrupt: Interrupt<'a>,
}

/// Location of a block.
#[derive(Clone, Copy, Debug)]
pub(super) struct BlockOrigin {
    /// Index of the file among those of the table.
    pub(super) file: usize,
    /// Chunk of the file.
    pub(super) chunk: ChunkSpan,
    /// Number of rows of the file before the block.
    pub(super) rows_before: usize,
}

impl Table<'_> {
    /// Appends the rows of a block.
    pub(super) fn push(&mut self, block: Block) {
        let rows = self.rows();
        self.skipped_before.extend(block.skipped_before.iter().map(|before| rows + before));
        self.starts.push(rows + block.rows);
        self.columns.iter_mut().zip(block.columns).for_each(|(column, data)| column.push(data));
        if let Some(indexed) = &mut self.indexed {
            indexed.push(block.sparse);
        }
    }

    /// Returns a table of a range of blocks, which borrows its cells from this one.
    pub(super) fn view(&self, blocks: Range<usize>) -> Table<'_> {
        let first = self.starts[blocks.start];
        Table {
            path: self.path.clone(),
            names: self.names.clone(),
            by_name: Arc::clone(&self.by_name),
            has_header: self.has_header,
            missing: self.missing.clone(),
            text_format: self.text_format.clone(),
            notes: Vec::new(),
            columns: self.columns.iter().map(|column| column.view(blocks.clone())).collect(),
            starts: self.starts[blocks.start..=blocks.end].iter().map(|start| start - first).collect(),
            origins: self.origins[blocks.clone()].to_vec(),
            files: Arc::clone(&self.files),
            skipped_rows: SkippedRows::default(),
            skipped_before: Vec::new(),
            ignored: Vec::new(),
            unsupported: self.unsupported.clone(),
            indexed: self.indexed.as_ref().map(|indexed| indexed.view(blocks)),
            interrupt: self.interrupt,
        }
    }

    /// Number of rows of a range of blocks; with a column of weights, of those whose weight is not 0.
    pub(super) fn counted_rows(&self, blocks: Range<usize>, weight_column: Option<&str>) -> usize {
        let rows = self.starts[blocks.end] - self.starts[blocks.start];
        let Some(column) = weight_column.and_then(|name| self.find_column(name)) else { return rows };
        let without_weight = |block: usize| {
            let cells =
                (0..self.starts[block + 1] - self.starts[block]).map(|row| self.columns[column].cell(block, row));
            cells.filter(|cell| cell.number() == Some(0.0)).count()
        };
        rows - blocks.map(without_weight).sum::<usize>()
    }

    /// Number of blocks.
    pub(super) fn block_count(&self) -> usize {
        self.origins.len()
    }

    /// Estimated memory of the cells in bytes.
    pub(crate) fn bytes(&self) -> usize {
        self.bytes_of_cells() + self.columns.iter().map(TableColumn::bytes_of_lists).sum::<usize>()
    }

    /// Estimated memory of the cells in bytes, without the lists of the blocks.
    pub(super) fn bytes_of_cells(&self) -> usize {
        let names: usize = self.columns.iter().map(TableColumn::bytes_of_names).sum();
        let cells = self.rows() * self.columns.iter().map(TableColumn::bytes_per_row).sum::<usize>();
        self.indexed.as_ref().map_or(0, IndexedTable::bytes) + names + cells
    }

    /// Columns whose type is not supported; they are not among [`Table::names`].
    pub(in crate::data) fn unsupported(&self) -> &[UnsupportedColumn] {
        &self.unsupported
    }

    /// Rows of the files that were skipped because they could not be parsed.
    pub fn skipped_rows(&self) -> &SkippedRows {
        &self.skipped_rows
    }

    /// Notes of the readers of the files, such as renamed columns and formats of numbers.
    pub fn notes(&self) -> &[ReadNote] {
        &self.notes
    }

    /// Number of rows of the table before each skipped one, ascending.
    pub(crate) fn skipped_before(&self) -> &[usize] {
        &self.skipped_before
    }

    /// Features addressed by index; `None` if the file format has none.
    pub(in crate::data) fn indexed_features(&self) -> Option<IndexedFeatures> {
        self.indexed.as_ref().map(IndexedTable::features)
    }

    /// Returns the indices, as written in the file, and the values of the indexed features of a row.
    pub(in crate::data) fn indexed_row(&self, row: usize) -> (&[u32], &[f32]) {
        let (block, row) = self.block(row);
        self.indexed.as_ref().map_or((&[], &[]), |indexed| indexed.row(block, row))
    }

    /// Path of the first file, for messages; `None` for data in memory.
    pub fn path(&self) -> Option<&Path> {
        self.path.as_deref()
    }

    /// Column names in the order of the first file.
    pub fn names(&self) -> &[String] {
        &self.names
    }

    /// Number of rows, without the header.
    pub fn rows(&self) -> usize {
        *self.starts.last().expect("the starts end with the number of rows")
    }

    /// Returns `true` if the column names are stored in the file or fixed by its format.
    pub fn has_header(&self) -> bool {
        self.has_header
    }

    /// Texts that mean a missing value in this table, in ascending order.
    pub fn missing_tokens(&self) -> &[String] {
        self.missing.tokens()
    }

    /// Returns the text of a cell without surrounding blanks and quotes; a number is formatted in its shortest form.
    ///
    /// # Panics
    ///
    /// If there is no such row or column.
    pub fn cell(&self, row: usize, column: usize) -> Cow<'_, str> {
        match self.at(row, column) {
            Cell::Missing => Cow::Borrowed(""),
            Cell::Text(text) => Cow::Borrowed(text),
            Cell::Number(value) => Cow::Owned(value.to_string()),
        }
    }

    /// Returns `true` if the value of a cell is missing.
    ///
    /// # Panics
    ///
    /// If there is no such row or column.
    pub fn is_missing(&self, row: usize, column: usize) -> bool {
        self.at(row, column) == Cell::Missing
    }

    /// Returns the content of a cell.
    pub(in crate::data) fn at(&self, row: usize, column: usize) -> Cell<'_> {
        let (block, row) = self.block(row);
        self.columns[column].cell(block, row)
    }

    /// Returns `true` if the values of a column are texts, even where they look like numbers.
    pub(in crate::data) fn is_text(&self, column: usize) -> bool {
        self.columns[column].is_text()
    }

    /// Makes inference ignore the rows that are true in the list; an empty list is of none.
    pub(crate) fn ignore_rows(&mut self, ignored: Vec<bool>) {
        self.ignored = ignored;
    }

    /// Returns `true` if inference ignores a row.
    pub(crate) fn is_ignored(&self, row: usize) -> bool {
        self.ignored.get(row).is_some_and(|&ignored| ignored)
    }

    /// Number of rows without those ignored.
    pub(crate) fn considered_rows(&self) -> usize {
        self.rows() - self.ignored.iter().filter(|ignored| **ignored).count()
    }

    /// Returns the block of a row, and the row within it.
    pub(super) fn block(&self, row: usize) -> (usize, usize) {
        let block = self.starts.partition_point(|start| *start <= row) - 1;
        (block, row - self.starts[block])
    }

    /// Returns the position of the first character of a cell's value. Slow: the file is read again.
    ///
    /// # Panics
    ///
    /// If there is no such row or column.
    pub fn position(&self, row: usize, column: usize) -> Position {
        let (locator, address) = self.address(row, column);
        // If the file can no longer be read, its name is all that is known of the position.
        locator.position(address).unwrap_or_else(|_| self.start_of_file())
    }

    /// Returns the text of a cell as written in the file. As slow as [`Table::position`] for the first cell of a row.
    pub(crate) fn original_text(&self, row: usize, column: usize) -> String {
        let (locator, address) = self.address(row, column);
        locator.text(address).ok().flatten().unwrap_or_else(|| self.cell(row, column).into_owned())
    }

    /// Returns the locator of a cell, and the address by which it finds the cell.
    fn address(&self, row: usize, column: usize) -> (&CellLocator, CellAddress) {
        let (block, row) = self.block(row);
        let BlockOrigin { file, chunk, rows_before } = self.origins[block];
        let TableFile { locator, columns } = &self.files[file];
        let column = columns.get(column).copied().unwrap_or(column);
        (locator, CellAddress { chunk, rows_before, row, column })
    }

    /// Returns the position of a column's name, or of its first cell if the file has no header.
    pub(crate) fn column_position(&self, column: usize) -> Position {
        self.files[0].locator.column_name(column).unwrap_or_else(|_| self.start_of_file())
    }

    fn start_of_file(&self) -> Position {
        Position { path: self.path.clone(), line: 1, column: 1 }
    }

    /// Returns the index of the column with this name.
    ///
    /// # Errors
    /// [`Error::UnknownColumn`] with the most similar name.
    pub fn column_index(&self, name: &str) -> Result<usize> {
        self.find_column(name).ok_or_else(|| Error::UnknownColumn {
            path: self.path.clone(),
            name: name.to_string(),
            nearest: nearest_name(name, &self.names),
            columns: self.names.clone(),
        })
    }

    /// Returns the index of the first column with this name, or with it but for blanks around it.
    pub(crate) fn find_column(&self, name: &str) -> Option<usize> {
        self.by_name.get(name).or_else(|| self.by_name.get(name.trim())).copied()
    }
}
