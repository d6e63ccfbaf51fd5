//! Lines of a report on columns that are not used.

use std::fmt::Write as _;
use std::mem::{Discriminant, discriminant};

use thalweg_learn::data::{ExcludeReason, Exclusion};

use super::escape::{display_name, display_sentence};
use super::format::group_digits;
use super::shell::quote_for_shell;
use crate::name_list::list_item;

/// Number of columns with the same reason up to which each has its own line.
const MAX_LINES: usize = 5;

/// Number of columns that are named in one line.
const MAX_NAMES: usize = 10;

/// Writes a line for each excluded column, or one for many with the same reason.
pub(super) fn write(out: &mut String, exclusions: &[Exclusion]) -> std::fmt::Result {
    let mut groups: Vec<Vec<&Exclusion>> = Vec::new();
    let key = |exclusion: &Exclusion| -> (Discriminant<ExcludeReason>, Option<String>) {
        (discriminant(&exclusion.reason), exclusion.rows.clone())
    };
    for exclusion in exclusions {
        match groups.iter_mut().find(|group| key(group[0]) == key(exclusion)) {
            Some(group) => group.push(exclusion),
            None => groups.push(vec![exclusion]),
        }
    }
    for group in groups {
        if group.len() > MAX_LINES {
            writeln!(out, "excluded    {}", summary(&group))?;
            continue;
        }
        for exclusion in group {
            let hint = match exclusion.reason {
                ExcludeReason::FreeText { .. } => format!(" ({})", text_hint(&exclusion.column)),
                ExcludeReason::EqualAsNumbers { .. } => {
                    let column = quote_for_shell(list_item(&exclusion.column));
                    format!(" (--categorical {column} takes them for names)")
                }
                _ => String::new(),
            };
            let (column, reason) = (display_name(&exclusion.column), display_sentence(&exclusion.description()));
            writeln!(out, "excluded    {column}: {reason}{}", display_sentence(&hint))?;
        }
    }
    Ok(())
}

/// Returns the option that uses a column of free text, as a sentence without a final stop.
pub(crate) fn text_hint(column: &str) -> String {
    format!("--text {} uses its words", quote_for_shell(list_item(column)))
}

/// Describes many columns with the same reason.
fn summary(group: &[&Exclusion]) -> String {
    let what = match group[0].reason {
        ExcludeReason::Constant { .. } => "constant",
        ExcludeReason::NearlyConstant { .. } => "constant up to rounding",
        ExcludeReason::EqualAsNumbers { .. } => "of integers that are one number in double precision",
        ExcludeReason::Date { .. } => "of dates or times",
        ExcludeReason::IdLike { .. } => "of identifiers",
        ExcludeReason::FreeText { .. } => "of free text",
        ExcludeReason::RowNumber => "of row numbers",
        ExcludeReason::Ignored => "ignored on request",
        ExcludeReason::NotKept => "not among the selected columns",
        ExcludeReason::Unusable { .. } => "of unsupported types",
        ExcludeReason::AllMissing => "without a value",
        ExcludeReason::NoWords => "of texts without words",
        ExcludeReason::Without { .. } => "that are interactions of excluded columns",
    };
    let rows = group[0].rows.as_ref().map_or_else(String::new, |rows| format!(" in {rows}"));
    let names: Vec<String> = group.iter().take(MAX_NAMES).map(|exclusion| display_name(&exclusion.column)).collect();
    let more = if group.len() > MAX_NAMES { ", …" } else { "" };
    format!("{} columns {what}{rows}: {}{more}", group_digits(group.len() as u64), names.join(", "))
}
