//! Writer of rows to a file of blocks.

use std::fs::File;
use std::io::{BufWriter, Write};
use std::path::PathBuf;

use bytemuck::cast_slice;

use super::disk_rows::{DiskBlock, DiskRows, ROWS_PER_BLOCK, SAMPLE_ROWS, io_error};
use super::murmur::murmur3;
use super::rows::Rows;
use crate::error::Result;

/// Most bytes of a block, unless it is a single row.
const BLOCK_BYTES: usize = 8 << 20;

/// Size of the write buffer in bytes.
const BUFFER_BYTES: usize = 1 << 20;

/// Writer of rows to a file.
pub(crate) struct DiskRowsWriter {
    out: BufWriter<File>,
    name: PathBuf,
    /// Offset of the next block.
    offset: u64,
    /// Rows of an incomplete block.
    pending: Rows,
    blocks: Vec<DiskBlock>,
    sample: Rows,
    /// Size that the sample may have.
    sample_bytes: usize,
}

/// File with complete blocks, after which other data may follow.
pub(crate) struct WrittenBlocks {
    pub(crate) file: File,
    /// Offset after the last block.
    pub(crate) end: u64,
    pub(crate) blocks: Vec<DiskBlock>,
}

impl DiskRowsWriter {
    /// Creates a temporary file (in `TMPDIR`) for rows of the shape of `like`; the first of them, of at most
    /// `sample_bytes`, stay in memory as well.
    pub(crate) fn temporary(like: &Rows, sample_bytes: usize) -> Result<DiskRowsWriter> {
        let name = PathBuf::from(format!("temporary file in {}", std::env::temp_dir().display()));
        let file = tempfile::tempfile().map_err(|source| io_error(&name, source))?;
        Ok(DiskRowsWriter { sample_bytes, ..DiskRowsWriter::append_to(file, name, 0, like) })
    }

    /// Writes to a file from an offset on, where the file must be positioned.
    pub(crate) fn append_to(file: File, name: PathBuf, offset: u64, like: &Rows) -> DiskRowsWriter {
        let out = BufWriter::with_capacity(BUFFER_BYTES, file);
        let (pending, sample) = (like.empty_like(), like.empty_like());
        DiskRowsWriter { out, name, offset, pending, blocks: Vec::new(), sample, sample_bytes: 0 }
    }

    /// Appends rows, and writes each block when it is complete.
    pub(crate) fn push(&mut self, rows: &Rows) -> Result<()> {
        let more = SAMPLE_ROWS.saturating_sub(self.sample.len());
        let more = rows.rows_within(0, more, self.sample_bytes.saturating_sub(self.sample.bytes()));
        self.sample.take_from(rows, 0..more);
        let mut start = 0;
        while start < rows.len() {
            let (most, bytes) = (ROWS_PER_BLOCK - self.pending.len(), BLOCK_BYTES.saturating_sub(self.pending.bytes()));
            let more = rows.rows_within(start, most, bytes);
            if more == 0 && !self.pending.is_empty() {
                self.write_block()?;
                continue;
            }
            let end = start + more.max(1);
            self.pending.take_from(rows, start..end);
            start = end;
            if self.pending.len() == ROWS_PER_BLOCK {
                self.write_block()?;
            }
        }
        Ok(())
    }

    /// Completes the file; at most `budget` bytes of rows will be in memory at a time, but at least one block.
    pub(crate) fn finish(mut self, budget: usize) -> Result<DiskRows> {
        let sample = std::mem::take(&mut self.sample);
        let name = self.name.clone();
        self.sample = sample.empty_like();
        let WrittenBlocks { file, blocks, .. } = self.finish_blocks()?;
        Ok(DiskRows::new(file, name, blocks, sample, budget))
    }

    /// Completes the blocks, after which other data may be written to the file.
    pub(crate) fn finish_blocks(mut self) -> Result<WrittenBlocks> {
        if !self.pending.is_empty() {
            self.write_block()?;
        }
        let file = self.out.into_inner().map_err(|error| io_error(&self.name, error.into_error()))?;
        Ok(WrittenBlocks { file, end: self.offset, blocks: self.blocks })
    }

    fn write_block(&mut self) -> Result<()> {
        let rows = std::mem::replace(&mut self.pending, self.sample.empty_like());
        let lengths = [rows.sparse.ends.len(), rows.sparse.index.len(), rows.target.len(), rows.weight.len()];
        let lengths = lengths.map(|length| length as u64);
        let ends: Vec<u64> = rows.sparse.ends.iter().map(|end| *end as u64).collect();
        let numbers = rows.numbers.to_vec();
        let parts: [&[u8]; 8] = [
            cast_slice(&lengths),
            cast_slice(&numbers),
            cast_slice(&rows.codes),
            cast_slice(&ends),
            cast_slice(&rows.sparse.index),
            cast_slice(&rows.sparse.value),
            cast_slice(&rows.target),
            cast_slice(&rows.weight),
        ];
        let mut block = DiskBlock { offset: self.offset, bytes: 0, rows: rows.len(), hash: 0 };
        for part in parts {
            self.out.write_all(part).map_err(|source| io_error(&self.name, source))?;
            block.bytes += part.len() as u64;
            block.hash = murmur3(part, block.hash);
        }
        self.offset += block.bytes;
        self.blocks.push(block);
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::data::RowMatrix;

    /// Rows with numbers, a category and sparse entries, all distinct.
    fn distinct_rows(range: std::ops::Range<usize>) -> Rows {
        let mut rows = Rows { numbers: RowMatrix::empty(2), code_width: 1, features: 9, ..Rows::default() };
        for i in range {
            rows.numbers.push_row().copy_from_slice(&[i as f32, -(i as f32)]);
            rows.codes.push(i as u32 % 7);
            rows.sparse.index.extend((0..i as u32 % 3).map(|k| k + 2));
            rows.sparse.value.extend((0..i % 3).map(|k| (k + i) as f32));
            rows.sparse.ends.push(rows.sparse.index.len());
            rows.target.push(i as f64);
            rows.weight.push(1.0 / (1.0 + i as f64));
        }
        rows
    }

    #[test]
    fn rows_are_read_as_they_were_written() {
        let all = distinct_rows(0..2 * ROWS_PER_BLOCK + 77);
        let mut writer = DiskRowsWriter::temporary(&all, usize::MAX).expect("the temporary file is created");
        let middle = ROWS_PER_BLOCK + 5;
        for (start, end) in [(0, 10), (10, middle), (middle, middle + 1), (middle + 1, all.len())] {
            let mut part = all.empty_like();
            part.take_from(&all, start..end);
            writer.push(&part).expect("the rows are written");
        }
        let disk_rows = writer.finish(3 * ROWS_PER_BLOCK * all.row_bytes()).expect("the rows are written");
        let (len, blocks) = (disk_rows.len(), disk_rows.block_count());
        assert_eq!((len, blocks, disk_rows.rows_in_memory()), (all.len(), 3, 3 * ROWS_PER_BLOCK));
        let mut back = all.empty_like();
        for block in 0..3 {
            disk_rows.read_block(block, &mut back).expect("the block is read");
        }
        assert_eq!(back, all);
        let mut last = all.empty_like();
        disk_rows.read_block(2, &mut last).expect("the block is read");
        assert_eq!(last, all.pick(&(2 * ROWS_PER_BLOCK as u32..all.len() as u32).collect::<Vec<_>>()));
    }

    #[test]
    fn blocks_and_the_sample_are_bounded_in_bytes() {
        // Half a megabyte each.
        let wide = |count: usize| Rows {
            numbers: RowMatrix::new(1 << 17, &vec![0.5; count << 17]),
            target: vec![1.0; count],
            features: 1 << 17,
            ..Rows::default()
        };
        let mut writer = DiskRowsWriter::temporary(&wide(1), 3 << 20).expect("the temporary file is created");
        for count in [10, 1, 30] {
            writer.push(&wide(count)).expect("the rows are written");
        }
        let disk_rows = writer.finish(usize::MAX).expect("the rows are written");
        assert_eq!((disk_rows.len(), disk_rows.block_count(), disk_rows.rows_per_block()), (41, 3, 15));
        assert_eq!(disk_rows.sample().len(), 5);
    }
}
