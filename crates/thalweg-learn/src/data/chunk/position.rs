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
    /// True if the byte before is a CR, which ends the line unless an LF follows.
    is_after_return: bool,
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
        StreamPosition { offset: bom, line: 1, column: 0, is_after_return: false }
    }

    /// Position at the beginning of a line.
    pub(in crate::data) fn line_start(offset: usize, line: u64) -> StreamPosition {
        StreamPosition { offset, line, column: 0, is_after_return: false }
    }

    /// Position after `text`, which begins at this position and ends with a whole record.
    pub(in crate::data) fn after(self, text: &[u8]) -> StreamPosition {
        let start = self.before(text);
        let Some(last) = text.last() else { return start };
        // A CR at the end may be the first half of a CR LF.
        let is_after_return = *last == b'\r';
        let before_return = &text[..text.len() - usize::from(is_after_return)];
        let end = memchr::memrchr2(b'\n', b'\r', before_return).map(|end| end + 1);
        let rest = String::from_utf8_lossy(&text[end.unwrap_or(0)..]).chars().count() as u64;
        let column = if end.is_some() { rest } else { start.column + rest };
        let (offset, line) = (start.offset + text.len(), start.line + lines::count(text));
        StreamPosition { offset, line, column, is_after_return }
    }

    /// The same position, once the text that begins there tells whether a CR before it has ended a line.
    pub(in crate::data) fn before(self, text: &[u8]) -> StreamPosition {
        match text.first() {
            Some(&first) if self.is_after_return && first != b'\n' => Self::line_start(self.offset, self.line + 1),
            Some(_) => StreamPosition { is_after_return: false, ..self },
            None => self,
        }
    }

    /// Position of byte `at` of `text`, which begins at this position, for messages about the file `path`.
    pub(in crate::data) fn locate(self, path: &Path, text: &[u8], at: usize) -> Position {
        let before = String::from_utf8_lossy(&text[..at.min(text.len())]);
        let whole = std::str::from_utf8(text).ok();
        let (line, column) = lines::locate(whole.unwrap_or(&before), at);
        let start = self.before(text);
        let column = if line == 1 { column + start.column } else { column };
        Position { path: Some(path.to_path_buf()), line: start.line + line - 1, column }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn positions_are_those_in_the_whole_text_wherever_it_is_cut() {
        let text = "ä,b\r\nc\r\rdé,\"x\ny\"\re\r\n\nf";
        for first in (0..=text.len()).filter(|&at| text.is_char_boundary(at)) {
            for second in (first..=text.len()).filter(|&at| text.is_char_boundary(at)) {
                let parts = [&text[..first], &text[first..second]].map(str::as_bytes);
                let start = parts.iter().fold(StreamPosition::start(0), |position, part| position.after(part));
                let rest = &text.as_bytes()[second..];
                for at in (0..rest.len()).filter(|&at| text.is_char_boundary(second + at)) {
                    let found = start.locate(Path::new("x"), rest, at);
                    let expected = StreamPosition::start(0).locate(Path::new("x"), text.as_bytes(), second + at);
                    assert_eq!(found, expected, "{:?} and {at} of {:?}", parts, String::from_utf8_lossy(rest));
                }
            }
        }
    }
}
