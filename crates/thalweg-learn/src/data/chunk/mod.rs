//! Text files as a stream of chunks of whole records, parsed in parallel.

mod chunker;
mod lines;
mod position;

pub(super) use chunker::{Chunk, Chunker, HEADER_BYTES, ParsedChunk, ReadRound};
pub(super) use position::{BOM, ChunkSpan, StreamPosition};
