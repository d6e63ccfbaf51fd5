//! Settings of a fit.

use thalweg::method::Goal;
use thalweg::{OptimizerSpec, Schedule, Seed};

use super::defaults::DefaultSettings;
use super::learning_rate::LearningRate;
use super::refit_policy::RefitPolicy;
use super::validation::Validation;
use crate::data::{ColumnOptions, MAX_HASH_BITS, ReadOptions, Rows, TargetChoice};
use crate::error::Result;
use crate::memory;
use crate::model::{Architecture, Init, Loss};
use crate::train::{BatchSize, LocalSteps, MIN_DELTA, OnDivergence, TrainingBudget};

/// Choice of the method that trains where none is given.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum DefaultMethod {
    /// A solver, which evaluates all rows in each step.
    Solver,
    /// Steps by gradients of mini-batches.
    Steps,
}

/// Number of the training rows, with some of them.
#[derive(Clone, Copy, Debug)]
pub(super) struct TrainingRows<'a> {
    /// Some of the rows, or all.
    pub(super) sample: &'a Rows,
    /// Number of all rows.
    pub(super) len: usize,
    /// Sum of their weights.
    pub(super) weight: f64,
}

/// Weights of the classes in the loss.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum ClassWeight {
    /// Every row counts the same.
    #[default]
    Equal,
    /// Every class counts the same, however rare it is.
    Balanced,
}

/// Settings of a fit. Those that are `None` are chosen from the data; see [`DefaultSettings`].
///
/// ```
/// use thalweg_learn::data::ColumnValues;
/// use thalweg_learn::{Callbacks, FitConfig, Metrics, Table};
///
/// let hours = [0.5, 1.0, 1.5, 2.0, 2.5, 3.0, 3.5, 4.0, 4.5, 5.0];
/// let passed = ["no", "no", "no", "yes", "no", "yes", "yes", "yes", "yes", "yes"];
/// let rows = Table::from_columns([
///     ("hours", ColumnValues::from(&hours)),
///     ("passed", ColumnValues::from(&passed)),
/// ])?;
/// let mut config = FitConfig::new("passed");
/// config.epochs = Some(50);
/// config.lr = Some(0.1.into());
/// let (report, model) = config.run(&rows, Callbacks::new())?;
///
/// assert_eq!(report.train_rows + report.validation_rows, 10);
/// assert_eq!(model.coefficients()[0].name, "hours");
/// # Ok::<(), thalweg_learn::Error>(())
/// ```
#[derive(Clone, Debug)]
pub struct FitConfig {
    /// Format of the files.
    pub read: ReadOptions,
    /// Name of the target column.
    pub target: String,
    /// Type of the target; ignored if `loss` is set, which decides it.
    pub target_kind: TargetChoice,
    /// Loss function; by default squared for a number, logistic for two labels, softmax for classes.
    pub loss: Option<Loss>,
    /// Selection and types of the columns.
    pub column_options: ColumnOptions,
    /// Name of the column with the weights of the rows, numbers of at least 0.
    ///
    /// A row of weight w counts as w equal rows in the loss, in means and standard deviations, in the metrics, in the
    /// standard error of early stopping and in the defaults of `l2`, `method`, `batch_size` and `epochs`
    /// ([`DefaultSettings::of_weighted`]). A row of weight 0 counts as none: the types and levels of
    /// the columns do not depend on it. The step sizes do not depend on the scale of the weights, since the loss is
    /// their weighted mean. For rows on disk, the mean weight is that of the rows of the sample.
    pub weight_column: Option<String>,
    /// Weights of the classes in the loss.
    pub class_weight: ClassWeight,
    /// Architecture of the model.
    pub architecture: Architecture,
    /// If true, a linear model has an intercept; if false, numbers are scaled but not centered.
    pub intercept: bool,
    /// Validation rows; by default a fifth of the rows.
    pub validation: Validation,
    /// Last fit of the model to all rows, those for validation included.
    pub refit: RefitPolicy,
    /// Optimization method with its options.
    pub method: Option<OptimizerSpec>,
    /// Learning rate, which replaces that of the method: a number, or [`LearningRate::Auto`] for the choice of a range
    /// test. By default a range test for perceptrons without a method, and otherwise that of the method.
    pub lr: Option<LearningRate>,
    /// Learning rate schedule, which replaces that of the method.
    pub schedule: Option<Schedule>,
    /// Number of rows in a mini-batch.
    pub batch_size: Option<BatchSize>,
    /// Workers that take steps by themselves, each on its part of a batch; off by default.
    pub local_steps: LocalSteps,
    /// Maximum number of epochs; in a continued fit, of those that follow.
    pub epochs: Option<u64>,
    /// Number of epochs that a schedule without a length runs over; `None` for those so far and those that follow.
    pub schedule_epochs: Option<u64>,
    /// Bounds on the training besides the number of epochs, each for the whole fit. The time is that of the search for
    /// a penalty, the training and the last fit, without reading; the last fit is omitted where it would take longer.
    /// Steps and samples bound the last fit as well, as many again. The default number of epochs is what `max_steps` or
    /// `max_samples` needs.
    pub budget: TrainingBudget,
    /// Number of epochs without progress before the training stops; 0 disables early stopping. By default a third of
    /// `schedule_epochs`, or else of `epochs`, at least 5.
    pub patience: Option<u64>,
    /// Minimum relative decrease of the loss that counts as progress, at least 0; 1e-4 by default.
    pub min_delta: f64,
    /// Largest norm of the gradient over all parameters, which replaces the clipping of the method; more than 0.
    pub clip_norm: Option<f64>,
    /// Reaction to a loss or gradient that is infinite or NaN; a rollback by default.
    pub on_divergence: OnDivergence,
    /// Coefficient of the penalty Σ|w|, at least 0; 0 by default.
    ///
    /// A fit minimizes mean loss + `l1`·Σ|w| + `l2`·Σw²/2. The loss is that of [`Loss::eval`] in the units of the
    /// target, so half the squared error and half the Poisson deviance; the mean is weighted; w are the coefficients of
    /// standardized numbers and of indicators, without the intercept. For factorization machines and perceptrons, it is
    /// the objective of the target divided by its standard deviation, for counts by their mean.
    pub l1: f64,
    /// Coefficient of the penalty Σw²/2, at least 0.
    ///
    /// The default is 1/rows for the target as it is trained, so that the model does not depend on the target's unit.
    /// In the units of the objective that is 1/rows for the squared loss and for labels, for quantiles divided by the
    /// standard deviation of the target, and for counts multiplied by their mean. For Huber's loss it is multiplied by
    /// the ratio of the scale of the residuals to the standard deviation, as is `alpha` in `HuberRegressor`. For
    /// factorization machines that a solver trains, it is 5/rows.
    pub l2: Option<f64>,
    /// Coefficient of the penalty Σᵢ xᵢ²|vᵢ|²/2 on the factors vᵢ of the features of each row, at least 0; only of
    /// factorization machines. A fit then minimizes the mean over the rows of loss + `factor_l2`·Σᵢ xᵢ²|vᵢ|²/2, plus
    /// the other penalties, for the target divided by its standard deviation.
    ///
    /// By default, with a solver and without a given `l2`, it is features/rows, at most 0.06; otherwise 0.
    pub factor_l2: Option<f64>,
    /// Initialization of the weights.
    pub init: Init,
    /// If true, the report has a [`Certificate`](crate::train::Certificate) of how near its minimum the objective is:
    /// only for linear models whose rows are in memory.
    pub certify: bool,
    /// Seed of the split, the initialization, the order of the rows and dropout; 0 by default.
    pub seed: Seed,
    /// Memory limit in bytes, at least 128 MiB. Rows that exceed it are kept on disk and shuffled in blocks.
    pub max_memory: Option<usize>,
    /// Number of rows from which column types are detected and statistics computed, or a few more, since blocks of rows
    /// are read as a whole; rows of weight 0 do not count. By default all.
    pub sample_rows: Option<usize>,
    /// If true, the encoded rows are cached in a file next to the data and read from it the next time.
    pub cache: bool,
}

impl FitConfig {
    /// Creates the settings of a fit of the column `target`, with everything else chosen from the data.
    pub fn new(target: impl Into<String>) -> Self {
        Self {
            read: ReadOptions::default(),
            target: target.into(),
            target_kind: TargetChoice::Auto,
            loss: None,
            column_options: ColumnOptions::default(),
            weight_column: None,
            class_weight: ClassWeight::Equal,
            architecture: Architecture::Linear,
            intercept: true,
            validation: Validation::default(),
            refit: RefitPolicy::default(),
            method: None,
            lr: None,
            schedule: None,
            batch_size: None,
            local_steps: LocalSteps::default(),
            epochs: None,
            schedule_epochs: None,
            budget: TrainingBudget::default(),
            patience: None,
            min_delta: MIN_DELTA,
            clip_norm: None,
            on_divergence: OnDivergence::default(),
            l1: 0.0,
            l2: None,
            factor_l2: None,
            init: Init::Zero,
            certify: false,
            seed: Seed::new(0),
            max_memory: None,
            sample_rows: None,
            cache: false,
        }
    }

    /// Checks the settings that do not depend on the data.
    ///
    /// # Errors
    /// A number out of its range; the goal `maximize`.
    pub(super) fn check(&self) -> Result<()> {
        use thalweg::Error;
        if self.weight_column.as_ref() == Some(&self.target) {
            return Err(crate::Error::TargetAsFeature { option: "weight", column: self.target.clone() });
        }
        let fraction = self.validation.fraction();
        Error::range("val_fraction", "in [0, 1)", fraction, (0.0..1.0).contains(&fraction))?;
        memory::check_limit(self.max_memory)?;
        let bits = self.column_options.hash_bits;
        Error::range("hash_bits", "from 0 to 27", f64::from(bits), bits <= MAX_HASH_BITS)?;
        Error::not_negative("l1", self.l1)?;
        Error::not_negative("l2", self.l2.unwrap_or(0.0))?;
        Error::not_negative("factor_l2", self.factor_l2.unwrap_or(0.0))?;
        if let Some(factor_l2) = self.factor_l2.filter(|_| !self.architecture.has_factors()) {
            let (what, expected) = ("factor_l2".into(), "a factorization machine, the only model with factors".into());
            return Err(Error::InvalidValue { what, expected, found: factor_l2.to_string() }.into());
        }
        if self.certify && self.architecture != Architecture::Linear {
            let (what, expected) = ("certify".into(), "a linear model, whose objective is convex".into());
            return Err(Error::InvalidValue { what, expected, found: self.architecture.to_string() }.into());
        }
        Error::not_negative("min_delta", self.min_delta)?;
        if let Some(Loss::Huber { delta }) = self.loss {
            // Residuals have no joint scale with a smaller bound.
            Error::range("delta", "greater than 1, in units of the scale of the residuals", delta, delta > 1.0)?;
        }
        if let Init::Normal(deviation) = self.init {
            Error::not_negative("the standard deviation of the initialization", deviation)?;
        }
        let spec = self.optimizer_spec(DefaultSettings::method(1, 1))?;
        if spec.options.goal == Goal::Maximize {
            let (what, expected, found) =
                ("goal".into(), "minimize, since a fit minimizes a loss".into(), "maximize".into());
            return Err(Error::InvalidValue { what, expected, found }.into());
        }
        self.local_steps.check(&spec.method)?;
        // The training sets the length of an open schedule; any length serves the check.
        Ok(spec.options.schedule.clone().with_total_steps(1).check()?)
    }
}
