//! Command-line options of the benchmark.

use clap::{Parser, ValueEnum};
use thalweg::method::{NonFinite, StateType};
use thalweg::optimizer::Isa;
use thalweg::{Error, Method};

/// Measures the time of a step of each method.
#[derive(Debug, Parser)]
pub(crate) struct Options {
    /// Names of the methods. Default: all.
    #[arg(long, value_delimiter = ',')]
    methods: Vec<String>,
    /// Numbers of parameters, measured one after another.
    #[arg(long, value_delimiter = ',', default_value = "4Ki,64Ki,1Mi,16Mi,64Mi", value_parser = size)]
    pub(crate) sizes: Vec<usize>,
    /// Numbers of threads, measured one after another.
    #[arg(long, value_delimiter = ',', default_value = "1,2")]
    pub(crate) threads: Vec<usize>,
    /// Types of the optimizer states: f32, bf16, 8bit.
    #[arg(long = "state", value_delimiter = ',', default_value = "f32", value_parser = state)]
    pub(crate) states: Vec<StateType>,
    /// Number of tensors of equal length into which the parameters are divided.
    #[arg(long, default_value_t = 1)]
    pub(crate) tensors: usize,
    /// Policy for gradients that are not finite: ignore (as other libraries do), skip or refuse.
    #[arg(long, default_value = "ignore", value_parser = nonfinite)]
    pub(crate) nonfinite: NonFinite,
    /// Instruction set: scalar, avx2, avx512 or neon. Default: the widest of this machine.
    #[arg(long)]
    pub(crate) isa: Option<Isa>,
    /// Output format: a table, or JSON.
    #[arg(long, default_value = "table")]
    pub(crate) format: Format,
    /// Passed by `cargo bench`.
    #[arg(long, hide = true)]
    bench: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Format {
    Table,
    Json,
}

impl Options {
    pub(crate) fn methods(&self) -> Result<Vec<Method>, Error> {
        if self.methods.is_empty() {
            return Ok(Method::all());
        }
        self.methods.iter().map(|name| Method::named(name)).collect()
    }
}

fn size(text: &str) -> Result<usize, String> {
    let (digits, unit) = text.split_at(text.find(|c: char| !c.is_ascii_digit()).unwrap_or(text.len()));
    let unit = match unit {
        "" => 1,
        "Ki" => 1 << 10,
        "Mi" => 1 << 20,
        _ => return Err(format!("expected a size with the unit Ki, Mi or none, found '{text}'")),
    };
    let number: usize =
        digits.parse().map_err(|_| format!("expected a size that begins with a number, found '{text}'"))?;
    Ok(number * unit)
}

fn state(text: &str) -> Result<StateType, String> {
    let all = &StateType::ALL;
    all.iter()
        .find(|(name, _)| *name == text)
        .map(|&(_, state)| state)
        .ok_or(format!("unknown state type '{text}'; known types: f32, bf16, 8bit"))
}

fn nonfinite(text: &str) -> Result<NonFinite, String> {
    let all = &NonFinite::ALL;
    all.iter()
        .find(|(name, _)| *name == text)
        .map(|&(_, policy)| policy)
        .ok_or("expected ignore, skip or refuse".to_owned())
}
