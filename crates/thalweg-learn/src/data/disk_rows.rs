//! Rows that exceed the memory limit: a file of blocks, of which several are in memory at a time.

use std::fs::File;
use std::io::{BufWriter, Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};

use bytemuck::{Pod, cast_slice, zeroed_vec};
use serde::{Deserialize, Serialize};

use super::murmur::murmur3;
use super::rows::{Rows, SparseRows};
use crate::error::{Error, Result};

/// Rows of a block: the unit of reading, whose rows stay together until they are shuffled with those of other blocks.
pub(crate) const ROWS_PER_BLOCK: usize = 4096;

/// Number of rows kept in memory as a sample.
const SAMPLE_ROWS: usize = 50_000;

/// Size of the write buffer in bytes.
const BUFFER_BYTES: usize = 1 << 20;

/// Rows in a file: a temporary file without a name, or a cache.
#[derive(Debug)]
pub struct DiskRows {
    file: File,
    /// Name of the file in messages.
    name: PathBuf,
    blocks: Vec<DiskBlock>,
    rows: usize,
    /// The first rows, kept in memory.
    sample: Rows,
    /// Number of blocks that are in memory at a time.
    pub(crate) blocks_in_memory: usize,
}

/// Location of a block of rows in its file.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct DiskBlock {
    /// Offset of the first byte.
    #[serde(rename = "place")]
    offset: u64,
    bytes: u64,
    rows: usize,
    /// Hash of all bytes.
    hash: u32,
}

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
    rows: usize,
}

/// File with complete blocks, after which other data may follow.
pub(crate) struct WrittenBlocks {
    pub(crate) file: File,
    /// Offset after the last block.
    pub(crate) end: u64,
    pub(crate) blocks: Vec<DiskBlock>,
}

impl DiskRowsWriter {
    /// Creates a temporary file (in `TMPDIR`) for rows of the shape of `like`.
    pub(crate) fn temporary(like: &Rows) -> Result<DiskRowsWriter> {
        let name = PathBuf::from(format!("temporary file in {}", std::env::temp_dir().display()));
        let file = tempfile::tempfile().map_err(|source| io_error(&name, source))?;
        Ok(DiskRowsWriter::append_to(file, name, 0, like))
    }

    /// Writes to a file from an offset on, where the file must be positioned.
    pub(crate) fn append_to(file: File, name: PathBuf, offset: u64, like: &Rows) -> DiskRowsWriter {
        let out = BufWriter::with_capacity(BUFFER_BYTES, file);
        let (pending, sample) = (like.empty_like(), like.empty_like());
        DiskRowsWriter { out, name, offset, pending, blocks: Vec::new(), sample, rows: 0 }
    }

    /// Appends rows, and writes each block when it is complete.
    pub(crate) fn push(&mut self, rows: &Rows) -> Result<()> {
        self.rows += rows.len();
        let more = SAMPLE_ROWS.saturating_sub(self.sample.len()).min(rows.len());
        self.sample.take_from(rows, 0..more);
        let mut start = 0;
        while start < rows.len() {
            let end = (start + ROWS_PER_BLOCK - self.pending.len()).min(rows.len());
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
        let (name, rows) = (self.name.clone(), self.rows);
        self.sample = sample.empty_like();
        let WrittenBlocks { file, blocks, .. } = self.finish_blocks()?;
        let blocks_in_memory = blocks_in_memory(&sample, budget, blocks.len());
        Ok(DiskRows { file, name, blocks, rows, sample, blocks_in_memory })
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
        let parts: [&[u8]; 8] = [
            cast_slice(&lengths),
            cast_slice(&rows.numbers),
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

/// Number of blocks that fit a budget in bytes; at least 1.
fn blocks_in_memory(sample: &Rows, budget: usize, blocks: usize) -> usize {
    (budget / (ROWS_PER_BLOCK * sample.row_bytes()).max(1)).clamp(1, blocks.max(1))
}

impl DiskRows {
    /// Opens blocks of rows of the shape of `like` in an existing file; see [`DiskRowsWriter::finish`] for `budget`.
    pub(crate) fn open(
        file: File,
        name: PathBuf,
        blocks: Vec<DiskBlock>,
        like: &Rows,
        budget: usize,
    ) -> Result<DiskRows> {
        let rows = blocks.iter().map(|block| block.rows).sum();
        let mut disk_rows = DiskRows { file, name, blocks, rows, sample: like.empty_like(), blocks_in_memory: 1 };
        let mut sample = like.empty_like();
        for block in 0..disk_rows.block_count().min(SAMPLE_ROWS.div_ceil(ROWS_PER_BLOCK)) {
            disk_rows.read_block(block, &mut sample)?;
        }
        disk_rows.blocks_in_memory = blocks_in_memory(&sample, budget, disk_rows.block_count());
        disk_rows.sample = sample;
        Ok(disk_rows)
    }

    /// Number of rows in all blocks.
    pub fn len(&self) -> usize {
        self.rows
    }

    /// Returns `true` if there are no rows.
    pub fn is_empty(&self) -> bool {
        self.rows == 0
    }

    /// Returns the first rows, which are in memory.
    pub fn sample(&self) -> &Rows {
        &self.sample
    }

    /// Sets the factor of the loss for rows of each class.
    pub(crate) fn set_class_weight(&mut self, weights: &[f64]) {
        self.sample.class_weight = weights.to_vec();
    }

    /// Number of blocks in the file.
    pub(crate) fn block_count(&self) -> usize {
        self.blocks.len()
    }

    /// Reads a block and appends its rows to `rows`.
    ///
    /// # Errors
    /// A failed read; bytes other than those written.
    pub(crate) fn read_block(&self, block: usize, rows: &mut Rows) -> Result<()> {
        let DiskBlock { offset, bytes, rows: count, hash } = self.blocks[block];
        let mut file = &self.file;
        file.seek(SeekFrom::Start(offset)).map_err(|source| io_error(&self.name, source))?;
        let mut reader = BlockReader { file, name: &self.name, remaining: bytes, hash: 0 };
        let lengths: Vec<u64> = reader.read(4)?;
        let [ends, values, targets, weights] = [0, 1, 2, 3].map(|i| lengths[i] as usize);
        let mut read = self.sample.empty_like();
        read.numbers = reader.read(count * read.width)?;
        read.codes = reader.read(count * read.code_width)?;
        let ends: Vec<u64> = reader.read(ends)?;
        read.sparse = SparseRows {
            ends: ends.into_iter().map(|end| end as usize).collect(),
            index: reader.read(values)?,
            value: reader.read(values)?,
        };
        read.target = reader.read(targets)?;
        read.weight = reader.read(weights)?;
        if reader.remaining > 0 || reader.hash != hash {
            return Err(damaged(&self.name));
        }
        rows.append(&read);
        Ok(())
    }
}

/// Reader of the bytes of a block.
struct BlockReader<'f> {
    file: &'f File,
    name: &'f Path,
    /// Number of unread bytes of the block.
    remaining: u64,
    hash: u32,
}

impl BlockReader<'_> {
    /// Reads `count` numbers and updates the hash.
    fn read<T: Pod>(&mut self, count: usize) -> Result<Vec<T>> {
        let bytes = (count as u64).saturating_mul(size_of::<T>() as u64);
        self.remaining = self.remaining.checked_sub(bytes).ok_or_else(|| damaged(self.name))?;
        let mut numbers: Vec<T> = zeroed_vec(count);
        let bytes = bytemuck::cast_slice_mut(&mut numbers);
        self.file.read_exact(bytes).map_err(|source| io_error(self.name, source))?;
        self.hash = murmur3(bytes, self.hash);
        Ok(numbers)
    }
}

fn damaged(name: &Path) -> Error {
    let reason = "the rows differ from those that were written";
    io_error(name, std::io::Error::new(std::io::ErrorKind::InvalidData, reason))
}

fn io_error(name: &Path, source: std::io::Error) -> Error {
    Error::Io { path: name.to_path_buf(), source }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Rows with numbers, a category and sparse entries, all distinct.
    fn distinct_rows(range: std::ops::Range<usize>) -> Rows {
        let mut rows = Rows { width: 2, code_width: 1, features: 9, ..Rows::default() };
        for i in range {
            rows.numbers.extend([i as f32, -(i as f32)]);
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
        let mut writer = DiskRowsWriter::temporary(&all).expect("the temporary file is created");
        let middle = ROWS_PER_BLOCK + 5;
        for (start, end) in [(0, 10), (10, middle), (middle, middle + 1), (middle + 1, all.len())] {
            let mut part = all.empty_like();
            part.take_from(&all, start..end);
            writer.push(&part).expect("the rows are written");
        }
        let disk_rows = writer.finish(3 * ROWS_PER_BLOCK * all.row_bytes()).expect("the rows are written");
        let (len, blocks) = (disk_rows.len(), disk_rows.block_count());
        assert_eq!((len, blocks, disk_rows.blocks_in_memory), (all.len(), 3, 3));
        let mut back = all.empty_like();
        for block in 0..3 {
            disk_rows.read_block(block, &mut back).expect("the block is read");
        }
        assert_eq!(back, all);
        let mut last = all.empty_like();
        disk_rows.read_block(2, &mut last).expect("the block is read");
        assert_eq!(last, all.pick(&(2 * ROWS_PER_BLOCK as u32..all.len() as u32).collect::<Vec<_>>()));
    }
}
