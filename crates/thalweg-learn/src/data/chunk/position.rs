//! Positions in a text file that is read in chunks.

use std::path::Path;

use super::lines;
use crate::error::Position;

/// Byte-order mark that some editors write before UTF-8 text.
pub(in crate::data) const BOM: &[u8] = "\u{feff}".as_bytes();

/// Position between two bytes of the decompressed file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::data) struct StreamPosition {
    /// Number of bytes before the position.
    pub(in crate::data) offset: usize,
    /// Line of the position, counted from 1.
    pub(in crate::data) line: u64,
    /// Number of characters before the position in its line.
    column: u64,
}

/// Position and length of a chunk in its file, from which its cells can be found again.
#[derive(Clone, Copy, Debug)]
pub(in crate::data) struct ChunkSpan {
    pub(in crate::data) start: StreamPosition,
    pub(in crate::data) bytes: usize,
}

impl ChunkSpan {
    /// Span for formats whose cells are located by row number instead.
    pub(in crate::data) fn unused() -> ChunkSpan {
        ChunkSpan { start: StreamPosition::start(0), bytes: 0 }
    }
}

impl StreamPosition {
    /// First position of the text, after a byte-order mark of `bom` bytes.
    pub(in crate::data) fn start(bom: usize) -> StreamPosition {
        StreamPosition { offset: bom, line: 1, column: 0 }
    }

    /// Position at the beginning of a line.
    pub(in crate::data) fn line_start(offset: usize, line: u64) -> StreamPosition {
        StreamPosition { offset, line, column: 0 }
    }

    /// Position after `text`, which begins at this position and ends with a whole record.
    pub(in crate::data) fn after(self, text: &[u8]) -> StreamPosition {
        let end = memchr::memrchr2(b'\n', b'\r', text).map(|end| end + 1);
        let rest = String::from_utf8_lossy(&text[end.unwrap_or(0)..]).chars().count() as u64;
        // A CR at the end may be the first half of a CR LF.
        let half = text.last() == Some(&b'\r');
        let lines = lines::count(text);
        let column = if end.is_some() && !half { rest } else { self.column + rest };
        StreamPosition { offset: self.offset + text.len(), line: self.line + lines, column }
    }

    /// Position of byte `at` of `text`, which begins at this position, for messages about the file `path`.
    pub(in crate::data) fn locate(self, path: &Path, text: &[u8], at: usize) -> Position {
        let before = String::from_utf8_lossy(&text[..at.min(text.len())]);
        let whole = std::str::from_utf8(text).ok();
        let (line, column) = lines::locate(whole.unwrap_or(&before), at);
        let column = if line == 1 { column + self.column } else { column };
        Position { path: Some(path.to_path_buf()), line: self.line + line - 1, column }
    }
}
