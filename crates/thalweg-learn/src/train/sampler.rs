//! The order in which rows come.

use thalweg::Random;

use super::shuffle::shuffle;
use crate::data::{DiskRows, ROWS_PER_BLOCK, RowStore, Rows};
use crate::error::Result;

/// Rows that are asked for before the step before them is taken.
const AHEAD: usize = 32;

/// Batches of rows, shuffled anew each epoch: all rows where they are in memory; else blocks, some of which are in memory
/// together and have their rows shuffled.
pub(super) struct BatchSampler<'a> {
    store: &'a RowStore,
    size: usize,
    random: Random,
    /// Rows of the memory, in the order in which they come.
    order: Vec<u32>,
    next: usize,
    /// Rows of this epoch that are not given out yet.
    left: usize,
    /// Of a file: the rows in memory, and the blocks that are still to come in this epoch, the last first.
    held: Rows,
    blocks: Vec<u32>,
}

impl<'a> BatchSampler<'a> {
    pub(super) fn new(store: &'a RowStore, size: usize, seed: u64) -> Self {
        let order = match store {
            RowStore::Memory(rows) => (0..rows.len() as u32).collect(),
            RowStore::Disk(_) => Vec::new(),
        };
        let held = store.sample().empty_like();
        let (random, blocks) = (Random::new(seed), Vec::new());
        Self { store, size: size.clamp(1, store.len().max(1)), random, order, next: 0, left: 0, held, blocks }
    }

    /// The next batch, and whether it ends the epoch.
    pub(super) fn next(&mut self) -> thalweg::Result<(&Rows, &[u32], bool)> {
        if self.left == 0 {
            self.begin();
        }
        let size = self.size.min(self.left);
        if let RowStore::Disk(disk_rows) = self.store
            && self.order.len() - self.next < size
        {
            self.load(disk_rows).map_err(|error| thalweg::Error::Objective(Box::new(error)))?;
        }
        self.left -= size;
        let batch = self.next..self.next + size;
        self.next = batch.end;
        let rows = if let RowStore::Memory(rows) = self.store { rows } else { &self.held };
        Ok((rows, &self.order[batch], self.left == 0))
    }

    /// Asks the memory for the first rows of the next batch.
    pub(super) fn fetch(&self) {
        let RowStore::Memory(rows) = self.store else { return };
        self.order[self.next..].iter().take(AHEAD).for_each(|&row| rows.fetch(row as usize));
    }

    fn begin(&mut self) {
        self.left = self.store.len();
        match self.store {
            RowStore::Memory(_) => {
                self.next = 0;
                // A full batch has one order only, the file's.
                if self.size < self.order.len() {
                    shuffle(&mut self.order, &mut self.random);
                }
            }
            RowStore::Disk(disk_rows) => {
                self.blocks = (0..disk_rows.block_count() as u32).collect();
                self.random.shuffle(&mut self.blocks);
            }
        }
    }

    /// Reads the next blocks; rows left over from the last ones are shuffled with theirs.
    fn load(&mut self, disk_rows: &DiskRows) -> Result<()> {
        // Before the new rows come, those that are done with go.
        self.held = self.held.pick(&self.order[self.next..]);
        while self.held.len() < self.size.max(disk_rows.blocks_in_memory * ROWS_PER_BLOCK) {
            let Some(block) = self.blocks.pop() else { break };
            disk_rows.read_block(block as usize, &mut self.held)?;
        }
        self.order = (0..self.held.len() as u32).collect();
        self.next = 0;
        shuffle(&mut self.order, &mut self.random);
        Ok(())
    }
}
