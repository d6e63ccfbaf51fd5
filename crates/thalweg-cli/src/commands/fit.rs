//! Options of `thalweg fit`.

use std::path::PathBuf;
use std::str::FromStr;

use clap::Args;
use thalweg::OptimizerSpec;
use thalweg_learn::data::{InteractionSpec, TargetChoice, TextWeighting};
use thalweg_learn::fit::{ClassWeight, RefitPolicy};
use thalweg_learn::model::{Architecture, Init, Loss};
use thalweg_learn::train::OnDivergence;

use crate::name_list::NameList;

use super::args::{
    ExecutionArgs, FitLearningRateArgs, FormatArgs, InvalidRowArgs, MissingArgs, ScheduleArgs, TableArgs,
};
use super::batches::BatchArgs;
use super::budget::BudgetArgs;
use super::checkpoint::CheckpointArgs;
use super::fit_output::FitOutputArgs;
use super::parse;

#[derive(Args, Debug)]
#[command(
    allow_negative_numbers = true,
    after_help = "\
Without further options, the columns are encoded, a fifth of the rows is held out for validation,
and all hyperparameters are chosen from the data; the report names every choice.

Exit codes: 0 success, 1 failure, 2 usage error, 3 diverged or learned nothing, 4 invalid
data, 128 plus the signal when interrupted (the best model so far is written; with
--checkpoint or --resume also a checkpoint, from which --resume continues). An existing
model file is not replaced by the initial weights, nor by a model that is no better than the
same prediction for all rows; the exit code is then 3.

Examples:
  thalweg fit data.csv --target price
  thalweg fit data.csv --target y --method nadam:lr=0.002 --schedule warmup:steps=100+cosine
  thalweg fit data.csv --target y --method sgd:lr=0.1 --batch-size full --format json
  thalweg fit 'part-*.parquet' --target y --model mlp:128,64 --max-memory 2G"
)]
#[allow(clippy::struct_excessive_bools, reason = "each is an option without a value")]
pub(crate) struct FitCommand {
    /// Data files or glob patterns ('2025-*.csv'; '-': standard input), read as one table: CSV, Parquet, Arrow IPC,
    /// libsvm or IDX, text also compressed (gzip, zstd, bzip2, xz, zip); the format is detected from the first bytes
    #[arg(required = true)]
    pub(crate) data: Vec<PathBuf>,
    /// Column to predict (of libsvm and IDX files: label)
    #[arg(short, long, value_name = "COLUMN", default_value = "label")]
    pub(crate) target: String,

    /// Model: linear, logistic, softmax, fm:rank=8 (factorization machine), mlp:128,64 (multilayer perceptron with
    /// these hidden layers; activation=tanh, dropout=0.2) or auto (logistic for a target with two values, softmax for
    /// text with more, linear otherwise)
    #[arg(long, value_name = "NAME[:…]", default_value = "auto", help_heading = "Model")]
    pub(crate) model: ModelChoice,
    /// Loss function: squared, huber:delta=1.35, quantile:q=0.9 or poisson for numbers, logistic or hinge for two
    /// classes, softmax for more [default: squared, logistic or softmax by the target]. The delta of huber is in units
    /// of the scale of the residuals, which is estimated together with a linear model: epsilon of scikit-learn's
    /// `HuberRegressor`
    #[arg(long, value_name = "NAME[:K=V]", value_parser = parse::with_suggestion::<Loss>, help_heading = "Model")]
    pub(crate) loss: Option<Loss>,
    /// Weight of the classes in the loss
    #[arg(long, value_parser = parse::one_of(CLASS_WEIGHTS), default_value = "equal", help_heading = "Model")]
    pub(crate) class_weight: ClassWeight,
    /// Fit no intercept; numeric columns are scaled, but not centered
    #[arg(long, help_heading = "Model")]
    pub(crate) no_intercept: bool,
    /// L1 penalty: coefficient of Σ|w|, added to the mean loss; produces exact zeros. The loss is in units of the
    /// target (squared: half the squared error; poisson: half the deviance), w are the coefficients of standardized
    /// columns without the intercept: l1 is alpha of scikit-learn's Lasso and `QuantileRegressor`, and 1/(C*rows) of
    /// `LogisticRegression`. With fm and mlp, the loss is that of the target divided by its standard deviation
    #[arg(long, value_name = "NUMBER", default_value_t = 0.0, help_heading = "Model")]
    pub(crate) l1: f64,
    /// L2 penalty: coefficient of Σw²/2, added to the mean loss, with the loss and w as for --l1: l2 is alpha/rows of
    /// scikit-learn's Ridge, alpha of `PoissonRegressor`, and 1/(C*rows) of `LogisticRegression` and SVC [default:
    /// 1/rows, for quantile, huber and poisson the equal one whatever the unit of the target; 5/rows for fm; 0 if the
    /// method has weight decay or the steps are sparse]
    #[arg(long, value_name = "NUMBER", help_heading = "Model")]
    pub(crate) l2: Option<f64>,
    /// L2 penalty on the factors of fm in each row: coefficient of Σx²|v|²/2 over the features x of a row with their
    /// factors v, added to its loss. Levels are penalized as often as they occur: reg of libFM's SGD [default:
    /// features/rows, at most 0.06; 0 with --l2 and for methods other than solvers]
    #[arg(long, value_name = "NUMBER", help_heading = "Model")]
    pub(crate) factor_l2: Option<f64>,
    /// Initial weights: zero (for fm and mlp small random numbers), or normal:DEVIATION for a normal distribution
    #[arg(long, default_value = "zero", value_parser = parse_init, help_heading = "Model")]
    pub(crate) init: Init,

    /// Optimization method and its hyperparameters, for example adam:lr=0.01,beta1=0.8 (see `thalweg methods`)
    /// [default: lbfgs for linear models, and for fm with a smooth loss, if the rows fit in memory and neither --lr,
    /// --schedule nor --batch-size is given; otherwise adam with lr at most 0.01, depending on the number of columns
    /// (see --lr for mlp), or momentum if there are more columns than rows; cosine schedule]
    #[arg(
        short,
        long,
        value_name = "NAME[:K=V,…]",
        value_parser = parse::with_suggestion::<OptimizerSpec>,
        help_heading = "Training"
    )]
    pub(crate) method: Option<OptimizerSpec>,
    #[command(flatten, next_help_heading = "Training")]
    pub(crate) rate: FitLearningRateArgs,
    #[command(flatten, next_help_heading = "Training")]
    pub(crate) schedule: ScheduleArgs,
    #[command(flatten, next_help_heading = "Training")]
    pub(crate) batches: BatchArgs,
    /// Maximum number of epochs [default: enough for 20,000 steps, between 10 and 1,000; for solvers 1,000 evaluations
    /// of all rows, 3,000 for hinge and quantile, with fm 300]
    #[arg(short, long, value_name = "N", value_parser = parse::epochs, help_heading = "Training")]
    pub(crate) epochs: Option<u64>,
    #[command(flatten, next_help_heading = "Training")]
    pub(crate) budget: BudgetArgs,
    /// Fraction of the rows held out for validation and early stopping; with 0, the loss of the training rows is
    /// watched
    #[arg(long, value_name = "FRACTION", default_value_t = 0.2, help_heading = "Training")]
    pub(crate) val_fraction: f64,
    /// Files or glob patterns whose rows are watched instead of a fraction of the data, read as one table
    #[arg(long, value_name = "FILE", num_args = 1.., conflicts_with = "val_fraction", help_heading = "Training")]
    pub(crate) validation: Vec<PathBuf>,
    /// Measure the fit by cross-validation on this many folds before the fit of the model, which is then one to all
    /// rows unless --refit never says otherwise
    #[arg(long, value_name = "K", value_parser = clap::value_parser!(u32).range(2..),
        conflicts_with_all = ["validation", "checkpoint", "resume"], help_heading = "Training")]
    pub(crate) folds: Option<u32>,
    /// Fit once more to all rows, with the settings found: always, never, or auto for fewer than 10,000 rows. The
    /// metrics remain those of the validation rows before
    #[arg(
        long,
        value_name = "WHEN",
        value_parser = parse::one_of(REFIT_POLICIES),
        default_value = "auto",
        help_heading = "Training"
    )]
    pub(crate) refit: RefitPolicy,
    /// Epochs without improvement before training stops; 0 to disable early stopping [default: a third of --epochs, at
    /// least 5; 0 for solvers with models other than fm]
    #[arg(long, value_name = "N", help_heading = "Training")]
    pub(crate) patience: Option<u64>,
    /// Smallest relative decrease of the loss that counts as an improvement
    #[arg(long, value_name = "FRACTION", default_value_t = 1e-4, help_heading = "Training")]
    pub(crate) min_delta: f64,
    /// When the loss or its gradient becomes infinite or NaN: rollback to the best epoch and on with half the learning
    /// rate, at most 10 times; or stop
    #[arg(
        long,
        value_name = "WHAT",
        value_parser = parse::one_of(ON_DIVERGENCE),
        default_value = "rollback",
        help_heading = "Training"
    )]
    pub(crate) on_diverge: OnDivergence,
    /// Scale gradients whose norm over all weights is larger down to this norm: `clip_global_norm` of --method
    #[arg(long, value_name = "NORM", value_parser = parse::positive, help_heading = "Training")]
    pub(crate) clip_norm: Option<f64>,
    /// Prove how near its minimum the objective is: by its dual problem, or next to L-BFGS where that has no bound. For
    /// linear models in memory, trained by any method
    #[arg(long, help_heading = "Training")]
    pub(crate) certify: bool,
    /// Seed of the random numbers for the split, the initial weights, the order of the rows and dropout
    #[arg(long, value_name = "N", default_value_t = 0, help_heading = "Training")]
    pub(crate) seed: u64,

    #[command(flatten)]
    pub(crate) table: TableArgs,
    /// The files have no header; columns are named c1, c2, …
    #[arg(long, help_heading = "Data")]
    pub(crate) no_header: bool,
    #[command(flatten)]
    pub(crate) missing_values: MissingArgs,
    #[command(flatten)]
    pub(crate) invalid_rows: InvalidRowArgs,
    /// Memory limit for data, shuffling and model together, for example 512M or 2G; rows beyond it are kept in a
    /// temporary file (in TMPDIR), and a model that exceeds it is refused
    #[arg(long, value_name = "BYTES", value_parser = parse::bytes, help_heading = "Data")]
    pub(crate) max_memory: Option<usize>,
    /// Number of rows from which column types and statistics are inferred [default: all, or as many as fit in
    /// --max-memory]
    #[arg(long, value_name = "ROWS", help_heading = "Data")]
    pub(crate) sample_rows: Option<usize>,
    /// Cache the encoded rows in a file next to the data (people.csv.cache); it is rebuilt when the data, the options
    /// it depends on or the version of this program change
    #[arg(long, help_heading = "Data")]
    pub(crate) cache: bool,
    /// Column with the weight of each row; a weight of 2 counts as two equal rows, and of weights that are not whole
    /// numbers only the ratios matter
    #[arg(long, value_name = "COLUMN", help_heading = "Data")]
    pub(crate) weight: Option<String>,
    /// Columns to exclude from the features; here and below, a name with a comma is in double quotes: '"Income, total"'
    #[arg(long, value_name = "COLUMN,…", help_heading = "Data")]
    pub(crate) ignore: Vec<NameList>,
    /// Columns to use exclusively, even if they look like dates or identifiers
    #[arg(long, value_name = "COLUMN,…", help_heading = "Data")]
    pub(crate) keep: Vec<NameList>,
    /// Columns to encode as categories, even if they are numeric or look like dates or identifiers
    #[arg(long, value_name = "COLUMN,…", help_heading = "Data")]
    pub(crate) categorical: Vec<NameList>,
    /// Columns of numbers in which any text means a missing value; the report counts the texts
    #[arg(long, value_name = "COLUMN,…", help_heading = "Data")]
    pub(crate) text_as_missing: Vec<NameList>,
    /// Columns of texts to use word by word: the words, in lower case, are hashed to 2^18 coefficients, or to as many
    /// as --hash-bits says
    #[arg(long, value_name = "COLUMN,…", help_heading = "Data")]
    pub(crate) text: Vec<NameList>,
    /// Value of each word in a row of --text; the values of a row are divided by the root of the sum of their squares
    #[arg(long, value_parser = parse::one_of(TEXT_WEIGHTINGS), default_value = "tfidf", help_heading = "Data")]
    pub(crate) text_weighting: TextWeighting,
    /// Interactions to add as features, as a*b: the product of two numeric columns, one indicator per combination of
    /// categories, one slope per category
    #[arg(long, value_name = "A*B,…", value_delimiter = ',', help_heading = "Data")]
    pub(crate) interactions: Vec<InteractionSpec>,
    /// Hash the levels of columns and interactions with more than 100 levels into 2^BITS coefficients, and include
    /// columns that would otherwise have too many levels [default: no hashing of levels]
    #[arg(long, value_name = "BITS", value_parser = clap::value_parser!(u8).range(1..=27), help_heading = "Data")]
    pub(crate) hash_bits: Option<u8>,

    #[command(flatten)]
    pub(crate) checkpoints: CheckpointArgs,

    /// Model file to write [default: the name of the data file with the extension .model, in the current folder]
    #[arg(short, long, value_name = "FILE", help_heading = "Output")]
    pub(crate) output: Option<PathBuf>,
    #[command(flatten)]
    pub(crate) files: FitOutputArgs,
    #[command(flatten)]
    pub(crate) format: FormatArgs,
    #[command(flatten)]
    pub(crate) execution: ExecutionArgs,
}

const REFIT_POLICIES: &[(&str, &str, RefitPolicy)] = &[
    ("auto", "Fit once more if there are fewer than 10,000 rows", RefitPolicy::Auto),
    ("always", "Fit once more", RefitPolicy::Always),
    ("never", "Keep the model of the training rows", RefitPolicy::Never),
];

const ON_DIVERGENCE: &[(&str, &str, OnDivergence)] = &[
    ("rollback", "Go back to the best epoch and on with half the learning rate", OnDivergence::Rollback),
    ("stop", "End with the weights of the best epoch", OnDivergence::Stop),
];

const CLASS_WEIGHTS: &[(&str, &str, ClassWeight)] = &[
    ("equal", "Every row has the same weight", ClassWeight::Equal),
    ("balanced", "Every class has the same total weight", ClassWeight::Balanced),
];

const TEXT_WEIGHTINGS: &[(&str, &str, TextWeighting)] = &[
    ("count", "Number of occurrences", TextWeighting::Count),
    ("binary", "1, however often the word occurs", TextWeighting::Binary),
    ("tfidf", "count·(ln((1+n)/(1+d)) + 1), for a word in d of n training rows", TextWeighting::Tfidf),
];

/// Value of `--model`: the architecture of the model and the kind of target it needs.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct ModelChoice {
    pub(crate) name: String,
    pub(crate) kind: TargetChoice,
    pub(crate) architecture: Architecture,
}

impl FromStr for ModelChoice {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let choice = |kind, architecture| Self { name: text.into(), kind, architecture };
        Ok(match text {
            "auto" => choice(TargetChoice::Auto, Architecture::Linear),
            "linear" => choice(TargetChoice::Number, Architecture::Linear),
            "logistic" => choice(TargetChoice::Label, Architecture::Linear),
            "softmax" => choice(TargetChoice::Classes, Architecture::Linear),
            _ => match text.split(':').next() {
                Some("fm" | "mlp") => choice(TargetChoice::Auto, parse::with_suggestion(text)?),
                _ => return Err("expected auto, linear, logistic, softmax, fm:rank=8 or mlp:128,64".into()),
            },
        })
    }
}

fn parse_init(text: &str) -> Result<Init, String> {
    let deviation = |text: &str| f64::from_str(text).ok().filter(|v| *v >= 0.0 && v.is_finite()).map(Init::Normal);
    match text.split_once(':') {
        None if text == "zero" => Some(Init::Zero),
        Some(("normal", number)) => deviation(number),
        _ => None,
    }
    .ok_or_else(|| "expected zero, or normal:DEVIATION with a deviation of at least 0, for example normal:0.01".into())
}
