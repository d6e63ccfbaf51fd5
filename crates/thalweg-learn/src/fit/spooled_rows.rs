//! Encoded rows that are kept until all of them are known, in memory or in a temporary file.

use crate::data::{DiskRowsWriter, Rows};
use crate::error::Result;
use crate::team::SingleProcess;

/// Rows of a part in memory.
const ROWS_PER_PART: usize = 1 << 12;

/// Rows in the order in which they come.
pub(super) struct SpooledRows {
    /// All rows, or none once they are on disk.
    memory: Rows,
    writer: Option<DiskRowsWriter>,
    /// Most bytes in memory.
    limit: usize,
    len: u64,
    bytes: u64,
}

impl SpooledRows {
    /// Takes rows of the shape of `like`, at most `limit` bytes of them in memory.
    pub(super) fn new(like: &Rows, limit: usize) -> Self {
        Self { memory: like.empty_like(), writer: None, limit, len: 0, bytes: 0 }
    }

    /// Number of all rows so far.
    pub(super) fn len(&self) -> u64 {
        self.len
    }

    /// Size of all rows, as memory limits count it.
    pub(super) fn bytes(&self) -> u64 {
        self.bytes
    }

    /// Appends rows, and moves all to the disk if they exceed the memory.
    pub(super) fn push(&mut self, rows: &Rows) -> Result<()> {
        self.len += rows.len() as u64;
        self.bytes += rows.bytes_within_limits() as u64;
        if let Some(writer) = &mut self.writer {
            return writer.push(rows);
        }
        self.memory.append(rows);
        if self.memory.bytes_within_limits() > self.limit {
            let mut writer = DiskRowsWriter::temporary(&self.memory)?;
            writer.push(&self.memory)?;
            self.memory = self.memory.empty_like();
            self.writer = Some(writer);
        }
        Ok(())
    }

    /// Calls a function with all rows, some at a time, in their order.
    pub(super) fn for_each(self, mut visit: impl FnMut(&Rows) -> Result<()>) -> Result<()> {
        let like = self.memory.empty_like();
        if let Some(writer) = self.writer {
            let rows = writer.finish(&SingleProcess, like.empty_like(), 0)?;
            for block in 0..rows.block_count() {
                let mut part = like.empty_like();
                rows.read_block(block, &mut part)?;
                visit(&part)?;
            }
            return Ok(());
        }
        for start in (0..self.memory.len()).step_by(ROWS_PER_PART) {
            visit(&self.memory.range(start..(start + ROWS_PER_PART).min(self.memory.len())))?;
        }
        Ok(())
    }
}
