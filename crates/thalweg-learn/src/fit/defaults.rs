//! Default settings of a fit, chosen from the size of the data.

use thalweg::method::{Adam, Momentum};
use thalweg::{OptimizerSpec, Schedule};

use crate::model::Init;
use crate::train::BatchSize;

/// Number of optimizer steps that the default number of epochs aims at.
const DEFAULT_STEPS: u64 = 20_000;

/// Number of evaluations of all rows that a solver makes at most.
const SOLVER_EVALUATIONS: u64 = 1_000;

/// Number of evaluations that a solver makes at most for a piecewise linear loss, which it smooths in rounds.
const EVALUATIONS_OF_ROUNDS: u64 = 3_000;

/// Number of evaluations that a solver makes at most with a factorization machine, whose optimum it hardly reaches.
const FACTOR_EVALUATIONS: u64 = 300;

/// Default L2 penalty of a factorization machine relative to that of other models.
const FACTOR_PENALTY: f64 = 5.0;

/// Largest default of the penalty on the factors in each row.
const MAX_FACTOR_L2: f64 = 0.06;

/// Standard deviation of the initial factors for rows of few values, and the number of values from which it decreases.
const FACTOR_DEVIATION: f64 = 0.1;
const FEW_VALUES: f64 = 3.0;

/// Largest mean weight that the batch size and the number of epochs follow.
const MAX_REPETITIONS: f64 = 8.0;

/// Default settings that depend on the training rows.
#[derive(Clone, Debug, PartialEq)]
pub struct DefaultSettings {
    /// Adam with a learning rate of at most 0.01, or momentum if there are more features than rows; cosine decay to 0.
    pub spec: OptimizerSpec,
    /// About 1/100 of the rows in a mini-batch, from 16 to 256; with weights, fewer rows of the same total weight.
    pub batch_size: BatchSize,
    /// Maximum number of epochs: as many as make 20,000 steps, from 10 to 1,000.
    pub epochs: u64,
    /// Number of epochs without progress before the training stops: a third of `epochs`, at least 5.
    pub patience: u64,
    /// 1/rows, or 1/Σw with weights that are whole numbers, for the target as it is trained: the penalty of
    /// scikit-learn's `LogisticRegression` with its default C = 1.
    pub l2: f64,
}

/// Returns the default patience of a fit of this number of epochs: a third of them, at least 5.
pub(super) fn patience(epochs: u64) -> u64 {
    (epochs / 3).max(5)
}

/// Returns the default penalty on the factors in each row, where `l2` is 1/rows: it balances the factors of a feature
/// with those of all other features together.
pub(super) fn factor_l2(features: usize, l2: f64) -> f64 {
    (features as f64 * l2).min(MAX_FACTOR_L2)
}

/// Returns the initialization of factors for rows of `width` values: the deviation of the products of all pairs of
/// values does not depend on their number.
pub(super) fn factor_init(init: Init, width: usize) -> Init {
    match init {
        Init::Zero => Init::Normal(FACTOR_DEVIATION * (FEW_VALUES / width.max(1) as f64).sqrt().min(1.0)),
        Init::Normal(_) => init,
    }
}

impl DefaultSettings {
    /// Returns the defaults for `rows` training rows of `width` values each. The number of epochs follows `batch_size`
    /// if it is given.
    pub fn of(rows: usize, width: usize, batch_size: Option<BatchSize>) -> Self {
        let n = rows.max(1);
        let batch_size = batch_size.unwrap_or(BatchSize::Rows((n / 100).clamp(16, 256)));
        let epochs = (DEFAULT_STEPS / batch_size.batches(n)).clamp(10, 1_000);
        let spec = Self::method(n, width);
        Self { spec, batch_size, epochs, patience: patience(epochs), l2: 1.0 / n as f64 }
    }

    /// Returns the defaults for `rows` rows of `width` values whose weights sum to `total_weight`, as if each row were
    /// repeated as often as its weight: the settings are those of Σw rows, with as many batches in an epoch.
    ///
    /// The method and the penalty follow max(Σw, 1). For the batch size and the number of epochs, a row counts at least
    /// once, as it brings something new even with a small weight, and on average at most eight times, so that a batch
    /// has different rows.
    pub fn of_weighted(rows: usize, total_weight: f64, width: usize, batch_size: Option<BatchSize>) -> Self {
        let (n, total_weight) = (rows.max(1) as f64, total_weight.max(1.0));
        let repetitions = (total_weight / n).clamp(1.0, MAX_REPETITIONS);
        let mut settings = Self::of((n * repetitions).round() as usize, width, batch_size);
        if let (None, BatchSize::Rows(size)) = (batch_size, settings.batch_size) {
            settings.batch_size = BatchSize::Rows((size as f64 / repetitions).round() as usize);
        }
        settings.spec = Self::method(total_weight.round() as usize, width);
        settings.l2 = 1.0 / total_weight;
        settings
    }

    /// Returns the default method for `rows` rows of `width` values each.
    ///
    /// A step of Adam changes every weight by up to the learning rate, and the score of a row by up to their sum: the
    /// more weights there are, the smaller the learning rate must be. With more weights than rows, many weight vectors
    /// fit the rows exactly: gradient descent from 0 finds the one of smallest norm, whereas Adam treats noise and
    /// signal alike. The learning rate of momentum is safe: no curvature exceeds the mean squared norm of a row, which
    /// is the width, and momentum 0.9 allows ten times the learning rate of plain descent.
    pub fn method(rows: usize, width: usize) -> OptimizerSpec {
        let values = width.max(1) as f64;
        let mut spec = if width > rows {
            OptimizerSpec::from(Momentum { lr: 0.1 / values, ..Momentum::default() })
        } else {
            OptimizerSpec::from(Adam { lr: 0.01 * (100.0 / values).min(1.0), ..Adam::default() })
        };
        spec.options.schedule = Schedule::Cosine { steps: None, end: 0.0 };
        spec
    }

    /// Returns the same settings for a solver: batches of all rows unless `batch_size` says otherwise, at most
    /// 1,000 evaluations, no early stopping.
    pub(super) fn with_full_batch(self, batch_size: Option<BatchSize>) -> Self {
        let batch_size = batch_size.unwrap_or(BatchSize::Full);
        Self { batch_size, epochs: SOLVER_EVALUATIONS, patience: 0, ..self }
    }

    /// Returns the same settings for a solver and a piecewise linear loss: at most 3,000 evaluations.
    pub(super) fn with_rounds(self) -> Self {
        Self { epochs: EVALUATIONS_OF_ROUNDS, ..self }
    }

    /// Returns the same settings for a factorization machine and a solver: 300 evaluations with early stopping, and
    /// five times the penalty.
    pub(super) fn with_factors(self) -> Self {
        let (epochs, l2) = (FACTOR_EVALUATIONS, FACTOR_PENALTY * self.l2);
        Self { epochs, patience: patience(epochs), l2, ..self }
    }

    /// Returns the same settings with Adam at its default learning rate, which suits models that are not linear.
    pub(super) fn with_adam(mut self) -> Self {
        self.spec.method = Adam::default().into();
        self
    }
}
