//! From a file of text to rows of numbers: read, tell what each column is, encode.

mod column;
mod cross;
mod date;
mod disk_rows;
mod encode;
mod kind;
mod missing;
mod murmur;
mod names;
mod plan;
mod rows;
mod schema;
mod skipped_rows;
mod source;
mod split;
mod store;
mod table;
mod target;

pub(crate) use cross::MAX_HASH_BITS;
pub use cross::{HashingStats, Interaction, InteractionColumn, InteractionEncoding, InteractionSpec};
pub use disk_rows::DiskRows;
pub(crate) use disk_rows::{DiskBlock, DiskRowsWriter, ROWS_PER_BLOCK};
pub use kind::{ColumnKind, ColumnOptions, ExcludeReason};
pub(crate) use murmur::murmur3;
pub use plan::EncodingPlan;
pub use rows::{Row, Rows, SparseRows, WithTarget};
pub use schema::{Encoding, Feature, Imputation, IndexedFeatures, Schema, WeightedRows};
pub use skipped_rows::{OnError, SkippedRows};
pub use source::{Files, HeaderRow, IndexBase, ReadOptions};
pub(crate) use source::{Input, StdinBuffer, input_files};
pub use split::{split, split_stratified};
pub use store::RowStore;
pub use table::Table;
pub(crate) use table::TableReader;
pub use target::{Standardization, Target, TargetChoice};
