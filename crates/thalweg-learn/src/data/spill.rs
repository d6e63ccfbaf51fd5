//! Rows that do not fit the memory: in a file of blocks, read back some blocks at a time.

use std::fs::File;
use std::io::{BufWriter, Read, Seek, SeekFrom, Write};
use std::path::PathBuf;

use bytemuck::{Pod, cast_slice, zeroed_vec};

use super::rows::{Rows, Sparse};
use crate::error::{Error, Result};

/// Rows of a block: what is read in one go, and stays together until it is shuffled with others.
pub(crate) const BLOCK: usize = 4096;

/// Rows kept in memory beside the file, to tell what the others are like.
const SHOWN: usize = 50_000;

/// Rows in a file that has no name and is gone when this is.
#[derive(Debug)]
pub struct Spill {
    file: File,
    /// Where each block begins, and how many rows it has.
    blocks: Vec<(u64, usize)>,
    rows: usize,
    /// Some of the rows.
    shown: Rows,
    /// Blocks that are held in memory together.
    pub(crate) together: usize,
}

/// What writes one.
pub(crate) struct Writer {
    out: BufWriter<File>,
    place: u64,
    pending: Rows,
    blocks: Vec<(u64, usize)>,
    shown: Rows,
    rows: usize,
}

impl Writer {
    /// In the folder of temporary files (`TMPDIR`), for rows like these.
    pub(crate) fn new(like: &Rows) -> Result<Writer> {
        let file = tempfile::tempfile().map_err(failed)?;
        let (out, pending, shown) = (BufWriter::with_capacity(1 << 20, file), like.like(), like.like());
        Ok(Writer { out, place: 0, pending, blocks: Vec::new(), shown, rows: 0 })
    }

    pub(crate) fn push(&mut self, rows: &Rows) -> Result<()> {
        self.rows += rows.len();
        let more = SHOWN.saturating_sub(self.shown.len()).min(rows.len());
        self.shown.take_from(rows, 0..more);
        let mut start = 0;
        while start < rows.len() {
            let end = (start + BLOCK - self.pending.len()).min(rows.len());
            self.pending.take_from(rows, start..end);
            start = end;
            if self.pending.len() == BLOCK {
                self.block()?;
            }
        }
        Ok(())
    }

    /// The finished file, of which so many bytes may be in memory.
    pub(crate) fn done(mut self, budget: usize) -> Result<Spill> {
        if !self.pending.is_empty() {
            self.block()?;
        }
        let file = self.out.into_inner().map_err(|error| failed(error.into_error()))?;
        let together = (budget / (BLOCK * self.shown.row_bytes()).max(1)).clamp(1, self.blocks.len().max(1));
        Ok(Spill { file, blocks: self.blocks, rows: self.rows, shown: self.shown, together })
    }

    fn block(&mut self) -> Result<()> {
        let rows = std::mem::replace(&mut self.pending, self.shown.like());
        self.blocks.push((self.place, rows.len()));
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
        for part in parts {
            self.out.write_all(part).map_err(failed)?;
            self.place += part.len() as u64;
        }
        Ok(())
    }
}

impl Spill {
    /// How many rows there are.
    pub fn len(&self) -> usize {
        self.rows
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.rows == 0
    }

    /// Some of the rows.
    pub fn shown(&self) -> &Rows {
        &self.shown
    }

    pub(crate) fn set_class_weight(&mut self, weights: &[f64]) {
        self.shown.class_weight = weights.to_vec();
    }

    /// How many blocks there are.
    pub(crate) fn blocks(&self) -> usize {
        self.blocks.len()
    }

    /// Reads a block and puts its rows behind `rows`.
    pub(crate) fn read(&self, block: usize, rows: &mut Rows) -> Result<()> {
        let (place, count) = self.blocks[block];
        let mut file = &self.file;
        file.seek(SeekFrom::Start(place)).map_err(failed)?;
        let lengths: Vec<u64> = numbers(&mut file, 4)?;
        let [ends, values, targets, weights] = [0, 1, 2, 3].map(|i| lengths[i] as usize);
        let mut read = self.shown.like();
        read.numbers = numbers(&mut file, count * read.width)?;
        read.codes = numbers(&mut file, count * read.code_width)?;
        let ends: Vec<u64> = numbers(&mut file, ends)?;
        read.sparse = Sparse {
            ends: ends.into_iter().map(|end| end as usize).collect(),
            index: numbers(&mut file, values)?,
            value: numbers(&mut file, values)?,
        };
        read.target = numbers(&mut file, targets)?;
        read.weight = numbers(&mut file, weights)?;
        rows.append(&read);
        Ok(())
    }
}

/// So many numbers from the file.
fn numbers<T: Pod>(file: &mut &File, count: usize) -> Result<Vec<T>> {
    let mut numbers: Vec<T> = zeroed_vec(count);
    file.read_exact(bytemuck::cast_slice_mut(&mut numbers)).map_err(failed)?;
    Ok(numbers)
}

fn failed(source: std::io::Error) -> Error {
    Error::Io { path: PathBuf::from("temporary file for rows beyond --max-memory (in TMPDIR)"), source }
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
        let all = rows(0..2 * BLOCK + 77);
        let mut writer = Writer::new(&all).expect("a temporary file");
        for (start, end) in [(0, 10), (10, BLOCK + 5), (BLOCK + 5, BLOCK + 6), (BLOCK + 6, all.len())] {
            let mut part = all.like();
            part.take_from(&all, start..end);
            writer.push(&part).expect("written");
        }
        let spill = writer.done(3 * BLOCK * all.row_bytes()).expect("written");
        assert_eq!((spill.len(), spill.blocks(), spill.together), (all.len(), 3, 3));
        let mut back = all.like();
        for block in 0..3 {
            spill.read(block, &mut back).expect("read");
        }
        assert_eq!(back, all);
        let mut last = all.like();
        spill.read(2, &mut last).expect("read");
        assert_eq!(last, all.pick(&(2 * BLOCK as u32..all.len() as u32).collect::<Vec<_>>()));
    }
}
