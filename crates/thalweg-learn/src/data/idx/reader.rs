//! IDX files as tables: one column per number of a row, and the labels from a second file.

use std::io::Read;
use std::path::{Path, PathBuf};

use super::array::{IdxArray, IdxData, find_labels};
use crate::data::cell::{Block, ColumnData};
use crate::data::chunk::{ChunkSpan, ParsedChunk, QuoteCounts};
use crate::data::input::{Input, StreamBuffer};
use crate::data::limits::{TableAllowance, check_columns};
use crate::data::read_options::{LABEL_COLUMN, ReadOptions};
use crate::data::skipped_rows::SkippedRows;
use crate::error::{Error, Result};

/// Reader of an IDX file of images, or of any other array, and of its labels if there are any.
pub(in crate::data) struct IdxReader {
    path: PathBuf,
    names: Vec<String>,
    /// All rows, until they are taken.
    is_text: Vec<bool>,
    block: Option<Block>,
}

impl IdxReader {
    /// Reads the whole file and its labels.
    pub(in crate::data) fn open(input: &Input, options: &ReadOptions) -> Result<IdxReader> {
        let path = input.display_path();
        let images = read_array(input)?;
        let (rows, width) = (images.rows(), images.row_length());
        check_columns(&path, width)?;
        let mut names: Vec<String> = (1..=width).map(|i| format!("p{i}")).collect();
        let (mut columns, mut is_text) = (columns(&images), Vec::new());
        if let Some(file) = labels_file(&path, options) {
            let labels = match options.labels_file {
                Some(_) => input.labels(&file)?,
                None => Input::new(&file, StreamBuffer::Memory)?,
            };
            let labels = read_array(&labels)?;
            if labels.rows() != rows || labels.row_length() != 1 {
                let (found_rows, found_width) = (labels.rows(), labels.row_length());
                return Err(Error::LabelCount {
                    path: file,
                    images: path,
                    expected: rows,
                    found: (found_rows, found_width),
                });
            }
            // Labels are names of classes, not quantities, unless they are fractions.
            is_text.push(matches!(labels.data, IdxData::Bytes(_)));
            columns.insert(0, self::columns(&labels).remove(0));
            names.insert(0, LABEL_COLUMN.into());
        }
        Ok(IdxReader { path, names, is_text, block: Some(Block { columns, rows, ..Block::default() }) })
    }

    pub(in crate::data) fn names(&self) -> &[String] {
        &self.names
    }

    /// Returns `true` first if the first column has the names of classes.
    pub(in crate::data) fn is_text(&self) -> &[bool] {
        &self.is_text
    }

    pub(in crate::data) fn path(&self) -> PathBuf {
        self.path.clone()
    }

    /// Returns all rows the first time it is called, then none.
    pub(in crate::data) fn blocks(&mut self) -> Vec<ParsedChunk> {
        let chunk = |block| ParsedChunk {
            block,
            span: ChunkSpan::unused(),
            skipped_rows: SkippedRows::default(),
            quotes: QuoteCounts::default(),
        };
        self.block.take().map(chunk).into_iter().collect()
    }
}

/// Returns the label file of an image file: the given one, or the one with the usual name if it exists.
pub(in crate::data) fn labels_file(path: &Path, options: &ReadOptions) -> Option<PathBuf> {
    options.labels_file.clone().or_else(|| find_labels(path))
}

fn read_array(input: &Input) -> Result<IdxArray> {
    let (mut bytes, path) = (Vec::new(), input.display_path());
    let allowance = TableAllowance::of(std::slice::from_ref(input));
    let read = input.open()?.take(allowance.bytes().saturating_add(1)).read_to_end(&mut bytes);
    read.map_err(|source| input.read_error(source))?;
    allowance.check(&path, bytes.len() as u64)?;
    IdxArray::parse(&path, bytes)
}

/// Transposes a row-major array to columns.
fn columns(array: &IdxArray) -> Vec<ColumnData> {
    let (rows, width) = (array.rows(), array.row_length());
    let column = |j: usize| match &array.data {
        IdxData::Bytes(bytes) => ColumnData::Bytes((0..rows).map(|i| bytes[i * width + j]).collect()),
        IdxData::Floats(numbers) => {
            ColumnData::from_numbers((0..rows).map(|i| f64::from(numbers[i * width + j])).collect())
        }
    };
    (0..width).map(column).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_array_of_too_many_columns_is_refused() {
        let width = 600_000_u32;
        let bytes = [&[0, 0, 8, 2, 0, 0, 0, 1][..], &width.to_be_bytes(), &vec![1; width as usize]].concat();
        let input = Input::from_bytes(Path::new("x.idx"), bytes);
        let error = IdxReader::open(&input, &ReadOptions::default()).err().expect("there are too many columns");
        assert_eq!(error.to_string(), "x.idx: expected at most 524288 columns, found 600000");
    }
}
