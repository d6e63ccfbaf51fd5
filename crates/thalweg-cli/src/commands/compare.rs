//! Options of `thalweg compare`.

use std::ffi::OsString;
use std::path::PathBuf;

use clap::{Args, ValueEnum};
use thalweg::Schedule;
use thalweg_compare::Protocol;
use thalweg_learn::model::Loss;

use super::args::{ExecutionArgs, FunctionArgs, PictureArgs};
use super::batches::BatchArgs;
use super::parse;

#[derive(Args, Debug)]
#[command(
    allow_negative_numbers = true,
    after_help = "\
Every method is run on the same starting points, or on the same mini-batches. Settings are selected
on one set of seeds and reported on another. On a function, each seed moves the starting point by a
tenth; on data, it changes the order of the mini-batches. A target that was not reached is shown as
>BUDGET.

Exit codes: 0 success, 1 failure, 2 usage error, 4 invalid data, 128 plus the signal when interrupted
(finished runs are kept and reported; with --runs FILE, the same command makes the others).

Examples:
  thalweg compare rosenbrock
  thalweg compare rosenbrock --dim 10 --methods momentum,nag,adam --protocol tuned --trials 50
  thalweg compare data.csv --target price --epochs 20
  thalweg compare --from rosenbrock.runs.jsonl --format markdown"
)]
pub(crate) struct CompareCommand {
    /// Test problem (see `thalweg problems`), formula or, with --target, data file
    #[arg(value_name = "PROBLEM|FORMULA|DATA", required_unless_present = "from")]
    pub(crate) on: Option<OsString>,
    /// Report the runs recorded in this file instead of making new ones
    #[arg(long, value_name = "FILE", conflicts_with_all = ["on", "methods", "protocol", "trials", "schedule", "tuning_seeds",
        "seeds", "steps", "dim", "start", "target", "epochs", "batch_size", "sync_every", "loss", "l2", "runs"])]
    pub(crate) from: Option<PathBuf>,
    /// Methods to compare, for example sgd,momentum:momentum=0.95,adam, or all
    #[arg(short, long, value_name = "NAME,…", default_value = "sgd,momentum,nag,adagrad,rmsprop,adadelta,adam,nadam")]
    pub(crate) methods: String,
    /// Selection of the settings; each protocol is reported in its own table
    #[arg(
        short,
        long,
        value_parser = parse::one_of(PROTOCOLS),
        value_delimiter = ',',
        default_values = ["defaults", "rate"]
    )]
    pub(crate) protocol: Vec<Protocol>,
    /// Number of trials per method for the tuned protocol; adds this protocol
    #[arg(long, value_name = "K", value_parser = clap::value_parser!(u32).range(1..))]
    pub(crate) trials: Option<u32>,
    /// Learning-rate schedule of all methods, for example cosine
    #[arg(
        long,
        value_name = "NAME[:K=V,…]",
        default_value = "constant",
        value_parser = parse::with_suggestion::<Schedule>
    )]
    pub(crate) schedule: Schedule,
    /// Number of seeds on which settings are selected
    #[arg(long, value_name = "N", default_value_t = 5, value_parser = clap::value_parser!(u32).range(1..=10_000))]
    pub(crate) tuning_seeds: u32,
    /// Number of seeds on which the selected settings are reported
    #[arg(long, value_name = "N", default_value_t = 10, value_parser = clap::value_parser!(u32).range(1..=10_000))]
    pub(crate) seeds: u32,

    /// Steps per run [default: 5000]
    #[arg(
        long,
        value_name = "N",
        value_parser = clap::value_parser!(u64).range(1..),
        help_heading = "Test problems and formulas"
    )]
    pub(crate) steps: Option<u64>,
    #[command(flatten, next_help_heading = "Test problems and formulas")]
    pub(crate) problem: FunctionArgs,

    /// Column of the data file to predict
    #[arg(short, long, value_name = "COLUMN", help_heading = "Data")]
    pub(crate) target: Option<String>,
    /// Epochs per run [default: 20]
    #[arg(short, long, value_name = "N", value_parser = parse::epochs, help_heading = "Data")]
    pub(crate) epochs: Option<u64>,
    #[command(flatten, next_help_heading = "Data")]
    pub(crate) batches: BatchArgs,
    /// Loss function, as for `thalweg fit` [default: squared, logistic or softmax by the target]
    #[arg(long, value_name = "NAME[:K=V]", value_parser = parse::with_suggestion::<Loss>, help_heading = "Data")]
    pub(crate) loss: Option<Loss>,
    /// L2 penalty: coefficient of Σw²/2, added to the mean loss of all methods, in the units of `fit --l2` [default:
    /// 1/rows, for quantile, huber and poisson the equal one whatever the unit of the target]
    #[arg(long, value_name = "NUMBER", help_heading = "Data")]
    pub(crate) l2: Option<f64>,

    /// File to which every run is written [default: the name of the problem or the data file with the extension
    /// .runs.jsonl, in the current folder]; runs that it has from the same settings and data are not made again
    #[arg(long, value_name = "FILE", help_heading = "Output")]
    pub(crate) runs: Option<PathBuf>,
    /// Replace runs of other settings or data in the file of --runs
    #[arg(long, requires = "runs", help_heading = "Output")]
    pub(crate) force: bool,
    #[command(flatten)]
    pub(crate) picture: PictureArgs,
    /// Format of the report on standard output
    #[arg(long, value_enum, default_value_t = ReportFormat::Text, help_heading = "Output")]
    pub(crate) format: ReportFormat,
    #[command(flatten)]
    pub(crate) execution: ExecutionArgs,
}

const PROTOCOLS: &[(&str, &str, Protocol)] = &[
    ("defaults", "Each method as given, without tuning", Protocol::Defaults),
    (
        "rate",
        "Learning rate selected from a grid, which is extended while the best is at its end",
        Protocol::LearningRate,
    ),
    ("tuned", "All hyperparameters selected by the same number of trials for each method", Protocol::Tuned),
];

/// Format of a report of a comparison.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum ReportFormat {
    /// Formatted text for people
    Text,
    /// A single JSON object
    Json,
    /// One CSV line per protocol, method and target
    Csv,
    /// Markdown with a table per protocol
    Markdown,
}
