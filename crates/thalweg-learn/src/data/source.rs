//! Data files of any format as streams of blocks; the format is detected from the first bytes.

use std::io::Read;
use std::path::{Path, PathBuf};

use super::chunk::{ChunkSpan, ParsedChunk};
use super::columnar::{ColumnarReader, UnsupportedColumn, is_columnar};
use super::csv::{CsvCellLocator, CsvReader};
use super::idx::{self, IdxReader, is_idx};
use super::input::{Files, Input};
use super::libsvm::{LibsvmReader, is_libsvm};
use super::read_options::ReadOptions;
use crate::error::{Position, Result};

/// Number of bytes from which the format is detected.
const SIGNATURE_BYTES: usize = 4096;

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
    Text(CsvCellLocator),
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

/// Position of a cell, and its text where the format has one.
pub(super) struct LocatedCell {
    pub(super) position: Position,
    pub(super) text: Option<String>,
}

impl Source {
    /// Opens a file and detects its format.
    pub(super) fn open(input: Input, options: &ReadOptions) -> Result<Source> {
        let mut first = Vec::new();
        let read = input.open()?.take(SIGNATURE_BYTES as u64).read_to_end(&mut first);
        read.map_err(|source| input.read_error(source))?;
        if is_columnar(&first) {
            return Ok(Source(FormatReader::Columnar(ColumnarReader::open(&input, options)?)));
        }
        if is_idx(&first) {
            return Ok(Source(FormatReader::Idx(IdxReader::open(&input, options)?)));
        }
        let input = input.with_encoding(options.encoding.as_deref())?;
        if is_libsvm(&first) {
            return Ok(Source(FormatReader::Libsvm(LibsvmReader::open(input, options)?)));
        }
        Ok(Source(FormatReader::Csv(CsvReader::open(input, options)?)))
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

    pub(super) fn locator(&self) -> CellLocator {
        match &self.0 {
            FormatReader::Csv(reader) => CellLocator::Text(reader.locator()),
            FormatReader::Libsvm(reader) => CellLocator::Rows(reader.path()),
            FormatReader::Idx(reader) => CellLocator::Rows(reader.path()),
            FormatReader::Columnar(reader) => CellLocator::Rows(reader.path()),
        }
    }

    /// Returns the next blocks in the order of the file; none at its end.
    pub(super) fn blocks(&mut self) -> Result<Vec<ParsedChunk>> {
        match &mut self.0 {
            FormatReader::Csv(reader) => reader.blocks(),
            FormatReader::Libsvm(reader) => reader.blocks(),
            FormatReader::Idx(reader) => Ok(reader.blocks()),
            FormatReader::Columnar(reader) => reader.blocks(),
        }
    }
}

impl CellLocator {
    /// Returns the position of a cell, and its text if the format has one.
    pub(super) fn cell(&self, address: CellAddress) -> Result<LocatedCell> {
        let CellAddress { chunk, rows_before, row, column } = address;
        match self {
            CellLocator::Text(locator) => {
                let (position, text) = locator.cell(chunk, row, column)?;
                Ok(LocatedCell { position, text: Some(text) })
            }
            CellLocator::Rows(path) => {
                Ok(LocatedCell { position: row_and_column(Some(path), rows_before + row, column), text: None })
            }
            CellLocator::Memory => {
                Ok(LocatedCell { position: row_and_column(None, rows_before + row, column), text: None })
            }
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
