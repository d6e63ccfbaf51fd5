//! Location of cells in a delimited text, for messages.

use std::io::Read;

use super::dialect::CsvDialect;
use super::scan;
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
}

impl CsvCellLocator {
    /// Returns the position and the text of a cell; `row` counts within its chunk. Slow: the file is read again.
    pub(in crate::data) fn cell(&self, chunk: ChunkSpan, row: usize, column: usize) -> Result<(Position, String)> {
        let text = self.read(chunk.start.offset, chunk.bytes)?;
        let path = self.input.display_path();
        let (mut at, mut remaining) = (0, row);
        while let Some(start) = scan::next_record(&text, at, self.dialect.comment) {
            let fields = scan::record(&text, start, self.dialect.delimiter);
            at = fields.last().map_or(text.len(), |last| last.end);
            // Blank lines and records of another width are no rows.
            let blank = || String::from_utf8_lossy(&text[start..at]).trim().is_empty();
            if fields.len() != self.dialect.columns.len() || (fields.len() == 1 && blank()) {
                continue;
            }
            if remaining > 0 {
                remaining -= 1;
                continue;
            }
            let field = fields[column];
            let raw = String::from_utf8_lossy(&text[field.value..field.end]);
            let value = field.value + raw.len() - raw.trim_start().len();
            let cell =
                std::str::from_utf8(&text).map_or(String::new(), |text| scan::unquote(text, &field).into_owned());
            return Ok((chunk.start.locate(&path, &text, value), cell));
        }
        // The file has changed since it was read.
        Ok((chunk.start.locate(&path, &text, 0), String::new()))
    }

    /// Returns the position of a column's name, or of its first cell if the file has no header.
    pub(in crate::data) fn column_name(&self, column: usize) -> Result<Position> {
        let text = self.read(0, HEADER_BYTES)?;
        let bom = if text.starts_with(BOM) { BOM.len() } else { 0 };
        let text = &text[bom..];
        let fields = scan::record(text, self.first_field.min(text.len()), self.dialect.delimiter);
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
