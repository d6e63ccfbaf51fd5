//! The file of raw runs: one JSON object a line, the [`ComparisonHeader`] first. A report is made again from it without running.

use std::io::{BufRead, Write};

use crate::run::{ComparisonHeader, Run};

/// A file of runs that cannot be read.
#[derive(Debug)]
pub struct RunFileError {
    /// The line, from 1.
    pub line: usize,
    /// What is wrong with it.
    pub why: String,
}

impl std::fmt::Display for RunFileError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "line {} must be {}", self.line, self.why)
    }
}

impl std::error::Error for RunFileError {}

/// Writes the header or a run as one line.
///
/// # Errors
/// What the writer says.
pub fn write_line(to: &mut impl Write, entry: &impl serde::Serialize) -> std::io::Result<()> {
    let mut text = serde_json::to_string(entry)?;
    text.push('\n');
    to.write_all(text.as_bytes())
}

/// Reads what [`write_line()`] wrote. A last line that was cut off, as when the program was killed, is left out.
///
/// # Errors
/// [`RunFileError`]: the line, and what it must be.
pub fn read(from: impl BufRead) -> Result<(ComparisonHeader, Vec<Run>), RunFileError> {
    let bad =
        |line: usize, what: &str, found: String| RunFileError { line: line + 1, why: format!("{what}, but: {found}") };
    let mut lines = from.lines().enumerate();
    let first = lines.next().map(|(_, text)| text.map_err(|error| bad(0, "text", error.to_string()))).transpose()?;
    let header = "the header of a file of runs, as `thalweg compare` writes it";
    let first = first.ok_or_else(|| bad(0, header, "the file is empty".into()))?;
    let header: ComparisonHeader = serde_json::from_str(&first).map_err(|error| bad(0, header, error.to_string()))?;
    let mut runs = Vec::new();
    let mut lines = lines.peekable();
    while let Some((i, text)) = lines.next() {
        let text = text.map_err(|error| bad(i, "text", error.to_string()))?;
        match serde_json::from_str(&text) {
            Ok(run) => runs.push(run),
            Err(error) if error.is_eof() && lines.peek().is_none() => break,
            Err(error) => return Err(bad(i, "a run", error.to_string())),
        }
    }
    Ok((header, runs))
}
