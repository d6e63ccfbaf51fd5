//! Columnar files as streams of blocks.

use std::io::Read;
use std::ops::Range;
use std::path::PathBuf;
use std::sync::Arc;

use arrow_array::{ArrayRef, RecordBatch};
use arrow_schema::SchemaRef;
use rayon::prelude::*;

use super::catch_panic::catch_panic;
use super::format::{ColumnarFormat, Decoded, RecordBatches};
use super::{arrow_ipc, convert, parquet};
use crate::data::cell::Block;
use crate::data::input::{Input, RandomAccess};
use crate::error::{Error, Result};
use crate::pool;

/// Most rows of a block, so that a file cannot make its reader allocate more memory at once.
const MAX_ROWS_PER_BLOCK: usize = 1 << 20;

/// Columnar file with a known schema.
#[derive(Clone, Debug)]
pub(super) struct ColumnarFile {
    path: PathBuf,
    bytes: RandomAccess,
    format: ColumnarFormat,
    names: Vec<String>,
    /// For each column of an unsupported type, a description of its values.
    unsupported: Vec<Option<String>>,
    /// True for each column of texts.
    is_text: Vec<bool>,
}

impl ColumnarFile {
    /// Reads the schema only.
    ///
    /// # Errors
    ///
    /// A file that cannot be opened, has another format, or has a damaged schema.
    pub(super) fn open(input: &Input) -> Result<ColumnarFile> {
        let (path, bytes) = (input.display_path(), input.random_access()?);
        let mut first = Vec::new();
        bytes.reader(0).take(8).read_to_end(&mut first).map_err(|source| input.read_error(source))?;
        let invalid = |format, reason| Error::Binary { path: path.clone(), format, reason };
        if first.starts_with(b"FEA1") {
            let reason = "Feather version 1 is not supported: rewrite the file with a recent pandas".to_string();
            return Err(invalid("Arrow", reason));
        }
        let Some(format) = ColumnarFormat::detect(&first) else {
            let mut unpacked = Vec::new();
            input.open()?.take(8).read_to_end(&mut unpacked).map_err(|source| input.read_error(source))?;
            let is_packed = ColumnarFormat::detect(&unpacked).is_some();
            let reason =
                if is_packed { "the whole file is compressed; unpack it first" } else { "unknown first bytes" };
            return Err(invalid("Parquet or Arrow", reason.to_string()));
        };
        if first.starts_with(b"PARE") {
            return Err(invalid(format.name(), "encrypted files are not supported".to_string()));
        }
        let schema = catch_panic(|| schema(&bytes, format)).map_err(|reason| invalid(format.name(), reason))?;
        let names = schema.fields().iter().map(|field| field.name().clone()).collect();
        let unsupported = schema.fields().iter().map(|field| convert::unsupported(field.data_type())).collect();
        let is_text = schema.fields().iter().map(|field| convert::is_text(field.data_type())).collect();
        Ok(ColumnarFile { path, bytes, format, names, unsupported, is_text })
    }

    /// Column names in the order of the file.
    pub(super) fn names(&self) -> &[String] {
        &self.names
    }

    /// Returns a description of the values of a column of an unsupported type, such as "a list in each row".
    ///
    /// # Panics
    ///
    /// If there is no such column.
    pub(super) fn unsupported(&self, column: usize) -> Option<&str> {
        self.unsupported[column].as_deref()
    }

    /// Returns `true` if the type of a column is text.
    ///
    /// # Panics
    ///
    /// If there is no such column.
    pub(super) fn is_text(&self, column: usize) -> bool {
        self.is_text[column]
    }

    /// Returns the numbers of rows that the metadata claim for each group (Parquet) or batch (Arrow), which may be
    /// anything in a damaged file.
    pub(super) fn group_rows(&self) -> Result<Vec<u64>> {
        let rows = catch_panic(|| match self.format {
            ColumnarFormat::Parquet => parquet::group_rows(&self.bytes),
            ColumnarFormat::ArrowFile | ColumnarFormat::ArrowStream => arrow_ipc::group_rows(&self.bytes, self.format),
        });
        rows.map_err(|reason| self.damaged(reason))
    }

    /// Reads the given columns, in that order, in blocks of at most `max_rows` rows.
    ///
    /// Other columns are not decoded, and one row group or batch is in memory at a time.
    ///
    /// # Errors
    ///
    /// Here, a column of an unsupported type. From the iterator, as its last item: damaged data, or bytes that should
    /// be text and are not UTF-8.
    ///
    /// # Panics
    ///
    /// If there is no such column.
    pub(super) fn blocks(&self, columns: &[usize], max_rows: usize) -> Result<ColumnarBlocks> {
        self.blocks_of(columns, None, max_rows)
    }

    /// Reads all rows as [`ColumnarFile::blocks`] does, or a range. Groups and batches outside of the range are not
    /// read.
    fn blocks_of(&self, columns: &[usize], rows: Option<Range<u64>>, max_rows: usize) -> Result<ColumnarBlocks> {
        for &column in columns {
            if let Some(found) = self.unsupported(column) {
                return Err(self.column_type_error(column, found.to_string()));
            }
        }
        let mut decoded = columns.to_vec();
        decoded.sort_unstable();
        decoded.dedup();
        let max_rows = max_rows.clamp(1, MAX_ROWS_PER_BLOCK);
        let batches = catch_panic(|| match self.format {
            ColumnarFormat::Parquet => parquet::batches(&self.bytes, &decoded, rows, max_rows),
            ColumnarFormat::ArrowFile | ColumnarFormat::ArrowStream => {
                arrow_ipc::batches(&self.bytes, self.format, &decoded, rows)
            }
        });
        let batches = batches.map_err(|reason| self.damaged(reason))?;
        let place = |&column: &usize| {
            let place = decoded.binary_search(&column).expect("every requested column is decoded");
            RequestedColumn { in_file: column, in_batch: place }
        };
        let columns = columns.iter().map(place).collect();
        Ok(ColumnarBlocks { file: self.clone(), columns, batches, max_rows, pending: None, finished: false })
    }

    fn damaged(&self, reason: String) -> Error {
        Error::Binary { path: self.path.clone(), format: self.format.name(), reason }
    }

    fn column_type_error(&self, column: usize, found: String) -> Error {
        Error::ColumnType { path: Some(self.path.clone()), column: self.names[column].clone(), found }
    }
}

fn schema(bytes: &RandomAccess, format: ColumnarFormat) -> Decoded<SchemaRef> {
    match format {
        ColumnarFormat::Parquet => parquet::schema(bytes),
        ColumnarFormat::ArrowFile | ColumnarFormat::ArrowStream => arrow_ipc::schema(bytes, format),
    }
}

/// Iterator over the blocks of a file; it ends after an error.
pub(super) struct ColumnarBlocks {
    file: ColumnarFile,
    columns: Vec<RequestedColumn>,
    batches: RecordBatches,
    max_rows: usize,
    /// Remaining rows of the last batch.
    pending: Option<RecordBatch>,
    finished: bool,
}

/// Index of a requested column in the file and in the decoded batches.
#[derive(Clone, Copy)]
struct RequestedColumn {
    in_file: usize,
    in_batch: usize,
}

impl ColumnarBlocks {
    /// File of the blocks.
    pub(super) fn file(&self) -> &ColumnarFile {
        &self.file
    }

    /// Reads the same columns of a range of rows.
    pub(super) fn of_rows(&self, rows: Range<u64>) -> Result<ColumnarBlocks> {
        let columns: Vec<usize> = self.columns.iter().map(|column| column.in_file).collect();
        self.file.blocks_of(&columns, Some(rows), self.max_rows)
    }

    /// Returns the next block, which has at most `most` rows.
    pub(super) fn next_within(&mut self, most: usize) -> Option<Result<Block>> {
        if self.finished {
            return None;
        }
        let block = self.next_block(most.min(self.max_rows)).transpose();
        self.finished = !matches!(block, Some(Ok(_)));
        block
    }

    /// Returns the next rows: `most`, or as many as remain of the batch.
    fn next_rows(&mut self, most: usize) -> Result<Option<RecordBatch>> {
        loop {
            if let Some(batch) = self.pending.take().filter(|batch| batch.num_rows() > 0) {
                if batch.num_rows() <= most {
                    return Ok(Some(batch));
                }
                self.pending = Some(batch.slice(most, batch.num_rows() - most));
                return Ok(Some(batch.slice(0, most)));
            }
            let batches = &mut self.batches;
            match catch_panic(|| batches.next().transpose()).map_err(|reason| self.file.damaged(reason))? {
                Some(batch) => self.pending = Some(batch),
                None => return Ok(None),
            }
        }
    }

    fn next_block(&mut self, most: usize) -> Result<Option<Block>> {
        let Some(batch) = self.next_rows(most)? else { return Ok(None) };
        let (rows, batch) = (batch.num_rows(), batch.into_parts().1);
        let arrays: Vec<ArrayRef> = self.columns.iter().map(|column| Arc::clone(&batch[column.in_batch])).collect();
        // Arrays that are used once give up their memory.
        drop(batch);
        let convert = |(column, array): (&RequestedColumn, ArrayRef)| {
            // A panic is damage of the file; an error is an unsupported type.
            let converted = catch_panic(|| Ok(convert::convert_owned(array)));
            let converted = converted.map_err(|reason| self.file.damaged(reason))?;
            converted.map_err(|found| self.file.column_type_error(column.in_file, found.to_string()))
        };
        let columns = self.columns.par_iter().zip(arrays.into_par_iter());
        let columns = pool::map(columns, convert).into_iter().collect::<Result<_>>()?;
        Ok(Some(Block { columns, rows, ..Block::default() }))
    }
}

impl Iterator for ColumnarBlocks {
    type Item = Result<Block>;

    fn next(&mut self) -> Option<Result<Block>> {
        self.next_within(usize::MAX)
    }
}
