//! Groups of options that several commands share.

use std::path::PathBuf;

use clap::{Args, ValueEnum};
use thalweg::Schedule;
use thalweg_learn::ReadOptions;
use thalweg_learn::data::{Delimiter, IndexBase, OnError, Quoting};
use thalweg_learn::fit::LearningRate;

use super::parse;
use crate::name_list::NameList;

/// Options that describe the format of data files.
#[derive(Args, Debug)]
#[command(next_help_heading = "Data")]
pub(crate) struct TableArgs {
    /// Field delimiter of CSV files, for example ';' or tab; whitespace for runs of spaces and tabs [default: detected]
    #[arg(long, value_name = "CHARACTER", value_parser = parse::delimiter)]
    delimiter: Option<Delimiter>,
    /// Skip lines that begin with this character, for example '#'
    #[arg(long, value_name = "CHARACTER", value_parser = parse::character)]
    comment: Option<u8>,
    /// Decimal mark of numbers in CSV files: . or , [default: found where all values of a column have the same]
    #[arg(long, value_name = "MARK", value_parser = parse::mark)]
    decimal: Option<char>,
    /// Mark between thousands in CSV files, such as . , ' or space [default: found as the decimal mark is]
    #[arg(long, value_name = "MARK", value_parser = parse::mark)]
    thousands: Option<char>,
    /// Number of lines to skip at the beginning of CSV files [default: lines with fewer fields before a header, and
    /// those that begin with #]
    #[arg(long, value_name = "N")]
    skip_lines: Option<usize>,
    /// Read double quotes in CSV files as characters like any other
    #[arg(long)]
    no_quotes: bool,
    /// The feature indices of libsvm files start at 0 [default: 0 if index 0 occurs, otherwise 1]
    #[arg(long)]
    zero_based: bool,
    /// IDX file with the labels of the IDX images [default: the file of the matching name in the same folder]
    #[arg(long, value_name = "FILE")]
    labels: Option<PathBuf>,
    /// Character encoding of text files, for example latin1 [default: UTF-8]
    #[arg(long, value_name = "NAME")]
    encoding: Option<String>,
}

impl TableArgs {
    /// Returns `options` with the settings given on the command line.
    pub(crate) fn apply(&self, options: ReadOptions) -> ReadOptions {
        ReadOptions {
            delimiter: self.delimiter,
            quoting: if self.no_quotes { Quoting::None } else { Quoting::default() },
            skip_lines: self.skip_lines,
            decimal: self.decimal,
            thousands: self.thousands,
            comment: self.comment,
            encoding: self.encoding.clone(),
            labels_file: self.labels.clone(),
            index_base: if self.zero_based { IndexBase::Zero } else { options.index_base },
            ..options
        }
    }
}

/// Option for cells without a value.
#[derive(Args, Debug)]
#[command(next_help_heading = "Data")]
pub(crate) struct MissingArgs {
    /// Additional markers of missing values, besides empty cells, NA, NaN, null, None, ? and #N/A; a number such as
    /// -999 matches in any spelling, and a text with a comma is in double quotes: '"unknown, other"'
    #[arg(long, value_name = "TEXT,…", allow_hyphen_values = true)]
    pub(crate) missing: Vec<NameList>,
}

/// Option for rows that cannot be used.
#[derive(Args, Debug)]
#[command(next_help_heading = "Data")]
pub(crate) struct InvalidRowArgs {
    /// Treatment of invalid rows (wrong number of fields, text in a numeric column): fail, skip, or max=ROWS to skip at
    /// most that many
    #[arg(
        long,
        value_name = "POLICY",
        default_value = "fail",
        value_parser = parse::with_suggestion::<OnError>
    )]
    pub(crate) on_error: OnError,
}

/// Options for the learning rate of a method.
#[derive(Args, Debug)]
pub(crate) struct LearningRateArgs {
    /// Learning rate; overrides the value in --method
    #[arg(long, value_name = "RATE")]
    pub(crate) lr: Option<f64>,
}

/// Options for the learning rate of a fit.
#[derive(Args, Debug)]
pub(crate) struct FitLearningRateArgs {
    /// Learning rate, which overrides that of --method: a number, or auto for the choice of a short training whose rate
    /// grows until the loss does [default: auto for mlp without --method; otherwise that of the method]
    #[arg(long, value_name = "RATE", value_parser = parse::with_suggestion::<LearningRate>)]
    pub(crate) lr: Option<LearningRate>,
}

/// Option for the change of a learning rate from step to step.
#[derive(Args, Debug)]
pub(crate) struct ScheduleArgs {
    /// Learning-rate schedule, for example cosine, step:every=1000,factor=0.5 or warmup:steps=100+cosine
    #[arg(long, value_name = "NAME[:K=V,…]", value_parser = parse::with_suggestion::<Schedule>)]
    pub(crate) schedule: Option<Schedule>,
}

/// Options that vary a test problem or a formula.
#[derive(Args, Debug)]
pub(crate) struct FunctionArgs {
    /// Starting point: 1,2 in the order of the variables, or x=1,y=2 [default: the problem's own, or 1 for each
    /// variable]
    #[arg(short, long, value_name = "NUMBER,…", allow_hyphen_values = true)]
    pub(crate) start: Option<String>,
    /// Number of variables, for problems of variable dimension [default: the smallest possible]
    #[arg(long, value_name = "N")]
    pub(crate) dim: Option<usize>,
}

/// Options for pictures of a run.
#[derive(Args, Debug)]
#[command(next_help_heading = "Output")]
pub(crate) struct PictureArgs {
    /// Write a picture (.svg or .png) or an animation (.gif) of the paths and the progress
    #[arg(long, value_name = "FILE")]
    pub(crate) plot: Option<PathBuf>,
    /// Representation of the function in the picture
    #[arg(long, value_enum, default_value_t = View::Contour, requires = "plot")]
    pub(crate) view: View,
    /// Write a self-contained HTML page with the results, pictures and tables
    #[arg(long, value_name = "FILE")]
    pub(crate) report: Option<PathBuf>,
}

/// Representation of a function of two variables in a picture.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum View {
    /// Map with contour lines
    Contour,
    /// Surface in three dimensions
    Surface,
}

/// Option for the format of a result.
#[derive(Args, Debug)]
#[command(next_help_heading = "Output")]
pub(crate) struct FormatArgs {
    /// Format of the result on standard output
    #[arg(long, value_enum, default_value_t = OutputFormat::Text)]
    pub(crate) format: OutputFormat,
}

/// Format of a result on standard output.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum OutputFormat {
    /// Formatted text for people
    Text,
    /// A single JSON object
    Json,
}

/// Options for how a command is executed.
#[derive(Args, Debug)]
#[command(next_help_heading = "Execution")]
pub(crate) struct ExecutionArgs {
    /// Number of threads [default: `RAYON_NUM_THREADS`, or one per core; at most 16, or 4 per core]; the result does
    /// not depend on it
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..))]
    pub(crate) threads: Option<u16>,
    #[command(flatten)]
    pub(crate) messages: MessageArgs,
}

/// Option for the messages on standard error.
#[derive(Args, Debug)]
#[command(next_help_heading = "Execution")]
pub(crate) struct MessageArgs {
    /// Print no progress and no notes on standard error; warnings and errors are printed
    #[arg(short, long)]
    pub(crate) quiet: bool,
}
