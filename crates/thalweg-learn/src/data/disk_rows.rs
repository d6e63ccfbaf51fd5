//! Rows that do not fit the memory: in a file of blocks, read back some blocks at a time.

use std::fs::File;
use std::io::{BufWriter, Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};

use bytemuck::{Pod, cast_slice, zeroed_vec};
use serde::{Deserialize, Serialize};

use super::murmur::murmur3;
use super::rows::{Rows, SparseRows};
use crate::error::{Error, Result};

/// Rows of a block: what is read in one go, and stays together until it is shuffled with others.
pub(crate) const ROWS_PER_BLOCK: usize = 4096;

/// Rows kept in memory beside the file, to tell what the others are like.
const SAMPLE_ROWS: usize = 50_000;

/// Rows in a file: one that has no name and is gone when this is, or a cache.
#[derive(Debug)]
pub struct DiskRows {
    file: File,
    /// What the file is to people.
    name: PathBuf,
    blocks: Vec<DiskBlock>,
    rows: usize,
    /// Some of the rows.
    sample: Rows,
    /// Blocks that are held in memory together.
    pub(crate) blocks_in_memory: usize,
}

/// Where a block of rows is in its file.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct DiskBlock {
    place: u64,
    bytes: u64,
    rows: usize,
    /// Of all its bytes.
    hash: u32,
}

/// What writes one.
pub(crate) struct DiskRowsWriter {
    out: BufWriter<File>,
    name: PathBuf,
    place: u64,
    pending: Rows,
    blocks: Vec<DiskBlock>,
    sample: Rows,
    rows: usize,
}

impl DiskRowsWriter {
    /// In the folder of temporary files (`TMPDIR`), for rows like these.
    pub(crate) fn new(like: &Rows) -> Result<DiskRowsWriter> {
        let name = PathBuf::from("temporary file for rows beyond --max-memory (in TMPDIR)");
        let file = tempfile::tempfile().map_err(|source| failed(&name, source))?;
        Ok(DiskRowsWriter::onto(file, name, 0, like))
    }

    /// Onto a file from a place on.
    pub(crate) fn onto(file: File, name: PathBuf, place: u64, like: &Rows) -> DiskRowsWriter {
        let (out, pending, sample) = (BufWriter::with_capacity(1 << 20, file), like.empty_like(), like.empty_like());
        DiskRowsWriter { out, name, place, pending, blocks: Vec::new(), sample, rows: 0 }
    }

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
                self.block()?;
            }
        }
        Ok(())
    }

    /// The finished file, of which so many bytes may be in memory.
    pub(crate) fn done(mut self, budget: usize) -> Result<DiskRows> {
        let sample = std::mem::take(&mut self.sample);
        let (name, rows) = (self.name.clone(), self.rows);
        self.sample = sample.empty_like();
        let (file, _, blocks) = self.end()?;
        let blocks_in_memory = blocks_in_memory(&sample, budget, blocks.len());
        Ok(DiskRows { file, name, blocks, rows, sample, blocks_in_memory })
    }

    /// The file, where it goes on, and the blocks in it.
    pub(crate) fn end(mut self) -> Result<(File, u64, Vec<DiskBlock>)> {
        if !self.pending.is_empty() {
            self.block()?;
        }
        let file = self.out.into_inner().map_err(|error| failed(&self.name, error.into_error()))?;
        Ok((file, self.place, self.blocks))
    }

    fn block(&mut self) -> Result<()> {
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
        let mut block = DiskBlock { place: self.place, bytes: 0, rows: rows.len(), hash: 0 };
        for part in parts {
            self.out.write_all(part).map_err(|source| failed(&self.name, source))?;
            block.bytes += part.len() as u64;
            block.hash = murmur3(part, block.hash);
        }
        self.place += block.bytes;
        self.blocks.push(block);
        Ok(())
    }
}

/// Blocks that a budget has room for.
fn blocks_in_memory(sample: &Rows, budget: usize, blocks: usize) -> usize {
    (budget / (ROWS_PER_BLOCK * sample.row_bytes()).max(1)).clamp(1, blocks.max(1))
}

impl DiskRows {
    /// How many rows there are.
    pub fn len(&self) -> usize {
        self.rows
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.rows == 0
    }

    /// Some of the rows.
    pub fn sample(&self) -> &Rows {
        &self.sample
    }

    pub(crate) fn set_class_weight(&mut self, weights: &[f64]) {
        self.sample.class_weight = weights.to_vec();
    }

    /// How many blocks there are.
    pub(crate) fn blocks(&self) -> usize {
        self.blocks.len()
    }

    /// Of a file that is there already, rows like these in such blocks, of which so many bytes may be in memory.
    pub(crate) fn of(
        file: File,
        name: PathBuf,
        blocks: Vec<DiskBlock>,
        like: &Rows,
        budget: usize,
    ) -> Result<DiskRows> {
        let rows = blocks.iter().map(|block| block.rows).sum();
        let mut disk_rows = DiskRows { file, name, blocks, rows, sample: like.empty_like(), blocks_in_memory: 1 };
        let mut sample = like.empty_like();
        for block in 0..disk_rows.blocks().min(SAMPLE_ROWS.div_ceil(ROWS_PER_BLOCK)) {
            disk_rows.read(block, &mut sample)?;
        }
        disk_rows.blocks_in_memory = blocks_in_memory(&sample, budget, disk_rows.blocks());
        disk_rows.sample = sample;
        Ok(disk_rows)
    }

    /// Reads a block and puts its rows behind `rows`.
    pub(crate) fn read(&self, block: usize, rows: &mut Rows) -> Result<()> {
        let DiskBlock { place, bytes, rows: count, hash } = self.blocks[block];
        let mut file = &self.file;
        file.seek(SeekFrom::Start(place)).map_err(|source| failed(&self.name, source))?;
        let mut part = Part { file, name: &self.name, left: bytes, hash: 0 };
        let lengths: Vec<u64> = part.numbers(4)?;
        let [ends, values, targets, weights] = [0, 1, 2, 3].map(|i| lengths[i] as usize);
        let mut read = self.sample.empty_like();
        read.numbers = part.numbers(count * read.width)?;
        read.codes = part.numbers(count * read.code_width)?;
        let ends: Vec<u64> = part.numbers(ends)?;
        read.sparse = SparseRows {
            ends: ends.into_iter().map(|end| end as usize).collect(),
            index: part.numbers(values)?,
            value: part.numbers(values)?,
        };
        read.target = part.numbers(targets)?;
        read.weight = part.numbers(weights)?;
        if part.left > 0 || part.hash != hash {
            return Err(damaged(&self.name));
        }
        rows.append(&read);
        Ok(())
    }
}

/// A block as it is read.
struct Part<'f> {
    file: &'f File,
    name: &'f Path,
    left: u64,
    hash: u32,
}

impl Part<'_> {
    /// So many numbers, if there are as many.
    fn numbers<T: Pod>(&mut self, count: usize) -> Result<Vec<T>> {
        let bytes = (count as u64).saturating_mul(size_of::<T>() as u64);
        self.left = self.left.checked_sub(bytes).ok_or_else(|| damaged(self.name))?;
        let mut numbers: Vec<T> = zeroed_vec(count);
        let bytes = bytemuck::cast_slice_mut(&mut numbers);
        self.file.read_exact(bytes).map_err(|source| failed(self.name, source))?;
        self.hash = murmur3(bytes, self.hash);
        Ok(numbers)
    }
}

fn damaged(name: &Path) -> Error {
    failed(name, std::io::Error::new(std::io::ErrorKind::InvalidData, "its rows are not those that were written"))
}

fn failed(name: &Path, source: std::io::Error) -> Error {
    Error::Io { path: name.to_path_buf(), source }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Rows of each kind, told apart by their numbers.
    fn rows(range: std::ops::Range<usize>) -> Rows {
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
    fn what_is_written_is_read() {
        let all = rows(0..2 * ROWS_PER_BLOCK + 77);
        let mut writer = DiskRowsWriter::new(&all).expect("a temporary file");
        for (start, end) in [
            (0, 10),
            (10, ROWS_PER_BLOCK + 5),
            (ROWS_PER_BLOCK + 5, ROWS_PER_BLOCK + 6),
            (ROWS_PER_BLOCK + 6, all.len()),
        ] {
            let mut part = all.empty_like();
            part.take_from(&all, start..end);
            writer.push(&part).expect("written");
        }
        let disk_rows = writer.done(3 * ROWS_PER_BLOCK * all.row_bytes()).expect("written");
        assert_eq!((disk_rows.len(), disk_rows.blocks(), disk_rows.blocks_in_memory), (all.len(), 3, 3));
        let mut back = all.empty_like();
        for block in 0..3 {
            disk_rows.read(block, &mut back).expect("read");
        }
        assert_eq!(back, all);
        let mut last = all.empty_like();
        disk_rows.read(2, &mut last).expect("read");
        assert_eq!(last, all.pick(&(2 * ROWS_PER_BLOCK as u32..all.len() as u32).collect::<Vec<_>>()));
    }
}
