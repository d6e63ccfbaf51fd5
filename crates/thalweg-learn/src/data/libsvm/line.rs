//! Parsing of one line of libsvm text.

use super::entries::LibsvmRows;
use crate::data::number::parse_decimal_prefix;
use crate::data::read_options::IndexBase;

/// Violated expectation, and the byte at which it is violated.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct LineError {
    pub(super) at: usize,
    pub(super) expected: &'static str,
}

const LABEL: &str = "a number as label at the start of the line";
const ONE_LABEL: &str = "a single label";
const ENTRY: &str = "`index:value` pairs after the label";
const INDEX: &str = "an integer index of at most 4294967294";
const FROM_ONE: &str = "an index of at least 1, the first feature being 1";
const UNIQUE: &str = "each index only once in a line";
const VALUE: &str = "a finite number that fits in 32 bits";
const QID: &str = "an integer qid";

/// Format of the lines of a text.
#[derive(Clone, Copy, Debug)]
pub(in crate::data) struct LineFormat {
    /// If false, the lines begin with their features, and all labels are missing.
    pub(super) has_labels: bool,
    pub(super) base: IndexBase,
}

/// Parser of the lines of a text.
#[derive(Clone, Copy)]
pub(super) struct LineParser<'a> {
    pub(super) text: &'a [u8],
    pub(super) format: LineFormat,
}

impl LineParser<'_> {
    /// Parses the line at `at` and appends its row to `rows`; returns the start of the next line.
    pub(super) fn parse(self, at: usize, rows: &mut LibsvmRows) -> Result<usize, LineError> {
        let start = self.skip_blanks(at);
        // Without labels, a blank line is a row whose features are all 0; a comment is none.
        if self.is_line_end(start) && (self.format.has_labels || self.text.get(start) == Some(&b'#')) {
            return Ok(self.next_line(start));
        }
        let (label, mut at) = if self.format.has_labels { self.label(start)? } else { (f64::NAN, start) };
        let first = rows.rows.index.len();
        let (mut ascending, mut least) = (true, 0);
        loop {
            at = self.skip_blanks(at);
            if self.is_line_end(at) {
                break;
            }
            let (index, value, end) = self.entry(at)?;
            ascending &= index >= least;
            least = index + 1;
            rows.rows.index.push(index);
            rows.rows.value.push(value);
            at = end;
        }
        if !ascending {
            self.sort(start, first, rows)?;
        }
        if let (Some(min), Some(max)) = (rows.rows.index[first..].first(), rows.rows.index.last()) {
            rows.min_index = rows.min_index.min(*min);
            rows.max_index = rows.max_index.max(*max);
        }
        rows.labels.push(label);
        rows.rows.ends.push(rows.rows.index.len());
        Ok(self.next_line(at))
    }

    /// Parses the label at `at` and an optional `qid`; returns the label and the position after both.
    fn label(self, at: usize) -> Result<(f64, usize), LineError> {
        let Some((label, end)) = self.number(at).filter(|(label, end)| label.is_finite() && self.is_word_end(*end))
        else {
            let word = &self.text[at..self.word_end(at)];
            let several = word.contains(&b',') && !word.contains(&b':');
            return Err(LineError { at, expected: if several { ONE_LABEL } else { LABEL } });
        };
        let next = self.skip_blanks(end);
        if !self.text[next..].starts_with(b"qid:") {
            return Ok((label, end));
        }
        let digits = next + b"qid:".len();
        let (_, end) = self.integer(digits);
        if end > digits && self.is_word_end(end) {
            Ok((label, end))
        } else {
            Err(LineError { at: digits, expected: QID })
        }
    }

    /// Parses the entry at `at`; returns its index, its value and the position after it.
    #[inline]
    fn entry(self, at: usize) -> Result<(u32, f32, usize), LineError> {
        let (index, colon) = self.integer(at);
        if colon == at || self.text.get(colon) != Some(&b':') {
            let has_colon = self.text[at..self.word_end(at)].contains(&b':');
            return Err(LineError { at, expected: if has_colon { INDEX } else { ENTRY } });
        }
        let index = u32::try_from(index).ok().filter(|&index| index < u32::MAX);
        let index = index.ok_or(LineError { at, expected: INDEX })?;
        if index == 0 && self.format.base == IndexBase::One {
            return Err(LineError { at, expected: FROM_ONE });
        }
        let invalid = LineError { at: colon + 1, expected: VALUE };
        let (value, end) = self.number(colon + 1).ok_or(invalid)?;
        let value = value as f32;
        if value.is_finite() && self.is_word_end(end) { Ok((index, value, end)) } else { Err(invalid) }
    }

    /// Sorts the entries from `first` on by index; `start` is the start of their line.
    #[cold]
    fn sort(self, start: usize, first: usize, rows: &mut LibsvmRows) -> Result<(), LineError> {
        let (index, value) = (&mut rows.rows.index[first..], &mut rows.rows.value[first..]);
        let mut entries: Vec<(u32, f32)> = index.iter().copied().zip(value.iter().copied()).collect();
        entries.sort_by_key(|&(index, _)| index);
        if let Some(pair) = entries.windows(2).find(|pair| pair[0].0 == pair[1].0) {
            return Err(LineError { at: self.second_occurrence(start, pair[0].0), expected: UNIQUE });
        }
        for ((index, value), entry) in index.iter_mut().zip(value).zip(entries) {
            (*index, *value) = entry;
        }
        Ok(())
    }

    /// Returns the position of the second entry with this index in the line at `start`.
    fn second_occurrence(self, start: usize, index: u32) -> usize {
        let (mut at, mut seen) = (if self.format.has_labels { self.word_end(start) } else { start }, 0);
        loop {
            at = self.skip_blanks(at);
            assert!(!self.is_line_end(at), "index {index} was parsed twice in this line");
            let (found, colon) = self.integer(at);
            seen += usize::from(found == u64::from(index) && self.text.get(colon) == Some(&b':') && colon > at);
            if seen == 2 {
                return at;
            }
            at = self.word_end(at);
        }
    }

    /// Parses the number at `at`, correctly rounded; returns it with the position after it.
    #[inline]
    fn number(self, at: usize) -> Option<(f64, usize)> {
        match parse_decimal_prefix(&self.text[at..], is_word_separator) {
            Some((value, length)) => Some((value, at + length)),
            None => self.general_number(at),
        }
    }

    /// Parses a number in any form that the standard library accepts.
    #[cold]
    fn general_number(self, at: usize) -> Option<(f64, usize)> {
        let end = self.word_end(at);
        let text = std::str::from_utf8(&self.text[at..end]).ok()?;
        text.parse().ok().map(|number| (number, end))
    }

    /// Parses digits at `at` as an integer, saturating at `u64::MAX`; returns it with the position after them.
    #[inline]
    fn integer(self, at: usize) -> (u64, usize) {
        let (mut number, mut end) = (0_u64, at);
        while let Some(&byte) = self.text.get(end) {
            let digit = byte.wrapping_sub(b'0');
            if digit > 9 {
                break;
            }
            number = number.wrapping_mul(10).wrapping_add(u64::from(digit));
            end += 1;
        }
        // 19 digits always fit.
        if end - at < 20 { (number, end) } else { (self.long_integer(at, end), end) }
    }

    #[cold]
    fn long_integer(self, at: usize, end: usize) -> u64 {
        let append = |number: u64, byte: &u8| number.checked_mul(10)?.checked_add(u64::from(byte - b'0'));
        self.text[at..end].iter().try_fold(0, append).unwrap_or(u64::MAX)
    }

    #[inline]
    fn skip_blanks(self, mut at: usize) -> usize {
        while self.text.get(at).is_some_and(|&byte| is_blank(byte)) {
            at += 1;
        }
        at
    }

    /// Returns `true` if nothing but a comment follows on the line.
    #[inline]
    fn is_line_end(self, at: usize) -> bool {
        matches!(self.text.get(at), None | Some(b'\n' | b'#'))
    }

    /// Returns `true` if a word may end at `at`.
    #[inline]
    fn is_word_end(self, at: usize) -> bool {
        self.text.get(at).is_none_or(|&byte| is_word_separator(byte))
    }

    fn word_end(self, mut at: usize) -> usize {
        while !self.is_word_end(at) {
            at += 1;
        }
        at
    }

    #[inline]
    fn next_line(self, at: usize) -> usize {
        if self.text.get(at) == Some(&b'\n') {
            return at + 1;
        }
        let rest = &self.text[at.min(self.text.len())..];
        rest.iter().position(|&byte| byte == b'\n').map_or(self.text.len(), |more| at + more + 1)
    }
}

fn is_word_separator(byte: u8) -> bool {
    is_blank(byte) || byte == b'\n' || byte == b'#'
}

fn is_blank(byte: u8) -> bool {
    matches!(byte, b' ' | b'\t' | b'\r' | 0x0b | 0x0c)
}

/// Most characters of a word in a message.
const MAX_WORD_CHARS: usize = 40;

/// Returns the word at `at` for a message, shortened if it is long.
pub(super) fn word(text: &[u8], at: usize) -> String {
    let end = LineParser { text, format: LineFormat { has_labels: true, base: IndexBase::Auto } }.word_end(at);
    let word = String::from_utf8_lossy(&text[at..end]);
    match word.char_indices().nth(MAX_WORD_CHARS) {
        Some((cut, _)) => format!("{}…", &word[..cut]),
        None => word.into_owned(),
    }
}
