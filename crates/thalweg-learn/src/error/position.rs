//! Position in a text file.

use std::fmt;
use std::path::PathBuf;

/// Position in a text file, displayed as compilers do: `data.csv:3:7`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Position {
    /// Path of the file.
    pub path: PathBuf,
    /// Line, counted from 1.
    pub line: u64,
    /// Column in characters, not bytes, counted from 1.
    pub column: u64,
}

impl fmt::Display for Position {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}:{}", self.path.display(), self.line, self.column)
    }
}
