//! Order of the rows in training.

use std::ops::Range;

use thalweg::Seed;
use thalweg::random::{Purpose, Stream};

use super::config::BatchSize;
use super::row_pool::RowPool;
use super::shuffle::{MAX_CACHED_ROWS, shuffle};
use crate::data::{RowStore, Rows};
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
    /// Rows of this epoch that have not been drawn yet.
    remaining: usize,
    source: RowSource<'a>,
    /// Once it is requested, the rows come in any order.
    interrupt: Interrupt<'a>,
}

/// Rows that batches are taken from.
enum RowSource<'a> {
    /// All rows, their order in the epoch, and the position in it of the next batch.
    Memory { rows: &'a Rows, order: Vec<u32>, position: usize },
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
        let source = match store {
            RowStore::Memory(rows) => {
                RowSource::Memory { rows, order: (0..row_count(rows.len())?).collect(), position: 0 }
            }
            RowStore::Disk(disk_rows) => RowSource::Disk(Box::new(RowPool::new(disk_rows, interrupt)?)),
        };
        let (batch_size, shuffles) = (batch_size.of(store.len()), seed.stream(Purpose::Shuffle));
        Ok(Self { store, batch_size, shuffles, epoch: 0, step: 0, remaining: 0, source, interrupt })
    }

    /// Returns the next batch. `leaf_rows` returns the number of rows in a leaf of its sum: of rows that are divided
    /// among ranks, this one has those that it sums alone, and all of them if it is `None`.
    ///
    /// # Errors
    /// Rows on disk that cannot be read.
    pub(super) fn next(
        &mut self,
        leaf_rows: impl Fn(&Rows, usize) -> Option<usize>,
    ) -> thalweg::Result<SampledBatch<'_>> {
        let batch = self.draw()?;
        let (step, ends_epoch) = (self.step - 1, self.remaining == 0);
        let (rows, indices) = match &mut self.source {
            RowSource::Memory { rows, order, .. } => (*rows, &order[batch]),
            RowSource::Disk(pool) => pool.deliver(batch, leaf_rows),
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
        let RowSource::Memory { rows, order, position } = &self.source else { return };
        order[*position..].iter().take(PREFETCH_ROWS).for_each(|&row| rows.fetch(row as usize));
    }

    /// Returns `true` if a batch has rows of other ranks.
    pub(super) fn receives_rows(&self) -> bool {
        matches!(&self.source, RowSource::Disk(pool) if pool.is_shared())
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
        match &mut self.source {
            RowSource::Memory { order, position, .. } => {
                *position = 0;
                // A batch of all rows keeps the order of the file.
                if self.batch_size < order.len() {
                    // From the same order each time: the order of an epoch does not depend on the epochs before it.
                    order.iter_mut().zip(0..).for_each(|(row, i)| *row = i);
                    shuffle(order, &mut random, self.interrupt);
                }
            }
            RowSource::Disk(pool) => pool.begin_epoch(&mut random),
        }
    }
}

/// Returns the number of rows in memory, which have 32-bit numbers.
fn row_count(rows: usize) -> thalweg::Result<u32> {
    u32::try_from(rows).map_err(|_| thalweg::Error::InvalidValue {
        what: "the number of rows in memory".into(),
        expected: format!("at most {}; more are read from disk, with a memory limit", u32::MAX),
        found: rows.to_string(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::data::{ROWS_PER_BLOCK, RowMatrix};
    use crate::team::SingleProcess;

    fn rows(count: usize) -> Rows {
        let target = (0..count).map(|i| i as f64).collect();
        Rows { numbers: RowMatrix::new(1, &vec![0.0; count]), features: 1, target, ..Rows::default() }
    }

    /// Targets of the rows of each epoch in the order of training.
    fn epochs(store: &RowStore, batch_size: usize, seed: u64, count: usize) -> Vec<Vec<u64>> {
        let new = BatchSampler::new(store, BatchSize::Rows(batch_size), Seed::new(seed), Interrupt::NEVER);
        let mut sampler = new.expect("rows of one process");
        let mut epoch = || {
            let mut order = Vec::new();
            loop {
                let batch = sampler.next(|_, _| None).expect("rows that can be read");
                order.extend(batch.indices.iter().map(|&row| batch.rows.target[row as usize] as u64));
                if batch.ends_epoch {
                    return order;
                }
            }
        };
        (0..count).map(|_| epoch()).collect()
    }

    fn on_disk(rows: &Rows) -> RowStore {
        let mut writer = crate::data::DiskRowsWriter::temporary(rows).expect("a temporary file");
        writer.push(rows).expect("rows are written");
        RowStore::Disk(
            writer
                .finish(&SingleProcess, rows.range(0..9), rows.row_bytes() * ROWS_PER_BLOCK * 2)
                .expect("rows are kept"),
        )
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
            let mut whole = BatchSampler::new(&store, size, seed, Interrupt::NEVER).expect("rows of one process");
            for batches in 0..2 * per_epoch {
                let position = SamplerPosition { epoch: batches / per_epoch, batch: batches % per_epoch, batches };
                let mut other =
                    BatchSampler::at(&store, size, seed, position, Interrupt::NEVER).expect("rows that can be read");
                let (next, expected) =
                    (other.next(|_, _| None).expect("a batch"), whole.next(|_, _| None).expect("a batch"));
                assert_eq!((next.step, next.ends_epoch), (expected.step, expected.ends_epoch), "batch {batches}");
                assert_eq!(targets(&next), targets(&expected), "batch {batches}");
            }
        }
    }

    #[test]
    fn more_rows_in_memory_than_have_numbers_are_refused() {
        assert_eq!(row_count(u32::MAX as usize).ok(), Some(u32::MAX));
        let error = row_count(1 << 32).expect_err("one row too many").to_string();
        assert!(error.contains("at most 4294967295") && error.contains("4294967296"), "{error}");
    }
}
