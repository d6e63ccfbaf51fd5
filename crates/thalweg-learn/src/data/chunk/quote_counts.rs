//! Counts of quoted fields, by which stray quotes are found.

use crate::data::read_note::ReadNote;

/// Most fields whose lines are kept.
const MAX_LINES: usize = 5;

/// Counts of the quoted fields of a file.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(in crate::data) struct QuoteCounts {
    /// Number of fields that are enclosed in quotes and end on the line they begin on.
    pub(in crate::data) on_one_line: u64,
    /// Number of fields over several lines of which each has as many fields as a row if quotes have no meaning.
    pub(in crate::data) over_rows: u64,
    /// Lines on which the first of them begin.
    pub(in crate::data) lines: Vec<u64>,
}

impl QuoteCounts {
    /// Counts a field over several lines that look like rows.
    pub(in crate::data) fn add_over_rows(&mut self, line: u64) {
        self.over_rows += 1;
        if self.lines.len() < MAX_LINES {
            self.lines.push(line);
        }
    }

    /// Adds the counts of the next chunk.
    pub(in crate::data) fn merge(&mut self, next: &QuoteCounts) {
        self.on_one_line += next.on_one_line;
        self.over_rows += next.over_rows;
        self.lines.extend(next.lines.iter().take(MAX_LINES - self.lines.len()));
    }

    /// Adds the counts of any other part of the file.
    pub(in crate::data) fn merge_unordered(&mut self, other: &QuoteCounts) {
        let mut lines = [&self.lines[..], &other.lines].concat();
        lines.sort_unstable();
        lines.truncate(MAX_LINES);
        self.lines.clear();
        self.merge(&QuoteCounts { lines, on_one_line: other.on_one_line, over_rows: other.over_rows });
    }

    /// Returns a note if the only quotes of a file are probably stray ones.
    pub(in crate::data) fn note(self) -> Option<ReadNote> {
        let is_stray = self.over_rows > 0 && self.on_one_line == 0;
        is_stray.then_some(ReadNote::QuotedRows { fields: self.over_rows, lines: self.lines })
    }
}
