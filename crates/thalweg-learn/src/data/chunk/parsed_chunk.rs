//! Text of whole records, and the block parsed from it.

use super::position::{ChunkSpan, StreamPosition};
use super::quote_counts::QuoteCounts;
use crate::data::cell::Block;
use crate::data::skipped_rows::SkippedRows;

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
    /// Quoted fields of delimited text.
    pub(in crate::data) quotes: QuoteCounts,
}
