//! Options of `thalweg evaluate`.

use std::path::PathBuf;

use clap::Args;

use super::args::{ExecutionArgs, FormatArgs, InvalidRowArgs, MissingArgs, TableArgs};
use super::parse;

#[derive(Args, Debug)]
#[command(after_help = "\
Prints the metrics that fit prints for held-out rows, next to those of the best constant prediction
for the rows evaluated. Rows without a target are not used; an unknown label is an error, or an
invalid row with --on-error skip.

Examples:
  thalweg evaluate data.model new.csv
  thalweg evaluate data.model '2026-*.parquet' --weight count --format json")]
pub(crate) struct EvaluateCommand {
    /// Model file written by `thalweg fit`
    pub(crate) model: PathBuf,
    /// Data files with the columns of the model and its target, or glob patterns ('-': standard input)
    #[arg(required = true)]
    pub(crate) data: Vec<PathBuf>,
    #[command(flatten)]
    pub(crate) table: TableArgs,
    #[command(flatten)]
    pub(crate) missing_values: MissingArgs,
    #[command(flatten)]
    pub(crate) invalid_rows: InvalidRowArgs,
    /// Memory limit for the model, blocks of rows, and the scores of all rows, for example 512M
    #[arg(long, value_name = "BYTES", value_parser = parse::bytes, help_heading = "Data")]
    pub(crate) max_memory: Option<usize>,
    /// Column with the weight of each row, which the metrics respect
    #[arg(long, value_name = "COLUMN", help_heading = "Data")]
    pub(crate) weight: Option<String>,
    /// Seed of the draws of rows for the intervals of the metrics
    #[arg(long, value_name = "N", default_value_t = 0, help_heading = "Data")]
    pub(crate) seed: u64,
    #[command(flatten)]
    pub(crate) format: FormatArgs,
    #[command(flatten)]
    pub(crate) execution: ExecutionArgs,
}
