//! Text files as a stream of chunks of whole records, parsed in parallel.

mod chunker;
mod lines;
mod parsed_chunk;
mod position;
mod quote_counts;
mod read_round;

pub(super) use chunker::{Chunker, HEADER_BYTES};
pub(super) use lines::count_lines;
pub(super) use parsed_chunk::{Chunk, ParsedChunk};
pub(super) use position::{BOM, ChunkSpan, StreamPosition};
pub(super) use quote_counts::QuoteCounts;
pub(super) use read_round::{ROWS_PER_ROUND, ReadRound};
