//! IDX files (MNIST and similar): arrays of numbers, read as tables of one column per number.

mod array;
mod reader;

pub(super) use array::is_idx;
pub(super) use reader::{IdxReader, labels_file};
