//! Parsing of chunks of libsvm text.

use std::path::Path;

use super::entries::LibsvmRows;
use super::line::{self, LineError, LineFormat, LineParser};
use crate::error::{Error, Position, Result};

/// Typical length of an entry `index:value` in bytes, by which memory is reserved.
const BYTES_PER_ENTRY: usize = 12;

/// Parses a chunk of whole lines; `first_line` is the number of its first line in the file, from 1.
pub(super) fn parse_chunk(path: &Path, chunk: &[u8], first_line: u64, format: LineFormat) -> Result<LibsvmRows> {
    parse(chunk, format).map_err(|error| locate(path, chunk, first_line, error))
}

fn parse(text: &[u8], format: LineFormat) -> std::result::Result<LibsvmRows, LineError> {
    let mut rows = LibsvmRows::default();
    rows.rows.index.reserve(text.len() / BYTES_PER_ENTRY);
    rows.rows.value.reserve(text.len() / BYTES_PER_ENTRY);
    let mut at = 0;
    while at < text.len() {
        at = LineParser { text, format }.parse(at, &mut rows)?;
    }
    Ok(rows)
}

fn locate(path: &Path, text: &[u8], first_line: u64, error: LineError) -> Error {
    let before = &text[..error.at];
    let line = first_line + memchr::memchr_iter(b'\n', before).count() as u64;
    let start = before.iter().rposition(|&byte| byte == b'\n').map_or(0, |end| end + 1);
    // Continuation bytes of UTF-8 begin with the bits 10.
    let column = 1 + before[start..].iter().filter(|&&byte| byte & 0xc0 != 0x80).count() as u64;
    let at = Position { path: Some(path.to_path_buf()), line, column };
    Error::Libsvm { at, expected: error.expected, found: line::word(text, error.at) }
}
