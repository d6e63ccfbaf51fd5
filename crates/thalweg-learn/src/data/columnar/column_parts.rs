//! Columns of a Parquet file that are decoded in parallel.

use std::sync::Arc;

use arrow_array::RecordBatch;
use arrow_schema::Schema;
use parquet::arrow::arrow_reader::ParquetRecordBatchReader;
use rayon::prelude::*;

use super::catch_panic::catch_panic;
use super::format::{Decoded, reason};
use crate::pool;

/// Most parts that the columns of a file are divided into.
pub(super) const MAX_PARTS: usize = 8;

/// Record batches of a file, of which each reader decodes some of the columns.
pub(super) struct ColumnParts {
    readers: Vec<ParquetRecordBatchReader>,
}

impl ColumnParts {
    /// Takes readers of the same rows in batches of the same size.
    pub(super) fn new(readers: Vec<ParquetRecordBatchReader>) -> Self {
        Self { readers }
    }
}

impl Iterator for ColumnParts {
    type Item = Decoded<RecordBatch>;

    fn next(&mut self) -> Option<Decoded<RecordBatch>> {
        let decode = |reader: &mut ParquetRecordBatchReader| catch_panic(|| reader.next().transpose().map_err(reason));
        let parts = pool::map(self.readers.par_iter_mut(), decode);
        let parts: Decoded<Vec<Option<RecordBatch>>> = parts.into_iter().collect();
        parts.and_then(join).transpose()
    }
}

/// Returns a batch of the columns of all parts; `None` at the end of all.
fn join(parts: Vec<Option<RecordBatch>>) -> Decoded<Option<RecordBatch>> {
    let decoded: Vec<&RecordBatch> = parts.iter().flatten().collect();
    let [first, others @ ..] = &decoded[..] else { return Ok(None) };
    if others.is_empty() && parts.len() == 1 {
        return Ok(parts.into_iter().next().flatten());
    }
    if decoded.len() < parts.len() || others.iter().any(|part| part.num_rows() != first.num_rows()) {
        return Err("its columns have different numbers of rows".to_string());
    }
    let fields: Vec<_> = decoded.iter().flat_map(|part| part.schema_ref().fields()).map(Arc::clone).collect();
    let columns = decoded.iter().flat_map(|part| part.columns()).map(Arc::clone).collect();
    RecordBatch::try_new(Arc::new(Schema::new(fields)), columns).map(Some).map_err(reason)
}
