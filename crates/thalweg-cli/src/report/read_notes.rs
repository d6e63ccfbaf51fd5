//! Lines, notes and warnings on how files were read.

use std::fmt::Write as _;
use std::io::Write as _;

use thalweg_learn::data::ReadNote;

use super::escape::escape_controls;

/// Advice for quotes that may be no quotes.
pub(crate) const QUOTES: &str = "if quotes are characters like any other, add --no-quotes";

/// Returns the word that a line of a report begins with.
fn note_word(note: &ReadNote) -> &'static str {
    match note {
        ReadNote::SkippedLines { .. } => "skipped",
        ReadNote::RenamedColumns { .. } => "renamed",
        ReadNote::NumberFormat { .. } => "numbers",
        ReadNote::UnmatchedMissing { .. } => "unmatched",
        _ => "quotes",
    }
}

/// Writes the lines of a report on how files were read.
pub(crate) fn write(out: &mut String, notes: &[ReadNote]) -> std::fmt::Result {
    let mut notes = notes.iter().filter(|note| !note.is_warning());
    notes.try_for_each(|note| writeln!(out, "{:<12}{}", note_word(note), escape_controls(&note.to_string())))
}

/// Returns the text of a note on one line.
pub(crate) fn note_text(note: &ReadNote) -> String {
    format!("{} {note}", note_word(note))
}

/// Prints the notes that rows may have been lost, with advice.
pub(crate) fn print_warnings(notes: &[ReadNote]) {
    for note in notes.iter().filter(|note| note.is_warning()) {
        let _ = writeln!(std::io::stderr(), "warning: {}\nhint: {}", escape_controls(&note.to_string()), QUOTES);
    }
}
