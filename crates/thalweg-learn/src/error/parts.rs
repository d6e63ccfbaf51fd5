//! Parts of errors, for messages in other forms than text.

use std::path::Path;

use super::format::list;
use super::kind::Error;
use super::mismatch::MismatchProblem;
use super::position::Position;

impl Error {
    /// Returns the path of the file; `None` for data in memory, and for errors of no file.
    pub fn path(&self) -> Option<&Path> {
        match self {
            Self::Io { path, .. }
            | Self::Decompress { path, .. }
            | Self::Destination { path, .. }
            | Self::RepeatedStream { path }
            | Self::Empty { path }
            | Self::NotModel { path, .. }
            | Self::Binary { path, .. }
            | Self::NotTable(path, _)
            | Self::TooLarge { path, .. }
            | Self::LabelCount { path, .. }
            | Self::OtherColumns { path, .. }
            | Self::NewerModel { path, .. } => Some(path),
            Self::NoRows { path }
            | Self::UnknownColumn { path, .. }
            | Self::MissingColumn { path, .. }
            | Self::Width { path, .. }
            | Self::InteractionOfExcluded { path, .. }
            | Self::TooManyFeatures { path, .. }
            | Self::ColumnType { path, .. } => path.as_deref(),
            Self::Mismatch(error) => error.path.as_deref(),
            Self::NoFeatures(error) => error.path.as_deref(),
            Self::NotUtf8 { .. }
            | Self::DuplicateColumn { .. }
            | Self::RaggedRow { .. }
            | Self::UnterminatedQuote { .. }
            | Self::LongRecord { .. }
            | Self::Cell(_)
            | Self::Target(_)
            | Self::Libsvm { .. } => self.stored_position().and_then(|at| at.path.as_deref()),
            Self::Interrupted
            | Self::Array { .. }
            | Self::TooManySkippedRows { .. }
            | Self::TargetAsFeature { .. }
            | Self::Memory(_)
            | Self::Checkpoint(_)
            | Self::Method(_) => None,
        }
    }

    /// Returns the position of the error: line and character in a text, row and column in other data. Errors of the
    /// columns of a file as a whole are at its beginning. `None` if the error belongs to no place in the data.
    pub fn position(&self) -> Option<Position> {
        match self {
            Self::MissingColumn { path: Some(path), .. } | Self::Width { path: Some(path), .. } => {
                Some(Position { path: Some(path.clone()), line: 1, column: 1 })
            }
            _ => self.stored_position().cloned(),
        }
    }

    fn stored_position(&self) -> Option<&Position> {
        match self {
            Self::NotUtf8 { at, .. }
            | Self::DuplicateColumn { at, .. }
            | Self::RaggedRow { at, .. }
            | Self::UnterminatedQuote { at }
            | Self::LongRecord { at, .. }
            | Self::Libsvm { at, .. } => Some(at),
            Self::Cell(error) => Some(&error.at),
            Self::Target(error) => Some(&error.at),
            _ => None,
        }
    }

    /// Returns the name of the column that the error is about.
    pub fn column(&self) -> Option<&str> {
        match self {
            Self::DuplicateColumn { name, .. } | Self::UnknownColumn { name, .. } => Some(name),
            Self::MissingColumn { column, .. }
            | Self::TargetAsFeature { column, .. }
            | Self::InteractionOfExcluded { column, .. }
            | Self::ColumnType { column, .. } => Some(column),
            Self::Mismatch(error) => match &error.problem {
                MismatchProblem::UnseenLevels { column, .. } => Some(column),
                MismatchProblem::NoIndexedFeatures => None,
            },
            Self::Cell(error) => Some(&error.column),
            Self::Target(error) => Some(&error.column),
            _ => None,
        }
    }

    /// Returns the value that was found: the text of a cell, a number of fields, a name.
    pub fn found(&self) -> Option<String> {
        match self {
            Self::NotUtf8 { byte, .. } => Some(format!("0x{byte:02X}")),
            Self::Empty { .. } => Some("an empty file".into()),
            Self::DuplicateColumn { name, .. } | Self::UnknownColumn { name, .. } => Some(name.clone()),
            Self::RaggedRow { found, .. } | Self::Width { found, .. } => Some(found.to_string()),
            Self::TargetAsFeature { column, .. } => Some(column.clone()),
            Self::Cell(error) => Some(error.found.clone()),
            Self::Target(error) => Some(error.problem.found()),
            Self::LabelCount { found, .. } => Some(found.0.to_string()),
            Self::NotTable(_, found) => Some(found.clone()),
            Self::Array { found, .. } | Self::Libsvm { found, .. } | Self::ColumnType { found, .. } => {
                Some(found.clone())
            }
            Self::TooManyFeatures { found, .. } => Some(found.to_string()),
            Self::Mismatch(error) => Some(error.problem.found()),
            Self::TooLarge { limit, .. } => Some(limit.found()),
            Self::Memory(need) => Some(need.found()),
            Self::OtherColumns { found, .. } => Some(list(found)),
            Self::NewerModel { format, .. } => Some(format.to_string()),
            _ => None,
        }
    }

    /// Returns what was expected instead, in words.
    pub fn expected(&self) -> Option<String> {
        match self {
            Self::NotUtf8 { .. } => Some("UTF-8 text".into()),
            Self::Empty { .. } | Self::NoRows { .. } => Some("rows".into()),
            Self::RaggedRow { expected, width_of, .. } => Some(format!("{expected} fields as in {width_of}")),
            Self::LongRecord { limit_mib, .. } => Some(format!("a row of at most {limit_mib} MiB")),
            Self::UnknownColumn { columns, .. } => Some(format!("one of {}", list(columns))),
            Self::MissingColumn { column, .. } => Some(format!("a column '{column}'")),
            Self::Width { width, .. } => {
                Some(format!("{width} fields as in training, or {} without the target", width.saturating_sub(1)))
            }
            Self::Cell(error) => Some(error.expected.to_string()),
            Self::Target(error) => Some(error.problem.expected()),
            Self::TargetAsFeature { .. } => Some("columns to predict from".into()),
            Self::Array { expected, .. } => Some(expected.clone()),
            Self::NotTable(..) => Some("a table".into()),
            Self::LabelCount { expected, .. } => Some(format!("{expected} labels")),
            Self::Libsvm { expected, .. } => Some((*expected).into()),
            Self::TooManyFeatures { limit, .. } => Some(format!("at most {limit} indexed features")),
            Self::Mismatch(error) => Some(error.problem.expected().into()),
            Self::TooLarge { limit, .. } => Some(limit.expected()),
            Self::Memory(need) => Some(need.expected()),
            Self::OtherColumns { first, expected, .. } => {
                Some(format!("the columns of {} ({})", first.display(), list(expected)))
            }
            Self::ColumnType { .. } => Some("numbers, texts or dates".into()),
            Self::NewerModel { known, .. } => Some(format!("a model format of at most {known}")),
            _ => None,
        }
    }
}
