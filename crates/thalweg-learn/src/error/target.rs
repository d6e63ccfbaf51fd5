//! Errors of the target column.

use std::fmt;

use super::format::list;
use super::position::Position;

/// Target column that cannot be learned.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{at}: target '{column}': {problem}")]
pub struct TargetError {
    /// Position of the column's name.
    pub at: Position,
    /// Name of the target.
    pub column: String,
    /// Reason why it cannot be learned.
    pub problem: TargetProblem,
}

/// Reason why a target cannot be learned.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum TargetProblem {
    /// All values are missing.
    Missing,
    /// All rows have the same value.
    Constant {
        /// Value of all rows.
        value: String,
        /// Number of rows of weight 0, which do not count.
        without_weight: usize,
    },
    /// The values differ by the rounding of numbers of their size only.
    NearlyConstant {
        /// Lowest value.
        lowest: String,
        /// Highest value.
        highest: String,
    },
    /// The values differ by so little that squares of their differences are 0.
    SmallDeviation {
        /// Standard deviation of the values.
        deviation: String,
    },
    /// A target of two labels has another number of them.
    NotBinary {
        /// Distinct labels that were found.
        labels: Vec<String>,
    },
    /// There are more labels than a classifier can learn.
    TooManyLabels {
        /// Maximum number of labels.
        limit: usize,
        /// Number of labels found.
        found: usize,
        /// Number of rows with a label.
        rows: usize,
    },
}

impl TargetProblem {
    /// Returns what a target must have, in words.
    pub(super) fn expected(&self) -> String {
        match self {
            TargetProblem::Missing => "values".into(),
            TargetProblem::Constant { .. } => "at least two distinct values".into(),
            TargetProblem::NearlyConstant { .. } => "values that differ by more than rounding".into(),
            TargetProblem::SmallDeviation { .. } => "a standard deviation of at least 1e-161".into(),
            TargetProblem::NotBinary { .. } => "two distinct labels".into(),
            TargetProblem::TooManyLabels { limit, .. } => {
                format!("at most {limit} distinct labels with two rows for each on average")
            }
        }
    }

    /// Returns what the target has instead, in words.
    pub(super) fn found(&self) -> String {
        match self {
            TargetProblem::Missing => "only missing ones".into(),
            TargetProblem::Constant { value, without_weight: 0 } => format!("only '{value}'"),
            TargetProblem::Constant { value, without_weight: rows } => {
                format!("all the weight on '{value}': {rows} other rows have the weight 0")
            }
            TargetProblem::NearlyConstant { lowest, highest } => format!("values from {lowest} to {highest}"),
            TargetProblem::SmallDeviation { deviation } => deviation.clone(),
            TargetProblem::NotBinary { labels } => format!("{}: {}", labels.len(), list(labels)),
            TargetProblem::TooManyLabels { found, rows, .. } => format!("{found} in {rows} rows"),
        }
    }
}

impl fmt::Display for TargetProblem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "expected {}, found {}", self.expected(), self.found())
    }
}
