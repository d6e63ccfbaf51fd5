//! Division of text files among ranks, each of which reads and parses its own parts alone.
//!
//! The bytes of all files are divided into pieces of equal size. The ranks read one each at a time, in turn, and tell
//! each other what the records in them begin and end with, so that each piece is cut at records exactly.

use super::range_reader::unmatched_on_all;
use super::reader::TableReader;
use super::store::Table;
use crate::data::chunk::{QuoteCounts, StreamPosition, count_lines};
use crate::data::csv::{RECORD_START, RecordScanner, STATES, ScanState};
use crate::data::input::{Input, RandomAccess};
use crate::data::read_note::ReadNote;
use crate::data::read_options::ReadOptions;
use crate::data::source::FeatureLayout;
use crate::error::Result;
use crate::team::{Team, gather_messages, gather_numbers};

/// Bytes of the pieces of all ranks together, as many as one process parses at a time.
const BYTES_PER_TURN: u64 = 16 << 20;

/// Least bytes of a piece, of which the beginning of a file is one.
const MIN_PIECE_BYTES: u64 = 1 << 20;

/// Bytes by which a record is followed beyond the end of its piece.
const MORE_BYTES: usize = 1 << 16;

/// Most bytes by which that is done: a record has at most as many, of which parsing gives the error.
const MAX_MORE_BYTES: usize = (1 << 26) + 4;

/// Reason why all files have records.
const IS_TEXT: &str = "the files are texts";

/// Reader of a set of text files as tables of which each rank has its own.
pub(crate) struct DividedReader<'a> {
    reader: TableReader,
    team: &'a dyn Team,
    /// Number of the first piece of each file, and the number of all pieces.
    first_pieces: Vec<u64>,
    /// Number of bytes of each file.
    lens: Vec<u64>,
    piece_bytes: u64,
    /// Position of the first row of the file that is read.
    rows_start: StreamPosition,
    /// Piece that rank 0 reads next.
    next: u64,
    /// Number of rows of the file of the last piece so far, and the file.
    rows: (usize, usize),
    /// End of the pieces read so far.
    end: PieceEnd,
    /// Quoted fields of the files read on this rank, by the numbers of the files.
    quotes: Vec<(usize, QuoteCounts)>,
}

/// End of a piece.
#[derive(Clone, Copy, Debug, Default)]
struct PieceEnd {
    state: ScanState,
    /// Number of line ends in the file before it.
    lines: u64,
}

/// Bytes of a file, cut anywhere.
struct Piece {
    access: RandomAccess,
    scanner: RecordScanner,
    /// Position of the first byte.
    start: u64,
    /// Bytes of the piece, and one more if there is one.
    text: Vec<u8>,
    /// Number of the bytes of the piece.
    len: usize,
    /// Number of line ends before the piece, if it is the first of its file.
    first_lines: Option<u64>,
}

/// Message of a rank to the others about its piece.
struct PieceSummary {
    /// State at the end for each state at the start.
    states: [ScanState; STATES],
    /// Number of line ends.
    lines: u64,
    /// True if the piece is the first of its file.
    is_first: bool,
}

impl<'a> DividedReader<'a> {
    /// Opens delimited or libsvm texts that are neither compressed nor recoded, the same on all ranks.
    ///
    /// # Errors
    /// No files; a file that cannot be read, or whose format or header is invalid.
    pub(super) fn open(inputs: &[Input], options: &ReadOptions, team: &'a dyn Team) -> Result<Self> {
        let all = inputs.iter().map(Input::stored_bytes).fold(0, u64::saturating_add);
        let piece_bytes = BYTES_PER_TURN.min(all).div_ceil(team.ranks() as u64).max(MIN_PIECE_BYTES);
        Self::of_pieces(inputs, options, team, piece_bytes)
    }

    /// Opens the files, which are divided into pieces of this many bytes.
    fn of_pieces(inputs: &[Input], options: &ReadOptions, team: &'a dyn Team, piece_bytes: u64) -> Result<Self> {
        let lens: Vec<u64> = inputs.iter().map(Input::stored_bytes).collect();
        let mut first_pieces = vec![0];
        for len in &lens {
            first_pieces.push(first_pieces[first_pieces.len() - 1] + len.div_ceil(piece_bytes).max(1));
        }
        let reader = TableReader::open(inputs, options)?;
        let (rows_start, _) = reader.source.records().expect(IS_TEXT);
        let (end, quotes) = (PieceEnd::default(), Vec::new());
        let (next, rows) = (0, (0, 0));
        Ok(Self { reader, team, first_pieces, lens, piece_bytes, rows_start, next, rows, end, quotes })
    }

    /// Returns a table of the next rows of this rank, which follow those of the rank before; `None` on all ranks at the
    /// end. The rows of rank 0 follow those of the last rank in the table before.
    pub(crate) fn next(&mut self) -> Result<Option<Table<'static>>> {
        let (first, own) = (self.next, self.next + self.team.rank() as u64);
        if first >= self.first_pieces[self.lens.len()] {
            return Ok(None);
        }
        self.next += self.team.ranks() as u64;
        let piece = if own < self.first_pieces[self.lens.len()] { Some(self.read_piece(own)?) } else { None };
        let summary = piece.as_ref().map_or_else(PieceSummary::of_none, Piece::summary);
        let summaries = gather_messages(self.team, &summary.to_message());
        let mut ends = vec![self.end];
        for summary in &summaries {
            ends.push(PieceSummary::from_message(summary).end(ends[ends.len() - 1]));
        }
        self.end = ends[ends.len() - 1];
        let mut table = self.reader.empty_table();
        if let Some(piece) = piece {
            let mut start = ends[self.team.rank()];
            if let Some(lines) = piece.first_lines {
                start = PieceEnd { state: RECORD_START, lines };
            }
            let records = piece.records(start, ends[self.team.rank() + 1].state);
            let input = &self.reader.inputs[self.reader.file];
            if let Some((position, text)) = records.map_err(|source| input.read_error(source))? {
                self.reader.rows_before = 0;
                self.reader.read_records(position, text, &mut table)?;
            }
        }
        // Cells of delimited text are located by their lines alone.
        if self.reader.layout == FeatureLayout::Indexed {
            self.number_rows(first, &mut table);
        }
        Ok(Some(table))
    }

    /// Counts the rows of the pieces of all ranks, and notes in a table how many of its file come before it.
    fn number_rows(&mut self, first: u64, table: &mut Table<'_>) {
        for (rank, count) in gather_numbers(self.team, table.rows() as u64).into_iter().enumerate() {
            let file = self.file_of(first + rank as u64);
            if file != self.rows.1 {
                self.rows = (0, file);
            }
            if rank == self.team.rank() {
                table.origins.iter_mut().for_each(|origin| origin.rows_before += self.rows.0);
            }
            self.rows.0 += count as usize;
        }
    }

    /// Returns the file of a piece.
    fn file_of(&self, piece: u64) -> usize {
        self.first_pieces.partition_point(|&first| first <= piece) - 1
    }

    /// Reads the bytes of a piece, and one more if there is one.
    fn read_piece(&mut self, number: u64) -> Result<Piece> {
        let file = self.file_of(number);
        if file != self.reader.file {
            self.quotes.push((self.reader.file, std::mem::take(&mut self.reader.quotes)));
            self.reader.end_file();
            self.reader.open_file(file)?;
            (self.rows_start, _) = self.reader.source.records().expect(IS_TEXT);
        }
        let index = number - self.first_pieces[file];
        let input = &self.reader.inputs[file];
        let first = self.rows_start.offset as u64;
        let at = |position: u64| position.max(first).min(self.lens[file].max(first));
        let (start, end) = (at(index * self.piece_bytes), at((index + 1) * self.piece_bytes));
        let first_lines = (index == 0).then_some(self.rows_start.line - 1);
        let access = input.random_access()?;
        let text = read(&access, start, (end - start) as usize + 1).map_err(|source| input.read_error(source))?;
        let len = text.len().min((end - start) as usize);
        let (_, scanner) = self.reader.source.records().expect(IS_TEXT);
        Ok(Piece { access, scanner, start, text, len, first_lines })
    }

    /// Returns the notes of all ranks on how the files were read.
    pub(crate) fn notes(&mut self) -> Vec<ReadNote> {
        self.quotes.push((self.reader.file, std::mem::take(&mut self.reader.quotes)));
        self.reader.end_file();
        let own = self.quotes.iter().map(|(file, quotes)| (*file, quotes.on_one_line, quotes.over_rows, &quotes.lines));
        let own =
            serde_json::to_vec(&own.collect::<Vec<_>>()).unwrap_or_else(|_| unreachable!("counts have a text form"));
        let mut all: Vec<QuoteCounts> = vec![QuoteCounts::default(); self.lens.len()];
        for message in gather_messages(self.team, &own) {
            let quotes: Vec<(usize, u64, u64, Vec<u64>)> = serde_json::from_slice(&message).expect("counts of a rank");
            for (file, on_one_line, over_rows, lines) in quotes {
                all[file].merge_unordered(&QuoteCounts { on_one_line, over_rows, lines });
            }
        }
        let mut notes = self.reader.notes.clone();
        notes.extend(all.into_iter().filter_map(QuoteCounts::note));
        notes.extend(ReadNote::of_unmatched(unmatched_on_all(self.team, &self.reader.unmatched)));
        notes
    }
}

impl Piece {
    fn summary(&self) -> PieceSummary {
        let text = &self.text[..self.len];
        PieceSummary {
            states: match self.first_lines {
                Some(_) => [self.scanner.after(RECORD_START, text); STATES],
                None => self.scanner.after_each(text),
            },
            lines: self.first_lines.unwrap_or(0) + count_lines(&self.text, self.len),
            is_first: self.first_lines.is_some(),
        }
    }

    /// Returns the records that begin in the piece, with the position of the first; `None` if there are none. The last
    /// one may end in the pieces after it.
    fn records(mut self, start: PieceEnd, end: ScanState) -> std::io::Result<Option<(StreamPosition, Vec<u8>)>> {
        let first = self.scanner.first_record(start.state, &self.text).filter(|&first| first < self.len);
        let Some(first) = first else { return Ok(None) };
        let line = start.lines + count_lines(&self.text, first) + 1;
        self.text.truncate(self.len);
        let mut wanted = MORE_BYTES;
        let mut is_whole = end == RECORD_START;
        while !is_whole {
            let more = read(&self.access, self.start + self.len as u64, wanted)?;
            // A line end at the end of these bytes may be the first half of one.
            let whole = self.scanner.first_record(end, &more).filter(|&record| record < more.len());
            is_whole = whole.is_some() || more.len() < wanted || wanted == MAX_MORE_BYTES;
            if is_whole {
                self.text.extend_from_slice(&more[..whole.unwrap_or(more.len())]);
            }
            wanted = (2 * wanted).min(MAX_MORE_BYTES);
        }
        self.text.drain(..first);
        Ok(Some((StreamPosition::line_start(self.start as usize + first, line), self.text)))
    }
}

impl PieceSummary {
    /// Summary of a rank without a piece.
    fn of_none() -> Self {
        Self { states: std::array::from_fn(|state| state as ScanState), lines: 0, is_first: false }
    }

    /// Returns where the piece ends if the one before it ends there.
    fn end(&self, before: PieceEnd) -> PieceEnd {
        let before = if self.is_first { PieceEnd::default() } else { before };
        PieceEnd { state: self.states[usize::from(before.state)], lines: before.lines + self.lines }
    }

    fn to_message(&self) -> Vec<u8> {
        let mut message = self.states.to_vec();
        message.push(u8::from(self.is_first));
        message.extend(self.lines.to_ne_bytes());
        message
    }

    fn from_message(message: &[u8]) -> Self {
        let (states, rest) = message.split_first_chunk().expect("a state for each");
        let (is_first, lines) = rest.split_first().expect("a flag");
        let lines = u64::from_ne_bytes(*lines.first_chunk().expect("a number of lines"));
        Self { states: *states, lines, is_first: *is_first == 1 }
    }
}

/// Reads bytes from an offset on, fewer at the end.
fn read(access: &RandomAccess, start: u64, len: usize) -> std::io::Result<Vec<u8>> {
    use std::io::Read;
    let mut bytes = Vec::with_capacity(len);
    access.reader(start).take(len as u64).read_to_end(&mut bytes)?;
    Ok(bytes)
}

#[cfg(test)]
mod tests;
