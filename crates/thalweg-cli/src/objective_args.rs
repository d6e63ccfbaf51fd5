//! Arguments that select the function to minimize: a test problem by name, or a formula.

use thalweg_problems::{Formula, Problem, ProblemInstance};

use crate::exit::UsageError;
use crate::report::format::format_exact;
use crate::start_point;

/// Coordinates shown of a point in a message.
const MAX_SHOWN_COORDINATES: usize = 10;

/// A function with its options as given on the command line.
pub(crate) struct ObjectiveArgs<'a> {
    /// The name of a test problem, or a formula.
    pub(crate) function: &'a str,
    /// Variables of a formula and their order, from `--variables`.
    pub(crate) variables: Option<&'a str>,
    /// Number of variables of a problem, from `--dim`.
    pub(crate) dim: Option<usize>,
    /// Starting point as text, from `--start`.
    pub(crate) start: Option<&'a str>,
}

impl ObjectiveArgs<'_> {
    /// Returns the function with its starting point, at which it must be finite.
    pub(crate) fn instance(&self) -> Result<ProblemInstance, UsageError> {
        let mut instance = if Problem::is_meant_by(self.function) { self.problem()? } else { self.formula()? };
        if let Some(text) = self.start {
            let start = start_point::parse(text, instance.formula.variables())?;
            instance = instance.with_start(start)?;
        }
        let value = instance.formula.value(&instance.start)?;
        if !value.is_finite() {
            let point = format_point(instance.formula.variables(), &instance.start);
            return Err(UsageError(format!("expected a start where f is finite, found f = {value} at {point}")));
        }
        Ok(instance)
    }

    fn problem(&self) -> Result<ProblemInstance, UsageError> {
        if self.variables.is_some() {
            return Err(UsageError("--variables applies to formulas only; test problems have named variables".into()));
        }
        Ok(ProblemInstance::named(self.function, self.dim)?)
    }

    fn formula(&self) -> Result<ProblemInstance, UsageError> {
        if self.dim.is_some() {
            return Err(UsageError(
                "--dim applies to test problems only; the dimension of a formula is the number of its variables".into(),
            ));
        }
        let formula = match self.variables {
            Some(names) => {
                Formula::with_variables(self.function, &names.split(',').map(str::trim).collect::<Vec<_>>())?
            }
            None => Formula::parse(self.function)?,
        };
        let ones = vec![1.0; formula.variables().len()];
        Ok(ProblemInstance::from_formula(formula, ones)?)
    }
}

/// Formats a point with the names of its variables: `x = 1, y = 2`.
pub(crate) fn format_point(names: &[String], x: &[f64]) -> String {
    let pairs = names.iter().zip(x).take(MAX_SHOWN_COORDINATES);
    let pairs: Vec<_> = pairs.map(|(name, x)| format!("{name} = {}", format_exact(*x))).collect();
    let more = if x.len() > MAX_SHOWN_COORDINATES { ", …" } else { "" };
    pairs.join(", ") + more
}
