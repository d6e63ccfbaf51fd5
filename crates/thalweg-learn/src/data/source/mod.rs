//! One reader for each format of files: from bytes to blocks of rows, as they come.

pub(super) mod block;
mod bytes;
mod columnar;
mod csv;
mod cutter;
mod files;
mod idx;
mod images;
mod input;
mod libsvm;
mod lines;
mod options;
mod sparse;
mod tables;
#[cfg(test)]
mod testing;

pub(super) use cutter::{Mark, Piece};
pub use files::Files;
pub(crate) use input::{Input, StdinBuffer};
pub use libsvm::IndexBase;
pub use options::{HeaderRow, ReadOptions};

use std::io::Read;
use std::path::{Path, PathBuf};

use crate::error::{Position, Result};
use csv::Csv;
use images::Images;
use sparse::SparseText;
use tables::Columns;

/// The files that are read for one: itself, and the labels of images.
pub(crate) fn input_files(path: &Path, options: &ReadOptions) -> Vec<PathBuf> {
    [path.to_path_buf()].into_iter().chain(images::labels_of(path, options)).collect()
}

/// A file as a stream of blocks.
pub(super) struct Source(Format);

/// Of one format.
enum Format {
    /// Delimited text.
    Csv(Csv),
    /// libsvm text.
    Sparse(SparseText),
    /// Images with their labels.
    Images(Images),
    /// Parquet or Arrow.
    Columns(Columns),
}

/// What finds the cells of a file again.
#[derive(Clone, Debug)]
pub(super) enum Places {
    /// By reading its text once more.
    Text(csv::Places),
    /// By the numbers of row and column, where there are no lines.
    Rows(PathBuf),
}

/// Bytes that tell one format from another.
const SIGNATURE: usize = 4096;

impl Source {
    /// Tells the format by the first bytes.
    pub(super) fn open(input: Input, options: &ReadOptions) -> Result<Source> {
        let mut first = Vec::new();
        let read = input.open()?.take(SIGNATURE as u64).read_to_end(&mut first);
        read.map_err(|source| input.failed(source))?;
        if columnar::is_columnar(&first) {
            return Ok(Source(Format::Columns(Columns::open(&input, options)?)));
        }
        if idx::is_idx(&first) {
            return Ok(Source(Format::Images(Images::read(&input, options)?)));
        }
        let input = input.encoded(options.encoding.as_deref())?;
        if sparse::is_libsvm(&first) {
            return Ok(Source(Format::Sparse(SparseText::open(input, options)?)));
        }
        Ok(Source(Format::Csv(Csv::open(input, options)?)))
    }

    /// The names of the columns.
    pub(super) fn names(&self) -> &[String] {
        match &self.0 {
            Format::Csv(csv) => csv.names(),
            Format::Sparse(text) => text.names(),
            Format::Images(images) => images.names(),
            Format::Columns(columns) => columns.names(),
        }
    }

    /// Whether the names are the file's own.
    pub(super) fn had_header(&self) -> bool {
        if let Format::Csv(csv) = &self.0 { csv.had_header() } else { true }
    }

    /// Whether its rows have features without a name of their own, most of them 0.
    pub(super) fn is_sparse(&self) -> bool {
        matches!(self.0, Format::Sparse(_))
    }

    /// Columns that hold neither numbers nor texts, and what they hold.
    pub(super) fn unusable(&self) -> Vec<(String, String)> {
        if let Format::Columns(columns) = &self.0 { columns.unusable() } else { Vec::new() }
    }

    /// What finds its cells again.
    pub(super) fn places(&self) -> Places {
        match &self.0 {
            Format::Csv(csv) => Places::Text(csv.places()),
            Format::Sparse(text) => Places::Rows(text.path()),
            Format::Images(images) => Places::Rows(images.path()),
            Format::Columns(columns) => Places::Rows(columns.path()),
        }
    }

    /// The next blocks, in the order of the file; none at its end.
    pub(super) fn blocks(&mut self) -> Result<Vec<Piece>> {
        match &mut self.0 {
            Format::Csv(csv) => csv.blocks(),
            Format::Sparse(text) => text.blocks(),
            Format::Images(images) => Ok(images.blocks()),
            Format::Columns(columns) => columns.blocks(),
        }
    }
}

impl Places {
    /// The place of a cell, and its text where it is known: `row` is that in its block, `before` the rows before that.
    pub(super) fn find(
        &self,
        mark: Mark,
        (before, row): (usize, usize),
        column: usize,
    ) -> Result<(Position, Option<String>)> {
        match self {
            Places::Text(places) => places.find(mark, row, column).map(|(position, text)| (position, Some(text))),
            Places::Rows(path) => Ok((at(path, before + row, column), None)),
        }
    }

    /// The place of a column's name, or of its first cell where it has none.
    pub(super) fn head(&self, column: usize) -> Result<Position> {
        match self {
            Places::Text(places) => places.head(column),
            Places::Rows(path) => Ok(at(path, 0, column)),
        }
    }
}

fn at(path: &std::path::Path, row: usize, column: usize) -> Position {
    Position { path: path.to_path_buf(), line: row as u64 + 1, column: column as u64 + 1 }
}
