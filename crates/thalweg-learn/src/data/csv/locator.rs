//! Location of cells in a delimited text, for messages.

use std::io::Read;
use std::sync::{Arc, Mutex, PoisonError};

use super::dialect::CsvDialect;
use super::scan::{self, Field};
use crate::data::chunk::{BOM, ChunkSpan, HEADER_BYTES, StreamPosition};
use crate::data::input::Input;
use crate::error::{Position, Result};

/// Locator of the cells of a delimited text by reading it again.
#[derive(Clone, Debug)]
pub(in crate::data) struct CsvCellLocator {
    pub(super) input: Input,
    pub(super) dialect: CsvDialect,
    /// Position of the first field of the first record.
    pub(super) first_field: usize,
    /// The record found last: many columns may ask for a cell of the same row.
    last: Arc<Mutex<Option<LocatedRecord>>>,
}

/// Record that was read again.
#[derive(Debug)]
struct LocatedRecord {
    /// Offset of the chunk, and the row within it.
    row: (usize, usize),
    start: StreamPosition,
    text: String,
    fields: Vec<Field>,
}

impl CsvCellLocator {
    pub(super) fn new(input: Input, dialect: CsvDialect, first_field: usize) -> CsvCellLocator {
        CsvCellLocator { input, dialect, first_field, last: Arc::default() }
    }

    /// Returns the position of a cell; `row` counts within its chunk. Slow for the first cell of a row, as the file is
    /// read again; for any cell, the cells before it in the row are read.
    pub(in crate::data) fn position(&self, chunk: ChunkSpan, row: usize, column: usize) -> Result<Position> {
        let path = self.input.display_path();
        let position = self.in_record(chunk, row, |record| {
            let field = record.fields[column];
            let raw = &record.text[field.value..field.end];
            let value = field.value + raw.len() - raw.trim_start().len();
            record.start.locate(&path, record.text.as_bytes(), value)
        })?;
        Ok(position.unwrap_or_else(|| chunk.start.locate(&path, &[], 0)))
    }

    /// Returns the text of a cell; `row` counts within its chunk. Slow for the first cell of a row: the file is read
    /// again.
    pub(in crate::data) fn text(&self, chunk: ChunkSpan, row: usize, column: usize) -> Result<String> {
        let text = |record: &LocatedRecord| scan::unquote(&record.text, &record.fields[column]).into_owned();
        Ok(self.in_record(chunk, row, text)?.unwrap_or_default())
    }

    /// Returns what `get` finds in a record; `None` if it is gone, as the file may have changed since it was read.
    fn in_record<T>(&self, chunk: ChunkSpan, row: usize, get: impl FnOnce(&LocatedRecord) -> T) -> Result<Option<T>> {
        let mut last = self.last.lock().unwrap_or_else(PoisonError::into_inner);
        let key = (chunk.start.offset, row);
        if last.as_ref().is_none_or(|record| record.row != key) {
            *last = self.record(chunk, row)?;
        }
        Ok(last.as_ref().map(get))
    }

    /// Reads a record of a chunk again; `None` if there is none.
    fn record(&self, chunk: ChunkSpan, row: usize) -> Result<Option<LocatedRecord>> {
        let text = self.read(chunk.start.offset, chunk.bytes)?;
        let (mut at, mut remaining) = (0, row);
        while let Some(start) = scan::next_record(&text, at, self.dialect.comment) {
            let fields = scan::record(&text, start, self.dialect.syntax);
            at = fields.last().map_or(text.len(), |last| last.end);
            // Blank lines and records of another width are no rows.
            let blank = || String::from_utf8_lossy(&text[start..at]).trim().is_empty();
            if fields.len() != self.dialect.columns.len() || (fields.len() == 1 && blank()) {
                continue;
            }
            if remaining == 0 {
                let (before, text) = (&text[..start], &text[start..at]);
                let fields = scan::record(text, 0, self.dialect.syntax);
                let Ok(text) = String::from_utf8(text.to_vec()) else { return Ok(None) };
                let (row, start) = ((chunk.start.offset, row), chunk.start.after(before));
                return Ok(Some(LocatedRecord { row, start, text, fields }));
            }
            remaining -= 1;
        }
        Ok(None)
    }

    /// Returns the position of a column's name, or of its first cell if the file has no header.
    pub(in crate::data) fn column_name(&self, column: usize) -> Result<Position> {
        let text = self.read(0, HEADER_BYTES)?;
        let bom = if text.starts_with(BOM) { BOM.len() } else { 0 };
        let text = &text[bom..];
        let fields = scan::record(text, self.first_field.min(text.len()), self.dialect.syntax);
        let at = fields.get(column).map_or(0, |field| field.value);
        Ok(StreamPosition::start(bom).locate(&self.input.display_path(), text, at))
    }

    fn read(&self, offset: usize, bytes: usize) -> Result<Vec<u8>> {
        let mut stream = self.input.open()?;
        let (mut skipped, mut text) = (std::io::sink(), Vec::new());
        let failed = |source| self.input.read_error(source);
        std::io::copy(&mut stream.by_ref().take(offset as u64), &mut skipped).map_err(failed)?;
        stream.take(bytes as u64).read_to_end(&mut text).map_err(failed)?;
        Ok(text)
    }
}

#[cfg(test)]
mod tests {
    use std::fs;

    use crate::data::read_options::ReadOptions;
    use crate::data::table::Table;

    #[test]
    fn the_cells_of_a_row_are_found_by_reading_the_file_once() {
        let folder = tempfile::tempdir().expect("the folder is created");
        let path = folder.path().join("x.csv");
        fs::write(&path, "a,b,c\n1,2,3\n\n04, 5.0,\"six\n7\"\n").expect("the file is written");
        let table = Table::read(&path, &ReadOptions::default()).expect("the file is valid");
        let cells = |row: usize| [0, 1, 2].map(|column| table.original_text(row, column));
        assert_eq!(cells(0), ["1", "2", "3"]);
        assert_eq!(cells(1), ["04", "5.0", "six\n7"]);
        let position = table.position(1, 1).to_string();
        assert!(position.ends_with("x.csv:4:5"), "{position}");
        fs::remove_file(&path).expect("the file is removed");
        assert_eq!(cells(1), ["04", "5.0", "six\n7"], "the row is not read again");
    }
}
