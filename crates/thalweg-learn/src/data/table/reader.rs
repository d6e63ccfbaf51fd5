//! Files as streams of tables.

use std::collections::HashMap;
use std::ops::Range;
use std::path::PathBuf;
use std::sync::Arc;

use super::column::TableColumn;
use super::file::{TableFile, columns_of};
use super::sparse::IndexedTable;
use super::store::{BlockOrigin, Table};
use crate::data::cell::Block;
use crate::data::chunk::{ParsedChunk, QuoteCounts, ReadRound, StreamPosition};
use crate::data::input::Input;
use crate::data::missing::{MissingTokens, given_tokens};
use crate::data::read_note::ReadNote;
use crate::data::read_options::ReadOptions;
use crate::data::skipped_rows::SkippedRows;
use crate::data::source::{CellLocator, FeatureLayout, Source};
use crate::data::text_format::TextFormat;
use crate::error::{Error, Result};
use crate::interrupt::Interrupt;

/// Reader of a set of files as consecutive tables of some of their rows.
pub(crate) struct TableReader {
    pub(super) inputs: Vec<Input>,
    /// Index of the file that is being read.
    pub(super) file: usize,
    /// Number of its rows that have been read.
    pub(super) rows_before: usize,
    /// Round that follows.
    round: ReadRound,
    /// Number of blocks that the rows read so far make if they are in one file.
    pub(super) blocks_of_one_file: usize,
    pub(super) source: Source,
    /// Column names of the first file, whose order all tables have.
    pub(super) names: Vec<String>,
    by_name: Arc<HashMap<String, usize>>,
    has_header: bool,
    /// True for each column that the first file says to be text; empty if it says nothing.
    is_text: Vec<bool>,
    pub(super) layout: FeatureLayout,
    first_locator: CellLocator,
    text_format: TextFormat,
    /// Notes of the readers of the files that have been read, in their order.
    pub(super) notes: Vec<ReadNote>,
    pub(super) quotes: QuoteCounts,
    /// Given texts of missing values that no cell of the files before has had.
    pub(super) unmatched: Vec<String>,
    /// Column of this file for each name; empty if it has the order of the first file.
    file_columns: Vec<usize>,
    /// If true, the table that is being read has the locator of this file.
    is_located: bool,
    options: ReadOptions,
}

impl TableReader {
    /// Opens the first file.
    ///
    /// # Errors
    /// No files; a file that cannot be read, or whose format or header is invalid.
    pub(crate) fn open(inputs: &[Input], options: &ReadOptions) -> Result<TableReader> {
        let Some(first) = inputs.first() else { return Err(Error::Empty { path: PathBuf::new() }) };
        let source = Source::open(first.clone(), options)?;
        let text_format = source.text_format();
        let options_of_next = TableReader::options_of_next(options, &text_format);
        Ok(TableReader {
            inputs: inputs.to_vec(),
            file: 0,
            rows_before: 0,
            round: ReadRound::default(),
            blocks_of_one_file: 0,
            names: source.names().to_vec(),
            by_name: Arc::new(source.names().iter().enumerate().rev().map(|(i, name)| (name.clone(), i)).collect()),
            has_header: source.has_header(),
            is_text: source.is_text().to_vec(),
            layout: source.layout(),
            first_locator: source.locator(),
            text_format,
            notes: source.notes().to_vec(),
            unmatched: given_tokens(options),
            quotes: QuoteCounts::default(),
            file_columns: Vec::new(),
            is_located: false,
            source,
            options: options_of_next,
        })
    }

    /// Returns the options of the next files, whose numbers are probably written as those of the first.
    fn options_of_next(options: &ReadOptions, first: &TextFormat) -> ReadOptions {
        let mut options = options.clone();
        options.known_format.numbers.extend(first.numbers.clone());
        options
    }

    /// Notes of the readers of the files that have been read.
    pub(crate) fn notes(&self) -> &[ReadNote] {
        &self.notes
    }

    /// Returns a table of the next rows; `None` at the end of the last file.
    pub(crate) fn next(&mut self) -> Result<Option<Table<'static>>> {
        let mut table = self.empty_table();
        Ok(self.read_into(&mut table)?.then_some(table))
    }

    /// Returns a table without rows, which knows the first file: positions of column names are there.
    pub(super) fn empty_table(&mut self) -> Table<'static> {
        self.is_located = self.file == 0;
        Table {
            path: Some(self.inputs[0].display_path()),
            names: self.names.clone(),
            by_name: Arc::clone(&self.by_name),
            has_header: self.has_header,
            missing: MissingTokens::of_options(&self.options),
            text_format: self.text_format.clone(),
            notes: Vec::new(),
            columns: (0..self.names.len()).map(|i| TableColumn::new(self.is_text.get(i) == Some(&true))).collect(),
            starts: vec![0],
            origins: Vec::new(),
            files: Arc::new(vec![self.first_locator.clone().into()]),
            skipped_rows: SkippedRows::default(),
            skipped_before: Vec::new(),
            ignored: Vec::new(),
            unsupported: self.source.unsupported().to_vec(),
            indexed: match self.layout {
                FeatureLayout::Columns => None,
                FeatureLayout::Indexed => Some(IndexedTable::new(self.options.index_base)),
            },
            interrupt: Interrupt::NEVER,
        }
    }

    /// Appends the rows of the next round to a table; returns `false` at the end of the last file.
    pub(super) fn read_into(&mut self, table: &mut Table<'_>) -> Result<bool> {
        let (mut round, mut has_rows, before) = (self.round, false, table.bytes_of_cells());
        loop {
            has_rows |= self.read_blocks(&mut round, table)?;
            if round.is_full() || !self.next_file()? {
                self.blocks_of_one_file += round.blocks();
                self.round = round.following(self.names.len(), table.bytes_of_cells().saturating_sub(before));
                return Ok(has_rows);
            }
        }
    }

    /// Appends the next rows of this file to a table, at most those that a round has room for; returns `false` if there
    /// are none.
    pub(super) fn read_blocks(&mut self, round: &mut ReadRound, table: &mut Table<'_>) -> Result<bool> {
        let chunks = self.source.blocks(round)?;
        let has_rows = !chunks.is_empty();
        chunks.into_iter().try_for_each(|chunk| self.push(chunk, table))?;
        Ok(has_rows)
    }

    /// Appends the rows of a chunk of this file. A table knows the files of its rows only: sets may have many.
    fn push(&mut self, chunk: ParsedChunk, table: &mut Table<'_>) -> Result<()> {
        if !self.is_located {
            let file = TableFile { locator: self.source.locator(), columns: self.file_columns.clone() };
            Arc::make_mut(&mut table.files).push(file);
            self.is_located = true;
        }
        self.quotes.merge(&chunk.quotes);
        table.skipped_rows.merge(&chunk.skipped_rows, self.options.on_error)?;
        let file = table.files.len() - 1;
        table.origins.push(BlockOrigin { file, chunk: chunk.span, rows_before: self.rows_before });
        self.rows_before += chunk.block.rows;
        table.push(self.reorder(chunk.block));
        Ok(())
    }

    /// Opens the next file; returns `false` after the last.
    fn next_file(&mut self) -> Result<bool> {
        self.notes.extend(std::mem::take(&mut self.quotes).note());
        self.end_file();
        if self.file + 1 == self.inputs.len() {
            self.notes.extend(ReadNote::of_unmatched(std::mem::take(&mut self.unmatched)));
            return Ok(false);
        }
        self.open_file(self.file + 1)?;
        Ok(true)
    }

    /// Notes what is known after the last row of a file.
    pub(super) fn end_file(&mut self) {
        self.unmatched.retain(|token| self.source.is_unmatched(token));
    }

    /// Opens a file, which must have the columns of the first in any order.
    pub(super) fn open_file(&mut self, file: usize) -> Result<()> {
        let input = &self.inputs[file];
        self.source = Source::open_next(input.clone(), &self.options)?;
        (self.file, self.rows_before, self.is_located) = (file, 0, false);
        let (mut expected, mut found) = (self.names.clone(), self.source.names().to_vec());
        expected.sort_unstable();
        found.sort_unstable();
        if expected == found && self.layout == self.source.layout() {
            self.file_columns = columns_of(&self.names, self.source.names());
            return Ok(());
        }
        let (path, first) = (input.display_path(), self.inputs[0].display_path());
        Err(Error::OtherColumns { path, first, expected: self.names.clone(), found: self.source.names().to_vec() })
    }

    /// Appends some whole records of this file, the first of which is at a position, to a table.
    pub(super) fn read_records(&mut self, start: StreamPosition, text: Vec<u8>, table: &mut Table<'_>) -> Result<()> {
        self.source.set_records(start, text);
        while self.read_blocks(&mut ReadRound::default(), table)? {}
        Ok(())
    }

    /// Opens a range of the rows of a columnar file.
    pub(super) fn open_rows(&mut self, file: usize, rows: Range<u64>) -> Result<()> {
        if file != self.file {
            self.end_file();
            self.open_file(file)?;
        }
        self.rows_before = rows.start as usize;
        self.source.set_rows(rows)
    }

    /// Puts the columns of a block into the order of the first file.
    fn reorder(&self, block: Block) -> Block {
        if self.file_columns.is_empty() {
            return block;
        }
        let mut columns: Vec<_> = block.columns.into_iter().map(Some).collect();
        let column = |&column: &usize| columns[column].take().expect("each column is used once");
        Block { columns: self.file_columns.iter().map(column).collect(), ..block }
    }
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;

    /// Returns the number of rows and of known files of each table of a set.
    fn tables(inputs: &[Input]) -> Vec<(usize, usize)> {
        let mut reader = TableReader::open(inputs, &ReadOptions::default()).expect("the first file is valid");
        let next = || reader.next().expect("all files are valid").map(|table| (table.rows(), table.files.len()));
        std::iter::from_fn(next).collect()
    }

    #[test]
    fn files_are_divided_into_tables_as_if_they_were_one() {
        // Records from 3 bytes to 300 kB in more than two rounds, of which each chunk ends elsewhere.
        let record = |i: usize| match i % 5000 {
            77 => format!("{i},{}\n", "x".repeat(i % 300_000)),
            other => format!("{},{}\n", i % 7, "y".repeat(other % 20)),
        };
        let records: Vec<String> = (0..900_000).map(record).collect();
        let input = |records: &[String]| Input::from_bytes(Path::new("x"), format!("a,b\n{}", records.concat()).into());
        let whole = tables(&[input(&records)]);
        assert!(whole.len() > 2, "{whole:?}");
        for cuts in [vec![1], vec![450_077, 450_078], vec![333_333, 600_000], (1..3000).map(|i| i * 300).collect()] {
            let ends = cuts.iter().copied().chain([records.len()]);
            let starts = std::iter::once(0).chain(cuts.iter().copied());
            let files: Vec<Input> = starts.zip(ends).map(|(start, end)| input(&records[start..end])).collect();
            let parts = tables(&files);
            let rows = |tables: &[(usize, usize)]| tables.iter().map(|table| table.0).collect::<Vec<_>>();
            assert_eq!(rows(&parts), rows(&whole));
            // Each table knows the first file and those of its rows: in total, the work is linear in the files.
            assert!(parts.iter().map(|table| table.1).sum::<usize>() <= files.len() + 2 * parts.len(), "{parts:?}");
        }
    }
}
