//! Tables of data in memory, and files as streams of tables.

mod arrow;
mod column;
mod column_values;
mod csr;
mod divided_reader;
mod division;
mod file;
mod memory;
mod present_rows;
mod range_reader;
mod read;
mod reader;
mod rows_by_block;
mod scan;
mod sparse;
mod store;
mod stream;
mod strided;
mod table_limits;
mod text_as_missing;
mod text_values;

pub use column_values::{ColumnValue, ColumnValues};
pub use csr::{IndexValue, IndexValues};
pub(super) use rows_by_block::RowsByBlock;
pub use store::Table;
pub(crate) use stream::TableInput;
pub(crate) use table_limits::TableLimits;
