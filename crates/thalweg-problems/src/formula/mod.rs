//! Formulas: objectives given as text, with exact gradient and Hessian.

mod condition;
mod dual;
mod function;
mod lexer;
mod parser;
mod symbols;
mod tape;
mod tape_builder;

pub use condition::Condition;

use thalweg::{Error, Objective, Real};

use crate::error::Result;
use dual::Dual;
use tape::{Tape, Workspace};

/// Maximum length in bytes of a formula parsed from a user's text.
const MAX_FORMULA_BYTES: usize = 1 << 16;

/// An objective given as a formula, such as `(1-x)^2 + 100*(y-x^2)^2`.
///
/// The text is parsed once into a list of operations and evaluated in f64. The gradient is exact, by reverse-mode
/// automatic differentiation (Linnainmaa 1970): it costs at most about four times as much as the value, for any
/// number of variables. The Hessian is exact too, by one reverse pass in dual numbers for each variable (forward over
/// reverse, Pearlmutter 1994).
///
/// Formulas consist of `+ - * / ^` (or `**`), parentheses, the constants `pi` and `e`, and the functions
/// `sqrt exp log ln log10 log2 sin cos tan asin acos atan sinh cosh tanh abs sign min max pow`. `log` is the natural
/// logarithm, `-x^2` is −(x²), and `2^3^2` is 2^(3²). At a kink, for example of `abs`, the gradient is the mean of
/// both one-sided gradients.
///
/// ```
/// use thalweg::Objective;
/// use thalweg_problems::Formula;
/// let mut rosenbrock = Formula::parse("(1-x)^2 + 100*(y-x^2)^2")?;
/// assert_eq!(rosenbrock.variables(), ["x", "y"]);
/// let mut g = [0.0; 2];
/// assert_eq!(rosenbrock.eval(&[-1.0, 2.0], &mut g)?, 104.0);
/// assert_eq!(g, [396.0, 200.0]);
/// assert_eq!(rosenbrock.hessian(&[-1.0, 2.0])?, [402.0, 400.0, 400.0, 200.0]);
/// # Ok::<(), thalweg_problems::Error>(())
/// ```
#[derive(Clone, Debug)]
pub struct Formula {
    text: String,
    variables: Vec<String>,
    tape: Tape,
    workspace: Workspace<f64>,
}

impl Formula {
    /// Parses a formula. Its variables are the names found in it, in natural order (x2 before x10).
    ///
    /// # Errors
    /// [`Error::Syntax`](crate::Error::Syntax) with the position of a syntax error; [`Error::InvalidValue`] for a text
    /// of more than 65,536 bytes.
    pub fn parse(text: &str) -> Result<Self> {
        check_length(text)?;
        Self::compile(text.to_owned(), symbols::variables(text)?)
    }

    /// Parses a formula of the given variables, in this order. The gradient of a variable that does not occur is 0.
    ///
    /// # Errors
    /// As [`Formula::parse`]; [`Error::InvalidValue`] for an invalid name of a variable, [`Error::Duplicate`] for a
    /// repeated one.
    pub fn with_variables(text: &str, variables: &[&str]) -> Result<Self> {
        check_length(text)?;
        Self::compile(text.to_owned(), variables.iter().map(|&name| name.to_owned()).collect())
    }

    /// Parses a formula of any length.
    pub(crate) fn compile(text: String, variables: Vec<String>) -> Result<Self> {
        let mut seen = std::collections::HashSet::new();
        for name in &variables {
            symbols::check_variable(name)?;
            if !seen.insert(name) {
                return Err(Error::Duplicate { what: "the variables".into(), name: name.clone() }.into());
            }
        }
        let tape = parser::parse(&text, &variables)?;
        Ok(Self { text, variables, tape, workspace: Workspace::default() })
    }

    /// Returns the text of the formula.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// Returns the names of the variables, in the order of the coordinates of x.
    pub fn variables(&self) -> &[String] {
        &self.variables
    }

    /// Returns the value of the formula at `x`.
    ///
    /// # Errors
    /// [`Error::Length`] unless `x` has one number for each variable.
    pub fn value(&mut self, x: &[f64]) -> Result<f64> {
        Error::length(&"x", self.variables.len(), x.len())?;
        Ok(self.tape.value(x.iter().copied(), &mut self.workspace))
    }

    /// Returns the Hessian ∇²f(x), an n×n matrix in row-major order.
    ///
    /// # Errors
    /// [`Error::Length`] unless `x` has one number for each variable.
    pub fn hessian(&self, x: &[f64]) -> Result<Vec<f64>> {
        Error::length(&"x", self.variables.len(), x.len())?;
        let mut hessian = Vec::with_capacity(x.len() * x.len());
        let mut workspace = Workspace::default();
        for k in 0..x.len() {
            let along = |(i, &v): (usize, &f64)| Dual { v, d: if i == k { 1.0 } else { 0.0 } };
            self.tape.value(x.iter().enumerate().map(along), &mut workspace);
            hessian.extend(self.tape.gradient(&mut workspace).iter().map(|derivative| derivative.d));
        }
        Ok(hessian)
    }
}

impl<F: Real> Objective<F> for Formula {
    fn eval(&mut self, x: &[F], g: &mut [F]) -> thalweg::Result<F> {
        Error::length(&"x", self.variables.len(), x.len())?;
        let value = self.tape.value(x.iter().map(|x| x.to_f64()), &mut self.workspace);
        let gradient = self.tape.gradient(&mut self.workspace);
        g.iter_mut().zip(gradient).for_each(|(g, derivative)| *g = F::of(*derivative));
        Ok(F::of(value))
    }
}

fn check_length(text: &str) -> Result<()> {
    if text.len() <= MAX_FORMULA_BYTES {
        return Ok(());
    }
    let found = format!("{} bytes long", text.len());
    let expected = format!("at most {MAX_FORMULA_BYTES} bytes long");
    Err(Error::InvalidValue { what: "a formula".into(), expected, found }.into())
}

#[cfg(test)]
mod tests;
