//! Parsing of whole records into a block of columns.

use super::column_builder::ColumnBuilder;
use super::dialect::CsvDialect;
use super::scan::{self, Field};
use crate::data::cell::Block;
use crate::data::number::parse_decimal_prefix;
use crate::data::text_syntax::{Delimiter, is_blank};

/// Records from whose lengths the number of all records is estimated.
const RECORDS_BEFORE_RESERVE: usize = 16;

/// Record with the wrong number of fields.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct InvalidRecord {
    /// Start of the record in the text.
    pub(super) start: usize,
    /// Number of its fields.
    pub(super) found: usize,
    /// Number of valid records before it.
    pub(super) rows_before: usize,
}

/// Text that was parsed.
pub(super) struct ParsedText {
    /// Valid records.
    pub(super) block: Block,
    /// Records of another width.
    pub(super) invalid: Vec<InvalidRecord>,
    /// Number of fields in quotes that end on the line they begin on.
    pub(super) quoted_on_one_line: u64,
    /// Starts of the valid records that continue over several lines.
    pub(super) over_lines: Vec<usize>,
}

/// Parses all records of `text`, which begins and ends with a whole record.
pub(super) fn parse(text: &str, dialect: &CsvDialect) -> ParsedText {
    let mut parser = RecordParser {
        text,
        bytes: text.as_bytes(),
        dialect,
        columns: dialect.columns.iter().zip(&dialect.formats).map(ColumnBuilder::new).collect(),
        numbers_are_values: !dialect.missing.has_numbers(),
        rows: 0,
        invalid: Vec::new(),
        quoted_on_one_line: 0,
        over_lines: Vec::new(),
        is_over_lines: false,
    };
    let (mut at, mut reserved) = (0, false);
    while let Some(start) = scan::next_record(parser.bytes, at, dialect.comment) {
        if parser.rows == RECORDS_BEFORE_RESERVE && !reserved {
            reserved = true;
            parser.reserve(start);
        }
        at = parser.record(start);
    }
    let columns = std::mem::take(&mut parser.columns).into_iter().map(ColumnBuilder::finish).collect();
    let block = Block { columns, rows: parser.rows, ..Block::default() };
    let RecordParser { invalid, quoted_on_one_line, over_lines, .. } = parser;
    ParsedText { block, invalid, quoted_on_one_line, over_lines }
}

struct RecordParser<'t> {
    text: &'t str,
    bytes: &'t [u8],
    dialect: &'t CsvDialect,
    columns: Vec<ColumnBuilder<'t>>,
    /// If true, no number means a missing value, so that numbers need not be compared with the missing tokens.
    numbers_are_values: bool,
    rows: usize,
    invalid: Vec<InvalidRecord>,
    quoted_on_one_line: u64,
    over_lines: Vec<usize>,
    /// If true, a field of the record that is parsed continues over several lines.
    is_over_lines: bool,
}

impl RecordParser<'_> {
    /// Makes room for the records of the rest of the text, as long as those before `start`, and for some more.
    fn reserve(&mut self, start: usize) {
        let rest = (self.rows * (self.bytes.len() - start)).div_ceil(start.max(1));
        for column in &mut self.columns {
            column.reserve(rest + rest / 8);
        }
    }

    /// Parses the record at `start`; returns the position after it.
    #[inline]
    fn record(&mut self, start: usize) -> usize {
        let (syntax, width) = (self.dialect.syntax, self.columns.len());
        let mut at = start;
        for i in 0..width {
            let end = self.field(i, at);
            let more = syntax.continues(self.bytes, end);
            let last = i + 1 == width;
            if more == last {
                let (found, end) = self.count_fields(start);
                // A blank line is no record.
                if found == 1 && self.is_blank(start, end) {
                    self.undo_record();
                    return end;
                }
                self.invalid.push(InvalidRecord { start, found, rows_before: self.rows });
                self.undo_record();
                return end;
            }
            at = end + 1;
        }
        if width == 1 && self.is_blank(start, at - 1) {
            self.undo_record();
            return at - 1;
        }
        self.rows += 1;
        if self.is_over_lines {
            self.over_lines.push(start);
            self.is_over_lines = false;
        }
        at - 1
    }

    fn is_blank(&self, start: usize, end: usize) -> bool {
        self.text.get(start..end).is_some_and(|line| line.trim().is_empty())
    }

    /// Returns the number of fields of the record at `start`, and its end.
    fn count_fields(&self, start: usize) -> (usize, usize) {
        let fields = scan::record(self.bytes, start, self.dialect.syntax);
        (fields.len(), fields.last().map_or(start, |last| last.end))
    }

    /// Removes the cells of the record that is being parsed.
    fn undo_record(&mut self) {
        self.is_over_lines = false;
        for column in &mut self.columns {
            column.truncate(self.rows);
        }
    }

    /// Parses the field of column `i` that begins at `at`; returns its end.
    #[inline(always)]
    fn field(&mut self, i: usize, at: usize) -> usize {
        if self.numbers_are_values
            && let ColumnBuilder::Numbers(numbers) = &mut self.columns[i]
            && let Some((value, end)) = number(self.bytes, at, self.dialect.syntax.delimiter)
        {
            // Adding 0 turns −0 into 0: they are one value.
            numbers.values.push(value + 0.0);
            return end;
        }
        self.general_field(i, at)
    }

    fn count_quoted(&mut self, field: &Field) {
        let raw = &self.bytes[field.value..field.end];
        if memchr::memchr2(b'\n', b'\r', raw).is_some() {
            self.is_over_lines = true;
        } else if raw.trim_ascii_end().ends_with(b"\"") {
            self.quoted_on_one_line += 1;
        }
    }

    fn general_field(&mut self, i: usize, at: usize) -> usize {
        let field = scan::field(self.bytes, at, self.dialect.syntax);
        if field.quote.is_some() {
            self.count_quoted(&field);
        }
        match &mut self.columns[i] {
            ColumnBuilder::Nothing => {}
            column => column.push(scan::unquote(self.text, &field), &self.dialect.missing, self.rows),
        }
        field.end
    }
}

/// Parses a decimal number that is the whole field at `at`; returns it with the end of the field.
#[inline(always)]
fn number(text: &[u8], at: usize, delimiter: Delimiter) -> Option<(f64, usize)> {
    match delimiter {
        Delimiter::Character(delimiter) => {
            let is_end = |byte| byte == delimiter || byte == b'\n' || byte == b'\r';
            parse_decimal_prefix(&text[at..], is_end).map(|(value, length)| (value, at + length))
        }
        Delimiter::Whitespace => {
            let start = scan::skip_blanks(text, at);
            let is_end = |byte| is_blank(byte) || byte == b'\n' || byte == b'\r';
            let (value, length) = parse_decimal_prefix(&text[start..], is_end)?;
            Some((value, scan::end_before_blanks(text, start + length)))
        }
    }
}
