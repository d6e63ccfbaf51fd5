//! Files as streams of decompressed bytes.

mod archive;
mod compression;
mod file_kind;
mod files;
mod name_pattern;
mod path_pattern;
mod positioned_read;
mod random_access;
mod source;
mod stream_buffer;
mod stream_copy;
mod text_encoding;
mod utf32;

#[cfg(test)]
pub(super) use compression::{MAX_WINDOW_LOG, decompressed};
pub(crate) use file_kind::first_stream;
pub use file_kind::open_input;
pub use files::Files;
pub(super) use positioned_read::read_exact_at;
pub(super) use random_access::{RandomAccess, RandomAccessReader};
pub(crate) use source::{Input, estimated_rows};
pub(crate) use stream_buffer::StreamBuffer;
pub(super) use stream_copy::StreamCopy;
