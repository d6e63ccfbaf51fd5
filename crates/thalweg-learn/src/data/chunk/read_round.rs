//! Division of the rows of a set of files into rounds.

use crate::data::cell::BYTES_PER_COLUMN;

/// Most chunks that are read before all of them must be parsed.
pub(super) const CHUNKS_PER_ROUND: usize = 64;

/// Estimated memory of the blocks of a round.
const ROUND_BYTES: usize = 24 << 20;

/// Rows of a round of a format without chunks.
pub(in crate::data) const ROWS_PER_ROUND: usize = 1 << 14;

/// Progress of a round of chunks. A round continues in the next file of a set, so that the rows of all files are
/// divided into rounds as if they were in one file.
#[derive(Clone, Copy, Debug, Default)]
pub(in crate::data) struct ReadRound {
    /// Number of complete chunks.
    chunks: usize,
    /// Bytes that may be added to the incomplete chunk at the end of the last file; `None` if there is none.
    remaining_bytes: Option<usize>,
    /// Mean memory of the rows of a chunk in the round before; 0 before the first block.
    chunk_bytes: usize,
    /// Number of rows of formats without chunks.
    rows: usize,
}

impl ReadRound {
    /// Returns `true` if the rows that follow belong to the next round.
    pub(in crate::data) fn is_full(&self) -> bool {
        // The more memory its rows take, the fewer chunks a round has.
        let most = ROUND_BYTES.checked_div(self.chunk_bytes).unwrap_or(usize::MAX).clamp(1, CHUNKS_PER_ROUND);
        self.chunks >= most || self.rows >= ROWS_PER_ROUND
    }

    /// Number of rows by which a format without chunks may continue the round.
    pub(in crate::data) fn rows_left(&self) -> usize {
        ROWS_PER_ROUND.saturating_sub(self.rows)
    }

    /// Adds rows of a format without chunks.
    pub(in crate::data) fn add_rows(&mut self, rows: usize) {
        self.rows += rows;
    }

    /// Returns the round after this one, whose rows in `columns` columns take `bytes` of memory. Like the rows, both
    /// do not depend on their division into files.
    pub(in crate::data) fn following(self, columns: usize, bytes: usize) -> ReadRound {
        let chunk_bytes = bytes.checked_div(self.chunks).map(|mean| mean + BYTES_PER_COLUMN * columns);
        ReadRound { chunk_bytes: chunk_bytes.unwrap_or(self.chunk_bytes), ..ReadRound::default() }
    }

    /// Ends the round, for formats whose blocks are rounds of their own.
    pub(in crate::data) fn end(&mut self) {
        self.rows = ROWS_PER_ROUND;
    }

    /// Number of blocks that the rows of the round make if they are in one file.
    pub(in crate::data) fn blocks(&self) -> usize {
        self.chunks + usize::from(self.remaining_bytes.is_some()) + usize::from(self.rows > 0)
    }

    /// Bytes that may be added to the incomplete chunk at the end of the last file; `None` if there is none.
    pub(super) fn remaining_bytes(&self) -> Option<usize> {
        self.remaining_bytes
    }

    /// Adds a chunk that ends its file, to which rows of the next file may be added.
    pub(super) fn leave_incomplete(&mut self, remaining_bytes: usize) {
        self.remaining_bytes = Some(remaining_bytes);
    }

    /// Counts a chunk to which no more rows are added.
    pub(super) fn complete_chunk(&mut self) {
        *self = ReadRound { chunks: self.chunks + 1, remaining_bytes: None, ..*self };
    }

    /// Returns `true` before the first chunk, whose rows determine the number of further chunks.
    pub(super) fn needs_chunk_bytes(&self) -> bool {
        self.chunk_bytes == 0
    }

    /// Sets the memory of the rows of a chunk.
    pub(super) fn set_chunk_bytes(&mut self, bytes: usize) {
        self.chunk_bytes = bytes.max(1);
    }
}
