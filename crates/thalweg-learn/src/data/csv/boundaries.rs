//! Boundaries of records in a part of a text, whatever comes before it.
//!
//! A part may begin anywhere, also within a quoted field with line ends. What it begins in is known once all parts
//! before it are; so each part is scanned from every state in which it may begin, and the results are composed.

use crate::data::text_syntax::{Delimiter, Quoting, Syntax, is_blank};

/// State between two bytes of a text.
pub(in crate::data) type ScanState = u8;

/// Before a record, or between its line end and the next record.
pub(in crate::data) const RECORD_START: ScanState = 0;

/// Before the value of a field that is not the first.
const FIELD_START: ScanState = 1;

/// In a field without quotes, or after the closing quote of one.
const FIELD: ScanState = 2;

/// In a quoted field.
const QUOTED: ScanState = 3;

/// After a quote in a quoted field, which closes it or is the first of two.
const QUOTE: ScanState = 4;

/// In a comment, up to the end of its line.
const COMMENT: ScanState = 5;

/// Number of the states between two bytes.
pub(in crate::data) const STATES: usize = 6;

/// Bytes after which states in which a part may have begun are compared: most soon lead to the same state.
const BLOCK_BYTES: usize = 1 << 12;

/// Scanner of records, with the definition of a field of [`scan`](super::scan).
pub(in crate::data) struct RecordScanner {
    /// State after each byte in each state.
    next: Box<[[ScanState; 256]; STATES]>,
}

impl RecordScanner {
    pub(super) fn new(syntax: Syntax, comment: Option<u8>) -> Self {
        let after = |state: ScanState, byte: u8| match (state, byte) {
            (QUOTED, b'"') => QUOTE,
            (QUOTE, b'"') | (QUOTED, _) => QUOTED,
            (_, b'\n' | b'\r') => RECORD_START,
            (COMMENT, _) => COMMENT,
            (RECORD_START, byte) if comment == Some(byte) => COMMENT,
            (RECORD_START | FIELD_START, b'"') if syntax.quoting == Quoting::Fields => QUOTED,
            (_, byte) if syntax.delimiter == Delimiter::Character(byte) => FIELD_START,
            (_, byte) if syntax.delimiter == Delimiter::Whitespace && is_blank(byte) => FIELD_START,
            (RECORD_START | FIELD_START, byte) if is_blank(byte) => FIELD_START,
            _ => FIELD,
        };
        let next = std::array::from_fn(|state| std::array::from_fn(|byte| after(state as ScanState, byte as u8)));
        Self { next: Box::new(next) }
    }

    /// Scanner of lines that end with LF.
    pub(in crate::data) fn of_lines() -> Self {
        let after = |byte: u8| if byte == b'\n' { RECORD_START } else { FIELD };
        Self { next: Box::new([std::array::from_fn(|byte| after(byte as u8)); STATES]) }
    }

    /// Returns the state after a text.
    pub(in crate::data) fn after(&self, state: ScanState, text: &[u8]) -> ScanState {
        text.iter().fold(state, |state, &byte| self.next[usize::from(state)][usize::from(byte)])
    }

    /// Returns the state after a text for each state before it.
    pub(in crate::data) fn after_each(&self, text: &[u8]) -> [ScanState; STATES] {
        let mut states: [ScanState; STATES] = std::array::from_fn(|state| state as ScanState);
        for block in text.chunks(BLOCK_BYTES) {
            let mut found = [None; STATES];
            for state in &mut states {
                let before = usize::from(*state);
                *state = *found[before].get_or_insert_with(|| self.after(*state, block));
            }
        }
        states
    }

    /// Returns the position of the first record that begins in a text, of which the state before is known; `None` if
    /// none does. A line end of two characters is not divided.
    pub(in crate::data) fn first_record(&self, mut state: ScanState, text: &[u8]) -> Option<usize> {
        if state == RECORD_START {
            return Some(0);
        }
        for (at, &byte) in text.iter().enumerate() {
            state = self.next[usize::from(state)][usize::from(byte)];
            if state == RECORD_START {
                return Some(at + if text[at..].starts_with(b"\r\n") { 2 } else { 1 });
            }
        }
        None
    }
}

#[cfg(test)]
mod tests {
    use thalweg::random::Random;

    use super::*;
    use crate::data::csv::scan;

    /// Starts of all records by the definition of a field.
    fn starts(text: &[u8], syntax: Syntax, comment: Option<u8>) -> Vec<usize> {
        let (mut starts, mut at) = (Vec::new(), 0);
        while let Some(start) = scan::next_record(text, at, comment) {
            starts.push(start);
            at = scan::record(text, start, syntax).last().map_or(text.len(), |field| field.end);
        }
        starts
    }

    #[test]
    fn records_are_cut_as_they_are_parsed_wherever_parts_begin() {
        let mut random = Random::new(3);
        let alphabet = b"a\",\" \t\n\r\"\n#;x";
        let comma = Delimiter::Character(b',');
        let cases = [
            (comma, Quoting::Fields, None),
            (comma, Quoting::Fields, Some(b'#')),
            (comma, Quoting::None, Some(b'#')),
            (Delimiter::Character(b'\t'), Quoting::Fields, Some(b';')),
            (Delimiter::Whitespace, Quoting::Fields, None),
        ];
        for (delimiter, quoting, comment) in cases {
            let syntax = Syntax { delimiter, quoting };
            let scanner = RecordScanner::new(syntax, comment);
            for _ in 0..3_000 {
                let len = random.below(60) as usize;
                let text: Vec<u8> = (0..len).map(|_| alphabet[random.below(alphabet.len() as u64) as usize]).collect();
                let expected = starts(&text, syntax, comment);
                let cut = random.below(len as u64 + 1) as usize;
                let (before, after) = text.split_at(cut);
                let state = scanner.after(RECORD_START, before);
                assert_eq!(scanner.after_each(before)[0], state);
                for (start, end) in (0..).zip(scanner.after_each(after)) {
                    assert_eq!(scanner.after(start, after), end);
                }
                let first = scanner.first_record(state, after).map_or(len, |at| cut + at);
                let text_of = |text: &[u8]| String::from_utf8_lossy(text).into_owned();
                // Both parts have whole records, which are all records.
                let mut found = starts(&text[..first], syntax, comment);
                found.extend(starts(&text[first..], syntax, comment).iter().map(|start| first + start));
                assert_eq!(found, expected, "{:?} cut at {cut}", text_of(&text));
                assert!(expected.iter().all(|&start| start < cut || start >= first), "{:?} at {cut}", text_of(&text));
            }
        }
    }
}
