//! Lines of a report on rows that are not used.

use std::fmt::Write as _;

use thalweg_learn::data::SkippedRows;

use super::format::pluralize;

/// Writes how many rows have no target, and which are invalid.
pub(super) fn write(out: &mut String, target: &str, target_missing: usize, skipped: &SkippedRows) -> std::fmt::Result {
    if target_missing > 0 {
        writeln!(out, "skipped     {} with missing {target}", pluralize(target_missing as u64, "row"))?;
    }
    if skipped.rows > 0 {
        writeln!(out, "skipped     {}:", pluralize(skipped.rows, "invalid row"))?;
        skipped.first.iter().try_for_each(|fault| writeln!(out, "            {fault}"))?;
    }
    Ok(())
}
