//! Settings of a training.

use thalweg::{OptimizerSpec, Seed};

use super::budget::TrainingBudget;
use super::local_steps::LocalSteps;
use super::rollback::OnDivergence;
use crate::data::Rows;
use crate::model::Init;

/// Sparse steps need this many features for each value in a batch to be faster than dense ones.
const MIN_FEATURES_PER_VALUE: usize = 4;

/// Minimum relative decrease of the loss that counts as progress, unless it is set.
pub(crate) const MIN_DELTA: f64 = 1e-4;

/// Number of rows in a mini-batch.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BatchSize {
    /// All rows: batch gradient descent.
    Full,
    /// This many rows, at least 1; 1 is stochastic gradient descent.
    Rows(usize),
}

impl BatchSize {
    /// Returns the rows of a batch of `rows` rows, at least 1.
    pub(crate) fn of(self, rows: usize) -> usize {
        match self {
            Self::Full => rows.max(1),
            Self::Rows(size) => size.clamp(1, rows.max(1)),
        }
    }

    /// Returns the number of batches in an epoch of `rows` rows.
    pub fn batches(self, rows: usize) -> u64 {
        rows.div_ceil(self.of(rows)) as u64
    }
}

/// Steps that update only the parameters of the features in their batch.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum SparseSteps {
    /// Takes sparse steps if a batch has few of the features and the method, the model and the penalties allow them.
    #[default]
    Auto,
    /// Updates all parameters at every step.
    Never,
}

/// Settings of a training.
#[derive(Clone, Debug, PartialEq)]
pub struct TrainingConfig {
    /// Method and optimizer options. A schedule without a length runs over `schedule_epochs`.
    pub spec: OptimizerSpec,
    /// Rows in a mini-batch.
    pub batch_size: BatchSize,
    /// Workers that take steps by themselves.
    pub local_steps: LocalSteps,
    /// Maximum number of epochs; in a continued training, of those that follow.
    pub epochs: u64,
    /// Number of epochs that a schedule without a length runs over; `None` for those so far and `epochs`. Set it to the
    /// number of all epochs where a training is continued.
    pub schedule_epochs: Option<u64>,
    /// Bounds besides the number of epochs.
    pub budget: TrainingBudget,
    /// Number of epochs without progress of the monitored loss before the training stops; 0 disables early stopping.
    pub patience: u64,
    /// Minimum relative decrease of the loss that counts as progress, at least 0.
    pub min_delta: f64,
    /// Coefficient of the penalty Σ|w|, at least 0.
    pub l1: f64,
    /// Coefficient of the penalty Σw²/2, at least 0.
    pub l2: f64,
    /// Coefficient of the penalty Σᵢ xᵢ²|vᵢ|²/2 of each row on the factors of its features, at least 0; only of
    /// factorization machines.
    pub factor_l2: f64,
    /// Initialization of the weights.
    pub init: Init,
    /// Seed of the initialization, the order of the rows, dropout and stochastic rounding.
    pub seed: Seed,
    /// Use of sparse steps.
    pub sparse_steps: SparseSteps,
    /// Reaction to a loss or gradient that is infinite or NaN.
    pub on_divergence: OnDivergence,
}

impl TrainingConfig {
    /// Settings as those of a fit, with neither penalties nor early stopping: the weights begin as the model has them,
    /// with the seed 0; steps are sparse where that is faster; and a training that diverges goes back.
    ///
    /// ```
    /// use thalweg_learn::train::{BatchSize, TrainingConfig};
    /// let config = TrainingConfig::new("adam:lr=0.1".parse()?, BatchSize::Rows(32), 10);
    /// let regularized = TrainingConfig { l2: 0.01, ..config };
    /// # Ok::<(), thalweg_learn::Error>(())
    /// ```
    pub fn new(spec: OptimizerSpec, batch_size: BatchSize, epochs: u64) -> Self {
        Self {
            spec,
            batch_size,
            local_steps: LocalSteps::default(),
            epochs,
            schedule_epochs: None,
            budget: TrainingBudget::default(),
            patience: 0,
            min_delta: MIN_DELTA,
            l1: 0.0,
            l2: 0.0,
            factor_l2: 0.0,
            init: Init::Zero,
            seed: Seed::new(0),
            sparse_steps: SparseSteps::default(),
            on_divergence: OnDivergence::default(),
        }
    }

    /// Returns the rows of a step: those of a batch, or with workers those that one of them has of it.
    pub(super) fn rows_of_a_step(&self, rows: usize) -> BatchSize {
        match self.local_steps.optimizers() {
            1 => self.batch_size,
            workers => BatchSize::Rows((self.batch_size.of(rows) / workers).max(1)),
        }
    }
}

/// Returns `true` if a batch has few of the features, so that sparse steps are faster than dense ones.
pub(crate) fn batch_is_sparse(rows: &Rows, batch_size: BatchSize) -> bool {
    let values = batch_size.of(rows.len()).min(rows.len()).saturating_mul(rows.numbers_in_a_row());
    rows.features > MIN_FEATURES_PER_VALUE * values
}
