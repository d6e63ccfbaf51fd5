//! Delimited text, cut into pieces of whole records that all threads read at once.

mod chunk;
mod head;
mod number;
mod place;
mod scan;

pub(super) use place::Places;

use std::collections::HashMap;

use self::chunk::Fault;
use self::head::Head;
use super::cutter::{Cut, Cutter, HEAD, Mark, Piece, Place};
use super::input::Input;
use super::options::ReadOptions;
use crate::data::skipped_rows::{OnError, SkippedRows};
use crate::error::{Error, Result};

/// Delimited text as a stream of blocks.
pub(super) struct Csv {
    cutter: Cutter,
    known: Known,
}

/// What is known of the text, for all threads that take it apart.
struct Known {
    input: Input,
    head: Head,
    on_error: OnError,
}

impl Csv {
    /// Reads so much of the text as tells what it holds.
    pub(super) fn open(input: Input, options: &ReadOptions) -> Result<Csv> {
        for (what, given) in [("the delimiter", options.delimiter), ("the comment", options.comment)] {
            if let Some(byte) = given.filter(|byte| !byte.is_ascii() || b"\"\n\r".contains(byte)) {
                let must = "one ASCII character, and no quote or line end".into();
                let found = char::from(byte).escape_default().to_string();
                return Err(thalweg::Error::InvalidValue { what: what.into(), expected: must, found }.into());
            }
        }
        let mut cutter = Cutter::new(input.clone())?;
        let delimiter = options.delimiter.unwrap_or_else(|| scan::delimiter(&cutter.ahead));
        let end = cutter.whole(HEAD, |text| scan::last_end(text, delimiter))?;
        let text = as_text(&input, &cutter.ahead[..end], cutter.next)?;
        let Some(head) = Head::look(text, delimiter, options) else {
            return Err(Error::Empty { path: input.display_path() });
        };
        let mut earlier = HashMap::new();
        for (column, name) in head.names.iter().enumerate() {
            if let Some(first) = earlier.insert(name, column) {
                let at = cutter.next.position(&input, &cutter.ahead, head.places[column]);
                return Err(Error::DuplicateColumn { at, name: name.clone(), first: first + 1 });
            }
        }
        cutter.take(head.data);
        Ok(Csv { cutter, known: Known { input, head, on_error: options.on_error } })
    }

    /// The names of the columns.
    pub(super) fn names(&self) -> &[String] {
        &self.known.head.names
    }

    /// Whether the first row names the columns.
    pub(super) fn had_header(&self) -> bool {
        self.known.head.had_header
    }

    /// What a place in this text is found by.
    pub(super) fn places(&self) -> Places {
        let Known { input, head, .. } = &self.known;
        let first = head.places.first().copied().unwrap_or(0);
        Places { input: input.clone(), shape: head.shape.clone(), first }
    }

    /// The next blocks, in the order of the file; none at its end.
    pub(super) fn blocks(&mut self) -> Result<Vec<Piece>> {
        let (known, delimiter) = (&self.known, self.known.head.shape.delimiter);
        self.cutter.round(|text| scan::last_end(text, delimiter), |cut| known.parse(cut))
    }
}

impl Known {
    fn parse(&self, cut: &Cut) -> Result<Piece> {
        let place = cut.place;
        let text = as_text(&self.input, &cut.bytes, place)?;
        let (block, found) = chunk::parse(text, &self.head.shape);
        let mut skipped_rows = SkippedRows::default();
        for fault in found {
            skipped_rows.add(self.on_error, || self.fault(place, text, fault))?;
        }
        // What is cut before the end ends with a record, and so with no quote open.
        match if cut.last { self.open_quote(text) } else { None } {
            Some(quote) => Err(Error::UnclosedQuote { at: place.position(&self.input, &cut.bytes, quote) }),
            None => Ok(Piece { block, mark: Mark { place, bytes: cut.bytes.len() }, skipped_rows }),
        }
    }

    /// The first quote of `text` that nothing closes.
    fn open_quote(&self, text: &str) -> Option<usize> {
        let (bytes, mut at) = (text.as_bytes(), 0);
        while let Some(start) = scan::next_record(bytes, at, &self.head.shape) {
            let fields = scan::record(bytes, start, self.head.shape.delimiter);
            if let Some(field) = fields.iter().find(|field| !field.closed) {
                return field.quote;
            }
            at = fields.last().map_or(bytes.len(), |last| last.end);
        }
        None
    }

    /// The error of a record of another width.
    fn fault(&self, place: Place, text: &str, fault: Fault) -> Error {
        let (bytes, width) = (text.as_bytes(), self.head.names.len());
        let fields = scan::record(bytes, fault.start, self.head.shape.delimiter);
        if let Some(field) = fields.iter().find(|field| !field.closed) {
            return Error::UnclosedQuote { at: place.position(&self.input, bytes, field.quote.unwrap_or(fault.start)) };
        }
        let end = fields.last().map_or(fault.start, |last| last.end);
        let breaks = |text: &str| text.lines().count().max(1) as u64;
        let over_lines = fields.iter().find(|field| breaks(&text[field.value..field.end]) > 1);
        let first = fields.first().map_or(fault.start, |first| first.value);
        let at = match (over_lines, fields.get(width)) {
            (Some(field), _) => field.quote.unwrap_or(field.value),
            (None, Some(extra)) => extra.value,
            (None, None) => end,
        };
        Error::RaggedRow {
            at: place.position(&self.input, bytes, at),
            expected: width,
            model: if self.head.had_header { "the header" } else { "the first row" },
            found: fault.found,
            lines: breaks(&text[first..end]),
        }
    }
}

/// The bytes as text, or the place of the first that is none.
fn as_text<'t>(input: &Input, bytes: &'t [u8], place: Place) -> Result<&'t str> {
    std::str::from_utf8(bytes).map_err(|error| {
        let offset = error.valid_up_to();
        let at = place.position(input, bytes, offset);
        Error::NotUtf8 { at, byte: bytes[offset], offset: place.offset + offset }
    })
}
