//! Where a cell stands in its file.

use std::io::Read;

use super::chunk::{Shape, cell};
use super::scan;
use crate::data::source::cutter::{HEAD, MARK, Mark, Place};
use crate::data::source::input::Input;
use crate::error::{Position, Result};

/// What finds the cells of a file again.
#[derive(Clone, Debug)]
pub(in crate::data) struct Places {
    pub(super) input: Input,
    pub(super) shape: Shape,
    /// Where the first field of the first record stands.
    pub(super) first: usize,
}

impl Places {
    /// The place and the text of the cell in `row` of `block`; the file is read once more, so this is slow.
    pub(in crate::data) fn find(&self, mark: Mark, row: usize, column: usize) -> Result<(Position, String)> {
        let Mark { place, bytes } = mark;
        let text = self.read(place.offset, bytes)?;
        let (mut at, mut left) = (0, row);
        while let Some(start) = scan::next_record(&text, at, &self.shape) {
            let fields = scan::record(&text, start, self.shape.delimiter);
            at = fields.last().map_or(text.len(), |last| last.end);
            // Blank lines and rows of another width are no rows.
            let blank = || String::from_utf8_lossy(&text[start..at]).trim().is_empty();
            if fields.len() != self.shape.columns.len() || (fields.len() == 1 && blank()) {
                continue;
            }
            if left > 0 {
                left -= 1;
                continue;
            }
            let field = fields[column];
            let raw = String::from_utf8_lossy(&text[field.value..field.end]);
            let value = field.value + raw.len() - raw.trim_start().len();
            let cell = std::str::from_utf8(&text).map_or(String::new(), |text| cell(text, &field).into_owned());
            return Ok((place.position(&self.input, &text, value), cell));
        }
        Ok((place.position(&self.input, &text, 0), String::new()))
    }

    /// The place of a column's name, or of its first cell where it has none.
    pub(in crate::data) fn head(&self, column: usize) -> Result<Position> {
        let text = self.read(0, HEAD)?;
        let bom = if text.starts_with(MARK) { MARK.len() } else { 0 };
        let text = &text[bom..];
        let fields = scan::record(text, self.first.min(text.len()), self.shape.delimiter);
        let at = fields.get(column).map_or(0, |field| field.value);
        Ok(Place::start(bom).position(&self.input, text, at))
    }

    fn read(&self, offset: usize, bytes: usize) -> Result<Vec<u8>> {
        let mut stream = self.input.open()?;
        let (mut passed, mut text) = (std::io::sink(), Vec::new());
        let failed = |source| self.input.failed(source);
        std::io::copy(&mut stream.by_ref().take(offset as u64), &mut passed).map_err(failed)?;
        stream.take(bytes as u64).read_to_end(&mut text).map_err(failed)?;
        Ok(text)
    }
}
