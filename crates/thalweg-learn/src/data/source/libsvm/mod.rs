//! libsvm text: a label and the non-zeros of a row on each line, `label [qid:n] index:value … [# comment]`.

mod line;

use std::path::Path;

use crate::data::rows::SparseRows;
use crate::error::{Error, Position, Result};
use line::{Fault, Line};

/// The number of the first feature.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum IndexBase {
    /// 0 if any index of the file is 0, otherwise 1.
    #[default]
    Auto,
    /// The first feature is 0.
    Zero,
    /// The first feature is 1; an index 0 is an error.
    One,
}

/// Rows of a libsvm file. A `qid` is read and left aside.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Libsvm {
    /// The label of each row.
    pub(crate) labels: Vec<f64>,
    /// The entries of each row, ascending.
    pub(crate) rows: SparseRows,
    /// The lowest index as written; `u32::MAX` where there are no entries.
    pub(crate) lowest: u32,
    /// The highest index as written; 0 where there are no entries.
    pub(crate) highest: u32,
}

impl Default for Libsvm {
    fn default() -> Libsvm {
        Libsvm { labels: Vec::new(), rows: SparseRows::default(), lowest: u32::MAX, highest: 0 }
    }
}

/// The rows of one piece of a text, indices as written, for those who read piece by piece. `first_line` is the number of
/// the piece's first line, from 1.
pub(crate) fn read_piece(path: &Path, piece: &[u8], first_line: u64, base: IndexBase) -> Result<Libsvm> {
    parse(piece, base).map_err(|fault| place(path, piece, first_line, fault))
}

fn parse(text: &[u8], base: IndexBase) -> std::result::Result<Libsvm, Fault> {
    let mut found = Libsvm::default();
    // Entries are seldom longer than this.
    found.rows.index.reserve(text.len() / 12);
    found.rows.value.reserve(text.len() / 12);
    let mut at = 0;
    while at < text.len() {
        at = Line { text, base }.parse(at, &mut found)?;
    }
    Ok(found)
}

fn place(path: &Path, text: &[u8], first_line: u64, fault: Fault) -> Error {
    let before = &text[..fault.at];
    let line = first_line + memchr::memchr_iter(b'\n', before).count() as u64;
    let start = before.iter().rposition(|&byte| byte == b'\n').map_or(0, |end| end + 1);
    // Bytes that go on with a character of UTF-8 begin with the bits 10.
    let column = 1 + before[start..].iter().filter(|&&byte| byte & 0xc0 != 0x80).count() as u64;
    let at = Position { path: path.to_path_buf(), line, column };
    Error::Libsvm { at, must: fault.must, found: line::token(text, fault.at) }
}

#[cfg(test)]
mod tests;
