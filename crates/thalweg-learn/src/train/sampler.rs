//! Order of the rows in training.

use thalweg::Seed;
use thalweg::random::{Purpose, Stream};

use super::config::BatchSize;
use super::shuffle::{MAX_CACHED_ROWS, shuffle};
use crate::data::{DiskRows, RowStore, Rows};
use crate::error::Result;
use crate::interrupt::Interrupt;

/// Rows of the next batch that are prefetched while the current step is taken.
const PREFETCH_ROWS: usize = 32;

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
    /// Rows in memory in the order of the epoch.
    order: Vec<u32>,
    /// Position in `order` of the next batch.
    position: usize,
    /// Rows of this epoch that have not been drawn yet.
    remaining: usize,
    /// Rows on disk only: the rows in memory.
    pool: Rows,
    /// Rows on disk only: the blocks that have not been read in this epoch, the next one last.
    blocks: Vec<u32>,
    /// Rows on disk only: how often the pool was refilled in this epoch.
    refills: u64,
    /// Once it is requested, the rows come in any order.
    interrupt: Interrupt<'a>,
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
    /// Indices of the rows of the batch.
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
    /// Rows on disk that cannot be read.
    pub(super) fn at(
        store: &'a RowStore,
        batch_size: BatchSize,
        seed: Seed,
        position: SamplerPosition,
        interrupt: Interrupt<'a>,
    ) -> thalweg::Result<Self> {
        let SamplerPosition { epoch, batch, batches } = position;
        let mut sampler =
            Self { epoch, step: batches.saturating_sub(batch), ..Self::new(store, batch_size, seed, interrupt) };
        for _ in 0..batch {
            sampler.next()?;
        }
        Ok(sampler)
    }

    /// Creates a sampler of the first epoch.
    fn new(store: &'a RowStore, batch_size: BatchSize, seed: Seed, interrupt: Interrupt<'a>) -> Self {
        let order = match store {
            RowStore::Memory(rows) => (0..rows.len() as u32).collect(),
            RowStore::Disk(_) => Vec::new(),
        };
        Self {
            store,
            batch_size: batch_size.of(store.len()),
            shuffles: seed.stream(Purpose::Shuffle),
            epoch: 0,
            step: 0,
            order,
            position: 0,
            remaining: 0,
            pool: store.sample().empty_like(),
            blocks: Vec::new(),
            refills: 0,
            interrupt,
        }
    }

    /// Returns the next batch.
    ///
    /// # Errors
    /// Rows on disk that cannot be read.
    pub(super) fn next(&mut self) -> thalweg::Result<SampledBatch<'_>> {
        if self.remaining == 0 {
            self.begin_epoch();
        }
        let size = self.batch_size.min(self.remaining);
        if let RowStore::Disk(disk_rows) = self.store
            && self.order.len() - self.position < size
        {
            self.refill(disk_rows).map_err(|error| thalweg::Error::Objective(Box::new(error)))?;
        }
        self.remaining -= size;
        let batch = self.position..self.position + size;
        self.position = batch.end;
        let step = self.step;
        self.step += 1;
        let rows = if let RowStore::Memory(rows) = self.store { rows } else { &self.pool };
        Ok(SampledBatch { rows, indices: &self.order[batch], step, ends_epoch: self.remaining == 0 })
    }

    /// Prefetches the first rows of the next batch.
    pub(super) fn prefetch(&self) {
        let RowStore::Memory(rows) = self.store else { return };
        self.order[self.position..].iter().take(PREFETCH_ROWS).for_each(|&row| rows.fetch(row as usize));
    }

    /// Largest number of rows that are shuffled together, or 0 if that is not worth several threads.
    pub(super) fn rows_shuffled_in_parallel(&self) -> usize {
        let rows = match self.store {
            RowStore::Memory(rows) => rows.len(),
            RowStore::Disk(disk_rows) => self.batch_size.max(disk_rows.rows_in_memory()),
        };
        if rows > MAX_CACHED_ROWS { rows } else { 0 }
    }

    fn begin_epoch(&mut self) {
        self.epoch += 1;
        self.remaining = self.store.len();
        let mut random = self.shuffles.at([self.epoch, 0]);
        match self.store {
            RowStore::Memory(_) => {
                self.position = 0;
                // A batch of all rows keeps the order of the file.
                if self.batch_size < self.order.len() {
                    // From the same order each time: the order of an epoch does not depend on the epochs before it.
                    self.order.iter_mut().zip(0..).for_each(|(row, i)| *row = i);
                    shuffle(&mut self.order, &mut random, self.interrupt);
                }
            }
            RowStore::Disk(disk_rows) => {
                self.refills = 0;
                self.blocks = (0..disk_rows.block_count() as u32).collect();
                random.shuffle(&mut self.blocks);
            }
        }
    }

    /// Reads the next blocks and permutes their rows together with those that remain in memory.
    fn refill(&mut self, disk_rows: &DiskRows) -> Result<()> {
        // Rows already drawn make room first.
        self.pool = self.pool.pick(&self.order[self.position..]);
        while self.pool.len() < self.batch_size.max(disk_rows.rows_in_memory()) {
            let Some(block) = self.blocks.pop() else { break };
            disk_rows.read_block(block as usize, &mut self.pool)?;
        }
        self.pool.numbers.set_targets(&self.pool.target);
        self.order = (0..self.pool.len() as u32).collect();
        self.position = 0;
        self.refills += 1;
        shuffle(&mut self.order, &mut self.shuffles.at([self.epoch, self.refills]), self.interrupt);
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::data::{ROWS_PER_BLOCK, RowMatrix};

    fn rows(count: usize) -> Rows {
        let target = (0..count).map(|i| i as f64).collect();
        Rows { numbers: RowMatrix::new(1, &vec![0.0; count]), features: 1, target, ..Rows::default() }
    }

    /// Targets of the rows of each epoch in the order of training.
    fn epochs(store: &RowStore, batch_size: usize, seed: u64, count: usize) -> Vec<Vec<u64>> {
        let mut sampler = BatchSampler::new(store, BatchSize::Rows(batch_size), Seed::new(seed), Interrupt::NEVER);
        let mut epoch = || {
            let mut order = Vec::new();
            loop {
                let batch = sampler.next().expect("rows that can be read");
                order.extend(batch.indices.iter().map(|&row| batch.rows.target[row as usize] as u64));
                if batch.ends_epoch {
                    return order;
                }
            }
        };
        (0..count).map(|_| epoch()).collect()
    }

    fn on_disk(rows: &Rows) -> RowStore {
        let mut writer = crate::data::DiskRowsWriter::temporary(rows, usize::MAX).expect("a temporary file");
        writer.push(rows).expect("rows are written");
        RowStore::Disk(writer.finish(rows.row_bytes() * ROWS_PER_BLOCK * 2).expect("rows are kept"))
    }

    #[test]
    fn the_order_of_an_epoch_depends_on_the_seed_and_the_epoch_alone() {
        let rows = rows(3 * ROWS_PER_BLOCK + 70);
        for store in [RowStore::from(rows.clone()), on_disk(&rows)] {
            let first = epochs(&store, 64, 5, 3);
            // Other batch sizes draw other numbers of batches, and the third epoch begins from the same order.
            if matches!(store, RowStore::Memory(_)) {
                assert_eq!(first, epochs(&store, 100, 5, 3));
                let mut third = rows.clone();
                let mut order: Vec<u32> = (0..third.len() as u32).collect();
                shuffle(&mut order, &mut Seed::new(5).stream(Purpose::Shuffle).at([3, 0]), Interrupt::NEVER);
                third = third.pick(&order);
                assert_eq!(first[2], third.target.iter().map(|&y| y as u64).collect::<Vec<_>>());
            }
            assert_eq!(first, epochs(&store, 64, 5, 3));
            assert_ne!(first, epochs(&store, 64, 6, 3));
            assert_ne!(first[0], first[1]);
            for mut order in first {
                order.sort_unstable();
                assert!(order.iter().zip(0..).all(|(&row, i)| row == i), "every row once");
            }
        }
    }

    #[test]
    fn a_sampler_continues_at_any_batch() {
        let rows = rows(2 * ROWS_PER_BLOCK + 70);
        for store in [RowStore::from(rows.clone()), on_disk(&rows)] {
            let (size, seed) = (BatchSize::Rows(100), Seed::new(5));
            let targets = |batch: &SampledBatch<'_>| -> Vec<u64> {
                batch.indices.iter().map(|&row| batch.rows.target[row as usize].to_bits()).collect()
            };
            let per_epoch = size.batches(store.len());
            let mut whole = BatchSampler::new(&store, size, seed, Interrupt::NEVER);
            for batches in 0..2 * per_epoch {
                let position = SamplerPosition { epoch: batches / per_epoch, batch: batches % per_epoch, batches };
                let mut other =
                    BatchSampler::at(&store, size, seed, position, Interrupt::NEVER).expect("rows that can be read");
                let (next, expected) = (other.next().expect("a batch"), whole.next().expect("a batch"));
                assert_eq!((next.step, next.ends_epoch), (expected.step, expected.ends_epoch), "batch {batches}");
                assert_eq!(targets(&next), targets(&expected), "batch {batches}");
            }
        }
    }
}
