//! Warnings and notes on the data of a fit.

use thalweg_learn::FitReport;
use thalweg_learn::fit::CacheUsage;
use thalweg_learn::model::Architecture;

use crate::hints;
use crate::report::escape::escape_controls;
use crate::report::read_notes;

/// Message on a fit without control characters, for standard error and for the page of `--report`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct FitMessage {
    pub(crate) text: String,
    /// If true, `--quiet` omits the message.
    pub(crate) is_note: bool,
}

impl FitMessage {
    fn warning(text: &str, hint: Option<&str>) -> Self {
        let hint = hint.map_or_else(String::new, |hint| format!("\nhint: {}", escape_controls(hint)));
        Self { text: format!("warning: {}{hint}", escape_controls(text)), is_note: false }
    }

    fn note(text: &str) -> Self {
        Self { text: format!("note: {}", escape_controls(text)), is_note: true }
    }
}

/// Returns the messages on the data of a fit, in the order in which they are printed.
pub(crate) fn messages(report: &FitReport) -> Vec<FitMessage> {
    let mut messages = Vec::new();
    if let Some(CacheUsage { path, reason: Some(reason), .. }) = &report.cache {
        messages.push(FitMessage::warning(&format!("{path}: the cache could not be written: {reason}"), None));
    }
    for note in report.notes.iter().filter(|note| note.is_warning()) {
        messages.push(FitMessage::warning(&note.to_string(), Some(read_notes::QUOTES)));
    }
    for outliers in &report.outliers {
        messages.push(FitMessage::warning(&outliers.to_string(), Some(&hints::outlier_hint(outliers))));
    }
    let has_factors = matches!(report.architecture, Architecture::FactorizationMachine { .. });
    if let (Some(values), false) = (report.whole_number_values, has_factors) {
        let target = &report.target;
        let text = format!("{target} is taken for a number; --loss softmax takes its {values} values for classes");
        messages.push(FitMessage::note(&text));
    }
    // Factors need names of levels; to other models, quantities and numbers of users are alike.
    if has_factors && !report.possible_levels.is_empty() {
        let (names, option) = (report.possible_levels.join(", "), report.possible_levels.join(","));
        messages.push(FitMessage::note(&format!(
            "taken for numbers, without factors for each of their values: {names}; if the values are names, they need \
             --categorical {option}"
        )));
    }
    if let Some(rows) = report.metrics_rows {
        messages.push(FitMessage::note(&format!("the metrics are those of the first {rows} rows of each kind")));
    }
    messages
}

/// Part of the time in exchanges from which the ranks have too little to do between two of them.
const LONG_WAIT: f64 = 0.25;

/// Returns a message on the time that each rank has spent in exchanges with the others, as parts of the whole.
pub(crate) fn of_waits(waits: &[f64]) -> Option<FitMessage> {
    let (least, most) = waits.iter().fold((1.0_f64, 0.0_f64), |(least, most), &wait| (least.min(wait), most.max(wait)));
    if waits.len() < 2 {
        return None;
    }
    // The rank that waits least has the most to do: what it waits is the time of the exchanges themselves.
    let advice = if least > LONG_WAIT {
        "; a larger --batch-size gives them more to do between two exchanges, or fewer ranks need fewer of them"
    } else if most > LONG_WAIT {
        "; the ranks with a small part have slower ones to wait for"
    } else {
        ""
    };
    let parts: Vec<String> = waits.iter().map(|wait| format!("{:.0}", 100.0 * wait)).collect();
    Some(FitMessage::note(&format!("time of ranks 0, 1, … in exchanges: {} %{advice}", parts.join(", "))))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn long_waits_are_reported_with_advice() {
        let text = |waits: &[f64]| of_waits(waits).map(|message| message.text);
        assert_eq!(text(&[0.0]), None);
        assert_eq!(text(&[0.051, 0.1]).as_deref(), Some("note: time of ranks 0, 1, … in exchanges: 5, 10 %"));
        let advised = |waits, advice| text(waits).is_some_and(|text| text.contains(advice));
        assert!(advised(&[0.5, 0.4], "--batch-size"));
        assert!(advised(&[0.05, 0.4], "slower ones"));
    }
}
