//! Steps of some coordinates of a tensor: gathered into tiles, updated there, and scattered back.

mod slice;
mod step;

pub(crate) use slice::CoordinateSet;
pub(crate) use slice::SparseSlice;
pub(super) use slice::{SparseTile, TILE};
pub(crate) use step::{SparseLookahead, SparseReplay, SparseStep};
pub(super) use step::{lookahead, replay, step};
