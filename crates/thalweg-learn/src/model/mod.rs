//! Models, their losses, and the model file.
//!
//! A [`Model`] computes scores of encoded rows from a vector of parameters: [`Linear`], [`FactorizationMachine`],
//! [`mlp::MlpModel`], or a model of another crate. A [`Loss`] turns scores into losses and predictions. A [`ModelFile`]
//! keeps the parameters with everything that predictions need.

mod architecture;
mod dense;
mod evaluate;
mod exp;
mod factorization_machine;
mod feature_indexer;
mod file;
mod interface;
mod kind;
mod linear;
mod loss;
pub mod mlp;
mod normal;
mod parallel_sum;
mod row_scorer;
mod tensor_spec;

pub use architecture::{AnyModel, Architecture};
pub(crate) use evaluate::{MAX_SCORES, most_scored_rows, row_losses, row_work, score_parts};
pub use factorization_machine::FactorizationMachine;
pub(crate) use feature_indexer::FeatureIndexer;
pub use file::{Coefficient, ModelFile, NamedTensor, TrainingInfo};
pub(crate) use file::{checksum, container};
pub(crate) use interface::penalized_ranges;
pub use interface::{Batch, Init, Model, StepSeed};
pub use kind::ModelKind;
pub use linear::Linear;
pub use loss::{Loss, sigmoid, softmax};
pub(crate) use loss::{PenaltyFactors, PiecewiseLinear};
pub(crate) use parallel_sum::{KeptMemory, gather_shards, rows_of_ranks};
pub use parallel_sum::{Summand, sum_over_ranks};
pub(crate) use row_scorer::{RowScorer, RowScratch};
pub use tensor_spec::{TensorRole, TensorSpec};
