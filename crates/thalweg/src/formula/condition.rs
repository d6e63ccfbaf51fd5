//! `abs(y) > 1`: two formulas compared.

use super::token::error;
use super::{Formula, check_length};
use crate::error::Result;

/// A condition on x: two formulas with `<`, `<=`, `>` or `>=` between them.
///
/// ```
/// let mut escaped = thalweg::Condition::parse("abs(y) > 1", &["x", "y"])?;
/// assert!(!escaped.holds(&[5.0, -1.0])?);
/// assert!(escaped.holds(&[5.0, -1.1])?);
/// # Ok::<(), thalweg::Error>(())
/// ```
#[derive(Clone, Debug)]
pub struct Condition {
    left: Formula,
    right: Formula,
    compares: fn(&f64, &f64) -> bool,
}

impl Condition {
    /// Reads a condition on the variables named.
    ///
    /// # Errors
    /// As [`Formula::with_variables`]; [`Error::Formula`](crate::Error::Formula) where there is not one comparison.
    pub fn parse(text: &str, variables: &[&str]) -> Result<Self> {
        check_length(text)?;
        let Some(at) = text.find(['<', '>']) else {
            return Err(error(text, text.len(), "a comparison: <, <=, > or >=", "it ends"));
        };
        let equal = usize::from(text[at + 1..].starts_with('='));
        let end = at + 1 + equal;
        if let Some(more) = text[end..].find(['<', '>', '=']) {
            return Err(error(text, end + more, "one comparison", "this is another"));
        }
        let compares = match (&text[at..=at], equal) {
            ("<", 0) => f64::lt,
            ("<", _) => f64::le,
            (">", 0) => f64::gt,
            _ => f64::ge,
        };
        // The sides are read in their places, so that a caret points into the whole.
        let side = |from: usize, to: usize| -> Result<Formula> {
            if text[from..to].trim().is_empty() {
                let expected = "a formula on each side of the comparison";
                return Err(error(text, from, expected, "there is none"));
            }
            let blank: String = text[..from].chars().map(|c| if c.is_whitespace() { c } else { ' ' }).collect();
            Formula::with_variables(&(blank + &text[from..to]), variables)
        };
        Ok(Self { left: side(0, at)?, right: side(end, text.len())?, compares })
    }

    /// Whether it holds at `x`.
    ///
    /// # Errors
    /// [`Error::Length`](crate::Error::Length) where x has not one number for each variable.
    pub fn holds(&mut self, x: &[f64]) -> Result<bool> {
        Ok((self.compares)(&self.left.value(x)?, &self.right.value(x)?))
    }
}
