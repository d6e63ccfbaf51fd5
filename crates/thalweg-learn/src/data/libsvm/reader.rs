//! libsvm text as a stream of blocks: a column of labels, and sparse features.

use std::path::PathBuf;

use super::parser::parse_chunk;
use crate::data::cell::{Block, ColumnData};
use crate::data::chunk::{Chunk, ChunkSpan, Chunker, ParsedChunk, ReadRound};
use crate::data::input::Input;
use crate::data::read_options::{IndexBase, LABEL_COLUMN, ReadOptions};
use crate::data::skipped_rows::SkippedRows;
use crate::error::{Error, Result};

/// Reader of libsvm text.
pub(in crate::data) struct LibsvmReader {
    chunker: Chunker,
    names: Vec<String>,
    base: IndexBase,
}

/// Returns `true` if a text that begins so is libsvm: its first line with data is a number followed by `index:value`.
pub(in crate::data) fn is_libsvm(first: &[u8]) -> bool {
    let text = String::from_utf8_lossy(first);
    let comment_start = |line: &str| line.find('#').unwrap_or(line.len());
    let mut lines = text.trim_start_matches('\u{feff}').lines().map(|line| line[..comment_start(line)].trim());
    let Some(line) = lines.find(|line| !line.is_empty()) else { return false };
    let mut words = line.split_ascii_whitespace();
    let is_label = words.next().is_some_and(|word| word.split(',').all(|label| label.parse::<f64>().is_ok()));
    let is_entry = |word: &str| {
        word.split_once(':')
            .is_some_and(|(index, value)| (index == "qid" || is_integer(index)) && value.parse::<f64>().is_ok())
    };
    is_label && words.next().is_some_and(is_entry)
}

/// Returns `true` for an integer of any size and sign: one that is no index is an error of this format.
fn is_integer(word: &str) -> bool {
    let digits = word.strip_prefix(['-', '+']).unwrap_or(word);
    !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit())
}

impl LibsvmReader {
    pub(in crate::data) fn open(input: Input, options: &ReadOptions) -> Result<LibsvmReader> {
        let names = vec![LABEL_COLUMN.into()];
        Ok(LibsvmReader { chunker: Chunker::new(input)?, names, base: options.index_base })
    }

    pub(in crate::data) fn names(&self) -> &[String] {
        &self.names
    }

    pub(in crate::data) fn path(&self) -> PathBuf {
        self.chunker.input.display_path()
    }

    /// Returns the next blocks of a round in the order of the file; none at its end.
    pub(in crate::data) fn blocks(&mut self, round: &mut ReadRound) -> Result<Vec<ParsedChunk>> {
        let (path, base) = (self.path(), self.base);
        let parse = |chunk: &Chunk| -> Result<ParsedChunk> {
            let parsed = parse_chunk(&path, &chunk.bytes, chunk.start.line, base)?;
            let rows = parsed.labels.len();
            let columns = vec![ColumnData::from_numbers(parsed.labels)];
            let block = Block { columns, rows, sparse: parsed.rows, ..Block::default() };
            let span = ChunkSpan { start: chunk.start, bytes: chunk.bytes.len() };
            Ok(ParsedChunk { block, span, skipped_rows: SkippedRows::default() })
        };
        let last_line_end = |text: &[u8]| memchr::memrchr(b'\n', text).map(|end| end + 1);
        let chunks = self.chunker.parse_round(round, last_line_end, parse)?;
        if chunks.is_empty() && !round.is_full() && self.chunker.next.offset == 0 {
            return Err(Error::Empty { path });
        }
        Ok(chunks)
    }
}
