//! Kinds of columns: numbers, categories, and columns to exclude.

use std::fmt;

use super::column_names::{is_identifier, may_be_identifier, may_be_row_number, may_be_time};
use super::levels::{MIN_ROWS, is_id_like, mostly_distinct};
use super::options::ColumnOptions;
use super::profile::ColumnProfile;
use crate::data::date::is_packed_day;
use crate::data::skipped_rows::OnError;
use crate::error::{ColumnRole, Result, list};

/// Use of a column as a feature.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ColumnKind {
    /// Number; all values are numbers.
    Number,
    /// Category; the values are names of levels.
    Category,
    /// Not used as a feature.
    Excluded(ExcludeReason),
}

/// Column or interaction that is not used.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Exclusion {
    /// Name of the column or interaction.
    pub column: String,
    /// Reason of the exclusion.
    pub reason: ExcludeReason,
}

/// Reason why a column or an interaction is not used.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ExcludeReason {
    /// All rows have the same value.
    Constant {
        /// Value of all rows.
        value: String,
    },
    /// The values differ by the rounding of numbers of their size only.
    NearlyConstant {
        /// Lowest value.
        lowest: String,
        /// Highest value.
        highest: String,
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
    /// A column of the interaction is not used.
    Without {
        /// Name of the column.
        column: String,
    },
}

impl fmt::Display for ExcludeReason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            ExcludeReason::Constant { value } => write!(f, "constant: always '{value}'"),
            ExcludeReason::NearlyConstant { lowest, highest } => {
                write!(f, "constant up to rounding: from {lowest} to {highest}")
            }
            ExcludeReason::Date { example } => write!(f, "dates or times, such as '{example}'"),
            ExcludeReason::IdLike { distinct, rows } => {
                write!(f, "identifiers: {distinct} distinct values in {rows} rows")
            }
            ExcludeReason::RowNumber => write!(f, "row numbers"),
            ExcludeReason::Ignored => write!(f, "ignored on request"),
            ExcludeReason::NotKept => write!(f, "not among the selected columns"),
            ExcludeReason::Unusable { holds } => write!(f, "unsupported type: {holds}"),
            ExcludeReason::AllMissing => write!(f, "all values are missing"),
            ExcludeReason::Without { column } => write!(f, "its column '{column}' is excluded"),
        }
    }
}

/// Lists excluded columns with the reasons, the first of many.
pub(super) fn list_exclusions(exclusions: &[Exclusion]) -> String {
    if exclusions.is_empty() {
        return "the target is the only column".to_string();
    }
    let text = |Exclusion { column, reason }: &Exclusion| format!("'{column}' ({reason})");
    list(&exclusions.iter().map(text).collect::<Vec<_>>())
}

/// Value that is used, or the reason why it is not.
pub(super) enum Inferred<T> {
    Used(T),
    Excluded(ExcludeReason),
}

/// Returns the reason why a column is not used, whatever its values are.
pub(super) fn reason_of_options(name: &str, options: &ColumnOptions) -> Option<ExcludeReason> {
    let is_in = |list: &[String]| list.iter().any(|other| other == name);
    if is_in(&options.ignore) {
        return Some(ExcludeReason::Ignored);
    }
    (!options.keep.is_empty() && !is_in(&options.keep)).then_some(ExcludeReason::NotKept)
}

/// Infers the kind of a column.
///
/// # Errors
/// A value that is no number in a column that is clearly meant as numbers.
pub(super) fn infer_kind(name: &str, profile: &ColumnProfile<'_>, options: &ColumnOptions) -> Result<ColumnKind> {
    let is_in = |list: &[String]| list.iter().any(|other| other == name);
    if profile.values == 0 {
        return Ok(ColumnKind::Excluded(ExcludeReason::AllMissing));
    }
    if profile.is_constant && profile.missing == 0 {
        return Ok(ColumnKind::Excluded(ExcludeReason::Constant { value: profile.example() }));
    }
    if is_in(&options.categorical) {
        return Ok(ColumnKind::Category);
    }
    if !profile.is_text()
        && let Some(error) = profile.nearly_number_error(ColumnRole::Feature)?
    {
        // If invalid rows are skipped, the remaining values are numbers.
        return if options.on_error == OnError::Fail { Err(error) } else { Ok(ColumnKind::Number) };
    }
    let hashed = options.hash_bits > 0;
    let is_number = profile.texts == 0;
    let kind = match (is_number, profile.is_text() || profile.are_digit_codes()) {
        (true, true) => kind_of_numbers_as_texts(profile, name, hashed)?,
        (true, false) => kind_of_numbers(profile, name, hashed)?,
        (false, _) => kind_of_texts(profile, hashed)?,
    };
    Ok(match kind {
        ColumnKind::Excluded(_) if is_in(&options.keep) && is_number => ColumnKind::Number,
        ColumnKind::Excluded(_) if is_in(&options.keep) => ColumnKind::Category,
        kind => kind,
    })
}

fn kind_of_numbers(profile: &ColumnProfile<'_>, name: &str, hashed: bool) -> Result<ColumnKind> {
    if !profile.is_integer {
        return Ok(ColumnKind::Number);
    }
    if profile.is_consecutive && profile.values >= MIN_ROWS && !may_be_time(name) {
        return Ok(ColumnKind::Excluded(ExcludeReason::RowNumber));
    }
    if profile.values >= MIN_ROWS && profile.all_values(is_packed_day)? {
        return Ok(ColumnKind::Excluded(ExcludeReason::Date { example: profile.example() }));
    }
    let levels = profile.distinct_values()?.len();
    let id_like = || Ok(ColumnKind::Excluded(ExcludeReason::IdLike { distinct: levels, rows: profile.values }));
    if mostly_distinct(levels, profile.values) && profile.values > MIN_ROWS && may_be_identifier(name) {
        return id_like();
    }
    if !is_identifier(name) && !may_be_row_number(name) {
        return Ok(ColumnKind::Number);
    }
    if is_id_like(levels, profile.values, hashed) {
        return id_like();
    }
    // The number of a shop is its name and no quantity.
    Ok(if is_identifier(name) { ColumnKind::Category } else { ColumnKind::Number })
}

/// Infers the kind of numbers that are meant as texts: categories, unless there are too many levels.
fn kind_of_numbers_as_texts(profile: &ColumnProfile<'_>, name: &str, hashed: bool) -> Result<ColumnKind> {
    let kind = kind_of_texts(profile, hashed)?;
    let has_quantities = !profile.is_integer || !profile.is_text();
    // Prices in a column of texts are quantities, but numbers of customers are not.
    if matches!(kind, ColumnKind::Excluded(ExcludeReason::IdLike { .. })) && has_quantities {
        return kind_of_numbers(profile, name, hashed);
    }
    Ok(kind)
}

fn kind_of_texts(profile: &ColumnProfile<'_>, hashed: bool) -> Result<ColumnKind> {
    // Up to one of twenty values may be something else than a date.
    if profile.dates * 20 >= profile.values * 19 {
        return Ok(ColumnKind::Excluded(ExcludeReason::Date { example: profile.example() }));
    }
    let levels = profile.distinct_values()?.len();
    if is_id_like(levels, profile.values, hashed) {
        return Ok(ColumnKind::Excluded(ExcludeReason::IdLike { distinct: levels, rows: profile.values }));
    }
    Ok(ColumnKind::Category)
}
