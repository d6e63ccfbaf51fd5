//! Parquet and Arrow files as a stream of blocks of all columns, of which only the needed ones are read.

use std::ops::Range;
use std::path::PathBuf;

use super::file::{ColumnarBlocks, ColumnarFile};
use crate::data::cell::{Block, ColumnData};
use crate::data::chunk::{ChunkSpan, ParsedChunk, QuoteCounts, ROWS_PER_ROUND, ReadRound};
use crate::data::column_names::distinct_names;
use crate::data::input::Input;
use crate::data::limits::check_columns;
use crate::data::missing::MissingTokens;
use crate::data::read_note::ReadNote;
use crate::data::read_options::ReadOptions;
use crate::data::skipped_rows::SkippedRows;
use crate::error::Result;

/// Column of a file whose type is not supported.
#[derive(Clone, Debug)]
pub(in crate::data) struct UnsupportedColumn {
    pub(in crate::data) name: String,
    /// Description of its values, such as "a list in each row".
    pub(in crate::data) holds: String,
}

/// Reader of a Parquet or Arrow file.
pub(in crate::data) struct ColumnarReader {
    path: PathBuf,
    /// Columns of supported types.
    names: Vec<String>,
    /// For each of them, `true` if it is read; the others have no cells.
    is_read: Vec<bool>,
    /// For each of them, `true` if its type is text.
    is_text: Vec<bool>,
    unsupported: Vec<UnsupportedColumn>,
    notes: Vec<ReadNote>,
    blocks: ColumnarBlocks,
    missing: MissingTokens,
}

impl ColumnarReader {
    pub(in crate::data) fn open(input: &Input, options: &ReadOptions) -> Result<ColumnarReader> {
        let file = ColumnarFile::open(input)?;
        check_columns(&input.display_path(), file.names().len())?;
        let (mut names, mut unsupported, mut columns) = (Vec::new(), Vec::new(), Vec::new());
        let (mut is_read, mut is_text) = (Vec::new(), Vec::new());
        let (all_names, renamed) = distinct_names(file.names());
        let selection = options.column_selection();
        for (column, name) in all_names.iter().enumerate() {
            if let Some(holds) = file.unsupported(column) {
                unsupported.push(UnsupportedColumn { name: name.clone(), holds: holds.to_string() });
                continue;
            }
            let read = selection.contains(name);
            columns.extend(read.then_some(column));
            names.push(name.clone());
            is_read.push(read);
            is_text.push(file.is_text(column));
        }
        let blocks = file.blocks(&columns, ROWS_PER_ROUND)?;
        let missing = MissingTokens::of_options(options);
        let (path, notes) = (input.display_path(), ReadNote::of_renamed(renamed).into_iter().collect());
        Ok(ColumnarReader { path, names, is_read, is_text, unsupported, notes, blocks, missing })
    }

    /// Numbers of the rows of the groups or batches of the file.
    pub(in crate::data) fn group_rows(&self) -> Result<Vec<u64>> {
        self.blocks.file().group_rows()
    }

    /// Continues with a range of the rows of the file.
    pub(in crate::data) fn set_rows(&mut self, rows: Range<u64>) -> Result<()> {
        self.blocks = self.blocks.of_rows(rows)?;
        Ok(())
    }

    pub(in crate::data) fn names(&self) -> &[String] {
        &self.names
    }

    /// For each name, `true` if the type of the column is text.
    pub(in crate::data) fn is_text(&self) -> &[bool] {
        &self.is_text
    }

    /// Notes on the names of the columns.
    pub(in crate::data) fn notes(&self) -> &[ReadNote] {
        &self.notes
    }

    /// Texts that mean a missing value, with those that a cell has had.
    pub(in crate::data) fn missing(&self) -> &MissingTokens {
        &self.missing
    }

    pub(in crate::data) fn path(&self) -> PathBuf {
        self.path.clone()
    }

    /// Columns of unsupported types, which are not among [`ColumnarReader::names`].
    pub(in crate::data) fn unsupported(&self) -> &[UnsupportedColumn] {
        &self.unsupported
    }

    /// Returns the next blocks of a round, whose rows do not depend on the batches and files that they are from; none
    /// at the end of the file.
    pub(in crate::data) fn blocks(&mut self, round: &mut ReadRound) -> Result<Vec<ParsedChunk>> {
        let mut parsed = Vec::new();
        while !round.is_full()
            && let Some(block) = self.blocks.next_within(round.rows_left())
        {
            let block = self.with_all_columns(block?);
            round.add_rows(block.rows);
            parsed.push(ParsedChunk {
                block,
                span: ChunkSpan::unused(),
                skipped_rows: SkippedRows::default(),
                quotes: QuoteCounts::default(),
            });
        }
        Ok(parsed)
    }

    /// Marks missing texts, and adds the columns that are not read.
    fn with_all_columns(&self, mut block: Block) -> Block {
        for column in &mut block.columns {
            column.mark_missing(&self.missing);
        }
        let mut columns = std::mem::take(&mut block.columns).into_iter();
        let column = |read: &bool| {
            if *read { columns.next().expect("a block has all columns that are read") } else { ColumnData::empty() }
        };
        block.columns = self.is_read.iter().map(column).collect();
        block
    }
}
