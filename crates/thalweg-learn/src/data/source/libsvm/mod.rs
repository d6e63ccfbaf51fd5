//! libsvm text: a label and the non-zeros of a row on each line, `label [qid:n] index:value … [# comment]`.

mod line;

use std::path::Path;

use rayon::prelude::*;

use super::block::Sparse;
use crate::error::{Error, Position, Result};
use line::{Fault, Line};

/// Bytes of text parsed at one go. The cuts depend on the text only, and so does the result.
const PIECE: usize = 1 << 20;

/// First bytes that some editors write before UTF-8 text.
const MARK: [u8; 3] = [0xef, 0xbb, 0xbf];

/// The number of the first feature.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Base {
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
    pub(crate) rows: Sparse,
    /// The lowest index as written; `u32::MAX` where there are no entries.
    pub(crate) lowest: u32,
    /// The highest index as written; 0 where there are no entries.
    pub(crate) highest: u32,
}

impl Default for Libsvm {
    fn default() -> Libsvm {
        Libsvm { labels: Vec::new(), rows: Sparse::default(), lowest: u32::MAX, highest: 0 }
    }
}

impl Libsvm {
    /// The number of the first feature, 0 or 1, once all of the data are seen.
    pub(crate) fn first(&self, base: Base) -> u32 {
        match base {
            Base::Zero => 0,
            Base::One => 1,
            Base::Auto => u32::from(self.lowest > 0),
        }
    }

    /// Counts features from 0 where `first` is the number of the first; `lowest` and `highest` stay as written.
    pub(crate) fn rebase(&mut self, first: u32) {
        if first > 0 {
            self.rows.index.par_iter_mut().with_min_len(PIECE).for_each(|index| *index = index.saturating_sub(first));
        }
    }

    /// Puts the rows of `other` behind these.
    pub(crate) fn append(&mut self, other: &Libsvm) {
        self.labels.extend_from_slice(&other.labels);
        self.rows.append(&other.rows);
        self.lowest = self.lowest.min(other.lowest);
        self.highest = self.highest.max(other.highest);
    }
}

/// All rows of a text, features counted from 0, and the number of the first as it was written. `path` is for messages.
pub(crate) fn read(path: &Path, text: &[u8], base: Base) -> Result<(Libsvm, u32)> {
    let text = text.strip_prefix(&MARK).unwrap_or(text);
    let pieces = pieces(text);
    let parsed: Vec<_> = pieces.par_iter().map(|piece| parse(piece, base)).collect();
    let (mut all, mut start) = (Libsvm::default(), 0);
    reserve(&mut all, &parsed);
    for (piece, parsed) in pieces.iter().zip(parsed) {
        match parsed {
            Ok(rows) => all.append(&rows),
            Err(fault) => return Err(place(path, text, 1, Fault { at: start + fault.at, ..fault })),
        }
        start += piece.len();
    }
    let first = all.first(base);
    all.rebase(first);
    Ok((all, first))
}

/// The rows of one piece of a text, indices as written, for those who read piece by piece. `first_line` is the number of
/// the piece's first line, from 1.
pub(crate) fn read_piece(path: &Path, piece: &[u8], first_line: u64, base: Base) -> Result<Libsvm> {
    let piece = piece.strip_prefix(&MARK).filter(|_| first_line == 1).unwrap_or(piece);
    parse(piece, base).map_err(|fault| place(path, piece, first_line, fault))
}

/// Cuts a text at ends of lines into pieces of about a megabyte.
pub(crate) fn pieces(text: &[u8]) -> Vec<&[u8]> {
    let (mut pieces, mut rest) = (Vec::new(), text);
    while !rest.is_empty() {
        let least = rest.len().min(PIECE);
        let end = rest[least..].iter().position(|&byte| byte == b'\n').map_or(rest.len(), |more| least + more + 1);
        let (piece, behind) = rest.split_at(end);
        pieces.push(piece);
        rest = behind;
    }
    pieces
}

fn reserve(all: &mut Libsvm, parsed: &[std::result::Result<Libsvm, Fault>]) {
    let sum = |of: fn(&Libsvm) -> usize| parsed.iter().flatten().map(of).sum();
    all.labels.reserve_exact(sum(|rows| rows.labels.len()));
    all.rows.ends.reserve_exact(sum(|rows| rows.rows.ends.len()));
    all.rows.index.reserve_exact(sum(|rows| rows.rows.index.len()));
    all.rows.value.reserve_exact(sum(|rows| rows.rows.value.len()));
}

fn parse(text: &[u8], base: Base) -> std::result::Result<Libsvm, Fault> {
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
    let line = first_line + before.iter().filter(|&&byte| byte == b'\n').count() as u64;
    let start = before.iter().rposition(|&byte| byte == b'\n').map_or(0, |end| end + 1);
    // Bytes that go on with a character of UTF-8 begin with the bits 10.
    let column = 1 + before[start..].iter().filter(|&&byte| byte & 0xc0 != 0x80).count() as u64;
    let at = Position { path: path.to_path_buf(), line, column };
    Error::Libsvm { at, must: fault.must, found: line::token(text, fault.at) }
}

#[cfg(test)]
mod tests;
