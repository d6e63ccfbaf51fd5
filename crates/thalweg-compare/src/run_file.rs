//! File of raw runs: JSON lines, the [`ComparisonHeader`] first. A report is made from it without running anything.

use std::fmt;
use std::io::{BufRead, Write};

use crate::run::{ComparisonHeader, Run};

/// Reason why a file of runs cannot be read.
#[derive(Debug)]
pub struct RunFileError {
    /// Number of the line, counted from 1.
    pub line: usize,
    /// Expected content of the line.
    pub expected: &'static str,
    /// Description of the content that was found.
    pub found: String,
}

impl fmt::Display for RunFileError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "line {}: expected {}, found: {}", self.line, self.expected, self.found)
    }
}

impl std::error::Error for RunFileError {}

/// Writes the header or a run as one line.
///
/// # Errors
/// An error of the writer.
pub fn write_line(writer: &mut impl Write, entry: &impl serde::Serialize) -> std::io::Result<()> {
    let mut text = serde_json::to_string(entry)?;
    text.push('\n');
    writer.write_all(text.as_bytes())
}

/// Reads the lines that [`write_line`] wrote. An incomplete last line, as a killed program leaves it, is ignored.
///
/// # Errors
/// [`RunFileError`] for the first line that is no header or no run.
pub fn read(reader: impl BufRead) -> Result<(ComparisonHeader, Vec<Run>), RunFileError> {
    const HEADER: &str = "the header of a file of runs";
    let error = |index: usize, expected: &'static str, found: String| RunFileError { line: index + 1, expected, found };
    let mut lines = reader.lines().enumerate().peekable();
    let (_, first) = lines.next().ok_or_else(|| error(0, HEADER, "an empty file".into()))?;
    let first = first.map_err(|e| error(0, "text", e.to_string()))?;
    let header = serde_json::from_str(&first).map_err(|e| error(0, HEADER, e.to_string()))?;
    let mut runs = Vec::new();
    while let Some((index, text)) = lines.next() {
        let text = text.map_err(|e| error(index, "text", e.to_string()))?;
        match serde_json::from_str(&text) {
            Ok(run) => runs.push(run),
            Err(e) if e.is_eof() && lines.peek().is_none() => break,
            Err(e) => return Err(error(index, "a run", e.to_string())),
        }
    }
    Ok((header, runs))
}
