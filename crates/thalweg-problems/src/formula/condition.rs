//! Conditions: comparisons of two formulas.

use super::lexer::error;
use super::{Formula, check_length};
use crate::error::Result;

/// A condition on x: two formulas joined by `<`, `<=`, `>` or `>=`.
///
/// ```
/// let mut escaped = thalweg_problems::Condition::parse("abs(y) > 1", &["x", "y"])?;
/// assert!(!escaped.holds(&[5.0, -1.0])?);
/// assert!(escaped.holds(&[5.0, -1.1])?);
/// # Ok::<(), thalweg_problems::Error>(())
/// ```
#[derive(Clone, Debug)]
pub struct Condition {
    left: Formula,
    right: Formula,
    compare: fn(&f64, &f64) -> bool,
}

impl Condition {
    /// Parses a condition on the given variables.
    ///
    /// # Errors
    /// As [`Formula::with_variables`]; [`Error::Syntax`](crate::Error::Syntax) unless there is exactly one
    /// comparison.
    pub fn parse(text: &str, variables: &[&str]) -> Result<Self> {
        check_length(text)?;
        let Some(at) = text.find(['<', '>']) else {
            return Err(error(text, text.len(), "a comparison: <, <=, > or >=", "the end of the condition"));
        };
        let equal = usize::from(text[at + 1..].starts_with('='));
        let end = at + 1 + equal;
        if let Some(more) = text[end..].find(['<', '>', '=']) {
            return Err(error(text, end + more, "one comparison", "a second one"));
        }
        let compare = match (&text[at..=at], equal) {
            ("<", 0) => f64::lt,
            ("<", _) => f64::le,
            (">", 0) => f64::gt,
            _ => f64::ge,
        };
        // Each side is parsed behind blanks, so that the caret of an error points into the whole text.
        let side = |from: usize, to: usize| -> Result<Formula> {
            if text[from..to].trim().is_empty() {
                return Err(error(text, from, "a formula on each side of the comparison", "none"));
            }
            let blank: String = text[..from].chars().map(|c| if c.is_whitespace() { c } else { ' ' }).collect();
            Formula::with_variables(&(blank + &text[from..to]), variables)
        };
        Ok(Self { left: side(0, at)?, right: side(end, text.len())?, compare })
    }

    /// Returns `true` if the condition holds at `x`; `false` if a side is NaN there.
    ///
    /// # Errors
    /// [`Error::Length`](thalweg::Error::Length) unless `x` has one number for each variable.
    pub fn holds(&mut self, x: &[f64]) -> Result<bool> {
        Ok((self.compare)(&self.left.value(x)?, &self.right.value(x)?))
    }
}
