//! Notes of a reader on how it read a file.

use std::collections::BTreeMap;
use std::fmt;

use serde::{Deserialize, Serialize};

use super::number_format::NumberFormat;
use crate::error::list;

/// Note of a reader: a property of the file that decided how it was read, or that may not be intended. Its JSON form
/// is stable.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
#[non_exhaustive]
pub enum ReadNote {
    /// Lines before the header were skipped.
    SkippedLines {
        /// Number of the lines.
        lines: u64,
        /// Text of the first one.
        first: String,
    },
    /// Columns were renamed that have the name of a column before them.
    RenamedColumns {
        /// Their new names.
        columns: Vec<String>,
    },
    /// Numbers have a format of their own.
    NumberFormat {
        /// Columns with these numbers.
        columns: Vec<String>,
        /// Format of the numbers.
        #[serde(flatten)]
        format: NumberFormat,
    },
    /// Quoted fields contain line ends whose lines look like rows, in a file without other quoted fields.
    QuotedRows {
        /// Number of the fields.
        fields: u64,
        /// Lines on which the first of them begin.
        lines: Vec<u64>,
    },
    /// Texts that were said to mean a missing value, but that no cell has.
    UnmatchedMissing {
        /// Texts that no cell has.
        tokens: Vec<String>,
    },
}

impl ReadNote {
    /// Returns a note for each format, with the names of its columns in the order of the file.
    pub(super) fn of_formats(formats: &BTreeMap<String, NumberFormat>, names: &[String]) -> Vec<ReadNote> {
        let mut notes: Vec<ReadNote> = Vec::new();
        for (name, found) in names.iter().filter_map(|name| Some((name, formats.get(name)?))) {
            let same = notes.iter_mut().find_map(|note| match note {
                Self::NumberFormat { columns, format } if format == found => Some(columns),
                _ => None,
            });
            match same {
                Some(columns) => columns.push(name.clone()),
                None => notes.push(Self::NumberFormat { columns: vec![name.clone()], format: found.clone() }),
            }
        }
        notes
    }

    /// Returns the note on texts that no cell has, if there are any.
    pub(super) fn of_unmatched(tokens: Vec<String>) -> Option<ReadNote> {
        (!tokens.is_empty()).then_some(Self::UnmatchedMissing { tokens })
    }

    /// Returns the note on renamed columns, if there are any.
    pub(in crate::data) fn of_renamed(columns: Vec<String>) -> Option<ReadNote> {
        (!columns.is_empty()).then_some(Self::RenamedColumns { columns })
    }

    /// Returns `true` if rows may have been lost.
    pub fn is_warning(&self) -> bool {
        matches!(self, Self::QuotedRows { .. })
    }
}

impl fmt::Display for ReadNote {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::SkippedLines { lines: 1, first } => write!(f, "the line before the header: {first}"),
            Self::SkippedLines { lines, first } => write!(f, "{lines} lines before the header: {first} …"),
            Self::RenamedColumns { columns } => {
                write!(f, "columns with a name that was used before: {}", list(columns))
            }
            Self::NumberFormat { columns, format } => write!(f, "{}: {format}", list(columns)),
            Self::UnmatchedMissing { tokens } => write!(f, "texts of missing values: {}", list(tokens)),
            Self::QuotedRows { fields, lines } => {
                let lines: Vec<String> = lines.iter().map(u64::to_string).collect();
                let (what, verb) =
                    if *fields == 1 { ("a quoted field", "contains") } else { ("quoted fields", "contain") };
                let on = if lines.len() == 1 { "line" } else { "lines" };
                write!(
                    f,
                    "{what} that begin{} on {on} {} {verb} line ends",
                    if *fields == 1 { "s" } else { "" },
                    list(&lines)
                )
            }
        }
    }
}
