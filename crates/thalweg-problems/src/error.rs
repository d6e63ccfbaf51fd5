//! Errors in formulas and problems.

use std::fmt;

/// Result of a function of this crate.
pub type Result<T> = std::result::Result<T, Error>;

/// An error of this crate.
#[derive(Debug)]
#[non_exhaustive]
pub enum Error {
    /// A syntax error in a formula.
    Syntax {
        /// Description of what can stand at the position.
        expected: String,
        /// Description of what stands there.
        found: String,
        /// The formula around the position.
        shown: String,
        /// Blanks followed by a `^` under the position.
        caret: String,
    },
    /// A name, number or length that is not allowed, or an error of a run.
    Optimization(thalweg::Error),
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Syntax { expected, found, shown, caret } => {
                write!(f, "expected {expected}, found {found}\n  {shown}\n  {caret}")
            }
            Self::Optimization(error) => error.fmt(f),
        }
    }
}

impl std::error::Error for Error {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            Self::Syntax { .. } => None,
            Self::Optimization(error) => error.source(),
        }
    }
}

impl From<thalweg::Error> for Error {
    fn from(error: thalweg::Error) -> Self {
        Self::Optimization(error)
    }
}
