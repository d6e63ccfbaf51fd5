//! Data that are not those of a model.

use std::fmt;
use std::path::PathBuf;

use super::format::prefix;

/// Data that a model cannot predict, since they are of another kind than its training data.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{}{problem}", prefix(path.as_deref()))]
pub struct MismatchError {
    /// Path of the first file; `None` for data in memory.
    pub path: Option<PathBuf>,
    /// Difference to the training data.
    pub problem: MismatchProblem,
}

/// Difference between data and the training data of a model.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum MismatchProblem {
    /// The model has features by index, but the data have columns only.
    NoIndexedFeatures,
    /// No value of a column was seen in training.
    UnseenLevels {
        /// Name of the column, or of the features by number.
        column: String,
        /// Number of values.
        values: u64,
    },
}

impl MismatchProblem {
    /// Returns what a model needs, in words.
    pub(super) fn expected(&self) -> &'static str {
        match self {
            Self::NoIndexedFeatures => "a libsvm file or a sparse matrix as in training",
            Self::UnseenLevels { .. } => "at least one value seen in training",
        }
    }

    /// Returns what was found instead, in words.
    pub(super) fn found(&self) -> String {
        match self {
            Self::NoIndexedFeatures => "columns".into(),
            Self::UnseenLevels { values, .. } => format!("none in {values} values"),
        }
    }
}

impl fmt::Display for MismatchProblem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Self::UnseenLevels { column, .. } = self {
            write!(f, "column '{column}': ")?;
        }
        write!(f, "expected {}, found {}", self.expected(), self.found())
    }
}
