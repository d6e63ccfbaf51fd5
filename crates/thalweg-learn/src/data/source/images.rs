//! IDX files as a table: a column for each number of a row, and the labels from the file beside.

use std::io::Read;
use std::path::{Path, PathBuf};

use super::block::{Block, Values};
use super::cutter::{Mark, Piece, Place};
use super::idx::{Data, Idx, labels_beside};
use super::input::{Input, StdinBuffer};
use super::options::ReadOptions;
use super::sparse::LABEL;
use crate::data::skipped_rows::SkippedRows;
use crate::error::{Error, Result};

/// Images (or any other array) with their labels, where there are any.
pub(in crate::data) struct Images {
    path: PathBuf,
    names: Vec<String>,
    /// All of them in one block, until it is taken.
    block: Option<Block>,
}

impl Images {
    pub(super) fn read(input: &Input, options: &ReadOptions) -> Result<Images> {
        let path = input.display_path();
        let images = array(input)?;
        let (rows, width) = (images.rows(), images.width());
        let mut names: Vec<String> = (1..=width).map(|i| format!("p{i}")).collect();
        let mut columns = columns(&images, rows, width);
        if let Some(file) = labels_of(&path, options) {
            let labels = array(&Input::of(&file, StdinBuffer::Memory)?)?;
            if labels.rows() != rows || labels.width() != 1 {
                let why = format!(
                    "it holds {} × {} numbers for {rows} rows of {}",
                    labels.rows(),
                    labels.width(),
                    path.display()
                );
                return Err(Error::Binary { path: file, format: "IDX (of labels)", why });
            }
            columns.insert(0, self::columns(&labels, rows, 1).remove(0));
            names.insert(0, LABEL.into());
        }
        Ok(Images { path, names, block: Some(Block { columns, rows, ..Block::default() }) })
    }

    pub(super) fn names(&self) -> &[String] {
        &self.names
    }

    pub(super) fn path(&self) -> PathBuf {
        self.path.clone()
    }

    pub(super) fn blocks(&mut self) -> Vec<Piece> {
        let mark = Mark { place: Place::start(0), bytes: 0 };
        self.block.take().map(|block| Piece { block, mark, skipped_rows: SkippedRows::default() }).into_iter().collect()
    }
}

/// The file with the labels of images, if there is one.
pub(super) fn labels_of(path: &Path, options: &ReadOptions) -> Option<PathBuf> {
    options.labels_file.clone().or_else(|| labels_beside(path))
}

fn array(input: &Input) -> Result<Idx> {
    let mut bytes = Vec::new();
    input.open()?.read_to_end(&mut bytes).map_err(|source| input.failed(source))?;
    Idx::parse(&input.display_path(), bytes)
}

/// Rows end to end become columns.
fn columns(array: &Idx, rows: usize, width: usize) -> Vec<Values> {
    let column = |j: usize| match &array.data {
        Data::U8(bytes) => Values::Bytes((0..rows).map(|i| bytes[i * width + j]).collect()),
        Data::Others(numbers) => Values::of((0..rows).map(|i| f64::from(numbers[i * width + j])).collect()),
    };
    (0..width).map(column).collect()
}
