//! Splitting of a text stream into chunks of whole records.

use std::io::Read;
use std::sync::OnceLock;

use super::position::{BOM, ChunkSpan, StreamPosition};
use crate::data::cell::Block;
use crate::data::input::Input;
use crate::data::skipped_rows::SkippedRows;
use crate::error::{Error, Result};
use crate::pool;

/// Bytes of a chunk: its text and numbers fit a core's own cache.
const CHUNK_BYTES: usize = 1 << 18;

/// Bytes inspected to detect the delimiter, the header and the kinds of columns.
pub(in crate::data) const HEADER_BYTES: usize = 1 << 20;

/// Maximum length of a record in bytes.
const MAX_RECORD_BYTES: usize = 1 << 26;

/// Chunks that are read before all of them must be parsed.
const CHUNKS_PER_ROUND: usize = 64;

/// Splitter of a text stream into chunks of whole records.
pub(in crate::data) struct Chunker {
    pub(in crate::data) input: Input,
    stream: Box<dyn Read + Send>,
    /// Bytes read but not yet taken; they begin with a record.
    pub(in crate::data) buffer: Vec<u8>,
    /// If true, the stream is exhausted and `buffer` is all that remains.
    at_end: bool,
    /// Position of the first byte of `buffer`.
    pub(in crate::data) next: StreamPosition,
}

/// Text of whole records.
pub(in crate::data) struct Chunk {
    pub(in crate::data) start: StreamPosition,
    pub(in crate::data) bytes: Vec<u8>,
    /// If true, the chunk ends the file.
    pub(in crate::data) is_last: bool,
}

/// Block parsed from a chunk.
pub(in crate::data) struct ParsedChunk {
    pub(in crate::data) block: Block,
    pub(in crate::data) span: ChunkSpan,
    pub(in crate::data) skipped_rows: SkippedRows,
}

impl Chunker {
    /// Opens the input and reads its first [`HEADER_BYTES`] bytes.
    pub(in crate::data) fn new(input: Input) -> Result<Chunker> {
        let stream = input.open()?;
        let next = StreamPosition::start(0);
        let mut chunker = Chunker { input, stream, buffer: Vec::new(), at_end: false, next };
        chunker.fill(HEADER_BYTES)?;
        if chunker.buffer.starts_with(BOM) {
            chunker.buffer.drain(..BOM.len());
            chunker.next = StreamPosition::start(BOM.len());
        }
        Ok(chunker)
    }

    /// Reads until the buffer holds `wanted` bytes or the stream ends.
    fn fill(&mut self, wanted: usize) -> Result<()> {
        let more = wanted.saturating_sub(self.buffer.len());
        if self.at_end || more == 0 {
            return Ok(());
        }
        self.buffer.reserve(more);
        let read = self.stream.by_ref().take(more as u64).read_to_end(&mut self.buffer);
        self.at_end = read.map_err(|source| self.input.read_error(source))? < more;
        Ok(())
    }

    /// Returns the end of the last whole record among the next `wanted` bytes, or of the first record if it is longer.
    ///
    /// `last_end` finds the end of the last whole record of a text, `None` if there is none.
    pub(in crate::data) fn whole_records(
        &mut self,
        mut wanted: usize,
        last_end: impl Fn(&[u8]) -> Option<usize>,
    ) -> Result<usize> {
        loop {
            self.fill(wanted)?;
            let text = &self.buffer[..wanted.min(self.buffer.len())];
            if self.at_end && text.len() == self.buffer.len() {
                return Ok(text.len());
            }
            match last_end(text) {
                Some(end) => return Ok(end),
                None if text.len() > MAX_RECORD_BYTES => return Err(self.record_too_long()),
                None => wanted *= 2,
            }
        }
    }

    /// Removes the first `end` bytes from the buffer and returns them with their position.
    pub(in crate::data) fn take(&mut self, end: usize) -> (StreamPosition, Vec<u8>) {
        let rest = self.buffer.split_off(end);
        let (bytes, start) = (std::mem::replace(&mut self.buffer, rest), self.next);
        self.next = start.after(&bytes);
        (start, bytes)
    }

    /// Returns the next chunk; `None` at the end of the file.
    fn chunk(&mut self, last_end: impl Fn(&[u8]) -> Option<usize>) -> Result<Option<Chunk>> {
        let end = self.whole_records(CHUNK_BYTES, last_end)?;
        if end == 0 {
            return Ok(None);
        }
        let (start, bytes) = self.take(end);
        Ok(Some(Chunk { start, bytes, is_last: self.at_end && self.buffer.is_empty() }))
    }

    /// Reads the next chunks on this thread while other threads parse them; returns them in file order, none at the
    /// end.
    pub(in crate::data) fn parse_round(
        &mut self,
        last_end: impl Fn(&[u8]) -> Option<usize>,
        parse: impl Fn(&Chunk) -> Result<ParsedChunk> + Sync,
    ) -> Result<Vec<ParsedChunk>> {
        let parsed: [OnceLock<Result<ParsedChunk>>; CHUNKS_PER_ROUND] = std::array::from_fn(|_| OnceLock::new());
        if !pool::is_inside() {
            let mut next = || Ok(self.chunk(&last_end)?.map(|chunk| parse(&chunk)));
            let parsed = std::iter::from_fn(|| next().transpose()).take(CHUNKS_PER_ROUND);
            return parsed.collect::<Result<Vec<_>>>()?.into_iter().collect();
        }
        rayon::in_place_scope(|scope| {
            for slot in &parsed {
                let Some(chunk) = self.chunk(&last_end)? else { break };
                let parse = &parse;
                scope.spawn(move |_| drop(slot.set(parse(&chunk))));
            }
            Ok::<(), Error>(())
        })?;
        parsed.into_iter().map_while(OnceLock::into_inner).collect()
    }

    fn record_too_long(&self) -> Error {
        let at = self.next.locate(&self.input.display_path(), &self.buffer, 0);
        Error::LongRecord { at, limit_mib: MAX_RECORD_BYTES >> 20 }
    }
}
