//! Rows that exceed the memory limit: a file of blocks, of which several are in memory at a time.

use std::fs::File;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};

use rayon::prelude::*;
use serde::{Deserialize, Serialize};

use super::input::read_exact_at;
use super::murmur::murmur3;
use super::row_bytes::ByteParts;
use super::rows::Rows;
use crate::error::{Error, Result};
use crate::pool;
use crate::team::Team;

/// Most rows of a block: the unit of reading, whose rows stay together until they are shuffled with those of other
/// blocks.
pub(crate) const ROWS_PER_BLOCK: usize = 4096;

/// Bytes of blocks that are read at the same time, if they are several.
const BYTES_AT_A_TIME: u64 = 2 << 20;

/// Bytes by which a rank lists each row that it holds for others: its position in the order, and its place.
const BYTES_OF_HELD_ROW: usize = 2 * size_of::<u32>();

/// Bytes by which a row of a batch is listed: its index, and the rank and the place where it is held.
const BYTES_OF_BATCH_ROW: usize = 2 * size_of::<u64>() + size_of::<u32>();

/// Copies of the rows of a batch that are sent: rows, messages to each rank, messages that follow one another; and of
/// those received: messages that follow one another, messages of each rank, rows.
const COPIES_OF_MESSAGES: usize = 6;

/// Number of rows kept in memory as a sample.
pub(crate) const SAMPLE_ROWS: usize = 50_000;

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
    /// Number of ranks that the blocks are divided among.
    ranks: usize,
    /// Rank that reads each block.
    owners: Vec<u32>,
    bytes_read: AtomicU64,
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
        let (rows, owners) = (blocks.iter().map(|block| block.rows).sum(), vec![0; blocks.len()]);
        let (blocks_in_memory, ranks, bytes_read) = (1, 1, AtomicU64::new(0));
        let mut disk_rows = DiskRows { file, name, blocks, rows, sample, blocks_in_memory, ranks, owners, bytes_read };
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

    /// Divides the blocks among the ranks of a team, in turn: each rank reads its own ones, and sends their rows to the
    /// ranks that work on them.
    pub(crate) fn divide(&mut self, team: &dyn Team) {
        self.ranks = team.ranks();
        self.owners = (0..self.blocks.len()).map(|block| (block % self.ranks) as u32).collect();
    }

    /// Returns the rows with the rank that reads each block, of this many ranks.
    pub(super) fn owned_by(self, owners: Vec<u32>, ranks: usize) -> Self {
        Self { ranks, owners, ..self }
    }

    /// Returns an error if the blocks are divided among another number of ranks.
    pub(crate) fn check_team(&self, team: &dyn Team) -> thalweg::Result<()> {
        if self.ranks == team.ranks() {
            return Ok(());
        }
        let expected = format!("{}, among which the rows are divided", self.ranks);
        let (what, found) = ("the number of ranks".into(), team.ranks().to_string());
        Err(thalweg::Error::InvalidValue { what, expected, found })
    }

    /// Returns the rank that reads a block, and the number of its rows.
    pub(crate) fn owner_and_rows(&self, block: usize) -> (usize, usize) {
        (self.owners[block] as usize, self.blocks[block].rows)
    }

    /// Number of bytes of blocks that this process has read.
    pub fn bytes_read(&self) -> u64 {
        self.bytes_read.load(Ordering::Relaxed)
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

    /// Size of the rows that are in memory at a time, for batches of this many rows, and of the lists of them.
    pub(crate) fn bytes_in_memory(&self, batch_rows: usize) -> usize {
        let pool = self.rows_in_memory().max(batch_rows).min(self.rows);
        // Memory grows by doubling, and rows that remain are copied. Those of other ranks come in messages.
        let rows = 2 * pool + self.rows_of_messages(batch_rows);
        let block_bytes = self.blocks.iter().map(|block| block.bytes).max().unwrap_or(0);
        let all_bytes = self.blocks.iter().fold(0_u64, |all, block| all.saturating_add(block.bytes));
        self.sample.bytes()
            + rows.saturating_mul(self.sample.row_bytes())
            + if self.ranks > 1 { pool.saturating_mul(BYTES_OF_HELD_ROW) } else { 0 }
            + batch_rows.min(self.rows).saturating_mul(BYTES_OF_BATCH_ROW)
            + block_bytes.max(BYTES_AT_A_TIME.min(all_bytes)) as usize
    }

    /// Largest number of rows in the messages of a batch, sent and received, and of the copies that are made of them.
    fn rows_of_messages(&self, batch_rows: usize) -> usize {
        let from_others = batch_rows.min(self.rows) / self.ranks * (self.ranks - 1);
        COPIES_OF_MESSAGES * from_others
    }

    /// Number of blocks in the file.
    pub(crate) fn block_count(&self) -> usize {
        self.blocks.len()
    }

    /// Returns the number of rows of each block with the hash of its bytes.
    pub(super) fn block_checksums(&self) -> impl Iterator<Item = (usize, u32)> {
        self.blocks.iter().map(|block| (block.rows, block.hash))
    }

    /// Reads a block and appends its rows to `rows`; see [`DiskRows::read_blocks`].
    pub(crate) fn read_block(&self, block: usize, rows: &mut Rows) -> Result<()> {
        self.read_blocks(&[block as u32], rows)
    }

    /// Reads blocks, several at a time on the threads of the pool, and appends their rows to `rows` in this order.
    ///
    /// # Errors
    /// A failed read; bytes other than those written.
    pub(crate) fn read_blocks(&self, mut blocks: &[u32], rows: &mut Rows) -> Result<()> {
        let mut buffers: Vec<Vec<u8>> = Vec::new();
        while !blocks.is_empty() {
            let mut bytes = 0;
            let fits = |&&block: &&u32| {
                bytes = self.blocks[block as usize].bytes.saturating_add(bytes);
                bytes <= BYTES_AT_A_TIME
            };
            let count = blocks.iter().take_while(fits).count().max(1);
            let group = blocks.split_off(..count).expect("there are as many blocks");
            buffers.resize_with(count.max(buffers.len()), Vec::new);
            let read = |(&block, buffer): (&u32, _)| self.read_bytes(block as usize, buffer);
            let parts: Vec<Result<_>> = pool::map(group.par_iter().zip(&mut buffers), read);
            for parts in parts {
                rows.append_parts(parts?);
            }
        }
        Ok(())
    }

    /// Reads the bytes of a block, and divides them into the parts of its rows.
    fn read_bytes<'b>(&self, block: usize, buffer: &'b mut Vec<u8>) -> Result<ByteParts<'b>> {
        let DiskBlock { offset, bytes, rows, hash } = self.blocks[block];
        let failed = |source| io_error(&self.name, source);
        let length = self.file.metadata().map_err(failed)?.len();
        // The list of the blocks may be that of another file: no memory is allocated for bytes that are not there.
        if offset.checked_add(bytes).is_none_or(|end| end > length) {
            return Err(damaged(&self.name));
        }
        if buffer.capacity() < bytes as usize {
            // A vector that grows by itself takes twice its size.
            *buffer = Vec::with_capacity(bytes as usize);
        }
        buffer.resize(bytes as usize, 0);
        read_exact_at(&self.file, buffer, offset).map_err(failed)?;
        self.bytes_read.fetch_add(bytes, Ordering::Relaxed);
        let parts = self.sample.byte_parts(rows, buffer).ok_or_else(|| damaged(&self.name))?;
        let found = parts.iter().fold(0, |hash, part| murmur3(part, hash));
        if found == hash { Ok(parts) } else { Err(damaged(&self.name)) }
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
    use crate::data::RowMatrix;

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
