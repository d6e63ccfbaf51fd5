//! Data files of any format as streams of blocks; the format is detected from the first bytes.

use std::io::Read;
use std::ops::Range;
use std::path::{Path, PathBuf};

use super::chunk::{ChunkSpan, HEADER_BYTES, ParsedChunk, ReadRound, StreamPosition};
use super::columnar::{ColumnarReader, UnsupportedColumn, is_columnar};
use super::csv::{CsvCellLocator, CsvReader, RecordScanner};
use super::encoding::detected_encoding;
use super::foreign::foreign_format;
use super::idx::{self, IdxReader, is_idx};
use super::input::{Files, Input};
use super::libsvm::{LibsvmReader, libsvm_format};
use super::read_note::ReadNote;
use super::read_options::ReadOptions;
use super::text_format::TextFormat;
use crate::error::{Error, Position, Result};

/// Number of bytes from which the format is detected.
pub(super) const SIGNATURE_BYTES: usize = 4096;

/// Returns all files that are read for one: itself, and the label file of images.
pub(crate) fn input_files(path: &Path, options: &ReadOptions) -> Vec<PathBuf> {
    [path.to_path_buf()].into_iter().chain(idx::labels_file(path, options)).collect()
}

impl Files {
    /// Returns all files that are read for this set, with the patterns expanded and the label files of images.
    ///
    /// # Errors
    /// An invalid pattern, or one that matches no file.
    pub fn input_paths(&self, options: &ReadOptions) -> Result<Vec<PathBuf>> {
        Ok(self.expand()?.iter().flat_map(|path| input_files(path, options)).collect())
    }
}

/// Data file as a stream of blocks.
pub(super) struct Source(FormatReader);

/// Reader of one format.
enum FormatReader {
    Csv(CsvReader),
    Libsvm(LibsvmReader),
    Idx(IdxReader),
    Columnar(ColumnarReader),
}

/// Kind of the features of a source.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum FeatureLayout {
    /// One column per feature.
    Columns,
    /// Sparse features addressed by index (libsvm).
    Indexed,
}

/// Locator of the cells of a file, for messages.
#[derive(Clone, Debug)]
pub(super) enum CellLocator {
    /// Reads delimited text again.
    Text(Box<CsvCellLocator>),
    /// Gives the numbers of row and column as position, for formats without lines.
    Rows(PathBuf),
    /// Gives the numbers of row and column of data in memory.
    Memory,
}

/// Cell to be located.
#[derive(Clone, Copy, Debug)]
pub(super) struct CellAddress {
    /// Chunk that contains the cell.
    pub(super) chunk: ChunkSpan,
    /// Number of rows of the file before the chunk.
    pub(super) rows_before: usize,
    /// Row within the chunk.
    pub(super) row: usize,
    pub(super) column: usize,
}

impl Source {
    /// Opens a file and detects its format.
    pub(super) fn open(input: Input, options: &ReadOptions) -> Result<Source> {
        input.wait_for_head(HEADER_BYTES, |text| has_first_row(text, options))?;
        let mut first = signature(&input)?;
        if is_columnar(&first) {
            return Ok(Source(FormatReader::Columnar(ColumnarReader::open(&input, options)?)));
        }
        if is_idx(&first) {
            return Ok(Source(FormatReader::Idx(IdxReader::open(&input, options)?)));
        }
        if let Some(found) = foreign_format(&first) {
            return Err(Error::NotTable(input.display_path(), found.to_string()));
        }
        let detected = if options.encoding.is_none() { detected_encoding(&first) } else { None };
        let input = input.with_encoding(options.encoding.as_deref().or(detected))?;
        if detected.is_some() {
            first = signature(&input)?;
        }
        if let Some(lines) = libsvm_format(&first, options) {
            return Ok(Source(FormatReader::Libsvm(LibsvmReader::open(input, lines)?)));
        }
        Ok(Source(FormatReader::Csv(CsvReader::open(input, options)?)))
    }

    /// Opens a file whose rows follow those of another file.
    pub(super) fn open_next(input: Input, options: &ReadOptions) -> Result<Source> {
        let mut source = Source::open(input, options)?;
        if let FormatReader::Csv(reader) = &mut source.0 {
            reader.skip_line_end();
        }
        Ok(source)
    }

    /// Returns the position of the next record of a text, and a scanner of its records; `None` for other formats.
    pub(super) fn records(&self) -> Option<(StreamPosition, RecordScanner)> {
        match &self.0 {
            FormatReader::Csv(reader) => Some((reader.next_record(), reader.record_scanner())),
            FormatReader::Libsvm(reader) => Some((reader.next_line(), RecordScanner::of_lines())),
            FormatReader::Idx(_) | FormatReader::Columnar(_) => None,
        }
    }

    /// Continues a text with some whole records of it, the first of which is at a position.
    pub(super) fn set_records(&mut self, start: StreamPosition, text: Vec<u8>) {
        match &mut self.0 {
            FormatReader::Csv(reader) => reader.set_records(start, text),
            FormatReader::Libsvm(reader) => reader.set_lines(start, text),
            FormatReader::Idx(_) | FormatReader::Columnar(_) => {}
        }
    }

    /// Numbers of the rows of the groups of a columnar file; none for other formats.
    pub(super) fn group_rows(&self) -> Result<Vec<u64>> {
        if let FormatReader::Columnar(reader) = &self.0 { reader.group_rows() } else { Ok(Vec::new()) }
    }

    /// Continues a columnar file with a range of its rows.
    pub(super) fn set_rows(&mut self, rows: Range<u64>) -> Result<()> {
        if let FormatReader::Columnar(reader) = &mut self.0 { reader.set_rows(rows) } else { Ok(()) }
    }

    /// Column names in the order of the file.
    pub(super) fn names(&self) -> &[String] {
        match &self.0 {
            FormatReader::Csv(reader) => reader.names(),
            FormatReader::Libsvm(reader) => reader.names(),
            FormatReader::Idx(reader) => reader.names(),
            FormatReader::Columnar(reader) => reader.names(),
        }
    }

    /// Returns `true` if the names are stored in the file or fixed by its format.
    pub(super) fn has_header(&self) -> bool {
        if let FormatReader::Csv(reader) = &self.0 { reader.has_header() } else { true }
    }

    pub(super) fn layout(&self) -> FeatureLayout {
        match self.0 {
            FormatReader::Libsvm(_) => FeatureLayout::Indexed,
            FormatReader::Csv(_) | FormatReader::Idx(_) | FormatReader::Columnar(_) => FeatureLayout::Columns,
        }
    }

    /// Columns whose type is not supported; they are not among [`Source::names`].
    pub(super) fn unsupported(&self) -> &[UnsupportedColumn] {
        if let FormatReader::Columnar(reader) = &self.0 { reader.unsupported() } else { &[] }
    }

    /// Returns `true` for each column that the file says to be text; empty for formats that do not say it.
    pub(super) fn is_text(&self) -> &[bool] {
        match &self.0 {
            FormatReader::Columnar(reader) => reader.is_text(),
            FormatReader::Idx(reader) => reader.is_text(),
            FormatReader::Csv(_) | FormatReader::Libsvm(_) => &[],
        }
    }

    /// Format of delimited text; of other formats, the default.
    pub(super) fn text_format(&self) -> TextFormat {
        if let FormatReader::Csv(reader) = &self.0 { reader.text_format().clone() } else { TextFormat::default() }
    }

    /// Notes of the reader so far.
    pub(super) fn notes(&self) -> &[ReadNote] {
        match &self.0 {
            FormatReader::Csv(reader) => reader.notes(),
            FormatReader::Columnar(reader) => reader.notes(),
            FormatReader::Libsvm(_) | FormatReader::Idx(_) => &[],
        }
    }

    /// Returns `true` for a given text of missing values that no cell has had so far.
    pub(super) fn is_unmatched(&self, token: &str) -> bool {
        match &self.0 {
            FormatReader::Csv(reader) => reader.missing().is_unmatched(token),
            FormatReader::Columnar(reader) => reader.missing().is_unmatched(token),
            FormatReader::Libsvm(_) | FormatReader::Idx(_) => true,
        }
    }

    pub(super) fn locator(&self) -> CellLocator {
        match &self.0 {
            FormatReader::Csv(reader) => CellLocator::Text(Box::new(reader.locator())),
            FormatReader::Libsvm(reader) => CellLocator::Rows(reader.path()),
            FormatReader::Idx(reader) => CellLocator::Rows(reader.path()),
            FormatReader::Columnar(reader) => CellLocator::Rows(reader.path()),
        }
    }

    /// Returns the next blocks of a round in the order of the file; none at its end.
    pub(super) fn blocks(&mut self, round: &mut ReadRound) -> Result<Vec<ParsedChunk>> {
        let blocks = match &mut self.0 {
            FormatReader::Csv(reader) => return reader.blocks(round),
            FormatReader::Libsvm(reader) => return reader.blocks(round),
            FormatReader::Idx(reader) => reader.blocks(),
            FormatReader::Columnar(reader) => return reader.blocks(round),
        };
        if !blocks.is_empty() {
            round.end();
        }
        Ok(blocks)
    }
}

/// Reads the bytes from which the format is detected.
pub(super) fn signature(input: &Input) -> Result<Vec<u8>> {
    if let Some(stream) = input.arriving_text()? {
        return stream.first(SIGNATURE_BYTES).map_err(|source| input.read_error(source));
    }
    let mut first = Vec::new();
    let read = input.open()?.take(SIGNATURE_BYTES as u64).read_to_end(&mut first);
    read.map_err(|source| input.read_error(source))?;
    Ok(first)
}

/// Returns `true` if the beginning of a text probably has a whole row, after the lines that are skipped and a header.
fn has_first_row(text: &[u8], options: &ReadOptions) -> bool {
    let skipped = options.skip_lines.or(options.known_format.skip_lines).unwrap_or(0);
    let text = String::from_utf8_lossy(text);
    let mut lines = text.split_inclusive('\n').filter(|line| line.ends_with('\n')).skip(skipped);
    let Some(first) = lines.next() else { return false };
    let is_header = options.known_columns.iter().any(|name| first.contains(name.as_str()));
    !is_header || lines.next().is_some()
}

impl CellLocator {
    /// Returns the position of a cell.
    pub(super) fn position(&self, address: CellAddress) -> Result<Position> {
        let CellAddress { chunk, rows_before, row, column } = address;
        match self {
            CellLocator::Text(locator) => locator.position(chunk, row, column),
            CellLocator::Rows(path) => Ok(row_and_column(Some(path), rows_before + row, column)),
            CellLocator::Memory => Ok(row_and_column(None, rows_before + row, column)),
        }
    }

    /// Returns the text of a cell as written in the file; `None` if the format has no texts.
    pub(super) fn text(&self, address: CellAddress) -> Result<Option<String>> {
        let CellAddress { chunk, row, column, .. } = address;
        match self {
            CellLocator::Text(locator) => locator.text(chunk, row, column).map(Some),
            CellLocator::Rows(_) | CellLocator::Memory => Ok(None),
        }
    }

    /// Locates a column's name, or its first cell if the file has no header.
    pub(super) fn column_name(&self, column: usize) -> Result<Position> {
        match self {
            CellLocator::Text(locator) => locator.column_name(column),
            CellLocator::Rows(path) => Ok(row_and_column(Some(path), 0, column)),
            CellLocator::Memory => Ok(Position { path: None, line: 0, column: column as u64 + 1 }),
        }
    }
}

fn row_and_column(path: Option<&Path>, row: usize, column: usize) -> Position {
    Position { path: path.map(Path::to_path_buf), line: row as u64 + 1, column: column as u64 + 1 }
}
