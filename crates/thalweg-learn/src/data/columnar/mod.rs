//! Columnar files: Parquet, and Arrow IPC (Feather version 2) as a file or a stream.

mod arrow_ipc;
mod bounded_pages;
mod catch_panic;
mod chunk_reader;
mod column_parts;
mod convert;
mod datetime;
mod delta;
mod file;
mod footer;
mod format;
mod pages;
mod parquet;
mod reader;
mod thrift;

#[cfg(test)]
mod interop;
#[cfg(test)]
mod malformed;
#[cfg(test)]
mod parquet_claims;
#[cfg(test)]
mod ranges;
#[cfg(test)]
mod tests;

pub use catch_panic::is_decoding;
pub(super) use convert::{convert, is_text, unsupported};
pub(super) use format::is_columnar;
pub(super) use reader::{ColumnarReader, UnsupportedColumn};
