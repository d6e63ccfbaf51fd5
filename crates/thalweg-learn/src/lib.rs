//! Machine learning from data files: readers, encoding, models, training and model files.
//!
//! [`FitConfig::run`] fits a model to a file, and [`predict`] predicts the rows of a table with it. The parts are
//! available separately: a [`Table`] is read from a file, [`EncodingPlan::infer`] detects the type of each column,
//! [`EncodingPlan::schema`] computes the statistics of the training rows, and [`Schema::encode`] turns rows of a table
//! into [`Rows`] of numbers, on which [`train::train`] trains a [`model::Model`]. A [`ModelFile`] holds the schema and
//! the weights.

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
