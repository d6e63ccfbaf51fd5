//! Kinds of columns: numbers, categories, and columns to exclude.

use super::column_names::{is_identifier, may_be_identifier, may_be_row_number, may_be_time};
use super::exclusion::ExcludeReason;
use super::levels::{MIN_ROWS, is_id_like, mostly_distinct};
use super::options::ColumnOptions;
use super::profile::ColumnProfile;
use crate::data::date::is_packed_day;
use crate::data::skipped_rows::OnError;
use crate::error::{ColumnRole, Result};

/// Mean number of words from which on texts are sentences: names of persons have three or four.
const MIN_WORDS: f64 = 5.0;

/// Number of distinct whole numbers from which they may be names of levels: ages, for example, are fewer.
const MIN_LEVELS: usize = 120;

/// Mean number of values of a level from which on whole numbers may be names of levels: they are seen again.
const MIN_REPETITIONS: usize = 2;

/// Use of a column as a feature.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ColumnKind {
    /// Number; all values are numbers.
    Number,
    /// Category; the values are names of levels.
    Category,
    /// Text; the words of the values are features.
    Text,
    /// Not used as a feature.
    Excluded(ExcludeReason),
}

/// Use of a column, as its values suggest it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct InferredColumn {
    pub(super) kind: ColumnKind,
    /// True for numbers that may be names of levels, such as the numbers of users.
    pub(super) may_be_levels: bool,
}

impl From<ColumnKind> for InferredColumn {
    fn from(kind: ColumnKind) -> Self {
        Self { kind, may_be_levels: false }
    }
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
pub(super) fn infer_kind(name: &str, profile: &ColumnProfile<'_>, options: &ColumnOptions) -> Result<InferredColumn> {
    let is_in = |list: &[String]| list.iter().any(|other| other == name);
    if profile.values == 0 {
        return Ok(ColumnKind::Excluded(ExcludeReason::AllMissing).into());
    }
    if profile.is_constant && profile.missing == 0 {
        return Ok(ColumnKind::Excluded(ExcludeReason::Constant { value: profile.example() }).into());
    }
    if is_in(&options.categorical) {
        return Ok(ColumnKind::Category.into());
    }
    if is_in(&options.text) {
        return Ok(ColumnKind::Text.into());
    }
    if is_in(&options.text_as_missing) {
        // Only numbers remain, of which some may be infinite.
        let error = profile.number_error(ColumnRole::Feature).filter(|_| options.on_error == OnError::Fail);
        return error.map_or(Ok(ColumnKind::Number.into()), Err);
    }
    if !profile.is_text()
        && let Some(error) = profile.nearly_number_error(ColumnRole::Feature)?
    {
        // If invalid rows are skipped, the remaining values are numbers.
        return if options.on_error == OnError::Fail { Err(error) } else { Ok(ColumnKind::Number.into()) };
    }
    let hashed = options.hash_bits > 0;
    let is_number = profile.texts == 0;
    let inferred = match (is_number, profile.is_text() || profile.are_digit_codes()) {
        (true, true) => kind_of_numbers_as_texts(profile, name, hashed)?,
        (true, false) => kind_of_numbers(profile, name, hashed)?,
        (false, _) => kind_of_texts(profile, hashed)?.into(),
    };
    Ok(match inferred.kind {
        ColumnKind::Excluded(_) if is_in(&options.keep) && is_number => ColumnKind::Number.into(),
        ColumnKind::Excluded(_) if is_in(&options.keep) => ColumnKind::Category.into(),
        _ => inferred,
    })
}

fn kind_of_numbers(profile: &ColumnProfile<'_>, name: &str, hashed: bool) -> Result<InferredColumn> {
    if !profile.is_integer {
        return Ok(ColumnKind::Number.into());
    }
    if profile.is_consecutive && profile.values >= MIN_ROWS && !may_be_time(name) {
        return Ok(ColumnKind::Excluded(ExcludeReason::RowNumber).into());
    }
    if profile.values >= MIN_ROWS && profile.all_values(is_packed_day)? {
        return Ok(ColumnKind::Excluded(ExcludeReason::Date { example: profile.example() }).into());
    }
    let levels = profile.distinct_values()?.len();
    let id_like = || Ok(ColumnKind::Excluded(ExcludeReason::IdLike { distinct: levels, rows: profile.values }).into());
    if mostly_distinct(levels, profile.values) && profile.values > MIN_ROWS && may_be_identifier(name) {
        return id_like();
    }
    if !is_identifier(name) && !may_be_row_number(name) {
        let are_repeated = levels >= MIN_LEVELS && profile.values >= MIN_REPETITIONS * levels;
        return Ok(InferredColumn { kind: ColumnKind::Number, may_be_levels: are_repeated && !may_be_time(name) });
    }
    if is_id_like(levels, profile.values, hashed) {
        return id_like();
    }
    // The number of a shop is its name and no quantity.
    Ok(if is_identifier(name) { ColumnKind::Category.into() } else { ColumnKind::Number.into() })
}

/// Infers the kind of numbers that are meant as texts: categories, unless there are too many levels.
fn kind_of_numbers_as_texts(profile: &ColumnProfile<'_>, name: &str, hashed: bool) -> Result<InferredColumn> {
    let kind = kind_of_texts(profile, hashed)?;
    let has_quantities = !profile.is_integer || !profile.is_text();
    // Prices in a column of texts are quantities, but numbers of customers are not.
    if matches!(kind, ColumnKind::Excluded(ExcludeReason::IdLike { .. })) && has_quantities {
        return kind_of_numbers(profile, name, hashed);
    }
    Ok(kind.into())
}

fn kind_of_texts(profile: &ColumnProfile<'_>, hashed: bool) -> Result<ColumnKind> {
    // Up to one of twenty values may be something else than a date.
    if profile.dates * 20 >= profile.values * 19 {
        return Ok(ColumnKind::Excluded(ExcludeReason::Date { example: profile.example() }));
    }
    let levels = profile.distinct_values()?.len();
    if is_id_like(levels, profile.values, hashed) {
        let (distinct, rows) = (levels, profile.values);
        let is_free_text = profile.mean_words()? >= MIN_WORDS;
        return Ok(ColumnKind::Excluded(if is_free_text {
            ExcludeReason::FreeText { distinct, rows }
        } else {
            ExcludeReason::IdLike { distinct, rows }
        }));
    }
    Ok(ColumnKind::Category)
}
