//! Files of columns: Parquet, and Arrow IPC (Feather version 2) as a file or a stream.

mod calm;
mod convert;
mod groups;
mod iso;
mod messages;

use std::fs::File;
use std::io::Read;
use std::path::{Path, PathBuf};

use arrow_array::RecordBatch;
use arrow_schema::SchemaRef;

use super::block::Block;
use crate::error::{Error, Result};

/// Most rows of a block, so that a file cannot ask for more memory at once than its reader did.
const MAX_ROWS_PER_BLOCK: usize = 1 << 20;

/// What went wrong, in the words of whoever decodes.
type Decoded<T> = std::result::Result<T, String>;

/// Batches as they come out of a file.
type Batches = Box<dyn Iterator<Item = Decoded<RecordBatch>> + Send>;

/// The forms of files of columns.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Format {
    /// Parquet.
    Parquet,
    /// Arrow IPC with a footer.
    ArrowFile,
    /// Arrow IPC, one message after another.
    ArrowStream,
}

impl Format {
    /// The form of a file that begins so, if it is one of these. Eight bytes are enough.
    pub(crate) fn of(first: &[u8]) -> Option<Format> {
        match first {
            // The third ends with a footer that is encrypted.
            [b'P', b'A', b'R', b'1' | b'E', ..] => Some(Format::Parquet),
            [b'A', b'R', b'R', b'O', b'W', b'1', ..] => Some(Format::ArrowFile),
            // A mark that a message follows, and the length of its head: a schema is no larger than 16 MB.
            [255, 255, 255, 255, _, _, _, 0, ..] => Some(Format::ArrowStream),
            _ => None,
        }
    }

    fn name(self) -> &'static str {
        match self {
            Format::Parquet => "Parquet",
            Format::ArrowFile | Format::ArrowStream => "Arrow",
        }
    }
}

/// Whether a file that begins so is one of these, or is of a kind that is refused with a reason.
pub(crate) fn is_columnar(first: &[u8]) -> bool {
    Format::of(first).is_some() || first.starts_with(b"FEA1")
}

/// A file of columns of which the schema is known.
#[derive(Clone, Debug)]
pub(crate) struct Columnar {
    path: PathBuf,
    format: Format,
    names: Vec<String>,
    unusable: Vec<Option<String>>,
}

impl Columnar {
    /// Reads the schema, and no rows.
    ///
    /// # Errors
    ///
    /// A file that cannot be opened, is none of the forms, or whose schema is damaged.
    pub(crate) fn open(path: &Path) -> Result<Columnar> {
        let failed = |source| Error::Io { path: path.to_path_buf(), source };
        let mut first = Vec::new();
        File::open(path).and_then(|file| file.take(8).read_to_end(&mut first)).map_err(failed)?;
        let refused = |format, why| Error::Binary { path: path.to_path_buf(), format, why };
        if first.starts_with(b"FEA1") {
            let why = "is Feather version 1: write it anew with a recent pandas".to_string();
            return Err(refused("Arrow", format!("it {why}")));
        }
        let Some(format) = Format::of(&first) else {
            return Err(refused("Parquet or Arrow", "it does not begin like one".to_string()));
        };
        if first.starts_with(b"PARE") {
            return Err(refused(format.name(), "it is encrypted".to_string()));
        }
        let schema = calm::calmly(|| schema(path, format)).map_err(|why| refused(format.name(), why))?;
        let names = schema.fields().iter().map(|field| field.name().clone()).collect();
        let unusable = schema.fields().iter().map(|field| convert::unusable(field.data_type())).collect();
        Ok(Columnar { path: path.to_path_buf(), format, names, unusable })
    }

    /// The columns, in order.
    pub(crate) fn names(&self) -> &[String] {
        &self.names
    }

    /// What a column holds where that cannot be used: "a list", "a struct", …
    ///
    /// # Panics
    ///
    /// If there is no such column.
    pub(crate) fn unusable(&self, column: usize) -> Option<&str> {
        self.unusable[column].as_deref()
    }

    /// The number of rows that the file says it has: reads the footer of a Parquet file, the heads of all batches of an
    /// Arrow file. A damaged file can say anything.
    #[cfg(test)]
    pub(crate) fn rows(&self) -> Result<u64> {
        let rows = calm::calmly(|| match self.format {
            Format::Parquet => groups::rows(&self.path),
            Format::ArrowFile | Format::ArrowStream => messages::rows(&self.path, self.format),
        });
        rows.map_err(|why| self.damaged(why))
    }

    /// The `wanted` columns in that order, in blocks of at most `rows_per_block` rows, from the first row on. Other
    /// columns are not decoded, and one row group or batch is in memory at a time.
    ///
    /// # Errors
    ///
    /// Here a column that cannot be used; from the iterator, once and at its end, data that are damaged, or bytes that
    /// should be text and are not UTF-8.
    ///
    /// # Panics
    ///
    /// If there is no such column.
    pub(crate) fn blocks(&self, wanted: &[usize], rows_per_block: usize) -> Result<Blocks> {
        for &column in wanted {
            if let Some(found) = self.unusable(column) {
                return Err(self.column_type(column, found.to_string()));
            }
        }
        let mut read = wanted.to_vec();
        read.sort_unstable();
        read.dedup();
        let rows = rows_per_block.clamp(1, MAX_ROWS_PER_BLOCK);
        let batches = calm::calmly(|| match self.format {
            Format::Parquet => groups::batches(&self.path, &read, rows),
            Format::ArrowFile | Format::ArrowStream => messages::batches(&self.path, self.format, &read),
        });
        let batches = batches.map_err(|why| self.damaged(why))?;
        // Where each wanted column stands among those read.
        let places = wanted.iter().filter_map(|column| read.binary_search(column).ok()).collect();
        Ok(Blocks { file: self.clone(), wanted: wanted.to_vec(), places, batches, rows, pending: None, over: false })
    }

    fn damaged(&self, why: String) -> Error {
        Error::Binary { path: self.path.clone(), format: self.format.name(), why }
    }

    fn column_type(&self, column: usize, found: String) -> Error {
        Error::ColumnType { path: self.path.clone(), column: self.names[column].clone(), found }
    }
}

fn schema(path: &Path, format: Format) -> Decoded<SchemaRef> {
    match format {
        Format::Parquet => groups::schema(path),
        Format::ArrowFile | Format::ArrowStream => messages::schema(path, format),
    }
}

/// The rows of a file, block after block. After an error there are no more.
pub(crate) struct Blocks {
    file: Columnar,
    wanted: Vec<usize>,
    places: Vec<usize>,
    batches: Batches,
    rows: usize,
    /// What is left of the last batch.
    pending: Option<RecordBatch>,
    over: bool,
}

impl Blocks {
    /// The next rows, as many as a block holds or the batch has left.
    fn rows(&mut self) -> Result<Option<RecordBatch>> {
        loop {
            if let Some(batch) = self.pending.take().filter(|batch| batch.num_rows() > 0) {
                let rows = batch.num_rows().min(self.rows);
                self.pending = Some(batch.slice(rows, batch.num_rows() - rows));
                return Ok(Some(batch.slice(0, rows)));
            }
            let batches = &mut self.batches;
            match calm::calmly(|| batches.next().transpose()).map_err(|why| self.file.damaged(why))? {
                Some(batch) => self.pending = Some(batch),
                None => return Ok(None),
            }
        }
    }

    fn block(&mut self) -> Result<Option<Block>> {
        let Some(rows) = self.rows()? else { return Ok(None) };
        let (count, mut columns) = (rows.num_rows(), Vec::with_capacity(self.places.len()));
        for (&column, &place) in self.wanted.iter().zip(&self.places) {
            let found = calm::calmly(|| Ok(convert::values(rows.column(place).as_ref())));
            let values = found.map_err(|why| self.file.damaged(why))?;
            columns.push(values.map_err(|found| self.file.column_type(column, found.to_string()))?);
        }
        Ok(Some(Block { columns, rows: count, ..Block::default() }))
    }
}

impl Iterator for Blocks {
    type Item = Result<Block>;

    fn next(&mut self) -> Option<Result<Block>> {
        if self.over {
            return None;
        }
        let block = self.block().transpose();
        self.over = !matches!(block, Some(Ok(_)));
        block
    }
}

#[cfg(test)]
mod hostile;
#[cfg(test)]
mod real;
#[cfg(test)]
mod tests;
