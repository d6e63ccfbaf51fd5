//! One reader for each format of files: from bytes to blocks of columns, or to rows with few non-zeros.

pub(crate) mod block;
pub(crate) mod bytes;
pub(crate) mod columnar;
pub(crate) mod files;
pub(crate) mod idx;
pub(crate) mod libsvm;
pub(crate) mod murmur;
#[cfg(test)]
mod testing;
