//! Text files as a stream of chunks of whole records, parsed in parallel.

mod chunker;
mod lines;
mod position;
mod quote_counts;
mod read_round;

pub(super) use chunker::{Chunk, Chunker, HEADER_BYTES, ParsedChunk};
pub(super) use lines::count_lines;
pub(super) use position::{BOM, ChunkSpan, StreamPosition};
pub(super) use quote_counts::QuoteCounts;
pub(super) use read_round::{ROWS_PER_ROUND, ReadRound};
