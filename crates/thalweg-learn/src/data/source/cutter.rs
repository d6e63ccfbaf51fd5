//! A stream of text, cut into pieces of whole records.

use std::io::Read;
use std::sync::OnceLock;

use super::block::Block;
use super::input::Input;
use super::lines;
use crate::data::skipped_rows::SkippedRows;
use crate::error::{Error, Position, Result};

/// Bytes that some editors write before UTF-8 text.
pub(super) const MARK: &[u8] = "\u{feff}".as_bytes();

/// Bytes that are taken apart at a time: they fit a core's own cache, text and numbers both.
const PIECE: usize = 1 << 18;

/// Bytes looked at to tell what the columns are.
pub(super) const HEAD: usize = 1 << 20;

/// Bytes a record may have.
const LONGEST: usize = 1 << 26;

/// Pieces that are read before all of them are done.
const ROUND: usize = 64;

/// What cuts a stream of text into whole records.
pub(super) struct Cutter {
    pub(super) input: Input,
    stream: Box<dyn Read + Send>,
    /// What is read and not yet taken apart: the beginning of a record, and maybe more.
    pub(super) ahead: Vec<u8>,
    ended: bool,
    /// Where the next piece begins.
    pub(super) next: Place,
}

/// Whole records of text.
pub(super) struct Cut {
    pub(super) place: Place,
    pub(super) bytes: Vec<u8>,
    /// Whether nothing follows.
    pub(super) last: bool,
}

/// A block, and where its records begin in the file.
pub(in crate::data) struct Piece {
    pub(in crate::data) block: Block,
    pub(in crate::data) mark: Mark,
    /// Records left out.
    pub(in crate::data) skipped_rows: SkippedRows,
}

/// A place between two bytes of the (unpacked) file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::data) struct Place {
    /// Bytes before it.
    pub(super) offset: usize,
    /// The line that it is on, from 1.
    pub(super) line: u64,
    /// Characters before it on this line.
    column: u64,
}

/// Where the records of a block stand.
#[derive(Clone, Copy, Debug)]
pub(in crate::data) struct Mark {
    pub(super) place: Place,
    pub(super) bytes: usize,
}

impl Place {
    /// The beginning of the text, after a mark of so many bytes.
    pub(super) fn start(mark: usize) -> Place {
        Place { offset: mark, line: 1, column: 0 }
    }

    /// The place after `text`, which begins here.
    pub(super) fn after(self, text: &[u8]) -> Place {
        let end = memchr::memrchr2(b'\n', b'\r', text).map(|end| end + 1);
        // Only whole records are passed, so that what is left of the line is short.
        let rest = String::from_utf8_lossy(&text[end.unwrap_or(0)..]).chars().count() as u64;
        // A return at the end begins a line end that the next text may end.
        let alone = text.last() == Some(&b'\r');
        let lines = lines::count(text);
        let column = if end.is_some() && !alone { rest } else { self.column + rest };
        Place { offset: self.offset + text.len(), line: self.line + lines, column }
    }

    /// Byte `at` of `text`, which begins here, as a position in the file.
    pub(super) fn position(self, input: &Input, text: &[u8], at: usize) -> Position {
        let before = String::from_utf8_lossy(&text[..at.min(text.len())]);
        let whole = std::str::from_utf8(text).ok();
        let (line, column) = lines::locate(whole.unwrap_or(&before), at);
        let column = if line == 1 { column + self.column } else { column };
        Position { path: input.display_path(), line: self.line + line - 1, column }
    }
}

impl Cutter {
    pub(super) fn new(input: Input) -> Result<Cutter> {
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
    pub(super) fn whole(&mut self, mut wanted: usize, last_end: impl Fn(&[u8]) -> Option<usize>) -> Result<usize> {
        loop {
            self.fill(wanted)?;
            let piece = &self.ahead[..wanted.min(self.ahead.len())];
            if self.ended && piece.len() == self.ahead.len() {
                return Ok(piece.len());
            }
            match last_end(piece) {
                Some(end) => return Ok(end),
                None if piece.len() > LONGEST => return Err(self.too_long()),
                None => wanted *= 2,
            }
        }
    }

    /// Takes the first bytes away.
    pub(super) fn take(&mut self, end: usize) -> (Place, Vec<u8>) {
        let rest = self.ahead.split_off(end);
        let (bytes, place) = (std::mem::replace(&mut self.ahead, rest), self.next);
        self.next = place.after(&bytes);
        (place, bytes)
    }

    /// The next piece of whole records.
    fn cut(&mut self, last_end: impl Fn(&[u8]) -> Option<usize>) -> Result<Option<Cut>> {
        let end = self.whole(PIECE, last_end)?;
        if end == 0 {
            return Ok(None);
        }
        let (place, bytes) = self.take(end);
        Ok(Some(Cut { place, bytes, last: self.ended && self.ahead.is_empty() }))
    }

    /// The next pieces, read by this thread while the others take them apart; in the order of the file, none at its end.
    pub(super) fn round(
        &mut self,
        last_end: impl Fn(&[u8]) -> Option<usize>,
        parse: impl Fn(&Cut) -> Result<Piece> + Sync,
    ) -> Result<Vec<Piece>> {
        let done: [OnceLock<Result<Piece>>; ROUND] = std::array::from_fn(|_| OnceLock::new());
        rayon::in_place_scope(|scope| {
            for done in &done {
                let Some(cut) = self.cut(&last_end)? else { break };
                let parse = &parse;
                scope.spawn(move |_| drop(done.set(parse(&cut))));
            }
            Ok::<(), Error>(())
        })?;
        done.into_iter().map_while(OnceLock::into_inner).collect()
    }

    /// The error of a record without an end.
    fn too_long(&self) -> Error {
        Error::LongRecord { at: self.next.position(&self.input, &self.ahead, 0), most: LONGEST >> 20 }
    }
}
