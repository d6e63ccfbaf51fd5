//! Reading of files as one table.

use std::path::Path;

use super::reader::TableReader;
use super::sparse::IndexedTable;
use super::store::Table;
use super::stream::{TableStream, TeamTables};
use super::table_limits::TableLimits;
use crate::data::cell::BYTES_PER_COLUMN;
use crate::data::input::{Files, Input, StreamBuffer, estimated_rows};
use crate::data::limits::TableAllowance;
use crate::data::read_options::ReadOptions;
use crate::error::{Error, Result};
use crate::interrupt::Interrupt;
use crate::pool;

impl Table<'static> {
    /// Reads the files as one table; `-` is standard input.
    ///
    /// The format is detected from the first bytes: delimited text, libsvm, Parquet, Arrow IPC or IDX. Text that is
    /// compressed by gzip, zstd, bzip2 or xz, or in a zip archive of one file, is decompressed.
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
                    extend_to_all_rows(indexed, reader, (inputs, options), limits.interrupt)?;
                }
                return Ok((table, false));
            }
        }
        table.notes = reader.notes;
        if table.rows() == 0 {
            return Err(Error::NoRows { path: table.path });
        }
        Ok((table, true))
    }
}

/// Extends the range of indices to those of all rows, of which the reader has read the first ones. Each rank reads a
/// part of texts that can be divided.
fn extend_to_all_rows(
    indexed: &mut IndexedTable<'_>,
    reader: TableReader,
    (inputs, options): (&[Input], &ReadOptions),
    interrupt: Interrupt<'_>,
) -> Result<()> {
    let team = interrupt.team();
    let whole = || TeamTables::Common(TableStream::Files(Box::new(reader)));
    let mut tables = TeamTables::divided(inputs, options, team)?.unwrap_or_else(whole);
    while let Some(more) = tables.next()? {
        interrupt.gather_numbers(Vec::new());
        interrupt.check()?;
        indexed.extend_range(more.indexed.as_ref().expect("all tables of a set have one layout"));
    }
    if tables.are_divided() {
        indexed.extend_to_ranks(team);
    }
    Ok(())
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
}
