//! What is minimized: a problem by name, or a formula.

use thalweg::{Error, Formula, Problem, ProblemInstance};

use crate::exit::Usage;
use crate::report::format::format_exact;
use crate::start_point;

/// A function as it is typed.
pub(crate) struct ObjectiveArgs<'a> {
    /// A problem's name, or a formula.
    pub(crate) function: &'a str,
    /// `--variables`.
    pub(crate) variables: Option<&'a str>,
    /// `--dim`.
    pub(crate) dim: Option<usize>,
    /// `--start`.
    pub(crate) start: Option<&'a str>,
}

impl ObjectiveArgs<'_> {
    /// The function with its start.
    pub(crate) fn objective_args(&self) -> Result<ProblemInstance, Usage> {
        let usage = |error: Error| Usage(error.to_string());
        let mut instance = if is_problem(self.function) { self.problem()? } else { self.formula()? };
        if let Some(text) = self.start {
            let start = start_point::parse(text, instance.formula.variables())?;
            instance = instance.with_start(start).map_err(usage)?;
        }
        let value = instance.formula.value(&instance.start).map_err(usage)?;
        if !value.is_finite() {
            let place = place(instance.formula.variables(), &instance.start);
            return Err(Usage(format!("the start must be where f is finite, but f is {value} at {place}")));
        }
        Ok(instance)
    }

    fn problem(&self) -> Result<ProblemInstance, Usage> {
        if self.variables.is_some() {
            return Err(Usage("--variables is for formulas; the variables of a problem have their names".into()));
        }
        ProblemInstance::named(self.function, self.dim).map_err(|error| Usage(error.to_string()))
    }

    fn formula(&self) -> Result<ProblemInstance, Usage> {
        if self.dim.is_some() {
            return Err(Usage("--dim is for problems; a formula has the variables that are in it".into()));
        }
        let formula = match self.variables {
            Some(names) => Formula::with_variables(self.function, &names.split(',').map(str::trim).collect::<Vec<_>>()),
            None => Formula::parse(self.function),
        };
        let ones = |formula: Formula| {
            let ones = vec![1.0; formula.variables().len()];
            ProblemInstance::from_formula(formula, ones)
        };
        formula.and_then(ones).map_err(|error| Usage(error.to_string()))
    }
}

/// Whether a text names a problem, or could only be meant to: a word of three letters or more is no formula of any use.
pub(crate) fn is_problem(text: &str) -> bool {
    let name = text.split(':').next().unwrap_or("").trim();
    let word = name.starts_with(|c: char| c.is_ascii_alphabetic())
        && name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_');
    Problem::is_known(text) || (word && (name.len() > 2 || text.contains(':')))
}

/// x = 1, y = 2.
pub(crate) fn place(names: &[String], x: &[f64]) -> String {
    let pairs = names.iter().zip(x).take(10).map(|(name, x)| format!("{name} = {}", format_exact(*x)));
    let more = if x.len() > 10 { ", …" } else { "" };
    pairs.collect::<Vec<_>>().join(", ") + more
}
