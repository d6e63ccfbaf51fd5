//! Files as streams of decompressed bytes.

mod compression;
mod files;
mod source;

#[cfg(test)]
pub(super) use compression::decompressed;
pub use files::Files;
pub(crate) use source::{Input, StdinBuffer};
