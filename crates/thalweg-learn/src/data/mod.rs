//! Reading of data files, inference of a schema, and encoding of rows as numbers.
//!
//! Data become numbers in four steps, which [`FitConfig::prepare`](crate::FitConfig::prepare) takes at once:
//!
//! 1. A [`Table`] holds the columns of files ([`Files`], [`ReadOptions`]) or of data in memory.
//! 2. An [`EncodingPlan`] decides for each column if it is a number, a category or excluded, and what the
//!    [`Target`] is.
//! 3. A [`Schema`] has what the plan lacks: means, standard deviations and levels, measured on the training rows. A
//!    model file keeps it.
//! 4. [`Schema::encode`] turns rows of a table into [`Rows`] of numbers.

mod cell;
mod cell_value;
mod chunk;
mod coefficient_names;
mod column_moments;
mod column_names;
mod columnar;
mod csv;
mod data_source;
mod date;
mod disk_rows;
mod disk_rows_writer;
mod encode;
mod encoding;
mod foreign;
mod idx;
mod infer;
mod input;
mod interaction;
mod inverse_transform;
mod level_counts;
mod libsvm;
mod limits;
mod missing;
mod moments;
mod murmur;
mod names;
mod number;
mod number_checks;
mod number_format;
mod number_text;
mod read_note;
mod read_options;
mod row_bytes;
mod row_matrix;
mod row_sizes;
mod row_store;
mod row_view;
mod rows;
mod rows_checksum;
mod schema;
mod single_precision;
mod skipped_rows;
mod source;
mod sparse_rows;
mod split;
mod table;
mod target;
#[cfg(test)]
mod testing;
mod text_format;
mod text_list;
mod text_syntax;
mod value_key;
mod words;

pub use cell_value::CellValue;
pub use column_moments::Outliers;
pub(crate) use column_names::trim_names;
pub use columnar::is_decoding;
pub use data_source::DataSource;
pub(crate) use disk_rows::DiskBlock;
pub use disk_rows::DiskRows;
#[cfg(test)]
pub(crate) use disk_rows::ROWS_PER_BLOCK;
pub(crate) use disk_rows::SAMPLE_ROWS;
pub(crate) use disk_rows_writer::{DiskRowsWriter, WrittenBlocks};
pub(crate) use encode::{InvalidCell, RowEncoder};
pub use infer::{ColumnKind, ColumnOptions, EncodingPlan, ExcludeReason, Exclusion, Standardization};
pub use input::{Files, open_input};
pub(crate) use input::{Input, StreamBuffer, estimated_rows, first_stream};
pub(crate) use interaction::MAX_HASH_BITS;
pub use interaction::{HashingStats, Interaction, InteractionColumn, InteractionEncoding, InteractionSpec};
pub use inverse_transform::AffineTransform;
pub use level_counts::LevelCounts;
pub(crate) use limits::TableAllowance;
pub(crate) use missing::{MISSING_LEVEL, MissingTokens};
pub use moments::WeightedRows;
pub(crate) use murmur::murmur3;
pub use names::nearest_name;
pub use number_format::NumberFormat;
pub use number_text::append_number;
pub use read_note::ReadNote;
pub use read_options::{HeaderRow, IndexBase, ReadOptions};
pub use row_matrix::RowMatrix;
pub use row_store::RowStore;
pub(crate) use row_view::RowView;
pub use rows::{Row, Rows, WithTarget};
pub use schema::{Encoding, Feature, Imputation, IndexedFeatures, Schema};
pub use skipped_rows::{OnError, SkippedRows};
pub(crate) use source::input_files;
pub use sparse_rows::SparseRows;
pub use split::{split, split_stratified};
pub(crate) use split::{split_stratified_until, split_until};
pub use table::{ColumnValue, ColumnValues, IndexValue, IndexValues, Table};
pub(crate) use table::{TableInput, TableLimits};
pub use target::{Target, TargetChoice};
pub use text_format::TextFormat;
pub use text_syntax::{Delimiter, Quoting};
pub use words::{DocumentFrequencies, TextWeighting};
