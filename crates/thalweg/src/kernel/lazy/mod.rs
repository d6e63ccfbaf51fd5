//! Lazy updates: runs of zero-gradient steps, applied to a coordinate when it is next needed.

mod apply;
mod chebyshev;
mod table;

pub(crate) use apply::sync;
pub(crate) use table::CatchUpTable;
