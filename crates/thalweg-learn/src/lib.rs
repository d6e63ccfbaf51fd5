#![doc = include_str!("../README.md")]
//!
//! # Where to find what
//!
//! | to | use |
//! | --- | --- |
//! | fit a model to files, from end to end | [`FitConfig::run`], which returns a [`FitReport`] and a [`ModelFile`] |
//! | continue a fit on new rows | [`FitConfig::prepare_with`], then [`FitConfig::fit_from`] |
//! | follow a fit, or end it | [`Callbacks`] |
//! | predict the rows of files or of a table | [`predict`](predict()) with a [`ModelFile`] |
//! | predict files larger than the memory | [`predict_blocks`] |
//! | measure a model on labelled rows that it has not seen | [`evaluate`](evaluate()) |
//! | predict single rows in a program | [`Predictor`] |
//! | read a file, or use rows in memory | [`Table`], with [`ReadOptions`] |
//! | detect the type of each column | [`EncodingPlan::infer`], with [`ColumnOptions`] |
//! | turn rows of a table into numbers | [`EncodingPlan::schema`] of the training rows; [`Schema::encode`] |
//! | train a model on rows of numbers | [`train::train`]; [`model::Model`] |
//! | report errors in the data | [`Error`]: kind, position, column, values found and expected |
//! | write losses for TensorBoard | [`EventFile`] |
//! | export a model to ONNX | [`export::to_onnx`] |
//! | write a file as a whole or not at all | [`Destination`]; [`TemporaryFiles`] at the end by a signal |
//!
//! [`EncodingPlan::infer`]: data::EncodingPlan::infer
//! [`EncodingPlan::schema`]: data::EncodingPlan::schema
//! [`Schema::encode`]: data::Schema::encode

pub mod data;
mod destination;
pub mod error;
mod evaluate;
mod event_file;
pub mod export;
mod file_identity;
pub mod fit;
mod interrupt;
mod memory;
pub mod metrics;
pub mod model;
mod pool;
mod predict;
mod sort;
mod team;
mod temporary_file;
pub mod train;

#[doc(inline)]
pub use data::{ColumnOptions, DataSource, Files, ReadOptions, Table};
pub use destination::{Destination, DestinationFile};
#[doc(inline)]
pub use error::{Error, ErrorKind, Result};
pub use evaluate::{EvaluateConfig, EvaluationReport, evaluate};
pub use event_file::EventFile;
pub use file_identity::FileIdentity;
#[doc(inline)]
pub use fit::{FitConfig, FitReport, PreparedData, Validation};
pub use interrupt::Interrupt;
#[doc(inline)]
pub use metrics::Metrics;
#[doc(inline)]
pub use model::ModelFile;
pub use predict::{
    PredictConfig, PredictSummary, Prediction, PredictionBuffer, Predictions, Predictor, predict, predict_blocks,
};
pub use temporary_file::TemporaryFiles;
#[doc(inline)]
pub use train::Callbacks;

/// Types of the Arrow arrays that a [`Table`] can be made of, in the version that this crate uses.
pub mod arrow {
    pub use arrow_array as array;
    pub use arrow_buffer as buffer;
    pub use arrow_schema as schema;
}
