//! File of raw runs: JSON lines, the [`ComparisonHeader`] first. A report is made from it without running anything.

use std::fmt;
use std::io::{BufRead, Read, Write};

use crate::run::{ComparisonHeader, Run};

/// Most bytes of a line.
const MAX_LINE_BYTES: u64 = 64 << 20;

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

/// Contents of a file of runs.
#[derive(Clone, Debug, PartialEq)]
pub struct RunFile {
    /// Settings that all runs share.
    pub header: ComparisonHeader,
    /// Runs in the order of the file.
    pub runs: Vec<Run>,
    /// If true, the last line ends within a run, which is not among the runs.
    pub is_cut: bool,
    /// Bytes of the header and the runs, without a line that is cut.
    pub bytes: u64,
}

/// Reads the lines that [`write_line`] wrote. An incomplete last line, as a killed program leaves it, is no run.
///
/// # Errors
/// [`RunFileError`] for the first line that is no header or no run.
pub fn read(mut reader: impl BufRead) -> Result<RunFile, RunFileError> {
    let (header, mut bytes) = read_sized_header(&mut reader)?;
    let (mut runs, mut number, mut is_cut) = (Vec::new(), 2, false);
    while let Some(line) = read_line(&mut reader, number)? {
        match serde_json::from_slice(&line.text) {
            Ok(run) => {
                runs.push(run);
                bytes += line.bytes();
            }
            Err(_) if !line.is_complete => is_cut = true,
            Err(error) => return Err(RunFileError { line: number, expected: "a run", found: error.to_string() }),
        }
        number += 1;
    }
    Ok(RunFile { header, runs, is_cut, bytes })
}

/// Reads the first line.
///
/// # Errors
/// A line that is no header.
pub fn read_header(reader: &mut impl BufRead) -> Result<ComparisonHeader, RunFileError> {
    Ok(read_sized_header(reader)?.0)
}

/// Reads the first line, and returns the number of its bytes as well.
fn read_sized_header(reader: &mut impl BufRead) -> Result<(ComparisonHeader, u64), RunFileError> {
    let error = |found: String| RunFileError { line: 1, expected: "the header of a file of runs", found };
    let line = read_line(reader, 1)?.ok_or_else(|| error("an empty file".to_string()))?;
    let header = serde_json::from_slice(&line.text).map_err(|found| error(found.to_string()))?;
    Ok((header, line.bytes()))
}

/// Line of a file, without its end.
struct Line {
    text: Vec<u8>,
    /// If false, the file ends before the line does.
    is_complete: bool,
}

impl Line {
    /// Number of its bytes, with its end.
    fn bytes(&self) -> u64 {
        self.text.len() as u64 + u64::from(self.is_complete)
    }
}

/// Reads the next line; `None` at the end of the file.
fn read_line(reader: &mut impl BufRead, number: usize) -> Result<Option<Line>, RunFileError> {
    let error = |expected, found: String| RunFileError { line: number, expected, found };
    let mut text = Vec::new();
    let read = reader.by_ref().take(MAX_LINE_BYTES + 1).read_until(b'\n', &mut text);
    if read.map_err(|found| error("text", found.to_string()))? == 0 {
        return Ok(None);
    }
    let is_complete = text.pop_if(|last| *last == b'\n').is_some();
    if text.len() as u64 > MAX_LINE_BYTES {
        return Err(error("a line of at most 64 MiB", "no end of it".to_string()));
    }
    Ok(Some(Line { text, is_complete }))
}

#[cfg(test)]
mod tests {
    use std::io::{BufReader, repeat};

    use super::*;

    #[test]
    fn a_line_without_an_end_is_refused() {
        let error = read(BufReader::new(repeat(b' '))).expect_err("the line has no end").to_string();
        assert_eq!(error, "line 1: expected a line of at most 64 MiB, found: no end of it");
    }
}
