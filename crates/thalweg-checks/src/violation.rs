//! Findings of the checks.

use std::fmt;

/// A place in the repository that breaks a rule.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Violation {
    /// Path of the file from the root of the repository.
    pub path: String,
    /// Line number, counted from 1.
    pub line: usize,
    /// The rule and the way it is broken.
    pub message: String,
}

impl Violation {
    /// Creates a violation at `line` of the file `path`.
    pub fn new(path: &str, line: usize, message: impl Into<String>) -> Self {
        Self { path: path.to_owned(), line, message: message.into() }
    }
}

impl fmt::Display for Violation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}: {}", self.path, self.line, self.message)
    }
}
