//! Warnings of a fit with what can be done about them.

use std::fmt::Write as _;

use thalweg_learn::fit::FitWarning;

use super::escape::display_sentence;

/// Writes the warnings, each with a hint.
pub(super) fn write(out: &mut String, warnings: &[FitWarning]) -> std::fmt::Result {
    for warning in warnings {
        writeln!(out, "warning     {}", display_sentence(&warning.to_string()))?;
        writeln!(out, "            {}", hint(warning))?;
    }
    if warnings.is_empty() { Ok(()) } else { writeln!(out) }
}

/// Returns the warnings as messages with their hints.
pub(crate) fn messages(warnings: &[FitWarning]) -> Vec<String> {
    let message =
        |warning: &FitWarning| format!("warning: {}; {}", display_sentence(&warning.to_string()), hint(warning));
    warnings.iter().map(message).collect()
}

/// Returns the options that help.
fn hint(warning: &FitWarning) -> &'static str {
    match warning {
        FitWarning::RevealingColumn { .. } => "--ignore leaves a column out",
        FitWarning::UnscaledFeatures { .. } => "scale the features before, for example to at most 1",
        FitWarning::IllConditioned { .. } => "--method lbfgs, a larger --l2, or --ignore of one of the columns",
        FitWarning::UnbalancedClasses { .. } => "--class-weight balanced lets every class count the same",
        FitWarning::PerfectSeparation { .. } => "a larger --l2 makes the weights smaller",
        FitWarning::SmallValidation { .. } => "more rows, or a larger --val-fraction",
        FitWarning::DuplicateRows { .. } => "remove copies from the data, or give other rows by --validation",
    }
}
