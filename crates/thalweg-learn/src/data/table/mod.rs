//! Tables in memory, and files as streams of tables.

mod column;
mod reader;
mod sparse;
mod store;

pub(crate) use reader::{TableLimits, TableReader};
pub use store::Table;
