//! Splitting of a text stream into chunks of whole records.

#[cfg(test)]
mod tests;

use std::io::{Cursor, Read};
use std::sync::{Arc, Mutex, OnceLock, PoisonError};

use super::lines;
use super::parsed_chunk::{Chunk, ParsedChunk};
use super::position::{BOM, StreamPosition};
use super::read_round::{CHUNKS_PER_ROUND, ReadRound};
use crate::data::input::{Input, StreamCopy};
use crate::error::{Error, Result};
use crate::pool;

/// Bytes of a chunk: its text and numbers fit a core's own cache.
const CHUNK_BYTES: usize = 1 << 18;

/// Bytes inspected to detect the delimiter, the header and the kinds of columns.
pub(in crate::data) const HEADER_BYTES: usize = 1 << 20;

/// Maximum length of a record in bytes, without its line end.
const MAX_RECORD_BYTES: usize = 1 << 26;

/// Bytes in which the end of the longest record is found: a line end, and a byte after it.
const LONGEST_TEXT: usize = MAX_RECORD_BYTES + 3;

/// Least bytes of a chunk for each column of its rows, so that it has more than a few of them.
const CHUNK_BYTES_PER_COLUMN: usize = 128;

/// Splitter of a text stream into chunks of whole records.
pub(in crate::data) struct Chunker {
    pub(in crate::data) input: Input,
    stream: Box<dyn Read + Send>,
    /// Stream that is being received, with the number of its bytes that have been read: chunks end where it pauses.
    arriving: Option<(Arc<StreamCopy>, u64)>,
    /// Bytes read but not yet taken; they begin with a record.
    pub(in crate::data) buffer: Vec<u8>,
    /// If true, the stream is exhausted and `buffer` is all that remains.
    at_end: bool,
    /// Memory of chunks that have been parsed: new memory costs as much as reading into it.
    parsed_buffers: Arc<Mutex<Vec<Vec<u8>>>>,
    /// Bytes of a chunk.
    chunk_bytes: usize,
    /// Position of the first byte of `buffer`.
    pub(in crate::data) next: StreamPosition,
}

impl Chunker {
    /// Opens the input and reads its first [`HEADER_BYTES`] bytes.
    pub(in crate::data) fn new(input: Input) -> Result<Chunker> {
        let (stream, arriving) = (input.open()?, input.arriving_text()?.map(|stream| (stream, 0)));
        let next = StreamPosition::start(0);
        let mut chunker = Chunker {
            input,
            stream,
            arriving,
            buffer: Vec::new(),
            at_end: false,
            parsed_buffers: Arc::default(),
            chunk_bytes: CHUNK_BYTES,
            next,
        };
        chunker.fill(HEADER_BYTES)?;
        if chunker.buffer.starts_with(BOM) {
            chunker.buffer.drain(..BOM.len());
            chunker.next = StreamPosition::start(BOM.len());
        }
        Ok(chunker)
    }

    /// Position of the next record.
    pub(in crate::data) fn next_record(&self) -> StreamPosition {
        self.next.before(&self.buffer)
    }

    /// Continues with some whole records of the file, the first of which is at a position.
    pub(in crate::data) fn set_records(&mut self, start: StreamPosition, text: Vec<u8>) {
        self.stream = Box::new(Cursor::new(text));
        self.buffer.clear();
        (self.at_end, self.next) = (false, start);
    }

    /// Skips lines at the beginning, at most all there are; returns the number of their bytes.
    pub(in crate::data) fn skip_lines(&mut self, lines: usize) -> Result<usize> {
        let (mut skipped, mut remaining) = (0, lines);
        while remaining > 0 && !(self.at_end && self.buffer.is_empty()) {
            let (mut end, before) = (0, remaining);
            while remaining > 0
                && let Some(line) = lines::first_end(&self.buffer[end..])
            {
                (end, remaining) = (end + line, remaining - 1);
            }
            if remaining == before && !self.at_end {
                self.fill((2 * self.buffer.len()).max(HEADER_BYTES))?;
                continue;
            }
            if remaining == before {
                (end, remaining) = (self.buffer.len(), remaining - 1);
            }
            skipped += self.take(end).1.len();
        }
        if self.arriving.is_none() || self.buffer.is_empty() {
            self.fill(HEADER_BYTES)?;
        }
        Ok(skipped)
    }

    /// Makes the chunks of rows of this many columns long enough.
    pub(in crate::data) fn set_columns(&mut self, columns: usize) {
        self.chunk_bytes = CHUNK_BYTES.max(CHUNK_BYTES_PER_COLUMN * columns);
    }

    /// Reads until the buffer holds `wanted` bytes or the stream ends. Of a stream that is being received, waits for
    /// one more byte and takes those that have arrived.
    fn fill(&mut self, wanted: usize) -> Result<()> {
        let more = wanted.saturating_sub(self.buffer.len());
        if self.at_end || more == 0 {
            return Ok(());
        }
        self.buffer.reserve(more);
        let failed = |source| self.input.read_error(source);
        let Some((_, read)) = &mut self.arriving else {
            let read = self.stream.by_ref().take(more as u64).read_to_end(&mut self.buffer);
            self.at_end = read.map_err(failed)? < more;
            return Ok(());
        };
        let before = self.buffer.len();
        self.buffer.resize(before + more, 0);
        let count = self.stream.read(&mut self.buffer[before..]).map_err(failed)?;
        self.buffer.truncate(before + count);
        (*read, self.at_end) = (*read + count as u64, count == 0);
        Ok(())
    }

    /// Returns `true` if [`Chunker::fill`] would wait for a stream that is being received.
    fn would_wait(&self) -> bool {
        self.arriving.as_ref().is_some_and(|(stream, read)| !self.at_end && !stream.is_ready(*read))
    }

    /// Returns the end of the last whole record among the next `wanted` bytes, or of the first record if it is longer.
    ///
    /// `last_end` finds the end of the last whole record of a text, `None` if there is none.
    pub(in crate::data) fn whole_records(
        &mut self,
        wanted: usize,
        last_end: impl Fn(&[u8]) -> Option<usize>,
    ) -> Result<usize> {
        Ok(self.whole_or_first(wanted, last_end)?.0)
    }

    /// As [`Chunker::whole_records`], with the number of bytes among which the end was found.
    fn whole_or_first(
        &mut self,
        mut wanted: usize,
        last_end: impl Fn(&[u8]) -> Option<usize>,
    ) -> Result<(usize, usize)> {
        loop {
            match self.whole_within(wanted, &last_end)? {
                // No shorter text has a whole record, so this is the first, or the only one.
                Some(end) if end > MAX_RECORD_BYTES && !matches!(self.buffer[MAX_RECORD_BYTES], b'\n' | b'\r') => {
                    return Err(self.record_too_long());
                }
                Some(end) => return Ok((end, wanted)),
                None if wanted >= LONGEST_TEXT => return Err(self.record_too_long()),
                None => wanted = (2 * wanted).min(LONGEST_TEXT),
            }
        }
    }

    /// Returns the end of the last whole record among the next `wanted` bytes, if one ends there.
    fn whole_within(&mut self, wanted: usize, last_end: impl Fn(&[u8]) -> Option<usize>) -> Result<Option<usize>> {
        loop {
            if !self.would_wait() {
                self.fill(wanted)?;
            }
            let text = &self.buffer[..wanted.min(self.buffer.len())];
            if self.at_end && text.len() == self.buffer.len() {
                return Ok(Some(text.len()));
            }
            let end = last_end(text);
            if end.is_some() || self.arriving.is_none() || text.len() == wanted {
                return Ok(end);
            }
            // The rest of the record has not arrived.
            self.fill(wanted)?;
        }
    }

    /// Removes the first `end` bytes from the buffer and returns them with their position.
    pub(in crate::data) fn take(&mut self, end: usize) -> (StreamPosition, Vec<u8>) {
        let mut rest = self.parsed_buffers.lock().unwrap_or_else(PoisonError::into_inner).pop().unwrap_or_default();
        rest.clear();
        rest.extend_from_slice(&self.buffer[end..]);
        self.buffer.truncate(end);
        let (bytes, start) = (std::mem::replace(&mut self.buffer, rest), self.next);
        self.next = start.after(&bytes);
        (start, bytes)
    }

    /// Returns the next chunk; `None` at the end of the file or of the round.
    fn chunk(&mut self, round: &mut ReadRound, last_end: impl Fn(&[u8]) -> Option<usize>) -> Result<Option<Chunk>> {
        if round.blocks() > 0 && self.would_wait() && last_end(&self.buffer).is_none() {
            // The chunks before are parsed meanwhile.
            round.end();
            return Ok(None);
        }
        self.fill(1)?;
        if self.buffer.is_empty() {
            return Ok(None);
        }
        let mut within = None;
        if let Some(wanted) = round.remaining_bytes() {
            match self.whole_within(wanted, &last_end)? {
                Some(end) => within = Some((end, wanted)),
                // In one file, the record would begin the next chunk.
                None => round.complete_chunk(),
            }
        }
        if round.is_full() {
            return Ok(None);
        }
        let (end, wanted) = match within {
            Some(found) => found,
            None => self.whole_or_first(self.chunk_bytes, last_end)?,
        };
        let (start, bytes) = self.take(end);
        let is_last = self.at_end && self.buffer.is_empty();
        if is_last {
            let line_end = usize::from(!matches!(bytes.last(), Some(b'\n' | b'\r')));
            round.leave_incomplete(wanted.saturating_sub(end + line_end));
        } else {
            round.complete_chunk();
        }
        Ok(Some(Chunk { start, bytes, is_last }))
    }

    /// Reads the next chunks of a round on this thread while other threads parse them; returns them in file order, none
    /// at the end.
    pub(in crate::data) fn parse_round(
        &mut self,
        round: &mut ReadRound,
        last_end: impl Fn(&[u8]) -> Option<usize>,
        parse: impl Fn(&Chunk) -> Result<ParsedChunk> + Sync,
    ) -> Result<Vec<ParsedChunk>> {
        let mut parsed = Vec::new();
        if round.needs_chunk_bytes() {
            // The number of further chunks must not depend on which thread is first.
            let Some(chunk) = self.chunk(round, &last_end)? else { return Ok(parsed) };
            parsed.push(parse(&chunk)?);
            round.set_chunk_bytes(parsed[0].block.bytes());
        }
        parsed.extend(self.parse_chunks(round, last_end, parse)?);
        Ok(parsed)
    }

    /// Reads and parses the other chunks of a round; see [`Chunker::parse_round`].
    fn parse_chunks(
        &mut self,
        round: &mut ReadRound,
        last_end: impl Fn(&[u8]) -> Option<usize>,
        parse: impl Fn(&Chunk) -> Result<ParsedChunk> + Sync,
    ) -> Result<Vec<ParsedChunk>> {
        let parsed: [OnceLock<Result<ParsedChunk>>; CHUNKS_PER_ROUND] = std::array::from_fn(|_| OnceLock::new());
        if !pool::is_inside() {
            let mut next = || Ok(self.chunk(round, &last_end)?.map(|chunk| parse(&chunk)));
            let parsed = std::iter::from_fn(|| next().transpose()).take(CHUNKS_PER_ROUND);
            return parsed.collect::<Result<Vec<_>>>()?.into_iter().collect();
        }
        rayon::in_place_scope(|scope| {
            for slot in &parsed {
                let Some(chunk) = self.chunk(round, &last_end)? else { break };
                let (parse, buffers) = (&parse, Arc::clone(&self.parsed_buffers));
                scope.spawn(move |_| {
                    drop(slot.set(parse(&chunk)));
                    buffers.lock().unwrap_or_else(PoisonError::into_inner).push(chunk.bytes);
                });
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
