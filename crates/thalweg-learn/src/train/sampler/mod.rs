//! Order of the rows in training.

#[cfg(test)]
mod tests;

use std::ops::Range;

use thalweg::Seed;
use thalweg::random::{Permutation, Purpose, Stream};

use super::config::BatchSize;
use super::row_order::{MAX_ROWS, RowOrder};
use super::row_pool::RowPool;
use crate::data::{RowStore, Rows};
use crate::interrupt::Interrupt;
use crate::team::Team;

/// Mini-batches of the training rows, in a new random order each epoch.
///
/// Rows in memory are permuted as a whole. Rows on disk are read in blocks of random order, and the rows of the blocks
/// in memory are permuted together. The order of an epoch is a pure function of (seed, epoch) and, on disk, of the
/// batch size and the number of blocks in memory.
pub(super) struct BatchSampler<'a> {
    store: &'a RowStore,
    batch_size: usize,
    shuffles: Stream,
    /// Number of epochs begun.
    epoch: u64,
    /// Number of batches drawn.
    step: u64,
    /// Rows of this epoch that have not been drawn yet.
    remaining: usize,
    source: RowSource<'a>,
    team: &'a dyn Team,
}

/// Rows that batches are taken from.
enum RowSource<'a> {
    /// All rows, their order in the epoch, and the position in it of the next batch.
    Memory { rows: &'a Rows, order: RowOrder, position: usize },
    /// Some blocks of rows on disk.
    Disk(Box<RowPool<'a>>),
}

/// Position in the batches of a training.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct SamplerPosition {
    /// Number of complete epochs.
    pub(super) epoch: u64,
    /// Number of batches taken since.
    pub(super) batch: u64,
    /// Number of batches taken in all epochs.
    pub(super) batches: u64,
}

/// Rows of one mini-batch.
pub(super) struct SampledBatch<'a> {
    /// Rows in memory, which contain those of the batch.
    pub(super) rows: &'a Rows,
    /// Indices of the rows of the batch; of those that other ranks work on, they are not valid.
    pub(super) indices: &'a [u32],
    /// Index of the batch in the training, from 0.
    pub(super) step: u64,
    /// True for the last batch of an epoch.
    pub(super) ends_epoch: bool,
}

impl<'a> BatchSampler<'a> {
    /// Creates a sampler that continues at a position; the last batch of an epoch has the rows that remain.
    ///
    /// # Errors
    /// Rows on disk that cannot be read, or that other ranks have parts of than those of the interrupt.
    pub(super) fn at(
        store: &'a RowStore,
        batch_size: BatchSize,
        seed: Seed,
        position: SamplerPosition,
        interrupt: Interrupt<'a>,
    ) -> thalweg::Result<Self> {
        let SamplerPosition { epoch, batch, batches } = position;
        let mut sampler =
            Self { epoch, step: batches.saturating_sub(batch), ..Self::new(store, batch_size, seed, interrupt)? };
        for _ in 0..batch {
            sampler.draw()?;
        }
        Ok(sampler)
    }

    /// Creates a sampler of the first epoch.
    fn new(store: &'a RowStore, batch_size: BatchSize, seed: Seed, interrupt: Interrupt<'a>) -> thalweg::Result<Self> {
        let batch_size = batch_size.of(store.len());
        let source = match store {
            RowStore::Memory(rows) => {
                check_row_count(rows.len())?;
                RowSource::Memory { rows, order: RowOrder::default(), position: 0 }
            }
            RowStore::Disk(disk_rows) => {
                // Those of a batch, and of the block that completes it.
                let rows = batch_size.min(store.len()).saturating_add(disk_rows.rows_per_block());
                check_row_count(rows)?;
                RowSource::Disk(Box::new(RowPool::new(disk_rows, interrupt)?))
            }
        };
        let (shuffles, team) = (seed.stream(Purpose::Shuffle), interrupt.team());
        Ok(Self { store, batch_size, shuffles, epoch: 0, step: 0, remaining: 0, source, team })
    }

    /// Returns the next batch. `rows_of_ranks` returns the ranges of its rows that each of several ranks works on, and
    /// has: all of them have all rows if it is `None`.
    ///
    /// # Errors
    /// Rows on disk that cannot be read.
    pub(super) fn next(
        &mut self,
        rows_of_ranks: impl Fn(&Rows, usize) -> Option<Vec<Range<usize>>>,
    ) -> thalweg::Result<SampledBatch<'_>> {
        let batch = self.draw()?;
        let (step, ends_epoch) = (self.step - 1, self.remaining == 0);
        let (rows, indices) = match &mut self.source {
            RowSource::Memory { rows, order, .. } => {
                let ranges = if self.team.ranks() > 1 { rows_of_ranks(rows, batch.len()) } else { None };
                let indices = match ranges {
                    Some(mut ranges) => order.batch_of_rank(batch, ranges.swap_remove(self.team.rank())),
                    None => order.batch(batch),
                };
                (*rows, indices)
            }
            RowSource::Disk(pool) => pool.deliver(batch, rows_of_ranks),
        };
        Ok(SampledBatch { rows, indices, step, ends_epoch })
    }

    /// Takes the next batch, and returns its positions among the rows in memory.
    fn draw(&mut self) -> thalweg::Result<Range<usize>> {
        if self.remaining == 0 {
            self.begin_epoch();
        }
        let size = self.batch_size.min(self.remaining);
        let batch = match &mut self.source {
            RowSource::Memory { position, .. } => {
                *position += size;
                *position - size..*position
            }
            RowSource::Disk(pool) => pool
                .draw(size, self.batch_size, (self.shuffles, self.epoch))
                .map_err(|error| thalweg::Error::Objective(Box::new(error)))?,
        };
        self.remaining -= size;
        self.step += 1;
        Ok(batch)
    }

    /// Prefetches the first rows of the next batch.
    pub(super) fn prefetch(&self) {
        let RowSource::Memory { rows, order, .. } = &self.source else { return };
        order.next_rows().iter().for_each(|&row| rows.fetch(row as usize));
    }

    /// Returns `true` if a batch has rows of other ranks.
    pub(super) fn receives_rows(&self) -> bool {
        matches!(&self.source, RowSource::Disk(pool) if pool.is_shared())
    }

    /// Largest number of rows that are read from disk together, which is worth several threads.
    pub(super) fn rows_read_in_parallel(&self) -> usize {
        match self.store {
            RowStore::Memory(_) => 0,
            RowStore::Disk(disk_rows) => self.batch_size.max(disk_rows.rows_in_memory()),
        }
    }

    fn begin_epoch(&mut self) {
        self.epoch += 1;
        self.remaining = self.store.len();
        let mut random = self.shuffles.at([self.epoch, 0]);
        match &mut self.source {
            RowSource::Memory { rows, order, position } => {
                *position = 0;
                // A batch of all rows keeps the order of the file.
                let is_permuted = self.batch_size < rows.len();
                order.begin_epoch(rows.len(), is_permuted.then(|| Permutation::new(rows.len() as u64, &mut random)));
            }
            RowSource::Disk(pool) => pool.begin_epoch(&mut random),
        }
    }
}

/// Returns an error if there are more rows in memory than have numbers.
fn check_row_count(rows: usize) -> thalweg::Result<()> {
    if rows <= MAX_ROWS {
        return Ok(());
    }
    Err(thalweg::Error::InvalidValue {
        what: "the number of rows in memory".into(),
        expected: format!("at most {MAX_ROWS}; with a memory limit, more are read from disk in smaller batches"),
        found: rows.to_string(),
    })
}
