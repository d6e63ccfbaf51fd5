//! Delimited text, cut into pieces of whole records that all threads read at once.

mod chunk;
mod head;
mod number;
mod place;
mod scan;

use place::Place;
pub(super) use place::{Mark, Places};

use std::io::Read;
use std::sync::OnceLock;

use self::chunk::Fault;
use self::head::Head;
use super::block::Block;
use super::faults::{Faults, OnError};
use super::input::Input;
use crate::error::{Error, Result};

/// How to read delimited text.
#[derive(Clone, Debug, Default)]
pub struct ReadOptions {
    /// Whether the first row names the columns.
    pub header: Header,
    /// The character between fields; found in the text (comma, semicolon, tab or bar) unless given.
    pub delimiter: Option<u8>,
    /// The first character of lines that are no data.
    pub comment: Option<u8>,
    /// The name of the text's encoding, as `latin1`; UTF-8 unless given.
    pub encoding: Option<String>,
    /// Texts that mean "no value", besides the usual ones.
    pub missing: Vec<String>,
    /// Columns known by name: a first row with one of them names the columns, whatever else is in it.
    pub known: Vec<String>,
    /// Columns that are texts even where they look like numbers: 01 is not 1 then.
    pub texts: Vec<String>,
    /// Columns that need not be read.
    pub skip: Vec<String>,
    /// What becomes of rows that cannot be used.
    pub on_error: OnError,
}

/// Whether the first row names the columns.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Header {
    /// It does unless it reads like data: a number or a missing value is in it, or, in a table of text only, each of
    /// its cells comes up again below.
    #[default]
    Auto,
    /// It does.
    Present,
    /// It does not; the columns are named c1, c2, …
    Absent,
}

/// Bytes that some editors write before UTF-8 text.
const MARK: &[u8] = "\u{feff}".as_bytes();

/// Bytes that are taken apart at a time: they fit a core's own cache, text and numbers both.
const PIECE: usize = 1 << 18;

/// Bytes looked at to tell what the columns are.
const HEAD: usize = 1 << 20;

/// Bytes a record may have.
const LONGEST: usize = 1 << 26;

/// Pieces that are read before all of them are done.
const ROUND: usize = 64;

/// Delimited text as a stream of blocks.
pub(super) struct Csv {
    cutter: Cutter,
    known: Known,
}

/// What cuts a stream of text into whole records.
struct Cutter {
    input: Input,
    stream: Box<dyn Read + Send>,
    /// What is read and not yet taken apart: the beginning of a record, and maybe more.
    ahead: Vec<u8>,
    ended: bool,
    /// Where the next piece begins.
    next: Place,
}

/// What is known of the text, for all threads that take it apart.
struct Known {
    input: Input,
    head: Head,
    on_error: OnError,
}

/// Whole records of text.
struct Cut {
    place: Place,
    bytes: Vec<u8>,
    /// Whether nothing follows.
    last: bool,
}

/// A block, and where its records begin in the file.
pub(super) struct Piece {
    pub(super) block: Block,
    pub(super) mark: Mark,
    /// Records left out.
    pub(super) faults: Faults,
}

impl Csv {
    /// Reads so much of the text as tells what it holds.
    pub(super) fn open(input: Input, options: &ReadOptions) -> Result<Csv> {
        for (what, given) in [("the delimiter", options.delimiter), ("the comment", options.comment)] {
            if let Some(byte) = given.filter(|byte| !byte.is_ascii() || b"\"\n\r".contains(byte)) {
                let must = "one ASCII character, and no quote or line end".into();
                let found = char::from(byte).escape_default().to_string();
                return Err(thalweg::Error::Text { what: what.into(), must, found }.into());
            }
        }
        let mut cutter = Cutter::new(input.clone())?;
        let delimiter = options.delimiter.unwrap_or_else(|| scan::delimiter(&cutter.ahead));
        let end = cutter.whole(HEAD, delimiter)?;
        let text = as_text(&input, &cutter.ahead[..end], cutter.next)?;
        let Some(head) = Head::look(text, options) else { return Err(Error::Empty { path: input.shown() }) };
        for (column, name) in head.names.iter().enumerate() {
            if let Some(first) = head.names[..column].iter().position(|earlier| earlier == name) {
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
        Places { input: input.clone(), shape: head.shape.clone(), first, marks: Vec::new() }
    }

    /// The next blocks, in the order of the file; none at its end. This thread reads while the others take apart.
    pub(super) fn blocks(&mut self) -> Result<Vec<Piece>> {
        let (cutter, known) = (&mut self.cutter, &self.known);
        let done: [OnceLock<Result<Piece>>; ROUND] = std::array::from_fn(|_| OnceLock::new());
        rayon::in_place_scope(|scope| {
            for done in &done {
                let Some(cut) = cutter.cut(known.head.shape.delimiter)? else { break };
                scope.spawn(move |_| drop(done.set(known.parse(&cut))));
            }
            Ok::<(), Error>(())
        })?;
        done.into_iter().map_while(OnceLock::into_inner).collect()
    }
}

impl Cutter {
    fn new(input: Input) -> Result<Cutter> {
        let stream = input.open()?;
        let mut cutter = Cutter { input, stream, ahead: Vec::new(), ended: false, next: Place::start(0) };
        cutter.fill(HEAD)?;
        if cutter.ahead.starts_with(MARK) {
            cutter.ahead.drain(..MARK.len());
            cutter.next = Place::start(MARK.len());
        }
        Ok(cutter)
    }

    /// Reads until `wanted` bytes are ahead, or the stream has ended.
    fn fill(&mut self, wanted: usize) -> Result<()> {
        let more = wanted.saturating_sub(self.ahead.len());
        if self.ended || more == 0 {
            return Ok(());
        }
        self.ahead.reserve(more);
        let read = self.stream.by_ref().take(more as u64).read_to_end(&mut self.ahead);
        self.ended = read.map_err(|source| self.input.failed(source))? < more;
        Ok(())
    }

    /// Where the whole records among the next bytes end, `wanted` of them or as many as one record has.
    fn whole(&mut self, mut wanted: usize, delimiter: u8) -> Result<usize> {
        loop {
            self.fill(wanted)?;
            let piece = &self.ahead[..wanted.min(self.ahead.len())];
            if self.ended && piece.len() == self.ahead.len() {
                return Ok(piece.len());
            }
            match scan::last_end(piece, delimiter) {
                Some(end) => return Ok(end),
                None if piece.len() > LONGEST => return Err(too_long(&self.input, piece, self.next, delimiter)),
                None => wanted *= 2,
            }
        }
    }

    /// Takes the first bytes away.
    fn take(&mut self, end: usize) -> (Place, Vec<u8>) {
        let rest = self.ahead.split_off(end);
        let (bytes, place) = (std::mem::replace(&mut self.ahead, rest), self.next);
        self.next = place.after(&bytes);
        (place, bytes)
    }

    /// The next piece of whole records.
    fn cut(&mut self, delimiter: u8) -> Result<Option<Cut>> {
        let end = self.whole(PIECE, delimiter)?;
        if end == 0 {
            return Ok(None);
        }
        let (place, bytes) = self.take(end);
        Ok(Some(Cut { place, bytes, last: self.ended && self.ahead.is_empty() }))
    }
}

impl Known {
    fn parse(&self, cut: &Cut) -> Result<Piece> {
        let place = cut.place;
        let text = as_text(&self.input, &cut.bytes, place)?;
        let (block, found) = chunk::parse(text, &self.head.shape);
        let mut faults = Faults::default();
        for fault in found {
            faults.add(self.on_error, || self.fault(place, text, fault))?;
        }
        // What is cut before the end ends with a record, and so with no quote open.
        match if cut.last { self.open_quote(text) } else { None } {
            Some(quote) => Err(Error::UnclosedQuote { at: place.position(&self.input, &cut.bytes, quote) }),
            None => Ok(Piece { block, mark: Mark { place, bytes: cut.bytes.len() }, faults }),
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

/// The error of a record without an end.
fn too_long(input: &Input, bytes: &[u8], place: Place, delimiter: u8) -> Error {
    let fields = scan::record(bytes, 0, delimiter);
    let open = fields.iter().find(|field| !field.closed).and_then(|field| field.quote);
    Error::LongRecord { at: place.position(input, bytes, open.unwrap_or(0)), most: LONGEST >> 20 }
}
