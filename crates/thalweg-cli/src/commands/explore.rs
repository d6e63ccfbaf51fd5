//! `thalweg minimize` and `thalweg compare` as they are typed.

use std::path::PathBuf;

use clap::{Args, ValueEnum};
use thalweg::{OptimizerSpec, Schedule};
use thalweg_compare::Protocol;
use thalweg_learn::model::Loss;
use thalweg_learn::train::BatchSize;

use super::{Format, parse_batch};

#[derive(Args, Debug)]
#[command(
    allow_negative_numbers = true,
    after_help = "\
A formula has + - * / ^ and parentheses, the constants pi and e, and the functions sqrt exp log ln
log10 log2 sin cos tan asin acos atan sinh cosh tanh abs sign min max pow; log is the natural
logarithm. Its gradient and Hessian are exact.

Exit codes: 0 done, 1 failure, 2 usage, 3 diverged or left the domain, 130 or 143 interrupted (what
is done is reported).

Examples:
  thalweg minimize rosenbrock --dim 10 --method nadam:lr=0.01
  thalweg minimize '(1-x)^2 + 100*(y-x^2)^2' --start x=-1.2,y=1
  thalweg minimize '(x^2 - y^2)/2' --start 1,1e-11 --method sgd:lr=0.01 --until 'abs(y) > 1'
  thalweg minimize himmelblau --starts 50
  thalweg minimize 'x*exp(-x)' --maximize --start 3 --trace path.csv"
)]
pub(crate) struct MinimizeCommand {
    /// Problem, as rosenbrock (see `thalweg problems`), or formula, as '(1-x)^2 + 100*(y-x^2)^2' (after -- if it begins
    /// with a minus)
    #[arg(value_name = "PROBLEM|FORMULA")]
    pub(crate) function: String,
    /// Where to begin: 1,2 in the order of the variables, or x=1,y=2 [default: the problem's start, or 1 for each]
    #[arg(short, long, value_name = "NUMBER,…", allow_hyphen_values = true)]
    pub(crate) start: Option<String>,
    /// The variables and their order [default: those in the formula, by the alphabet]
    #[arg(long, value_name = "NAME,…")]
    pub(crate) variables: Option<String>,
    /// How many variables a problem of any number has [default: its fewest]
    #[arg(long, value_name = "N")]
    pub(crate) dim: Option<usize>,
    /// Upwards
    #[arg(long)]
    pub(crate) maximize: bool,
    /// Begin at so many points, the first at --start, the others at random, and list the minima that are found
    #[arg(long, value_name = "K", value_parser = clap::value_parser!(u32).range(1..=1_000_000))]
    pub(crate) starts: Option<u32>,
    /// Interval of each variable for the starts at random [default: the problem's domain, or -5,5]
    #[arg(long, value_name = "LOW,HIGH", value_parser = parse_interval, allow_hyphen_values = true, requires = "starts")]
    pub(crate) within: Option<[f64; 2]>,
    /// Seed of starts, pushes and the noise of a problem
    #[arg(long, value_name = "N", default_value_t = 0)]
    pub(crate) seed: u64,
    /// Type of the numbers in which the method works
    #[arg(long, value_enum, default_value_t = Dtype::F64)]
    pub(crate) dtype: Dtype,

    /// Method and its parameters, as nag:lr=0.001 (see `thalweg methods`) [default: adam:lr=0.01]
    #[arg(short, long, value_name = "NAME[:K=V,…]", help_heading = "Method")]
    pub(crate) method: Option<OptimizerSpec>,
    /// Learning rate, in place of the method's
    #[arg(long, value_name = "RATE", help_heading = "Method")]
    pub(crate) lr: Option<f64>,
    /// Factor of the rate at each step, as cosine, step:every=1000,factor=0.5
    #[arg(long, value_name = "NAME[:K=V,…]", help_heading = "Method")]
    pub(crate) schedule: Option<Schedule>,

    /// Steps at most
    #[arg(long, value_name = "N", default_value_t = 10_000, help_heading = "Stopping")]
    pub(crate) steps: u64,
    /// Stop where the gradient's norm is at most this
    #[arg(long, value_name = "NUMBER", default_value_t = 1e-8, value_parser = parse_norm, help_heading = "Stopping")]
    pub(crate) gradient_norm: f64,
    /// Stop where f is at most this (at least, with --maximize)
    #[arg(long, value_name = "NUMBER", value_parser = parse_target, help_heading = "Stopping")]
    pub(crate) target: Option<f64>,
    /// Stop where this holds, as 'abs(y) > 1'
    #[arg(long, value_name = "CONDITION", help_heading = "Stopping")]
    pub(crate) until: Option<String>,

    /// Where the gradient vanishes, push x (by up to RADIUS) and go on if f falls: leaves strict saddles
    /// [default radius: 0.001·(1 + ‖x‖)]
    #[arg(long, value_name = "RADIUS", num_args = 0..=1, require_equals = true, default_missing_value = "auto",
        value_parser = parse_radius, help_heading = "Method")]
    pub(crate) perturb: Option<Radius>,

    /// Draw the path and the progress to a .svg or .png file, or the path as it moves to a .gif
    #[arg(long, value_name = "FILE", help_heading = "Output")]
    pub(crate) plot: Option<PathBuf>,
    /// How --plot shows f
    #[arg(long, value_enum, default_value_t = View::Contour, help_heading = "Output", requires = "plot")]
    pub(crate) view: View,
    /// Write a page with pictures and numbers to an .html file, which needs no other
    #[arg(long, value_name = "FILE", help_heading = "Output")]
    pub(crate) report: Option<PathBuf>,
    /// Write step, variables, f, gradient norm and rate of every evaluation to a CSV file
    #[arg(long, value_name = "FILE", help_heading = "Output")]
    pub(crate) trace: Option<PathBuf>,
    /// Form of the result on standard output
    #[arg(long, value_enum, default_value_t = Format::Text, help_heading = "Output")]
    pub(crate) format: Format,
    /// No progress on standard error
    #[arg(short, long, help_heading = "Output")]
    pub(crate) quiet: bool,
}

/// How far x is pushed from a saddle.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Radius {
    /// In proportion to x.
    Auto,
    /// So far.
    Fixed(f64),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Dtype {
    F32,
    F64,
}

/// How a function is drawn.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum View {
    /// Lines of equal height
    Contour,
    /// A surface in three dimensions
    Surface,
}

#[derive(Args, Debug)]
#[command(
    allow_negative_numbers = true,
    after_help = "\
Settings are chosen on some seeds and reported on others; all methods see the same starts, or the
same batches. A protocol says how a setting is chosen: defaults (it is not), rate (from a grid of
rates, which is extended while the best lies at its end), tuned (rate and other numbers, by the
same number of trials for each). A miss is shown as >BUDGET.

Exit codes: 0 done, 1 failure, 2 usage, 4 bad data, 130 or 143 interrupted (what is done is kept
and reported).

Examples:
  thalweg compare rosenbrock
  thalweg compare rosenbrock --dim 10 --methods momentum,nag,adam --protocol tuned --trials 50
  thalweg compare data.csv --target price --epochs 20
  thalweg compare --from rosenbrock.runs.jsonl --format markdown"
)]
pub(crate) struct CompareCommand {
    /// Problem (see `thalweg problems`), formula, or, with --target, CSV file
    #[arg(value_name = "PROBLEM|FORMULA|DATA", required_unless_present = "from")]
    pub(crate) on: Option<String>,
    /// Make the report of the runs in this file, and run nothing
    #[arg(long, value_name = "FILE", conflicts_with_all = ["on", "methods", "protocol", "trials", "schedule", "tuning_seeds",
        "seeds", "steps", "dim", "start", "target", "epochs", "batch_size", "loss", "l2", "runs"])]
    pub(crate) from: Option<PathBuf>,
    /// Methods, as sgd,momentum:momentum=0.95,adam, or all
    #[arg(short, long, value_name = "NAME,…", default_value = "sgd,momentum,nag,adagrad,rmsprop,adadelta,adam,nadam")]
    pub(crate) methods: String,
    /// How settings are chosen; each protocol has a table of its own
    #[arg(short, long, value_enum, value_delimiter = ',', default_values_t = [Choice::Defaults, Choice::Rate])]
    pub(crate) protocol: Vec<Choice>,
    /// Trials of each method in the protocol tuned, which this adds
    #[arg(long, value_name = "K", value_parser = clap::value_parser!(u32).range(1..))]
    pub(crate) trials: Option<u32>,
    /// Factor of the rate at each step, the same for all, as cosine
    #[arg(long, value_name = "NAME[:K=V,…]", default_value = "constant")]
    pub(crate) schedule: Schedule,
    /// Seeds to choose settings on
    #[arg(long, value_name = "N", default_value_t = 5, value_parser = clap::value_parser!(u32).range(1..=10_000))]
    pub(crate) tuning_seeds: u32,
    /// Seeds to report on
    #[arg(long, value_name = "N", default_value_t = 10, value_parser = clap::value_parser!(u32).range(1..=10_000))]
    pub(crate) seeds: u32,

    /// Steps of a run [default: 5000]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u64).range(1..), help_heading = "On a problem or a formula")]
    pub(crate) steps: Option<u64>,
    /// How many variables a problem of any number has [default: its fewest]
    #[arg(long, value_name = "N", help_heading = "On a problem or a formula")]
    pub(crate) dim: Option<usize>,
    /// Where to begin; seeds move it by a tenth [default: the problem's start, or 1 for each]
    #[arg(
        short,
        long,
        value_name = "NUMBER,…",
        allow_hyphen_values = true,
        help_heading = "On a problem or a formula"
    )]
    pub(crate) start: Option<String>,

    /// Column to predict
    #[arg(short, long, value_name = "COLUMN", help_heading = "On data")]
    pub(crate) target: Option<String>,
    /// Epochs of a run [default: 20]
    #[arg(short, long, value_name = "N", help_heading = "On data", value_parser = super::parse_epochs)]
    pub(crate) epochs: Option<u64>,
    /// Rows in a batch: 1, a number, or full [default: rows/100, from 16 to 256]
    #[arg(short, long, value_name = "ROWS", value_parser = parse_batch, help_heading = "On data")]
    pub(crate) batch_size: Option<BatchSize>,
    /// What is wrong with a prediction, as for fit [default: squared for a number, logistic for a label]
    #[arg(long, value_name = "NAME[:K=V]", help_heading = "On data")]
    pub(crate) loss: Option<Loss>,
    /// Weight of Σw²/2 beside the mean loss, the same for all [default: 1/rows]
    #[arg(long, value_name = "NUMBER", help_heading = "On data")]
    pub(crate) l2: Option<f64>,

    /// Where all runs are written [default: the problem's or the file's name with .runs.jsonl, in this folder]
    #[arg(long, value_name = "FILE", help_heading = "Output")]
    pub(crate) runs: Option<PathBuf>,
    /// Draw paths, progress, rates and targets of the last protocol to a .svg or .png file, or the race of all methods to a .gif
    #[arg(long, value_name = "FILE", help_heading = "Output")]
    pub(crate) plot: Option<PathBuf>,
    /// How --plot shows f
    #[arg(long, value_enum, default_value_t = View::Contour, help_heading = "Output", requires = "plot")]
    pub(crate) view: View,
    /// Write a page with verdict, pictures and numbers to an .html file, which needs no other
    #[arg(long, value_name = "FILE", help_heading = "Output")]
    pub(crate) report: Option<PathBuf>,
    /// Form of the report on standard output
    #[arg(long, value_enum, default_value_t = ReportFormat::Text, help_heading = "Output")]
    pub(crate) format: ReportFormat,
    /// Threads to use [default: all cores]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..), help_heading = "Output")]
    pub(crate) threads: Option<u16>,
    /// No progress on standard error
    #[arg(short, long, help_heading = "Output")]
    pub(crate) quiet: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Choice {
    /// The method as it is
    Defaults,
    /// The rate, from a grid
    Rate,
    /// All its numbers, by trials
    Tuned,
}

impl Choice {
    pub(crate) fn protocol(self) -> Protocol {
        match self {
            Self::Defaults => Protocol::Defaults,
            Self::Rate => Protocol::LearningRate,
            Self::Tuned => Protocol::Tuned,
        }
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum ReportFormat {
    /// For people
    Text,
    /// One JSON object
    Json,
    /// A line for each protocol, method and target
    Csv,
    /// Tables in Markdown
    Markdown,
}

#[derive(Args, Debug)]
pub(crate) struct ProblemsCommand {
    /// One problem, as rosenbrock or quadratic:condition=1e6 [default: all]
    pub(crate) problem: Option<String>,
    /// How many variables a problem of any number has [default: its fewest]
    #[arg(long, value_name = "N", requires = "problem")]
    pub(crate) dim: Option<usize>,
    /// Form of the output
    #[arg(long, value_enum, default_value_t = Format::Text)]
    pub(crate) format: Format,
}

fn parse_radius(text: &str) -> Result<Radius, String> {
    match text {
        "auto" => Ok(Radius::Auto),
        _ => text
            .parse()
            .ok()
            .filter(|radius: &f64| *radius > 0.0 && radius.is_finite())
            .map(Radius::Fixed)
            .ok_or_else(|| "must be a positive number".into()),
    }
}

fn parse_norm(text: &str) -> Result<f64, String> {
    text.parse().ok().filter(|norm: &f64| *norm >= 0.0).ok_or_else(|| "must be a number of at least 0".into())
}

fn parse_target(text: &str) -> Result<f64, String> {
    text.parse().ok().filter(|target: &f64| !target.is_nan()).ok_or_else(|| "must be a number".into())
}

fn parse_interval(text: &str) -> Result<[f64; 2], String> {
    let ends = text.split_once(',').and_then(|(low, high)| Some([low.trim().parse().ok()?, high.trim().parse().ok()?]));
    let fits = |ends: &[f64; 2]| ends[0] < ends[1] && ends.iter().all(|end| end.is_finite());
    ends.filter(fits).ok_or_else(|| "must be two finite numbers, the smaller first, as -5,5".into())
}
