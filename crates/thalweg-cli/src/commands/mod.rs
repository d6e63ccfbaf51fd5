//! Command-line interface: commands, options and their help.

mod args;
mod batches;
mod budget;
mod checkpoint;
mod compare;
mod evaluate;
mod explore;
mod export;
mod fit;
mod fit_output;
mod leading_minus;
mod minimize;
mod parse;
mod ranks;

pub(crate) use args::OutputFormat;
pub use args::View;
pub(crate) use checkpoint::CheckpointArgs;
pub(crate) use compare::{CompareCommand, ReportFormat};
pub(crate) use evaluate::EvaluateCommand;
pub(crate) use explore::ExploreCommand;
pub(crate) use export::ExportCommand;
pub(crate) use fit::FitCommand;
pub(crate) use minimize::{MinimizeCommand, PerturbRadius, Precision};

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand};
use thalweg::OptimizerSpec;

pub(crate) use ranks::RankArgs;

use args::{ExecutionArgs, FormatArgs, InvalidRowArgs, MissingArgs, TableArgs};

/// First-order optimization: fit a model to a data file, minimize a function, or compare methods.
#[derive(Debug, Parser)]
#[command(name = "thalweg", version, max_term_width = 100, allow_negative_numbers = true)]
pub(crate) struct Program {
    #[command(subcommand)]
    pub(crate) command: Command,
    #[command(flatten)]
    pub(crate) ranks: RankArgs,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Fit a model to a table: CSV, Parquet, Arrow IPC, libsvm or IDX
    Fit(Box<FitCommand>),
    /// Predict the target for the rows of a table
    Predict(PredictCommand),
    /// Measure a model on labelled rows that it has not seen
    Evaluate(EvaluateCommand),
    /// Minimize a test problem or a formula and classify the point that was reached
    Minimize(Box<MinimizeCommand>),
    /// Compare optimization methods on a test problem, a formula or a data file
    Compare(Box<CompareCommand>),
    /// Open the explorer in the browser: every method moving on any function
    Explore(ExploreCommand),
    /// List the optimization methods with their formulas and defaults
    Methods(MethodsCommand),
    /// List the test problems with their formulas, starting points and minima
    Problems(ProblemsCommand),
    /// Write a model as an ONNX file
    Export(ExportCommand),
    /// Show the contents of a model file
    Inspect(InspectCommand),
}

#[derive(Args, Debug)]
#[command(after_help = "\
Prints one prediction per line; with --on-error skip, an empty line for each invalid row. Control
characters of labels are escaped: a line end is printed as \\n. Cells that the model cannot use are
counted on standard error.

Examples:
  thalweg predict data.model new.csv
  thalweg predict data.model 'new-*.parquet' --proba -o predictions.txt")]
pub(crate) struct PredictCommand {
    /// Model file written by `thalweg fit`
    pub(crate) model: PathBuf,
    /// Data files with the columns of the model, or glob patterns ('-': standard input)
    #[arg(required = true)]
    pub(crate) data: Vec<PathBuf>,
    /// Print the probability of the positive class instead of the predicted label (with more than two classes: the
    /// probability of each)
    #[arg(long)]
    pub(crate) proba: bool,
    /// Write the predictions to this file instead of standard output
    #[arg(short, long, value_name = "FILE", help_heading = "Output")]
    pub(crate) output: Option<PathBuf>,
    #[command(flatten)]
    pub(crate) table: TableArgs,
    #[command(flatten)]
    pub(crate) missing_values: MissingArgs,
    #[command(flatten)]
    pub(crate) invalid_rows: InvalidRowArgs,
    /// Memory limit for the model and blocks of rows, for example 512M; without one the rows are read in blocks as well
    #[arg(long, value_name = "BYTES", value_parser = parse::bytes, help_heading = "Data")]
    pub(crate) max_memory: Option<usize>,
    #[command(flatten)]
    pub(crate) execution: ExecutionArgs,
}

#[derive(Args, Debug)]
pub(crate) struct MethodsCommand {
    /// Show one method only, for example adam or adam:preset=keras [default: all]
    #[arg(value_parser = parse::with_suggestion::<OptimizerSpec>)]
    pub(crate) method: Option<OptimizerSpec>,
    #[command(flatten)]
    pub(crate) output: FormatArgs,
}

#[derive(Args, Debug)]
pub(crate) struct ProblemsCommand {
    /// Show one problem only, for example rosenbrock or quadratic:condition=1e6 [default: all]
    pub(crate) problem: Option<String>,
    /// Number of variables, for problems of variable dimension [default: the smallest possible]
    #[arg(long, value_name = "N", requires = "problem")]
    pub(crate) dim: Option<usize>,
    #[command(flatten)]
    pub(crate) output: FormatArgs,
}

#[derive(Args, Debug)]
pub(crate) struct InspectCommand {
    /// Model file written by `thalweg fit`
    pub(crate) model: PathBuf,
    #[command(flatten)]
    pub(crate) output: FormatArgs,
}
