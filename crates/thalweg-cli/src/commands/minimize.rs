//! Options of `thalweg minimize`.

use std::path::PathBuf;
use std::str::FromStr;

use clap::{Args, ValueEnum};
use thalweg::OptimizerSpec;

use super::args::{FormatArgs, FunctionArgs, LearningRateArgs, MessageArgs, PictureArgs, ScheduleArgs};
use super::parse;

#[derive(Args, Debug)]
#[command(
    allow_negative_numbers = true,
    after_help = "\
A formula consists of numbers, variables, + - * / ^, parentheses, the constants pi and e, and the
functions sqrt exp log ln log10 log2 sin cos tan asin acos atan sinh cosh tanh abs sign min max
pow; log is the natural logarithm. Gradient and Hessian are computed by automatic differentiation.

Exit codes: 0 success, 1 failure, 2 usage error, 3 diverged or left the domain of f, 128 plus the
signal when interrupted (the result so far is reported).

Examples:
  thalweg minimize rosenbrock --dim 10 --method nadam:lr=0.01
  thalweg minimize '(1-x)^2 + 100*(y-x^2)^2' --start x=-1.2,y=1
  thalweg minimize '(x^2 - y^2)/2' --start 1,1e-11 --method sgd:lr=0.01 --until 'abs(y) > 1'
  thalweg minimize himmelblau --starts 50
  thalweg minimize 'x*exp(-x)' --maximize --start 3 --trace path.csv"
)]
pub(crate) struct MinimizeCommand {
    /// Test problem, for example rosenbrock (see `thalweg problems`), or formula, for example '(1-x)^2 + 100*(y-x^2)^2'
    #[arg(value_name = "PROBLEM|FORMULA")]
    pub(crate) function: String,
    #[command(flatten)]
    pub(crate) problem: FunctionArgs,
    /// Variables of the formula and their order [default: those that occur, in alphabetical order]
    #[arg(long, value_name = "NAME,…")]
    pub(crate) variables: Option<String>,
    /// Maximize instead of minimizing
    #[arg(long)]
    pub(crate) maximize: bool,
    /// Run from K starting points, --start and K-1 random ones, and list the distinct minima
    #[arg(long, value_name = "K", value_parser = clap::value_parser!(u32).range(1..=1_000_000))]
    pub(crate) starts: Option<u32>,
    /// Interval of each variable for the random starting points [default: the domain of the problem, or -5,5]
    #[arg(long, value_name = "LOW,HIGH", value_parser = parse::interval, allow_hyphen_values = true, requires = "starts")]
    pub(crate) within: Option<[f64; 2]>,
    /// Seed of the random numbers for starting points, perturbations and noisy problems
    #[arg(long, value_name = "N", default_value_t = 0)]
    pub(crate) seed: u64,
    /// Standard deviation of the normal noise on each component of the gradient [default: that of the problem, or 0]
    #[arg(long, value_name = "SIGMA", value_parser = parse::norm)]
    pub(crate) noise: Option<f64>,
    /// Floating-point type of the optimizer
    #[arg(long = "dtype", value_enum, default_value_t = Precision::F64)]
    pub(crate) precision: Precision,

    /// Optimization method and its hyperparameters, for example nag:lr=0.001 (see `thalweg methods`) [default:
    /// adam:lr=0.01]
    #[arg(
        short,
        long,
        value_name = "NAME[:K=V,…]",
        value_parser = parse::with_suggestion::<OptimizerSpec>,
        help_heading = "Method"
    )]
    pub(crate) method: Option<OptimizerSpec>,
    #[command(flatten, next_help_heading = "Method")]
    pub(crate) rate: LearningRateArgs,
    #[command(flatten)]
    pub(crate) schedule: ScheduleArgs,
    /// Escape strict saddle points: where the gradient vanishes, add a random perturbation of at most RADIUS and
    /// continue if f decreases [default radius: 0.001·(1 + ‖x‖)]
    #[arg(long, value_name = "RADIUS", num_args = 0..=1, require_equals = true, default_missing_value = "auto",
        help_heading = "Method")]
    pub(crate) perturb: Option<PerturbRadius>,

    /// Maximum number of steps
    #[arg(long, value_name = "N", default_value_t = 10_000, help_heading = "Stopping criteria")]
    pub(crate) steps: u64,
    /// Stop when the norm of the gradient is at most this
    #[arg(
        long,
        value_name = "NUMBER",
        default_value = "1e-8",
        value_parser = parse::norm,
        help_heading = "Stopping criteria"
    )]
    pub(crate) gradient_norm: f64,
    /// Stop when f is at most this (with --maximize: at least)
    #[arg(long, value_name = "NUMBER", value_parser = parse::target_value, help_heading = "Stopping criteria")]
    pub(crate) target: Option<f64>,
    /// Stop when this condition holds, for example 'abs(y) > 1'
    #[arg(long, value_name = "CONDITION", help_heading = "Stopping criteria")]
    pub(crate) until: Option<String>,

    #[command(flatten)]
    pub(crate) picture: PictureArgs,
    /// Write step, variables, f, gradient norm and learning rate of every evaluation to a CSV file
    #[arg(long, value_name = "FILE", help_heading = "Output")]
    pub(crate) trace: Option<PathBuf>,
    #[command(flatten)]
    pub(crate) format: FormatArgs,
    #[command(flatten)]
    pub(crate) messages: MessageArgs,
}

/// Largest length of the perturbation that leaves a saddle point.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum PerturbRadius {
    /// In proportion to 1 + ‖x‖.
    Auto,
    /// A positive number given by the user.
    Fixed(f64),
}

impl FromStr for PerturbRadius {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        if text == "auto" { Ok(Self::Auto) } else { parse::positive(text).map(Self::Fixed) }
    }
}

/// Floating-point type in which the optimizer works.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Precision {
    /// IEEE 754 single precision
    F32,
    /// IEEE 754 double precision
    F64,
}
