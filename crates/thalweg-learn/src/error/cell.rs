//! Errors of single cells.

use std::fmt;

use super::format::one_of;
use super::position::Position;

/// Cell whose value is not what its column requires.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{at}: column '{column}': expected {expected}, found '{found}'{}", expected.details())]
pub struct CellError {
    /// Position of the cell.
    pub at: Position,
    /// Name of the column.
    pub column: String,
    /// Requirement that the cell violates.
    pub expected: ExpectedCell,
    /// Text of the cell.
    pub found: String,
}

/// Requirement on the cells of a column.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ExpectedCell {
    /// A number; with statistics of the column if all of it was inspected.
    Number(Option<NonNumbers>),
    /// A finite number that is small enough to compute with.
    FiniteNumber,
    /// A weight of a row: a number of at least 0.
    Weight,
    /// A count for Poisson regression: a number of at least 0.
    Count,
    /// One of the labels of the target.
    Label(Vec<String>),
}

/// Statistics of a column of numbers that contains other values.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NonNumbers {
    /// Number of cells with a value.
    pub values: usize,
    /// Number of values that are not numbers.
    pub non_numbers: usize,
    /// If true, the cell is a number with a decimal comma.
    pub decimal_comma: bool,
    /// Role of the column.
    pub role: ColumnRole,
}

/// Role of a column in a model.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ColumnRole {
    /// Column to predict from.
    Feature,
    /// Column that is predicted.
    Target,
}

impl fmt::Display for ExpectedCell {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            ExpectedCell::Number(_) => f.write_str("a number"),
            ExpectedCell::FiniteNumber => f.write_str("a finite number of moderate size"),
            ExpectedCell::Weight => f.write_str("a weight of at least 0"),
            ExpectedCell::Count => f.write_str("a count of at least 0"),
            ExpectedCell::Label(labels) => f.write_str(&one_of(labels)),
        }
    }
}

impl ExpectedCell {
    fn details(&self) -> String {
        match self {
            ExpectedCell::Number(Some(NonNumbers { decimal_comma: true, .. })) => {
                " (a comma may be a decimal mark, or separate thousands)".to_string()
            }
            ExpectedCell::Number(Some(NonNumbers { values, non_numbers, .. })) => {
                let verb = if *non_numbers == 1 { "is not a number" } else { "are not numbers" };
                format!(" ({non_numbers} of {values} values {verb})")
            }
            _ => String::new(),
        }
    }
}
