//! libsvm text as a stream of blocks: a label, and features by number.

use std::path::PathBuf;

use super::block::{Block, Values};
use super::cutter::{Cut, Cutter, Mark, Piece};
use super::input::Input;
use super::libsvm::{self, IndexBase};
use super::options::ReadOptions;
use crate::data::skipped_rows::SkippedRows;
use crate::error::{Error, Result};

/// The name of the column of labels.
pub(in crate::data) const LABEL: &str = "label";

/// libsvm text as a stream of blocks.
pub(in crate::data) struct SparseText {
    cutter: Cutter,
    names: Vec<String>,
    base: IndexBase,
}

/// Whether text that begins so is libsvm's: in its first line with data, a number and then `index:value`.
pub(super) fn is_libsvm(first: &[u8]) -> bool {
    let text = String::from_utf8_lossy(first);
    let lines =
        text.trim_start_matches('\u{feff}').lines().map(|line| line.split('#').next().unwrap_or_default().trim());
    let Some(line) = lines.into_iter().find(|line| !line.is_empty()) else { return false };
    let mut words = line.split_ascii_whitespace();
    let label = words.next().is_some_and(|word| word.split(',').all(|label| label.parse::<f64>().is_ok()));
    let pair = |word: &str| {
        word.split_once(':').is_some_and(|(index, value)| {
            (index == "qid" || index.parse::<u64>().is_ok()) && value.parse::<f64>().is_ok()
        })
    };
    label && words.next().is_some_and(pair)
}

impl SparseText {
    pub(super) fn open(input: Input, options: &ReadOptions) -> Result<SparseText> {
        Ok(SparseText { cutter: Cutter::new(input)?, names: vec![LABEL.into()], base: options.index_base })
    }

    pub(super) fn names(&self) -> &[String] {
        &self.names
    }

    pub(super) fn path(&self) -> PathBuf {
        self.cutter.input.display_path()
    }

    pub(super) fn blocks(&mut self) -> Result<Vec<Piece>> {
        let (path, base) = (self.path(), self.base);
        let parse = |cut: &Cut| -> Result<Piece> {
            let rows = libsvm::read_piece(&path, &cut.bytes, cut.place.line, base)?;
            let count = rows.labels.len();
            let labels = Values::of(rows.labels);
            let block = Block { columns: vec![labels], rows: count, sparse: rows.rows };
            Ok(Piece {
                block,
                mark: Mark { place: cut.place, bytes: cut.bytes.len() },
                skipped_rows: SkippedRows::default(),
            })
        };
        let end = |text: &[u8]| memchr::memrchr(b'\n', text).map(|end| end + 1);
        let pieces = self.cutter.round(end, parse)?;
        if pieces.is_empty() && self.cutter.next.offset == 0 {
            return Err(Error::Empty { path });
        }
        Ok(pieces)
    }
}
