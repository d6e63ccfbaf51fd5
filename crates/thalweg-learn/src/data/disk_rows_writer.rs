//! Writer of rows to a file of blocks.

use std::fs::File;
use std::io::{BufWriter, Write};
use std::path::PathBuf;

use bytemuck::cast_slice;

use super::disk_rows::{DiskBlock, DiskRows, ROWS_PER_BLOCK, io_error};
use super::murmur::murmur3;
use super::rows::Rows;
use crate::error::Result;
use crate::team::{Team, gather_messages};

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
    /// Number of rows since the last multiple of [`ROWS_PER_BLOCK`], at which a block ends in any case.
    rows_in_group: usize,
    blocks: Vec<DiskBlock>,
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
        DiskRowsWriter { out, name, offset, pending: like.empty_like(), rows_in_group: 0, blocks: Vec::new() }
    }

    /// Appends rows, and writes each block when it is complete.
    pub(crate) fn push(&mut self, rows: &Rows) -> Result<()> {
        let mut start = 0;
        while start < rows.len() {
            let (most, bytes) =
                (ROWS_PER_BLOCK - self.rows_in_group, BLOCK_BYTES.saturating_sub(self.pending.bytes_within_limits()));
            let more = rows.rows_within(start, most, bytes);
            if more == 0 && !self.pending.is_empty() {
                self.write_block()?;
                continue;
            }
            let end = start + more.max(1);
            self.pending.take_from(rows, start..end);
            self.rows_in_group += end - start;
            start = end;
            if self.rows_in_group == ROWS_PER_BLOCK {
                self.write_block()?;
                self.rows_in_group = 0;
            }
        }
        Ok(())
    }

    /// Completes the file. `sample` are the first rows of all ranks, and at most `budget` bytes of rows will be in
    /// memory at a time, but at least one block.
    ///
    /// Each rank of the team has pushed the rows of which [`DiskRowsWriter::owner`] is itself, and its file has these.
    pub(crate) fn finish(self, team: &dyn Team, sample: Rows, budget: usize) -> Result<DiskRows> {
        let (file, name, all) = self.gather_blocks(team)?;
        let mut all: Vec<_> = all.into_iter().map(Vec::into_iter).collect();
        let (mut blocks, mut owners) = (Vec::new(), Vec::new());
        for owner in (0..team.ranks()).cycle() {
            let (mut rows, first) = (0, blocks.len());
            while rows < ROWS_PER_BLOCK
                && let Some(block) = all[owner].next()
            {
                rows += block.rows;
                blocks.push(block);
                owners.push(owner as u32);
            }
            // The ranks write in turn, so that no other one has more.
            if blocks.len() == first {
                break;
            }
        }
        Ok(DiskRows::new(file, name, blocks, sample, budget).owned_by(owners, team.ranks()))
    }

    /// Completes the file as [`DiskRowsWriter::finish`] does if each rank of the team has pushed whole groups (see
    /// [`DiskRowsWriter::start_of_group`]), which follow those of the rank before.
    pub(crate) fn finish_by_rank(self, team: &dyn Team, sample: Rows, budget: usize) -> Result<DiskRows> {
        let (file, name, all) = self.gather_blocks(team)?;
        let owners = (0..).zip(&all).flat_map(|(owner, blocks)| std::iter::repeat_n(owner, blocks.len())).collect();
        Ok(DiskRows::new(file, name, all.concat(), sample, budget).owned_by(owners, team.ranks()))
    }

    /// Completes the blocks; returns those of all ranks, with the file and its name.
    fn gather_blocks(self, team: &dyn Team) -> Result<(File, PathBuf, Vec<Vec<DiskBlock>>)> {
        let name = self.name.clone();
        let WrittenBlocks { file, blocks, .. } = self.finish_blocks()?;
        let message: Vec<u64> =
            blocks.iter().flat_map(|block| [block.rows as u64, block.bytes, block.hash.into()]).collect();
        let of_rank = |message: Vec<u8>| -> Vec<DiskBlock> {
            let numbers: Vec<u64> = message.as_chunks().0.iter().map(|number| u64::from_ne_bytes(*number)).collect();
            let block = |&[rows, bytes, hash]: &[u64; 3]| DiskBlock {
                offset: 0,
                bytes,
                rows: rows as usize,
                hash: hash as u32,
            };
            numbers.as_chunks().0.iter().map(block).collect()
        };
        let messages = gather_messages(team, cast_slice(&message));
        let mut all: Vec<_> = messages.into_iter().map(of_rank).collect();
        all[team.rank()] = blocks;
        Ok((file, name, all))
    }

    /// Returns the rank that writes a row of all ranks: ranks write [`ROWS_PER_BLOCK`] rows each in turn.
    pub(crate) fn owner(row: u64, ranks: usize) -> usize {
        (row / ROWS_PER_BLOCK as u64 % ranks as u64) as usize
    }

    /// Returns the number of the row after those that [`DiskRowsWriter::owner`] writes together with a row.
    pub(crate) fn end_of_group(row: u64) -> u64 {
        (row / ROWS_PER_BLOCK as u64 + 1) * ROWS_PER_BLOCK as u64
    }

    /// Returns the number of the first row that a rank writes together with a row.
    pub(crate) fn start_of_group(row: u64) -> u64 {
        row / ROWS_PER_BLOCK as u64 * ROWS_PER_BLOCK as u64
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
        let rows = std::mem::take(&mut self.pending);
        self.pending = rows.empty_like();
        let mut block = DiskBlock { offset: self.offset, bytes: 0, rows: rows.len(), hash: 0 };
        rows.write_parts(|part| {
            block.bytes += part.len() as u64;
            block.hash = murmur3(part, block.hash);
            self.out.write_all(part).map_err(|source| io_error(&self.name, source))
        })?;
        self.offset += block.bytes;
        self.blocks.push(block);
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::data::RowMatrix;
    use crate::team::SingleProcess;

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
        let mut writer = DiskRowsWriter::temporary(&all).expect("the temporary file is created");
        let middle = ROWS_PER_BLOCK + 5;
        for (start, end) in [(0, 10), (10, middle), (middle, middle + 1), (middle + 1, all.len())] {
            let mut part = all.empty_like();
            part.take_from(&all, start..end);
            writer.push(&part).expect("the rows are written");
        }
        let disk_rows = writer
            .finish(&SingleProcess, all.range(0..9), 3 * ROWS_PER_BLOCK * all.row_bytes())
            .expect("the rows are written");
        let (len, blocks) = (disk_rows.len(), disk_rows.block_count());
        assert_eq!((len, blocks, disk_rows.rows_in_memory()), (all.len(), 3, 3 * ROWS_PER_BLOCK));
        let mut back = all.empty_like();
        for block in 0..3 {
            disk_rows.read_block(block, &mut back).expect("the block is read");
        }
        assert_eq!(back, all);
        let mut turned = all.range(5..8);
        disk_rows.read_blocks(&[2, 0, 1], &mut turned).expect("the blocks are read");
        let (last, others) = (2 * ROWS_PER_BLOCK as u32..all.len() as u32, 0..2 * ROWS_PER_BLOCK as u32);
        assert_eq!(turned, all.pick(&(5..8).chain(last).chain(others).collect::<Vec<_>>()));
        let mut last = all.empty_like();
        disk_rows.read_block(2, &mut last).expect("the block is read");
        assert_eq!(last, all.pick(&(2 * ROWS_PER_BLOCK as u32..all.len() as u32).collect::<Vec<_>>()));
    }

    #[test]
    fn blocks_are_bounded_in_bytes() {
        // Half a megabyte each.
        let wide = |count: usize| Rows {
            numbers: RowMatrix::new(1 << 17, &vec![0.5; count << 17]),
            target: vec![1.0; count],
            features: 1 << 17,
            ..Rows::default()
        };
        let mut writer = DiskRowsWriter::temporary(&wide(1)).expect("the temporary file is created");
        for count in [10, 1, 30] {
            writer.push(&wide(count)).expect("the rows are written");
        }
        let disk_rows = writer.finish(&SingleProcess, wide(1), usize::MAX).expect("the rows are written");
        assert_eq!((disk_rows.len(), disk_rows.block_count(), disk_rows.rows_per_block()), (41, 3, 15));
    }
}
