//! What can be typed.

mod explore;

pub(crate) use explore::{CompareCommand, Dtype, MinimizeCommand, ProblemsCommand, Radius, ReportFormat, View};

use std::path::PathBuf;
use std::str::FromStr;

use clap::{Args, Parser, Subcommand, ValueEnum};
use thalweg::{OptimizerSpec, Schedule};
use thalweg_learn::model::{Architecture, Init, Loss};
use thalweg_learn::train::BatchSize;
use thalweg_learn::{IndexBase, InteractionSpec, OnError, ReadOptions, TargetChoice};

/// One engine for first-order optimization: fit a model to a table, or minimize a formula, with any classic method.
#[derive(Debug, Parser)]
#[command(name = "thalweg", version, max_term_width = 100, allow_negative_numbers = true)]
pub(crate) struct Program {
    #[command(subcommand)]
    pub(crate) command: Command,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Fit a model to a table: CSV, libsvm or IDX
    Fit(Box<FitCommand>),
    /// Predict the rows of a table, one prediction a line
    Predict(PredictCommand),
    /// Minimize a problem or a formula, and say what kind of point was reached
    Minimize(Box<MinimizeCommand>),
    /// Compare methods on a problem, a formula or data, each at its best rate
    Compare(Box<CompareCommand>),
    /// List the methods, with defaults and formulas
    Methods(MethodsCommand),
    /// List the problems, with formulas, starts and minima
    Problems(ProblemsCommand),
    /// Show what is in a model file
    Inspect(InspectCommand),
}

#[derive(Args, Debug)]
#[command(
    allow_negative_numbers = true,
    after_help = "\
Exit codes: 0 done, 1 failure, 2 usage, 3 diverged, 4 bad data, 130 or 143 interrupted (the best model so far is kept).

Examples:
  thalweg fit data.csv --target price
  thalweg fit data.csv --target y --method nadam:lr=0.002 --schedule warmup:steps=100+cosine --epochs 50
  thalweg fit data.csv --target y --method sgd:lr=0.1 --batch-size full --format json"
)]
pub(crate) struct FitCommand {
    /// Files to read as one table, or patterns for them ('2025-*.csv'; - for standard input): CSV, libsvm or IDX, told by their
    /// first bytes, packed by gzip or zstd or not
    #[arg(required = true)]
    pub(crate) data: Vec<PathBuf>,
    /// Column to predict; of libsvm and IDX files the labels
    #[arg(short, long, value_name = "COLUMN", default_value = "label")]
    pub(crate) target: String,
    /// Kind of model: linear, logistic, softmax; fm:rank=8 (a factorization machine: pairs of features); mlp:128,64 (a perceptron
    /// with layers of so many units; activation=tanh, dropout=0.2); auto: logistic for a target of two values, softmax for one
    /// of more texts, else linear
    #[arg(long, value_name = "NAME[:…]", default_value = "auto", value_parser = parse_model, help_heading = "Model")]
    pub(crate) model: ModelChoice,
    /// What is wrong with a prediction: squared, huber:delta=1.35 (far outliers count less), quantile:q=0.9, poisson (counts);
    /// of a label logistic or hinge, of several softmax [default: squared for a number, logistic or softmax for labels]
    #[arg(long, value_name = "NAME[:K=V]", help_heading = "Model")]
    pub(crate) loss: Option<Loss>,
    /// How much the labels count: equal, or balanced (all alike, however rare one is)
    #[arg(long, value_enum, default_value_t = Classes::Equal, help_heading = "Model")]
    pub(crate) class_weight: Classes,
    /// No intercept: numbers are scaled, but their 0 stays 0
    #[arg(long, help_heading = "Model")]
    pub(crate) no_intercept: bool,
    /// Weight of Σ|w| beside the mean loss; it makes weights exactly 0
    #[arg(long, value_name = "NUMBER", default_value_t = 0.0, help_heading = "Model")]
    pub(crate) l1: f64,
    /// Weight of Σw²/2 beside the mean loss [default: 1/rows; 0 if the method decays the weights itself, or
    /// a batch has few of the features]
    #[arg(long, value_name = "NUMBER", help_heading = "Model")]
    pub(crate) l2: Option<f64>,
    /// Start of the weights: zero, or normal:DEVIATION
    #[arg(long, default_value = "zero", value_parser = parse_init, help_heading = "Model")]
    pub(crate) init: Init,

    /// Method and its parameters, as adam:lr=0.01,beta1=0.8 (see `thalweg methods`) [default: adam at 0.01
    /// or less by the number of columns, momentum if they outnumber the rows; with cosine]
    #[arg(short, long, value_name = "NAME[:K=V,…]", help_heading = "Training")]
    pub(crate) method: Option<OptimizerSpec>,
    /// Learning rate, in place of the method's
    #[arg(long, value_name = "RATE", help_heading = "Training")]
    pub(crate) lr: Option<f64>,
    /// Factor of the rate at each step, as cosine, step:every=1000,factor=0.5, warmup:steps=100+cosine
    #[arg(long, value_name = "NAME[:K=V,…]", help_heading = "Training")]
    pub(crate) schedule: Option<Schedule>,
    /// Rows in a batch: 1 (stochastic), a number, or full [default: rows/100, from 16 to 256]
    #[arg(short, long, value_name = "ROWS", value_parser = parse_batch, help_heading = "Training")]
    pub(crate) batch_size: Option<BatchSize>,
    /// Passes over the rows, at most [default: for 20,000 steps, from 10 to 1,000]
    #[arg(short, long, value_name = "N", value_parser = parse_epochs, help_heading = "Training")]
    pub(crate) epochs: Option<u64>,
    /// Share of the rows held out for validation and early stopping (the epoch kept is marked * in the progress)
    #[arg(long, value_name = "SHARE", default_value_t = 0.2, help_heading = "Training")]
    pub(crate) val_fraction: f64,
    /// Epochs without progress before stopping: neither the validation loss falls, nor, while it cannot be told apart from
    /// its lowest, the training loss; 0: never [default: a third of the epochs]
    #[arg(long, value_name = "N", help_heading = "Training")]
    pub(crate) patience: Option<u64>,
    /// Relative fall of a loss that counts as progress
    #[arg(long, value_name = "SHARE", default_value_t = 1e-4, help_heading = "Training")]
    pub(crate) min_delta: f64,
    /// Seed of the split, the start and the shuffling
    #[arg(long, value_name = "N", default_value_t = 0, help_heading = "Training")]
    pub(crate) seed: u64,

    #[command(flatten)]
    pub(crate) table: TableOptions,
    /// The first row is data, not names: columns are c1, c2, …
    #[arg(long, help_heading = "Data")]
    pub(crate) no_header: bool,
    /// Texts that mean "no value", besides the empty text, NA, NaN, null, None, ?
    #[arg(long, value_name = "TEXT,…", value_delimiter = ',', help_heading = "Data")]
    pub(crate) missing: Vec<String>,
    /// What becomes of a row that cannot be used (another width, a text where a number must be): fail, skip, or max=ROWS
    #[arg(long, value_name = "POLICY", default_value = "fail", help_heading = "Data")]
    pub(crate) on_error: OnError,
    /// Memory for data, shuffling and model together, as 512M or 2G; rows beyond it wait in a temporary file (in TMPDIR)
    #[arg(long, value_name = "BYTES", value_parser = parse_bytes, help_heading = "Data")]
    pub(crate) max_memory: Option<usize>,
    /// Rows from which columns are told and measured [default: all, or as many as fit --max-memory]
    #[arg(long, value_name = "ROWS", help_heading = "Data")]
    pub(crate) sample_rows: Option<usize>,
    /// Keep the encoded rows in a file beside the data (people.csv.cache), and read them from there the next time; it is written
    /// anew when the data, the options that they depend on or this program are others
    #[arg(long, help_heading = "Data")]
    pub(crate) cache: bool,
    /// Column that says how much each row counts; a weight of 2 is a row twice
    #[arg(long, value_name = "COLUMN", help_heading = "Data")]
    pub(crate) weight: Option<String>,
    /// Columns not to use
    #[arg(long, value_name = "COLUMN,…", value_delimiter = ',', help_heading = "Data")]
    pub(crate) ignore: Vec<String>,
    /// Columns to use, and no others, even those that look like a date or an id
    #[arg(long, value_name = "COLUMN,…", value_delimiter = ',', help_heading = "Data")]
    pub(crate) keep: Vec<String>,
    /// Columns to read as categories, even if they are numbers or look like a date or an id
    #[arg(long, value_name = "COLUMN,…", value_delimiter = ',', help_heading = "Data")]
    pub(crate) categorical: Vec<String>,
    /// Columns to use together too, as a*b: the product of numbers, one feature for each combination of categories
    #[arg(long, value_name = "A*B,…", value_delimiter = ',', help_heading = "Data")]
    pub(crate) interactions: Vec<InteractionSpec>,
    /// Levels of categories and interactions that have more than 100 share 2^BITS coefficients, by their hash; columns of
    /// many names are used then [default: each level has its own]
    #[arg(long, value_name = "BITS", value_parser = clap::value_parser!(u8).range(1..=27), help_heading = "Data")]
    pub(crate) hash_bits: Option<u8>,

    /// Where to write the model [default: the data file's name with .model for its ending, in this folder]
    #[arg(short, long, value_name = "FILE", help_heading = "Output")]
    pub(crate) output: Option<PathBuf>,
    #[command(flatten)]
    pub(crate) common: Common,
}

#[derive(Args, Debug)]
pub(crate) struct PredictCommand {
    /// Model file
    pub(crate) model: PathBuf,
    /// Files with the model's columns, or patterns for them (- for standard input)
    #[arg(required = true)]
    pub(crate) data: Vec<PathBuf>,
    /// Print the probability of the positive label instead of the likelier label; of several labels, of each of them
    #[arg(long)]
    pub(crate) proba: bool,
    /// Write the predictions to a file instead of standard output
    #[arg(short, long, value_name = "FILE")]
    pub(crate) output: Option<PathBuf>,
    #[command(flatten)]
    pub(crate) table: TableOptions,
    /// Threads to use [default: all cores]; the result is the same for any number
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..))]
    pub(crate) threads: Option<u16>,
    /// No messages on standard error
    #[arg(short, long)]
    pub(crate) quiet: bool,
}

#[derive(Args, Debug)]
pub(crate) struct MethodsCommand {
    /// One method, as adam or adam:preset=keras [default: all]
    pub(crate) method: Option<OptimizerSpec>,
    /// Form of the output
    #[arg(long, value_enum, default_value_t = Format::Text)]
    pub(crate) format: Format,
}

#[derive(Args, Debug)]
pub(crate) struct InspectCommand {
    /// Model file
    pub(crate) model: PathBuf,
    /// Form of the output
    #[arg(long, value_enum, default_value_t = Format::Text)]
    pub(crate) format: Format,
}

#[derive(Args, Debug)]
pub(crate) struct TableOptions {
    /// Character between two fields, as ';' or tab [default: found]
    #[arg(long, value_name = "CHARACTER", value_parser = parse_delimiter, help_heading = "Data")]
    pub(crate) delimiter: Option<u8>,
    /// First character of lines that are no data, as #
    #[arg(long, value_name = "CHARACTER", value_parser = parse_delimiter, help_heading = "Data")]
    pub(crate) comment: Option<u8>,
    /// The first feature of libsvm files is 0 [default: 0 if an index is, else 1]
    #[arg(long, help_heading = "Data")]
    pub(crate) zero_based: bool,
    /// IDX file with the labels of IDX images [default: found by its name, beside them]
    #[arg(long, value_name = "FILE", help_heading = "Data")]
    pub(crate) labels: Option<PathBuf>,
    /// Encoding of the text, as latin1 [default: UTF-8]
    #[arg(long, value_name = "NAME", help_heading = "Data")]
    pub(crate) encoding: Option<String>,
}

impl TableOptions {
    /// What is said about the form of the files, over what is known of them already.
    pub(crate) fn over(&self, options: ReadOptions) -> ReadOptions {
        ReadOptions {
            delimiter: self.delimiter,
            comment: self.comment,
            encoding: self.encoding.clone(),
            labels_file: self.labels.clone(),
            index_base: if self.zero_based { IndexBase::Zero } else { options.index_base },
            ..options
        }
    }
}

#[derive(Args, Debug)]
pub(crate) struct Common {
    /// Form of the result on standard output
    #[arg(long, value_enum, default_value_t = Format::Text, help_heading = "Output")]
    pub(crate) format: Format,
    /// Threads to use [default: all cores]; the result is the same for any number
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..), help_heading = "Output")]
    pub(crate) threads: Option<u16>,
    /// No progress on standard error
    #[arg(short, long, help_heading = "Output")]
    pub(crate) quiet: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Format {
    /// For people
    Text,
    /// One JSON object
    Json,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Classes {
    /// As much as their rows
    Equal,
    /// All alike
    Balanced,
}

/// What is typed for `--model`.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct ModelChoice {
    pub(crate) name: String,
    /// What the target must be for it.
    pub(crate) kind: TargetChoice,
    pub(crate) architecture: Architecture,
}

fn parse_model(text: &str) -> Result<ModelChoice, String> {
    let of = |kind, architecture| ModelChoice { name: text.into(), kind, architecture };
    Ok(match text {
        "auto" => of(TargetChoice::Auto, Architecture::Linear),
        "linear" => of(TargetChoice::Number, Architecture::Linear),
        "logistic" => of(TargetChoice::Label, Architecture::Linear),
        "softmax" => of(TargetChoice::Classes, Architecture::Linear),
        _ => match text.split(':').next() {
            Some("fm" | "mlp") => {
                of(TargetChoice::Auto, text.parse().map_err(|error: thalweg::Error| error.to_string())?)
            }
            _ => return Err("must be auto, linear, logistic, softmax, fm:rank=8 or mlp:128,64".into()),
        },
    })
}

fn parse_init(text: &str) -> Result<Init, String> {
    let deviation = |text: &str| f64::from_str(text).ok().filter(|v| *v >= 0.0 && v.is_finite()).map(Init::Normal);
    match text.split_once(':') {
        None if text == "zero" => Some(Init::Zero),
        Some(("normal", number)) => deviation(number),
        _ => None,
    }
    .ok_or_else(|| "must be zero, or normal:DEVIATION with a deviation of at least 0, as normal:0.01".into())
}

fn parse_epochs(text: &str) -> Result<u64, String> {
    text.parse().ok().filter(|epochs| *epochs > 0).ok_or_else(|| "must be a whole number of at least 1".into())
}

fn parse_batch(text: &str) -> Result<BatchSize, String> {
    match text {
        "full" => Ok(BatchSize::Full),
        _ => match text.parse() {
            Ok(0) | Err(_) => Err("must be full, or a number of rows of at least 1".into()),
            Ok(rows) => Ok(BatchSize::Rows(rows)),
        },
    }
}

/// 1000, 512K, 512M, 2G: powers of 1024.
fn parse_bytes(text: &str) -> Result<usize, String> {
    let (digits, unit) = text.split_at(text.find(|c: char| !c.is_ascii_digit()).unwrap_or(text.len()));
    let shift = match unit.trim_end_matches(['b', 'B', 'i']) {
        "" => Some(0),
        "k" | "K" => Some(10),
        "m" | "M" => Some(20),
        "g" | "G" => Some(30),
        _ => None,
    };
    let bytes = shift.zip(digits.parse::<usize>().ok()).and_then(|(shift, n)| n.checked_mul(1 << shift));
    bytes.ok_or_else(|| "must be a number of bytes, as 512M or 2G".into())
}

fn parse_delimiter(text: &str) -> Result<u8, String> {
    match text.as_bytes() {
        _ if text == "tab" || text == "\\t" => Ok(b'\t'),
        [one] if one.is_ascii() && !one.is_ascii_alphanumeric() && *one != b'"' => Ok(*one),
        _ => Err("must be one ASCII character that is no letter, digit or quote, as ';' or tab".into()),
    }
}
