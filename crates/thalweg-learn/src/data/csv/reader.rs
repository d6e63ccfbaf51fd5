//! Delimited text as a stream of blocks.

use super::boundaries::RecordScanner;
use super::detect;
use super::header::CsvHeader;
use super::locator::CsvCellLocator;
use super::parser::{self, InvalidRecord, ParsedText};
use super::scan::{self, Field};
use super::title_lines;
use crate::data::chunk::{
    Chunk, ChunkSpan, Chunker, HEADER_BYTES, ParsedChunk, QuoteCounts, ReadRound, StreamPosition,
};
use crate::data::column_names::distinct_names;
use crate::data::input::Input;
use crate::data::limits::check_columns;
use crate::data::missing::MissingTokens;
use crate::data::read_note::ReadNote;
use crate::data::read_options::ReadOptions;
use crate::data::skipped_rows::{OnError, SkippedRows};
use crate::data::text_format::TextFormat;
use crate::data::text_syntax::{Delimiter, Quoting, Syntax};
use crate::error::{Error, Position, Result, WidthSource};

/// Reader of delimited text.
pub(in crate::data) struct CsvReader {
    chunker: Chunker,
    parser: ChunkParser,
}

impl CsvReader {
    /// Opens the input and detects its dialect from the first bytes.
    pub(in crate::data) fn open(input: Input, options: &ReadOptions) -> Result<CsvReader> {
        let delimiter = match options.delimiter {
            Some(Delimiter::Character(character)) => Some(character),
            Some(Delimiter::Whitespace) | None => None,
        };
        for (what, given) in [("the delimiter", delimiter), ("the comment", options.comment)] {
            if let Some(byte) = given.filter(|byte| !byte.is_ascii() || b"\"\n\r".contains(byte)) {
                let expected = "one ASCII character, and no quote or line end".into();
                let found = char::from(byte).escape_default().to_string();
                return Err(thalweg::Error::InvalidValue { what: what.into(), expected, found }.into());
            }
        }
        check_marks(options)?;
        let mut chunker = Chunker::new(input.clone())?;
        let mut notes = Vec::new();
        let known = options.known_format.skip_lines.filter(|_| options.skip_lines.is_none()).unwrap_or(0);
        let skipped = if known > 0 && title_lines::known_lines_precede(known, &chunker.buffer, options) {
            let first = first_text(&String::from_utf8_lossy(&chunker.buffer));
            notes.push(ReadNote::SkippedLines { lines: known as u64, first });
            chunker.skip_lines(known)?
        } else {
            chunker.skip_lines(options.skip_lines.unwrap_or(0))?
        };
        let syntax = Syntax { delimiter: detect::delimiter(&chunker.buffer, options), quoting: options.quoting() };
        let end = chunker.whole_records(HEADER_BYTES, |text| scan::last_record_end(text, syntax))?;
        let text = as_utf8(&input, &chunker.buffer[..end], chunker.next)?;
        let before = if options.skip_lines.is_none() { title_lines::header_start(text, syntax, options) } else { 0 };
        if before > 0 {
            let (first, line) = (first_text(text), chunker.next.line);
            chunker.take(before);
            notes.push(ReadNote::SkippedLines { lines: chunker.next.line - line, first });
        }
        let (skipped, end) = (skipped + before, end - before);
        let text = as_utf8(&input, &chunker.buffer[..end], chunker.next)?;
        if let Some(first) = scan::next_record(text.as_bytes(), 0, options.comment) {
            check_columns(&input.display_path(), scan::fields(text.as_bytes(), first, syntax).count())?;
        }
        let Some(header) = CsvHeader::detect(text, syntax, options) else {
            return Err(Error::Empty { path: input.display_path() });
        };
        let (names, renamed) = distinct_names(&header.names);
        notes.extend(ReadNote::of_renamed(renamed));
        let header = CsvHeader { names, ..header };
        let mut text_format = options.text_format();
        text_format.numbers = header.number_formats();
        notes.extend(ReadNote::of_formats(&text_format.numbers, &header.names));
        chunker.take(header.data_start);
        chunker.set_columns(header.names.len());
        Ok(CsvReader {
            chunker,
            parser: ChunkParser { input, header, skipped, text_format, notes, on_error: options.on_error },
        })
    }

    /// Skips the end of the header line, which is no part of the rows of a set of files.
    pub(in crate::data) fn skip_line_end(&mut self) {
        let length = match self.chunker.buffer[..] {
            [b'\r', b'\n', ..] => 2,
            [b'\r' | b'\n', ..] => 1,
            _ => 0,
        };
        self.chunker.take(length);
    }

    /// Position of the next record.
    pub(in crate::data) fn next_record(&self) -> StreamPosition {
        self.chunker.next_record()
    }

    /// Returns a scanner of the records.
    pub(in crate::data) fn record_scanner(&self) -> RecordScanner {
        let dialect = &self.parser.header.dialect;
        RecordScanner::new(dialect.syntax, dialect.comment)
    }

    /// Continues with some whole records of the file, the first of which is at a position.
    pub(in crate::data) fn set_records(&mut self, start: StreamPosition, text: Vec<u8>) {
        self.chunker.set_records(start, text);
    }

    pub(in crate::data) fn names(&self) -> &[String] {
        &self.parser.header.names
    }

    /// Returns `true` if the first record contains the column names.
    pub(in crate::data) fn has_header(&self) -> bool {
        self.parser.header.is_present
    }

    /// Format of the text, as a model keeps it.
    pub(in crate::data) fn text_format(&self) -> &TextFormat {
        &self.parser.text_format
    }

    /// Notes on the beginning of the text: lines before the header, names, formats of numbers.
    pub(in crate::data) fn notes(&self) -> &[ReadNote] {
        &self.parser.notes
    }

    /// Texts that mean a missing value, with those that a cell has had.
    pub(in crate::data) fn missing(&self) -> &MissingTokens {
        &self.parser.header.dialect.missing
    }

    pub(in crate::data) fn locator(&self) -> CsvCellLocator {
        let ChunkParser { input, header, skipped, .. } = &self.parser;
        let first_field = skipped + *header.field_starts.first().expect("a record has at least one field");
        CsvCellLocator::new(input.clone(), header.dialect.clone(), first_field)
    }

    /// Returns the next blocks of a round in the order of the file; none at its end.
    pub(in crate::data) fn blocks(&mut self, round: &mut ReadRound) -> Result<Vec<ParsedChunk>> {
        let (parser, syntax) = (&self.parser, self.parser.header.dialect.syntax);
        self.chunker.parse_round(round, |text| scan::last_record_end(text, syntax), |chunk| parser.parse(chunk))
    }
}

/// Parser shared by all threads.
struct ChunkParser {
    input: Input,
    header: CsvHeader,
    /// Number of bytes before the first record that were skipped.
    skipped: usize,
    text_format: TextFormat,
    /// Notes on the beginning of the text: lines before the header, names, formats of numbers.
    notes: Vec<ReadNote>,
    on_error: OnError,
}

impl ChunkParser {
    fn parse(&self, chunk: &Chunk) -> Result<ParsedChunk> {
        let text = as_utf8(&self.input, &chunk.bytes, chunk.start)?;
        let parsed = parser::parse(text, &self.header.dialect);
        let quotes = self.count_quotes(chunk, text, &parsed);
        let ParsedText { mut block, invalid, .. } = parsed;
        block.skipped_before = invalid.iter().map(|record| record.rows_before).collect();
        let mut skipped_rows = SkippedRows::default();
        for record in invalid {
            skipped_rows.add(self.on_error, || self.width_error(chunk.start, text, record))?;
        }
        // Chunks before the last end with a whole record, so they have no unterminated quote.
        if let Some(quote) = if chunk.is_last { self.unterminated_quote(text) } else { None } {
            Err(Error::UnterminatedQuote { at: self.locate(chunk.start, &chunk.bytes, quote) })
        } else {
            let span = ChunkSpan { start: chunk.start, bytes: chunk.bytes.len() };
            Ok(ParsedChunk { block, span, skipped_rows, quotes })
        }
    }

    /// Counts the quoted fields of a text.
    fn count_quotes(&self, chunk: &Chunk, text: &str, parsed: &ParsedText) -> QuoteCounts {
        let mut counts = QuoteCounts { on_one_line: parsed.quoted_on_one_line, ..QuoteCounts::default() };
        let (width, syntax) = (self.header.names.len(), self.header.dialect.syntax);
        let without_quotes = Syntax { quoting: Quoting::None, ..syntax };
        for &start in &parsed.over_lines {
            let fields = scan::record(text.as_bytes(), start, syntax);
            let end = fields.last().map_or(start, |last| last.end);
            let is_row = |line: &str| scan::fields(line.as_bytes(), 0, without_quotes).count() == width;
            if width > 1 && text[start..end].lines().all(is_row) {
                let over_lines = |field: &&Field| text[field.value..field.end].contains(['\n', '\r']);
                let first = fields.iter().find(over_lines).map_or(start, |field| field.value);
                counts.add_over_rows(self.locate(chunk.start, &chunk.bytes, first).line);
            }
        }
        counts
    }

    fn locate(&self, start: StreamPosition, bytes: &[u8], at: usize) -> Position {
        start.locate(&self.input.display_path(), bytes, at)
    }

    /// Returns the position of the first opening quote without a closing one.
    fn unterminated_quote(&self, text: &str) -> Option<usize> {
        let (bytes, mut at) = (text.as_bytes(), 0);
        while let Some(start) = scan::next_record(bytes, at, self.header.dialect.comment) {
            let fields = scan::record(bytes, start, self.header.dialect.syntax);
            if let Some(field) = fields.iter().find(|field| !field.closed) {
                return field.quote;
            }
            at = fields.last().map_or(bytes.len(), |last| last.end);
        }
        None
    }

    /// Error of a record with the wrong number of fields.
    fn width_error(&self, start: StreamPosition, text: &str, record: InvalidRecord) -> Error {
        let (bytes, width) = (text.as_bytes(), self.header.names.len());
        let fields = scan::record(bytes, record.start, self.header.dialect.syntax);
        if let Some(field) = fields.iter().find(|field| !field.closed) {
            let at = self.locate(start, bytes, field.quote.expect("only a quoted field can be open"));
            return Error::UnterminatedQuote { at };
        }
        let end = fields.last().map_or(record.start, |last| last.end);
        let lines = |text: &str| text.lines().count().max(1) as u64;
        let over_lines = fields.iter().find(|field| lines(&text[field.value..field.end]) > 1);
        let first = fields.first().map_or(record.start, |first| first.value);
        let at = match (over_lines, fields.get(width)) {
            (Some(field), _) => field.quote.unwrap_or(field.value),
            (None, Some(extra)) => extra.value,
            (None, None) => end,
        };
        Error::RaggedRow {
            at: self.locate(start, bytes, at),
            expected: width,
            width_of: if self.header.is_present { WidthSource::Header } else { WidthSource::FirstRow },
            found: record.found,
            lines: lines(&text[first..end]),
        }
    }
}

/// Checks the marks in numbers that are given.
fn check_marks(options: &ReadOptions) -> Result<()> {
    let decimal = options.decimal.unwrap_or(if options.thousands == Some('.') { ',' } else { '.' });
    let is_decimal = matches!(decimal, '.' | ',');
    let is_mark = |mark: char| mark != decimal && !mark.is_alphanumeric() && !"+-()\n\r".contains(mark);
    let (what, expected, found) = match options.thousands {
        _ if !is_decimal => ("the decimal mark", "a point or a comma", decimal),
        Some(mark) if !is_mark(mark) => {
            ("the mark between thousands", "a mark such as a point, a space or ', and not the decimal mark", mark)
        }
        _ => return Ok(()),
    };
    let found = found.escape_default().to_string();
    Err(thalweg::Error::InvalidValue { what: what.into(), expected: expected.into(), found }.into())
}

/// Returns the first line of a text that is not blank.
fn first_text(text: &str) -> String {
    text.lines().map(str::trim).find(|line| !line.is_empty()).unwrap_or_default().to_string()
}

/// Checks that bytes are UTF-8; the error gives the position of the first invalid byte.
fn as_utf8<'t>(input: &Input, bytes: &'t [u8], start: StreamPosition) -> Result<&'t str> {
    std::str::from_utf8(bytes).map_err(|error| {
        let offset = error.valid_up_to();
        let at = start.locate(&input.display_path(), bytes, offset);
        Error::NotUtf8 { at, byte: bytes[offset], offset: start.offset + offset }
    })
}
