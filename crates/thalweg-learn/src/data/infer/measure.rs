//! Encoding of single columns, measured on the training rows.

use std::collections::BTreeSet;

use foldhash::HashSet;

use super::exclusion::ExcludeReason;
use super::kind::Inferred;
use super::levels::{MANY_LEVELS, is_numeric, spell_levels};
use super::standardization::Standardization;
use crate::data::cell::Cell;
use crate::data::column_moments::{ColumnMoments, Outliers};
use crate::data::missing::MISSING_LEVEL;
use crate::data::moments::WeightedRows;
use crate::data::schema::{Encoding, Imputation};
use crate::data::table::Table;
use crate::data::value_key::value_key;
use crate::error::Result;

/// Encoding of a column, and the outliers among its numbers.
pub(super) type MeasuredEncoding = (Inferred<Encoding>, Option<Outliers>);

/// Measures the encoding of a column of numbers from its numbers on the training rows, and its outliers; excludes
/// constant ones.
///
/// # Errors
/// A cell that is no finite number.
pub(super) fn measure_number(
    table: &Table<'_>,
    column: usize,
    numbers: &ColumnMoments,
    rows: &WeightedRows<'_>,
    standardization: Standardization,
) -> Result<MeasuredEncoding> {
    let excluded = |reason| Ok((Inferred::Excluded(reason), None));
    let moments = numbers.moments(table, column, rows.rows)?;
    let outliers = Outliers::find(table, column, rows, &moments)?;
    let rows = rows.rows;
    let has_missing = moments.count < rows.len();
    let moments = if standardization.center { moments } else { moments.about_zero() };
    let Some(present) = numbers.first().map(|first| rows[first]) else {
        return excluded(ExcludeReason::AllMissing);
    };
    // Without an intercept, a constant other than 0 takes its place.
    if moments.is_constant && !has_missing && (standardization.center || moments.deviation == 0.0) {
        let nearly = moments.different().map(|(lowest, highest)| ExcludeReason::NearlyConstant { lowest, highest });
        return excluded(match nearly {
            Some(nearly) => nearly,
            None => constant_or_rounded(table, column, rows, present)?,
        });
    }
    let encoding = Encoding::Number {
        mean: moments.mean,
        // If the only value is constant, its indicator carries the information and the scaled number is 0.
        deviation: if moments.deviation == 0.0 { 1.0 } else { moments.deviation },
        missing: if has_missing { Imputation::MeanAndIndicator } else { Imputation::Mean },
    };
    Ok((Inferred::Used(encoding), outliers))
}

/// Returns the reason to exclude a column whose numbers are all equal: large integers may be equal as numbers only,
/// and are kept as texts.
fn constant_or_rounded(table: &Table<'_>, column: usize, rows: &[usize], present: usize) -> Result<ExcludeReason> {
    let (mut first, mut other) = (None::<String>, None);
    table.gather(column, rows, |_, cell| match (cell, &first) {
        (Cell::Text(text), None) => first = Some(text.to_owned()),
        (Cell::Text(text), Some(first)) if other.is_none() && value_key(text) != value_key(first) => {
            other = Some(text.to_owned());
        }
        _ => {}
    })?;
    Ok(match (first, other) {
        (Some(first), Some(other)) => ExcludeReason::EqualAsNumbers { first, other },
        _ => ExcludeReason::Constant { value: table.original_text(present, column) },
    })
}

/// Measures the encoding of a category; excludes constant ones. Many levels are hashed if `hash_bits` is not 0.
///
/// # Errors
/// [`Error::Interrupted`](crate::Error::Interrupted), if it is requested.
pub(super) fn measure_category(
    table: &Table<'_>,
    column: usize,
    rows: &[usize],
    hash_bits: u8,
) -> Result<Inferred<Encoding>> {
    // Sorted at the end, since most rows add no level.
    let (mut texts, mut numbers) = (HashSet::default(), HashSet::default());
    let add = |cell| match cell {
        Cell::Missing => drop(texts.insert(MISSING_LEVEL)),
        Cell::Text(text) => drop(texts.insert(text)),
        Cell::Number(value) => drop(numbers.insert(value.to_bits())),
    };
    table.gather_values(column, rows, add, |_, ()| {})?;
    let numbers = numbers.into_iter().map(|bits| f64::from_bits(bits).to_string());
    let levels: BTreeSet<String> = texts.into_iter().map(str::to_string).chain(numbers).collect();
    let levels = spell_levels(levels, table.is_text(column));
    Ok(match (levels.len(), levels.first()) {
        (0, _) => Inferred::Excluded(ExcludeReason::AllMissing),
        (1, Some(value)) if value == MISSING_LEVEL => Inferred::Excluded(ExcludeReason::AllMissing),
        (1, Some(value)) => Inferred::Excluded(ExcludeReason::Constant { value: value.clone() }),
        (count, _) if hash_bits > 0 && count > MANY_LEVELS => {
            Inferred::Used(Encoding::Hashed { numeric: is_numeric(table, column, rows)? })
        }
        _ => Inferred::Used(Encoding::Category { levels: levels.into_iter().collect() }),
    })
}
