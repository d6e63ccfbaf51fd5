#![doc = include_str!("../README.md")]
//!
//! # Where to find what
//!
//! | to | use |
//! | --- | --- |
//! | fit a model to files, from end to end | [`FitConfig::run`], which returns a [`FitReport`] and a [`ModelFile`] |
//! | continue a fit on new rows | [`FitConfig::prepare_with`], then [`FitConfig::fit_from`] |
//! | predict the rows of files or of a table | [`predict`](predict()) with a [`ModelFile`] |
//! | predict files larger than the memory | [`predict_blocks`] |
//! | read a file | [`Table`], with [`ReadOptions`] |
//! | detect the type of each column | [`EncodingPlan::infer`], with [`ColumnOptions`] |
//! | turn rows of a table into numbers | [`EncodingPlan::schema`] of the training rows; [`Schema::encode`] |
//! | train a model on rows of numbers | [`train::train`]; [`model::Model`] |
//! | write a file as a whole or not at all | [`Destination`]; [`TemporaryFiles`] at the end by a signal |

pub mod data;
mod destination;
mod error;
pub mod fit;
mod interrupt;
mod memory;
mod metrics;
pub mod model;
mod pool;
mod predict;
mod temporary_file;
pub mod train;

pub use data::{
    AffineTransform, CellValue, ColumnKind, ColumnOptions, ColumnValue, ColumnValues, DataSource, DiskRows, Encoding,
    EncodingPlan, ExcludeReason, Exclusion, Feature, Files, HashingStats, HeaderRow, Imputation, IndexBase, IndexValue,
    IndexValues, IndexedFeatures, Interaction, InteractionColumn, InteractionEncoding, InteractionSpec, OnError,
    ReadOptions, Row, RowStore, Rows, Schema, SkippedRows, SparseRows, Standardization, Table, Target, TargetChoice,
    WeightedRows, WithTarget, nearest_name, open_input, split, split_stratified,
};
pub use destination::{Destination, DestinationFile};
pub use error::{
    CellError, ColumnRole, Error, ErrorKind, ExpectedCell, MemoryLimit, MemoryNeed, MemoryPart, NonNumbers, Position,
    Result, SizeLimit, TargetError, TargetProblem, WidthSource,
};
pub use fit::{ClassWeight, DefaultSettings, FitConfig, FitReport, PreparedData, Validation};
pub use interrupt::Interrupt;
pub use metrics::Metrics;
pub use model::{Coefficient, ModelFile, ModelKind, NamedTensor, TrainingInfo};
pub use predict::{
    PredictConfig, PredictSummary, Prediction, PredictionBuffer, Predictions, Predictor, predict, predict_blocks,
};
pub use temporary_file::TemporaryFiles;

/// Types of the Arrow arrays that a [`Table`] can be made of, in the version that this crate uses.
pub mod arrow {
    pub use arrow_array as array;
    pub use arrow_buffer as buffer;
    pub use arrow_schema as schema;
}
