//! Files as streams of tables.

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::column::TableColumn;
use super::file::{TableFile, columns_of};
use super::sparse::IndexedTable;
use super::store::{BlockOrigin, Table};
use super::table_limits::TableLimits;
use crate::data::cell::{BYTES_PER_COLUMN, Block};
use crate::data::chunk::{ParsedChunk, ReadRound};
use crate::data::input::{Files, Input, StreamBuffer, estimated_rows};
use crate::data::limits::TableAllowance;
use crate::data::missing::MissingTokens;
use crate::data::read_options::ReadOptions;
use crate::data::skipped_rows::SkippedRows;
use crate::data::source::{CellLocator, FeatureLayout, Source};
use crate::data::text_format::TextFormat;
use crate::error::{Error, Result};
use crate::interrupt::Interrupt;
use crate::pool;

/// Reader of a set of files as consecutive tables of some of their rows.
pub(crate) struct TableReader {
    inputs: Vec<Input>,
    /// Index of the file that is being read.
    file: usize,
    /// Number of its rows that have been read.
    rows_before: usize,
    /// Round that follows.
    round: ReadRound,
    /// Number of blocks that the rows read so far make if they are in one file.
    blocks_of_one_file: usize,
    source: Source,
    /// Column names of the first file, whose order all tables have.
    names: Vec<String>,
    by_name: Arc<HashMap<String, usize>>,
    has_header: bool,
    /// True for each column that the first file says to be text; empty if it says nothing.
    is_text: Vec<bool>,
    layout: FeatureLayout,
    first_locator: CellLocator,
    text_format: TextFormat,
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
            text_format: source.text_format(),
            file_columns: Vec::new(),
            is_located: false,
            source,
            options: options.clone(),
        })
    }

    /// Returns a table of the next rows; `None` at the end of the last file.
    pub(crate) fn next(&mut self) -> Result<Option<Table<'static>>> {
        let mut table = self.empty_table();
        Ok(self.read_into(&mut table)?.then_some(table))
    }

    /// Returns a table without rows, which knows the first file: positions of column names are there.
    fn empty_table(&mut self) -> Table<'static> {
        self.is_located = self.file == 0;
        Table {
            path: Some(self.inputs[0].display_path()),
            names: self.names.clone(),
            by_name: Arc::clone(&self.by_name),
            has_header: self.has_header,
            missing: MissingTokens::with(&self.options.missing_tokens),
            text_format: self.text_format.clone(),
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
    fn read_into(&mut self, table: &mut Table<'_>) -> Result<bool> {
        let (mut round, mut has_rows, before) = (self.round, false, table.bytes_of_cells());
        loop {
            let chunks = self.source.blocks(&mut round)?;
            has_rows |= !chunks.is_empty();
            chunks.into_iter().try_for_each(|chunk| self.push(chunk, table))?;
            if round.is_full() || !self.next_file()? {
                self.blocks_of_one_file += round.blocks();
                self.round = round.following(self.names.len(), table.bytes_of_cells().saturating_sub(before));
                return Ok(has_rows);
            }
        }
    }

    /// Appends the rows of a chunk of this file. A table knows the files of its rows only: sets may have many.
    fn push(&mut self, chunk: ParsedChunk, table: &mut Table<'_>) -> Result<()> {
        if !self.is_located {
            let file = TableFile { locator: self.source.locator(), columns: self.file_columns.clone() };
            Arc::make_mut(&mut table.files).push(file);
            self.is_located = true;
        }
        table.skipped_rows.merge(&chunk.skipped_rows, self.options.on_error)?;
        let file = table.files.len() - 1;
        table.origins.push(BlockOrigin { file, chunk: chunk.span, rows_before: self.rows_before });
        self.rows_before += chunk.block.rows;
        table.push(self.reorder(chunk.block));
        Ok(())
    }

    /// Opens the next file, which must have the columns of the first in any order; returns `false` after the last.
    fn next_file(&mut self) -> Result<bool> {
        let Some(input) = self.inputs.get(self.file + 1) else { return Ok(false) };
        self.source = Source::open_next(input.clone(), &self.options)?;
        (self.file, self.rows_before, self.is_located) = (self.file + 1, 0, false);
        let (mut expected, mut found) = (self.names.clone(), self.source.names().to_vec());
        expected.sort_unstable();
        found.sort_unstable();
        if expected == found && self.layout == self.source.layout() {
            self.file_columns = columns_of(&self.names, self.source.names());
            return Ok(true);
        }
        let (path, first) = (input.display_path(), self.inputs[0].display_path());
        Err(Error::OtherColumns { path, first, expected: self.names.clone(), found: self.source.names().to_vec() })
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

impl Table<'static> {
    /// Reads the files as one table; `-` is standard input.
    ///
    /// The format is detected from the first bytes: delimited text, libsvm, Parquet, Arrow IPC or IDX. Text that is
    /// compressed by gzip or zstd is decompressed.
    ///
    /// # Errors
    /// Files that cannot be read, have different columns, or contain invalid rows; see [`ReadOptions::on_error`].
    pub fn read(files: impl Into<Files>, options: &ReadOptions) -> Result<Table<'static>> {
        let inputs = Input::all(&files.into(), StreamBuffer::Memory)?;
        Table::read_all(&inputs, options)
    }

    /// Parses the bytes of a file; `path` is used in messages only.
    ///
    /// # Errors
    /// As [`Table::read`].
    pub fn parse(path: &Path, bytes: Vec<u8>, options: &ReadOptions) -> Result<Table<'static>> {
        Table::read_all(&[Input::from_bytes(path, bytes)], options)
    }

    fn read_all(inputs: &[Input], options: &ReadOptions) -> Result<Table<'static>> {
        let unlimited =
            TableLimits { rows: usize::MAX, weight_column: None, bytes: usize::MAX, interrupt: Interrupt::NEVER };
        pool::in_pool(estimated_rows(inputs), || Ok(Table::read_limited(inputs, options, unlimited)?.0))
    }

    /// Reads until a limit is reached; returns `true` with the table if it holds all rows.
    pub(crate) fn read_limited(
        inputs: &[Input],
        options: &ReadOptions,
        limits: TableLimits<'_>,
    ) -> Result<(Table<'static>, bool)> {
        Table::read_allowed(inputs, options, limits, &TableAllowance::of(inputs))
    }

    /// As [`Table::read_limited`]; if the memory is not limited, the allowance is its limit.
    fn read_allowed(
        inputs: &[Input],
        options: &ReadOptions,
        limits: TableLimits<'_>,
        allowance: &TableAllowance,
    ) -> Result<(Table<'static>, bool)> {
        let mut reader = TableReader::open(inputs, options)?;
        let mut table = reader.empty_table();
        let (mut blocks, mut counted) = (0, 0);
        while reader.read_into(&mut table)? {
            limits.interrupt.check()?;
            // The first rows are the same however they are divided into files, unless there are a great many files.
            let (bytes, lists) = (table.bytes(), BYTES_PER_COLUMN * reader.names.len() * reader.blocks_of_one_file);
            let is_full = table.bytes_of_cells().saturating_add(lists) >= limits.bytes
                || bytes >= limits.bytes.saturating_add(limits.bytes / 4);
            if limits.bytes == usize::MAX {
                let path = inputs[0].display_path();
                allowance.check(&path, bytes as u64)?;
                allowance.check_features(&path, table.indexed_features().map_or(0, |indexed| indexed.features))?;
            }
            counted += table.counted_rows(blocks..table.block_count(), limits.weight_column);
            blocks = table.block_count();
            if counted >= limits.rows || is_full {
                // The number of indexed features is determined by the highest index of all files.
                if let Some(indexed) = &mut table.indexed {
                    while let Some(more) = reader.next()? {
                        limits.interrupt.check()?;
                        indexed.extend_range(more.indexed.as_ref().expect("all tables of a set have one layout"));
                    }
                }
                return Ok((table, false));
            }
        }
        if table.rows() == 0 {
            return Err(Error::NoRows { path: table.path });
        }
        Ok((table, true))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_that_unpack_to_far_more_than_their_file_are_refused_unless_the_memory_is_limited() {
        let text = zstd::encode_all("1,x\n".repeat(200_000).as_bytes(), 1).expect("the text is compressed");
        let stored = text.len() as u64;
        let inputs = [Input::from_bytes(Path::new("x.zst"), text)];
        let allowance = TableAllowance { stored, min_bytes: 1 << 20 };
        let read = |bytes| {
            let limits = TableLimits { rows: usize::MAX, weight_column: None, bytes, interrupt: Interrupt::NEVER };
            Table::read_allowed(&inputs, &ReadOptions::default(), limits, &allowance)
        };
        let error = read(usize::MAX).expect_err("the table is too large").to_string();
        assert_eq!(error, format!("x.zst: expected rows of at most 1 MiB in memory from {stored} bytes, found more"));
        let (table, is_whole) = read(usize::MAX - 1).expect("the memory is limited otherwise");
        assert_eq!((table.rows(), is_whole), (200_000, true));
    }
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
