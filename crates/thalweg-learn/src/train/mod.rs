//! Training of a model by mini-batches, with early stopping on the validation loss.
//!
//! [`train`](train()) runs a [`Model`](crate::model::Model) on encoded rows; [`train_from`] starts from given
//! parameters or from the [`TrainingState`] of an earlier run, which it continues to the same bits. `train_any` and
//! `train_any_from` do the same for an [`AnyModel`](crate::model::AnyModel).

mod batch_loader;
mod best_checkpoint;
mod budget;
mod callbacks;
mod certificate;
mod checkpoint_interval;
mod checkpoints;
mod config;
mod cross_validation;
mod duration;
mod early_stopping;
mod exact_number;
mod factor_penalty;
mod history;
mod local_steps;
mod memory;
mod monitor;
mod objective;
mod optimizers;
mod penalty;
mod point;
mod range_test;
mod result;
mod rollback;
mod row_order;
mod row_pool;
mod run;
mod run_any;
mod run_parts;
mod run_plan;
mod sampler;
mod shards;
mod solver;
mod sparse_objective;
mod sparse_steps;
mod state;
mod state_arrays;
mod states_message;
mod stepper;
mod training_data;

pub use budget::{Comparison, EpochLoss, LossCondition, TrainingBudget};
pub use callbacks::{Callbacks, Parameters};
pub(crate) use certificate::certifiable;
pub use certificate::{Certificate, certify};
pub use checkpoint_interval::CheckpointInterval;
pub use checkpoints::Checkpoints;
pub use config::{BatchSize, SparseSteps, TrainingConfig};
pub(crate) use config::{MIN_DELTA, batch_is_sparse};
pub use cross_validation::{PenaltySearch, TriedPenalty};
pub use duration::parse_duration;
pub use history::{EpochRecord, TrainingHistory};
pub use local_steps::LocalSteps;
pub(crate) use memory::{any_model_parts, row_parts};
pub use range_test::{LearningRateRangeTest, RangeTestStep};
pub use result::{EpochReport, StepReport, TrainingResult, TrainingStopReason};
pub use rollback::{OnDivergence, Rollback};
pub use run::{train, train_from};
pub(crate) use run_any::{choose_l2_any, penalty_of_any, range_test_any, train_any_to_end};
pub use run_any::{train_any, train_any_from};
pub use state::{AnyTrainingState, TrainingStart, TrainingState};
pub(crate) use state_arrays::StateArray;
pub use training_data::TrainingData;

pub use crate::model::sum_over_ranks;
pub use crate::team::{SingleProcess, Team, ThreadTeam, difference_of_ranks, gather_messages};
