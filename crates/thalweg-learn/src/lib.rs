//! Learning from data: files in, model out.
//!
//! A [`Table`] is read from a file, [`EncodingPlan::infer`] infers the use of each column, [`EncodingPlan::schema`] measures
//! the columns on the training rows, and [`Schema::encode`] turns rows of text into [`Rows`] of numbers. A [`ModelFile`] keeps the
//! schema with the weights, so that raw rows can be predicted later.

pub mod data;
mod destination;
mod error;
pub mod fit;
mod metrics;
pub mod model;
mod predict;
pub mod train;

pub use data::{
    AffineTransform, ColumnKind, ColumnOptions, DiskRows, Encoding, EncodingPlan, ExcludeReason, Exclusion, Feature,
    Files, HashingStats, HeaderRow, Imputation, IndexBase, IndexedFeatures, Interaction, InteractionColumn,
    InteractionEncoding, InteractionSpec, OnError, ReadOptions, Row, RowStore, Rows, Schema, SkippedRows, SparseRows,
    Standardization, Table, Target, TargetChoice, WeightedRows, WithTarget, nearest_name, split, split_stratified,
};
pub use destination::Destination;
pub use error::{
    CellError, ColumnRole, Error, ExpectedCell, NonNumbers, Position, Result, TargetError, TargetProblem, WidthSource,
};
pub use fit::{ClassWeight, DefaultSettings, FitConfig, FitReport, PreparedData};
pub use metrics::Metrics;
pub use model::{Coefficient, ModelFile, ModelKind, NamedTensor, TrainingInfo};
pub use predict::{Prediction, Predictions, predict};
