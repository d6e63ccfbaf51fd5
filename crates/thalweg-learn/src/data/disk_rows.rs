//! Rows that exceed the memory limit: a file of blocks, of which several are in memory at a time.

use std::fs::File;
use std::io::{Read, Seek, SeekFrom};
use std::path::{Path, PathBuf};

use bytemuck::{Pod, zeroed_vec};
use serde::{Deserialize, Serialize};

use super::murmur::murmur3;
use super::row_matrix::RowMatrix;
use super::rows::{Rows, SparseRows};
use crate::error::{Error, Result};

/// Most rows of a block: the unit of reading, whose rows stay together until they are shuffled with those of other
/// blocks.
pub(crate) const ROWS_PER_BLOCK: usize = 4096;

/// Number of rows kept in memory as a sample.
pub(super) const SAMPLE_ROWS: usize = 50_000;

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
    blocks_in_memory: usize,
}

/// Location of a block of rows in its file.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct DiskBlock {
    /// Offset of the first byte.
    #[serde(rename = "place")]
    pub(super) offset: u64,
    pub(super) bytes: u64,
    pub(super) rows: usize,
    /// Hash of all bytes.
    pub(super) hash: u32,
}

impl DiskRows {
    /// Takes blocks of rows in a file, whose first rows are the sample; at most `budget` bytes of rows will be in
    /// memory at a time, but at least one block.
    pub(super) fn new(file: File, name: PathBuf, blocks: Vec<DiskBlock>, sample: Rows, budget: usize) -> DiskRows {
        let rows = blocks.iter().map(|block| block.rows).sum();
        let mut disk_rows = DiskRows { file, name, blocks, rows, sample, blocks_in_memory: 1 };
        let block_bytes = disk_rows.rows_per_block() * disk_rows.sample.row_bytes();
        disk_rows.blocks_in_memory = (budget / block_bytes.max(1)).clamp(1, disk_rows.blocks.len().max(1));
        disk_rows
    }

    /// Opens blocks of rows of the shape of `like` in an existing file; see [`DiskRows::new`] for `budget`.
    pub(crate) fn open(
        file: File,
        name: PathBuf,
        blocks: Vec<DiskBlock>,
        like: &Rows,
        budget: usize,
    ) -> Result<DiskRows> {
        let (mut first, disk_rows) = (like.empty_like(), DiskRows::new(file, name, blocks, like.empty_like(), 0));
        let most = budget.saturating_mul(2);
        for block in 0..disk_rows.block_count().min(SAMPLE_ROWS.div_ceil(ROWS_PER_BLOCK)) {
            if first.bytes() >= most {
                break;
            }
            disk_rows.read_block(block, &mut first)?;
        }
        let DiskRows { file, name, blocks, .. } = disk_rows;
        Ok(DiskRows::new(file, name, blocks, first, budget))
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

    /// Number of rows in a block; the last one may have fewer.
    pub(crate) fn rows_per_block(&self) -> usize {
        self.blocks.iter().map(|block| block.rows).max().unwrap_or(0)
    }

    /// Number of rows that are in memory at a time, as far as there are as many.
    pub(crate) fn rows_in_memory(&self) -> usize {
        self.rows_per_block() * self.blocks_in_memory
    }

    /// Size of the rows that are in memory at a time, for batches of this many rows.
    pub(crate) fn bytes_in_memory(&self, batch_rows: usize) -> usize {
        // Rows that remain are copied when further blocks are read.
        let pool = 2 * self.rows_in_memory().max(batch_rows).min(self.rows);
        self.sample.bytes() + (pool + 2 * self.rows_per_block()).saturating_mul(self.sample.row_bytes())
    }

    /// Number of blocks in the file.
    pub(crate) fn block_count(&self) -> usize {
        self.blocks.len()
    }

    /// Returns the number of rows of each block with the hash of its bytes.
    pub(super) fn block_checksums(&self) -> impl Iterator<Item = (usize, u32)> {
        self.blocks.iter().map(|block| (block.rows, block.hash))
    }

    /// Reads a block and appends its rows to `rows`.
    ///
    /// # Errors
    /// A failed read; bytes other than those written.
    pub(crate) fn read_block(&self, block: usize, rows: &mut Rows) -> Result<()> {
        let DiskBlock { offset, bytes, rows: count, hash } = self.blocks[block];
        let mut file = &self.file;
        let length = file.metadata().map_err(|source| io_error(&self.name, source))?.len();
        // The list of the blocks may be that of another file: no memory is allocated for bytes that are not there.
        if offset.checked_add(bytes).is_none_or(|end| end > length) {
            return Err(damaged(&self.name));
        }
        file.seek(SeekFrom::Start(offset)).map_err(|source| io_error(&self.name, source))?;
        let mut reader = BlockReader { file, name: &self.name, remaining: bytes, hash: 0 };
        let lengths: Vec<u64> = reader.read(4)?;
        let [ends, values, targets, weights] = [0, 1, 2, 3].map(|i| lengths[i] as usize);
        let mut read = self.sample.empty_like();
        let width = read.width();
        let numbers: Vec<f32> = reader.read(count.saturating_mul(width))?;
        read.numbers = RowMatrix::new(width, &numbers);
        drop(numbers);
        read.codes = reader.read(count.saturating_mul(read.code_width))?;
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

pub(super) fn io_error(name: &Path, source: std::io::Error) -> Error {
    Error::Io { path: name.to_path_buf(), source }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_block_longer_than_its_file_is_refused() {
        let file = tempfile::tempfile().expect("the file is created");
        file.set_len(1 << 10).expect("the file is extended");
        let like = Rows { numbers: RowMatrix::empty(1 << 20), features: 1 << 20, ..Rows::default() };
        for bytes in [1 << 11, 1 << 50, u64::MAX] {
            let blocks = vec![DiskBlock { offset: 1, bytes, rows: 1 << 24, hash: 0 }];
            let rows = DiskRows::new(file.try_clone().expect("it is open"), "x".into(), blocks, like.empty_like(), 0);
            let error = rows.read_block(0, &mut like.empty_like()).expect_err("the block ends behind the file");
            assert!(error.to_string().contains("differ from those that were written"), "{error}");
        }
    }
}
