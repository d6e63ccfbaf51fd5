//! Position in a text file, or in data in memory.

use std::fmt;
use std::path::PathBuf;

/// Position of a cell or a column's name: in a file, displayed as compilers do (`data.csv:3:7`), or in data in memory
/// (`row 3, column 7`).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Position {
    /// Path of the file; `None` for data in memory.
    pub path: Option<PathBuf>,
    /// Line of a file with lines, otherwise row of the data, counted from 1; 0 for the name of a column in memory.
    pub line: u64,
    /// Column in characters, not bytes, for a file with lines; otherwise column of the data. Counted from 1.
    pub column: u64,
}

impl fmt::Display for Position {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (&self.path, self.line) {
            (Some(path), line) => write!(f, "{}:{line}:{}", path.display(), self.column),
            (None, 0) => write!(f, "column {}", self.column),
            (None, row) => write!(f, "row {row}, column {}", self.column),
        }
    }
}
