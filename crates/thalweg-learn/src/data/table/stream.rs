//! Streams of tables of some rows each: from files, or from a table in memory.

use std::path::{Path, PathBuf};

use super::divided_reader::DividedReader;
use super::division::Division;
use super::range_reader::RangeReader;
use super::reader::TableReader;
use super::store::Table;
use super::table_limits::TableLimits;
use crate::data::input::Input;
use crate::data::read_note::ReadNote;
use crate::data::read_options::ReadOptions;
use crate::error::Result;
use crate::team::Team;

/// Data that can be read several times.
#[derive(Clone, Copy)]
pub(crate) enum TableInput<'a> {
    /// Files, which are read as one table.
    Files {
        /// Files in their order.
        inputs: &'a [Input],
        options: &'a ReadOptions,
    },
    /// Table in memory.
    Table(&'a Table<'a>),
}

/// Consecutive tables of some rows of the data.
pub(crate) enum TableStream<'a> {
    Files(Box<TableReader>),
    Table {
        table: &'a Table<'a>,
        /// Block that follows.
        block: usize,
    },
}

impl<'a> TableInput<'a> {
    /// Returns the first rows, up to a limit; `true` with the table if it has all rows.
    pub(crate) fn head(self, limits: TableLimits<'_>) -> Result<(Table<'a>, bool)> {
        match self {
            Self::Files { inputs, options } => Table::read_limited(inputs, options, limits),
            Self::Table(table) => Ok(table.head(limits)),
        }
    }

    /// Path of the first file; `None` for data in memory.
    pub(crate) fn path(self) -> Option<PathBuf> {
        match self {
            Self::Files { inputs, .. } => inputs.first().map(Input::display_path),
            Self::Table(table) => table.path().map(Path::to_path_buf),
        }
    }

    /// Opens the data at the first row; the given columns of files are read as texts.
    pub(crate) fn open(self, text_columns: &[String]) -> Result<TableStream<'a>> {
        match self {
            Self::Files { inputs, options } => {
                let text_columns = [&options.text_columns, text_columns].concat();
                TableReader::open(inputs, &ReadOptions { text_columns, ..options.clone() })
                    .map(|reader| TableStream::Files(Box::new(reader)))
            }
            Self::Table(table) => Ok(TableStream::Table { table, block: 0 }),
        }
    }
}

impl<'a> TableInput<'a> {
    /// Opens the data at the first row as [`TableInput::open`] does, for the ranks of a team together.
    pub(crate) fn open_on(self, text_columns: &[String], team: &'a dyn Team) -> Result<TeamTables<'a>> {
        if let Self::Files { inputs, options } = self {
            let text_columns = [&options.text_columns, text_columns].concat();
            let options = ReadOptions { text_columns, ..options.clone() };
            if let Some(tables) = TeamTables::divided(inputs, &options, team)? {
                return Ok(tables);
            }
        }
        Ok(TeamTables::Common(self.open(text_columns)?))
    }

    /// Opens the data as [`TableInput::open_on`] does, of which columns in files that are not needed have no cells.
    pub(crate) fn open_column_on(self, column: &str, team: &'a dyn Team) -> Result<TeamTables<'a>> {
        let Self::Files { inputs, options } = self else { return self.open_on(&[], team) };
        let options =
            ReadOptions { only_columns: vec![column.to_string()], skip_columns: Vec::new(), ..options.clone() };
        match TeamTables::divided(inputs, &options, team)? {
            Some(tables) => Ok(tables),
            None => Ok(TeamTables::Common(TableStream::Files(Box::new(TableReader::open(inputs, &options)?)))),
        }
    }
}

/// Consecutive tables of some rows of the data, for the ranks of a team.
pub(crate) enum TeamTables<'a> {
    /// All ranks have the same tables.
    Common(TableStream<'a>),
    /// Each rank has tables of its own, whose rows follow those of the rank before.
    Turns(Box<DividedReader<'a>>),
    /// Each rank has tables of a range of the rows, which follows that of the rank before.
    Range(Box<RangeReader<'a>>),
}

impl<'a> TeamTables<'a> {
    /// Opens files for several ranks, each of which reads its own rows; `None` for those that are not divided.
    pub(super) fn divided(inputs: &[Input], options: &ReadOptions, team: &'a dyn Team) -> Result<Option<Self>> {
        if team.ranks() == 1 {
            return Ok(None);
        }
        Ok(match Division::of(inputs, options, team)? {
            Division::None => None,
            Division::Bytes => Some(Self::Turns(Box::new(DividedReader::open(inputs, options, team)?))),
            Division::Rows => Some(Self::Range(Box::new(RangeReader::open(inputs, options, team)?))),
        })
    }

    /// Returns a table of the next rows; `None` on all ranks at the end.
    pub(crate) fn next(&mut self) -> Result<Option<Table<'a>>> {
        match self {
            Self::Common(stream) => stream.next(),
            Self::Turns(reader) => Ok(reader.next()?),
            Self::Range(reader) => Ok(reader.next()?),
        }
    }

    /// Returns `true` if each rank has tables of its own.
    pub(crate) fn are_divided(&self) -> bool {
        !matches!(self, Self::Common(_))
    }

    /// Returns the number of the first row of this rank if each rank has a range of the rows.
    pub(crate) fn first_row(&self) -> Option<u64> {
        if let Self::Range(reader) = self { Some(reader.first_row()) } else { None }
    }

    /// Notes of the readers of all files, after the last table.
    pub(crate) fn into_notes(self) -> Vec<ReadNote> {
        match self {
            Self::Common(stream) => stream.notes().to_vec(),
            Self::Turns(mut reader) => reader.notes(),
            Self::Range(mut reader) => reader.notes(),
        }
    }
}

impl<'a> TableStream<'a> {
    /// Notes of the readers of the files that have been read.
    pub(crate) fn notes(&self) -> &[ReadNote] {
        match self {
            Self::Files(reader) => reader.notes(),
            Self::Table { table, .. } => table.notes(),
        }
    }

    /// Returns a table of the next rows; `None` at the end.
    pub(crate) fn next(&mut self) -> Result<Option<Table<'a>>> {
        match self {
            Self::Files(reader) => reader.next(),
            Self::Table { table, block } => {
                let next = (*block < table.block_count()).then(|| table.view(*block..*block + 1));
                *block += 1;
                Ok(next)
            }
        }
    }
}

impl Table<'_> {
    /// Returns the first blocks, up to the one in which a limit is reached; `true` if none is.
    fn head(&self, limits: TableLimits<'_>) -> (Table<'_>, bool) {
        let (row_bytes, mut counted) = (self.bytes().div_ceil(self.rows()), 0);
        let mut is_enough = |blocks: usize| {
            counted += self.counted_rows(blocks - 1..blocks, limits.weight_column);
            counted >= limits.rows || self.starts[blocks].saturating_mul(row_bytes) >= limits.bytes
        };
        let limit = (1..=self.block_count()).find(|&blocks| is_enough(blocks));
        let head = self.view(0..limit.unwrap_or(self.block_count()));
        (Table { notes: self.notes.clone(), ..head }, limit.is_none())
    }
}
