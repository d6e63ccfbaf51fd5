//! Columns and interactions that are not used, with the reasons.

use serde::{Deserialize, Serialize};

use crate::error::list;

/// Column or interaction that is not used.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Exclusion {
    /// Name of the column or interaction.
    pub column: String,
    /// Reason of the exclusion.
    pub reason: ExcludeReason,
    /// Rows that the reason is true of, such as "the training rows"; `None` for all rows.
    pub rows: Option<String>,
}

/// Reason why a column or an interaction is not used.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum ExcludeReason {
    /// All rows have the same value.
    Constant {
        /// Value of all rows.
        value: String,
    },
    /// The values differ by the rounding of numbers of their size only.
    NearlyConstant {
        /// Lowest value of the column.
        lowest: String,
        /// Highest value of the column.
        highest: String,
    },
    /// The values are different integers that are one number in double precision.
    EqualAsNumbers {
        /// First of the integers.
        first: String,
        /// Another one of them.
        other: String,
    },
    /// The values are dates or times.
    Date {
        /// First value of the column.
        example: String,
    },
    /// Nearly all values are distinct, so that they identify rows.
    IdLike {
        /// Number of distinct values.
        distinct: usize,
        /// Number of rows with a value.
        rows: usize,
    },
    /// The values are sentences, of which nearly all are distinct.
    FreeText {
        /// Number of distinct values.
        distinct: usize,
        /// Number of rows with a value.
        rows: usize,
    },
    /// The values are consecutive row numbers.
    RowNumber,
    /// Excluded by the user.
    Ignored,
    /// Not among the columns that the user selected.
    NotKept,
    /// The type of the column is not supported.
    Unusable {
        /// Description of the values, such as "a list in each row".
        holds: String,
    },
    /// All values are missing.
    AllMissing,
    /// No value has a word.
    NoWords,
    /// A column of the interaction is not used.
    Without {
        /// Name of the column.
        column: String,
    },
}

impl Exclusion {
    /// Returns the reason in words, with the rows that it is true of.
    pub fn description(&self) -> String {
        let rows = self.rows.as_ref().map_or_else(String::new, |rows| format!(" in {rows}"));
        match &self.reason {
            ExcludeReason::Constant { value } => format!("constant{rows}: always '{value}'"),
            ExcludeReason::NearlyConstant { lowest, highest } => {
                format!("constant up to rounding{rows}: from {lowest} to {highest}")
            }
            ExcludeReason::EqualAsNumbers { first, other } => {
                format!("integers{rows} that are one number in double precision, such as {first} and {other}")
            }
            ExcludeReason::Date { example } => format!("dates or times{rows}, such as '{example}'"),
            ExcludeReason::IdLike { distinct, rows: values } => {
                format!("identifiers{rows}: {distinct} distinct values in {values} rows")
            }
            ExcludeReason::FreeText { distinct, rows: values } => {
                format!("free text{rows}: {distinct} distinct values in {values} rows")
            }
            ExcludeReason::RowNumber => format!("row numbers{rows}"),
            ExcludeReason::Ignored => "ignored on request".into(),
            ExcludeReason::NotKept => "not among the selected columns".into(),
            ExcludeReason::Unusable { holds } => format!("unsupported type: {holds}"),
            ExcludeReason::AllMissing => format!("all values are missing{rows}"),
            ExcludeReason::NoWords => format!("texts without words{rows}"),
            ExcludeReason::Without { column } => format!("its column '{column}' is excluded"),
        }
    }
}

/// Lists excluded columns with the reasons, the first of many.
pub(super) fn list_exclusions(exclusions: &[Exclusion]) -> String {
    if exclusions.is_empty() {
        return "the target is the only column".to_string();
    }
    let text = |exclusion: &Exclusion| format!("'{}' ({})", exclusion.column, exclusion.description());
    list(&exclusions.iter().map(text).collect::<Vec<_>>())
}
