//! What to measure.

use clap::{Parser, ValueEnum};
use thalweg::{Error, Method, NonFinite, StateType};

/// Measures a step of each method.
#[derive(Debug, Parser)]
pub(crate) struct Options {
    /// Methods by name; all of them unless given.
    #[arg(long, value_delimiter = ',')]
    methods: Vec<String>,
    /// Numbers of parameters.
    #[arg(long, value_delimiter = ',', default_value = "4Ki,64Ki,1Mi,16Mi,64Mi", value_parser = size)]
    pub(crate) sizes: Vec<usize>,
    /// Numbers of threads.
    #[arg(long, value_delimiter = ',', default_value = "1,2")]
    pub(crate) threads: Vec<usize>,
    /// Types of the slots: f32, bf16, 8bit.
    #[arg(long = "state", value_delimiter = ',', default_value = "f32", value_parser = state)]
    pub(crate) states: Vec<StateType>,
    /// Into how many tensors of equal length the parameters are divided.
    #[arg(long, default_value_t = 1)]
    pub(crate) tensors: usize,
    /// What is done about gradients that are not finite; libraries do nothing.
    #[arg(long, default_value = "ignore", value_parser = nonfinite)]
    pub(crate) nonfinite: NonFinite,
    /// How to print.
    #[arg(long, default_value = "table")]
    pub(crate) format: Format,
    /// What cargo passes on.
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
        _ => return Err(format!("a size must be a number with Ki, Mi or nothing, but is '{text}'")),
    };
    let number: usize = digits.parse().map_err(|_| format!("a size must begin with a number, but is '{text}'"))?;
    Ok(number * unit)
}

fn state(text: &str) -> Result<StateType, String> {
    let all = &StateType::ALL;
    all.iter().find(|(name, _)| *name == text).map(|&(_, state)| state).ok_or(format!("no state type '{text}'"))
}

fn nonfinite(text: &str) -> Result<NonFinite, String> {
    let all = &NonFinite::ALL;
    all.iter().find(|(name, _)| *name == text).map(|&(_, is)| is).ok_or("must be ignore, skip or refuse".to_owned())
}
