//! From data to a model: reading, column types, split, encoding, training, evaluation.
//!
//! [`FitConfig::run`] does all of it. [`FitConfig::prepare`] ends with the encoded rows ([`PreparedData`]), for several
//! fits to the same rows ([`FitConfig::fit`]), and [`FitConfig::fit_from`] continues a fit.
//! [`FitConfig::fit_with_checkpoints`] saves a fit to files on its way, from which it continues after a crash.

mod byte_count;
mod cache;
mod cache_path;
mod certificate;
mod checkpoint;
mod chosen_settings;
mod clock;
mod config;
mod cross_validation;
mod data_summary;
mod defaults;
mod evaluation;
mod fit_warning;
mod given_schema;
mod learning_rate;
mod memory_budget;
mod objective_value;
mod penalties;
mod prepare;
mod prepared_data;
mod range_blocks;
mod range_splitter;
mod refit;
mod refit_policy;
mod report;
mod residual_scale;
mod row_handling;
mod row_split;
mod run;
mod spooled_rows;
mod stream;
mod stream_encoder;
mod stream_splitter;
mod training_info;
mod training_settings;
mod validation;
mod validation_rows;
mod warnings;
pub(crate) mod weights;

pub use byte_count::parse_bytes;
pub use checkpoint::{CheckpointFolder, CheckpointWriter, FitCheckpoint, FitCheckpoints, SavedFit};
pub use clock::FitStage;
pub use config::{ClassWeight, FitConfig};
pub use cross_validation::{CrossValidation, FoldMean, FoldMetrics, MeanEstimate};
pub use defaults::DefaultSettings;
pub use fit_warning::{FitWarning, RevealingMeasure};
pub use learning_rate::LearningRate;
pub use objective_value::ObjectiveValue;
pub use prepared_data::PreparedData;
pub use refit_policy::RefitPolicy;
pub use report::{FitReport, Refit, SplitMetrics, Timings};
pub use row_handling::{CacheStatus, CacheUsage, ShuffleMode};
pub use run::ContinuedFit;
pub use validation::Validation;
