//! libsvm text as a stream of blocks: a column of labels, and sparse features.

use std::path::PathBuf;

use super::line::LineFormat;
use super::parser::parse_chunk;
use crate::data::cell::{Block, ColumnData};
use crate::data::chunk::{Chunk, ChunkSpan, Chunker, ParsedChunk, QuoteCounts, ReadRound, StreamPosition};
use crate::data::input::Input;
use crate::data::read_options::{LABEL_COLUMN, ReadOptions};
use crate::data::skipped_rows::SkippedRows;
use crate::error::{Error, Result};

/// Reader of libsvm text.
pub(in crate::data) struct LibsvmReader {
    chunker: Chunker,
    names: Vec<String>,
    lines: LineFormat,
}

/// Returns the format of a libsvm text that begins so: its first line with features is a number followed by
/// `index:value`, and those before it are numbers only; or, with optional labels, it has `index:value` only. Returns
/// `None` for other texts.
pub(in crate::data) fn libsvm_format(first: &[u8], options: &ReadOptions) -> Option<LineFormat> {
    let text = String::from_utf8_lossy(first);
    let comment_start = |line: &str| line.find('#').unwrap_or(line.len());
    let mut lines = text.trim_start_matches('\u{feff}').lines().map(|line| line[..comment_start(line)].trim());
    // The features of the first rows may all be 0.
    let is_label_alone = |line: &str| line.parse::<f64>().is_ok();
    let mut has_labels_alone = false;
    let line = lines.find(|line| {
        has_labels_alone |= is_label_alone(line);
        !line.is_empty() && !is_label_alone(line)
    })?;
    let mut words = line.split_ascii_whitespace();
    let first_word = words.next()?;
    let is_label = first_word.split(',').all(|label| label.parse::<f64>().is_ok());
    let is_entry = |word: &str| {
        word.split_once(':')
            .is_some_and(|(index, value)| (index == "qid" || is_integer(index)) && value.parse::<f64>().is_ok())
    };
    let has_labels = is_label && words.next().is_some_and(is_entry);
    let mut has_entries_only =
        || options.optional_labels && !has_labels_alone && is_entry(first_word) && words.all(is_entry);
    (has_labels || has_entries_only()).then_some(LineFormat { has_labels, base: options.index_base })
}

/// Returns `true` for an integer of any size and sign: one that is no index is an error of this format.
fn is_integer(word: &str) -> bool {
    let digits = word.strip_prefix(['-', '+']).unwrap_or(word);
    !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit())
}

impl LibsvmReader {
    pub(in crate::data) fn open(input: Input, lines: LineFormat) -> Result<LibsvmReader> {
        let names = vec![LABEL_COLUMN.into()];
        Ok(LibsvmReader { chunker: Chunker::new(input)?, names, lines })
    }

    /// Position of the next line.
    pub(in crate::data) fn next_line(&self) -> StreamPosition {
        self.chunker.next_record()
    }

    /// Continues with some whole lines of the file, the first of which is at a position.
    pub(in crate::data) fn set_lines(&mut self, start: StreamPosition, text: Vec<u8>) {
        self.chunker.set_records(start, text);
    }

    pub(in crate::data) fn names(&self) -> &[String] {
        &self.names
    }

    pub(in crate::data) fn path(&self) -> PathBuf {
        self.chunker.input.display_path()
    }

    /// Returns the next blocks of a round in the order of the file; none at its end.
    pub(in crate::data) fn blocks(&mut self, round: &mut ReadRound) -> Result<Vec<ParsedChunk>> {
        let (path, lines) = (self.path(), self.lines);
        let parse = |chunk: &Chunk| -> Result<ParsedChunk> {
            let parsed = parse_chunk(&path, &chunk.bytes, chunk.start.line, lines)?;
            let rows = parsed.labels.len();
            let columns = vec![ColumnData::from_numbers(parsed.labels)];
            let block = Block { columns, rows, sparse: parsed.rows, ..Block::default() };
            let span = ChunkSpan { start: chunk.start, bytes: chunk.bytes.len() };
            Ok(ParsedChunk { block, span, skipped_rows: SkippedRows::default(), quotes: QuoteCounts::default() })
        };
        let last_line_end = |text: &[u8]| memchr::memrchr(b'\n', text).map(|end| end + 1);
        let chunks = self.chunker.parse_round(round, last_line_end, parse)?;
        if chunks.is_empty() && !round.is_full() && self.chunker.next.offset == 0 {
            return Err(Error::Empty { path });
        }
        Ok(chunks)
    }
}
