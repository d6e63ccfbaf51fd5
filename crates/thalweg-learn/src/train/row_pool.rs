//! Rows of the blocks in memory, from which batches of rows on disk are taken.
//!
//! Ranks that divide the blocks hold the rows of their own ones. They all draw the same order of the rows of all ranks,
//! and send the rows of each batch to the ranks that sum them, so that the batches are those of one process.

use std::ops::Range;

use thalweg::random::{Random, Stream};

use super::shuffle::shuffle;
use crate::data::{DiskRows, Rows};
use crate::error::Result;
use crate::interrupt::Interrupt;
use crate::model::rows_of_ranks;
use crate::team::{Team, exchange_messages, gather_numbers};

/// Place of a row of a batch that another rank works on.
const ELSEWHERE: u32 = u32::MAX;

/// Rows of the blocks in memory, in the order of an epoch.
pub(super) struct RowPool<'a> {
    disk_rows: &'a DiskRows,
    team: &'a dyn Team,
    /// Once it is requested, the rows come in any order.
    interrupt: Interrupt<'a>,
    /// The rows that this rank holds, and behind them those of the latest batch that it has received.
    rows: Rows,
    /// Number of the rows that this rank holds.
    held: usize,
    /// For each row of all ranks, in the order of the epoch, its place among those that its rank holds.
    order: Vec<u32>,
    /// Rank that holds each of these rows.
    holders: Vec<u32>,
    /// Position in `order` of the next batch.
    position: usize,
    /// Blocks that have not been read in this epoch, the next one last.
    blocks: Vec<u32>,
    /// Number of refills of the pool in this epoch.
    refills: u64,
    /// Places of the rows of a batch.
    places: Vec<u32>,
}

impl<'a> RowPool<'a> {
    /// Creates a pool without rows.
    ///
    /// # Errors
    /// Rows that are divided among another number of ranks than those of the interrupt.
    pub(super) fn new(disk_rows: &'a DiskRows, interrupt: Interrupt<'a>) -> thalweg::Result<Self> {
        let team = interrupt.team();
        disk_rows.check_team(team)?;
        Ok(Self {
            disk_rows,
            team,
            interrupt,
            rows: disk_rows.sample().empty_like(),
            held: 0,
            order: Vec::new(),
            holders: Vec::new(),
            position: 0,
            blocks: Vec::new(),
            refills: 0,
            places: Vec::new(),
        })
    }

    /// Returns `true` if several ranks hold rows of the pool.
    pub(super) fn is_shared(&self) -> bool {
        self.team.ranks() > 1
    }

    /// Begins an epoch with the blocks in random order.
    pub(super) fn begin_epoch(&mut self, random: &mut Random) {
        self.refills = 0;
        self.blocks = (0..self.disk_rows.block_count() as u32).collect();
        random.shuffle(&mut self.blocks);
    }

    /// Takes a batch of `size` rows, of at most `full`, and returns its positions in the pool, which is permuted by the
    /// stream and the epoch.
    pub(super) fn draw(&mut self, size: usize, full: usize, shuffles: (Stream, u64)) -> Result<Range<usize>> {
        if self.order.len() - self.position < size {
            self.refill(full.max(self.disk_rows.rows_in_memory()), shuffles)?;
        }
        let batch = self.position..self.position + size;
        self.position = batch.end;
        Ok(batch)
    }

    /// Reads the next blocks, up to a number of rows, and permutes their rows together with those that remain.
    fn refill(&mut self, pool_rows: usize, (shuffles, epoch): (Stream, u64)) -> Result<()> {
        let (rank, ranks) = (self.team.rank(), self.team.ranks());
        // Rows already drawn make room first.
        let (order, mut holders) = (&self.order[self.position..], self.holders.split_off(self.position));
        let remaining: Vec<u32> =
            order.iter().zip(&holders).filter(|(_, h)| **h as usize == rank).map(|(&row, _)| row).collect();
        let remaining = self.rows.pick(&remaining);
        self.rows.clear();
        self.rows.append(&remaining);
        drop(remaining);
        let mut own_blocks = Vec::new();
        while holders.len() < pool_rows {
            let Some(block) = self.blocks.pop() else { break };
            let (owner, rows) = self.disk_rows.owner_and_rows(block as usize);
            if owner == rank {
                own_blocks.push(block);
            }
            holders.resize(holders.len() + rows, owner as u32);
        }
        self.disk_rows.read_blocks(&own_blocks, &mut self.rows)?;
        self.rows.numbers.set_targets(&self.rows.target);
        self.held = self.rows.len();
        self.set_entries_in_a_row(holders.len());
        // The rows of each rank are in the order in which they are listed here.
        let mut counts = vec![0; ranks];
        let places: Vec<u32> = holders.iter().map(|&holder| next(&mut counts[holder as usize])).collect();
        let mut order: Vec<u32> = (0..holders.len() as u32).collect();
        self.refills += 1;
        shuffle(&mut order, &mut shuffles.at([epoch, self.refills]), self.interrupt);
        self.holders = order.iter().map(|&row| holders[row as usize]).collect();
        for row in &mut order {
            *row = places[*row as usize];
        }
        (self.order, self.position) = (order, 0);
        Ok(())
    }

    /// Sets the average of the rows of all ranks, on which the leaves of sums depend.
    fn set_entries_in_a_row(&mut self, pool_rows: usize) {
        if self.disk_rows.sample().sparse.ends.is_empty() {
            return;
        }
        let entries: u64 = gather_numbers(self.team, self.rows.sparse.index.len() as u64).into_iter().sum();
        self.rows.entries_in_a_row = Some((entries as usize).div_ceil(pool_rows.max(1)));
    }

    /// Returns the rows of a batch that this rank works on, and their places among the returned rows; other rows of the
    /// batch have no valid place. `leaf_rows` returns the number of rows in a leaf of the sum over the batch, without
    /// which each rank receives all rows.
    pub(super) fn deliver(
        &mut self,
        batch: Range<usize>,
        leaf_rows: impl Fn(&Rows, usize) -> Option<usize>,
    ) -> (&Rows, &[u32]) {
        let (rank, ranks) = (self.team.rank(), self.team.ranks());
        if ranks == 1 {
            return (&self.rows, &self.order[batch]);
        }
        let workers = match leaf_rows(&self.rows, batch.len()) {
            Some(len) => rows_of_ranks(batch.len(), len, ranks),
            None => vec![0..batch.len(); ranks],
        };
        let (order, holders) = (&self.order[batch.clone()], &self.holders[batch]);
        self.rows.truncate(self.held);
        let message = |(to, rows): (usize, &Range<usize>)| {
            let is_sent = |&position: &usize| to != rank && holders[position] as usize == rank;
            let sent: Vec<u32> = rows.clone().filter(is_sent).map(|position| order[position]).collect();
            self.rows.pick(&sent).to_message()
        };
        let messages: Vec<Vec<u8>> = workers.iter().enumerate().map(message).collect();
        for message in exchange_messages(self.team, &messages) {
            self.rows.append_message(&message);
        }
        self.rows.numbers.set_targets_from(self.held, &self.rows.target);
        self.places.clear();
        self.places.resize(order.len(), ELSEWHERE);
        let own = workers[rank].clone();
        let mut counts = vec![0; ranks];
        own.clone().for_each(|position| counts[holders[position] as usize] += 1);
        // Those of rank 0 come first.
        let mut start = self.held as u32;
        for count in counts.iter_mut().enumerate().filter(|(holder, _)| *holder != rank).map(|(_, count)| count) {
            start += std::mem::replace(count, start);
        }
        for position in own {
            let holder = holders[position] as usize;
            self.places[position] = if holder == rank { order[position] } else { next(&mut counts[holder]) };
        }
        (&self.rows, &self.places)
    }
}

/// Returns a number and counts it up.
fn next(number: &mut u32) -> u32 {
    *number += 1;
    *number - 1
}

#[cfg(test)]
mod tests {
    use thalweg::Seed;
    use thalweg::random::Purpose;

    use super::*;
    use crate::data::{DiskRowsWriter, RowMatrix, SparseRows};
    use crate::interrupt::Agreement;
    use crate::team::{SingleProcess, ThreadTeam};

    const BATCH: usize = 300;

    /// Rows of one number, and of up to two sparse ones if `sparse`; the target is the number of the row.
    fn rows(count: usize, sparse: bool) -> Rows {
        let ends: Vec<usize> = (0..count)
            .scan(0, |end, i| {
                *end += i % 3;
                Some(*end)
            })
            .collect();
        let entries = ends.last().copied().unwrap_or(0);
        let sparse = if sparse {
            SparseRows { ends, index: vec![1; entries], value: (0..entries).map(|i| i as f32).collect() }
        } else {
            SparseRows::default()
        };
        let target: Vec<f64> = (0..count).map(|i| i as f64).collect();
        let numbers = RowMatrix::new(1, &target.iter().map(|&y| -y as f32).collect::<Vec<_>>());
        Rows { numbers, features: 2, sparse, weight: target.clone(), target, ..Rows::default() }
    }

    /// Batch as one rank has it: the mean number of numbers in a row, and its rows with their positions in the batch.
    type BatchOfRank = (usize, Vec<(usize, Rows)>);

    /// Draws the batches of two epochs on some ranks.
    fn batches(ranks: usize, rows: &Rows, leaf: Option<usize>) -> Vec<Vec<BatchOfRank>> {
        ThreadTeam::run(ranks, |team| {
            let mut writer = DiskRowsWriter::temporary(rows).expect("a temporary file");
            writer.push(rows).expect("rows are written");
            let mut disk_rows =
                writer.finish(&SingleProcess, rows.range(0..50), rows.row_bytes() * 3 * 4096).expect("rows are kept");
            disk_rows.divide(team);
            let agreement = Agreement::of(team, Interrupt::NEVER);
            let mut pool = RowPool::new(&disk_rows, agreement.interrupt()).expect("as many ranks");
            let stream = Seed::new(7).stream(Purpose::Shuffle);
            let mut all = Vec::new();
            for epoch in 1..3 {
                pool.begin_epoch(&mut stream.at([epoch, 0]));
                let mut remaining = rows.len();
                while remaining > 0 {
                    let size = BATCH.min(remaining);
                    remaining -= size;
                    let batch = pool.draw(size, BATCH, (stream, epoch)).expect("rows are read");
                    let (rows, places) = pool.deliver(batch, |_, _| leaf);
                    let mean = rows.numbers_in_a_row();
                    let places = places.iter().enumerate().filter(|(_, place)| (**place as usize) < rows.len());
                    all.push((mean, places.map(|(i, &place)| (i, rows.pick(&[place]))).collect::<Vec<_>>()));
                }
            }
            let share = rows.len().div_ceil(4096).div_ceil(ranks);
            assert!(
                disk_rows.bytes_read()
                    <= 2 * share as u64 * (disk_rows.rows_per_block() * (rows.row_bytes() + 32)) as u64
            );
            all
        })
    }

    #[test]
    fn each_rank_has_the_rows_that_it_sums() {
        for (count, sparse) in [(5 * 4096 + 77, false), (4 * 4096 + 3, true), (100, true)] {
            let rows = rows(count, sparse);
            let alone = batches(1, &rows, None).swap_remove(0);
            assert!(alone.iter().map(|(_, batch)| batch.len()).sum::<usize>() == 2 * count);
            for ranks in [2, 3, 7] {
                for leaf in [None, Some(16)] {
                    let of_ranks = batches(ranks, &rows, leaf);
                    for (i, (mean, batch)) in alone.iter().enumerate() {
                        let workers = rows_of_ranks(batch.len(), leaf.unwrap_or(1), ranks);
                        for (of_rank, worker) in of_ranks.iter().zip(workers) {
                            let (mean_of_rank, found) = &of_rank[i];
                            assert_eq!(mean_of_rank, mean);
                            let expected = if leaf.is_some() { worker } else { 0..batch.len() };
                            for position in expected {
                                let row = found.iter().find(|(at, _)| *at == position).expect("a row of its own");
                                assert!(row.1 == batch[position].1, "row {position} of batch {i} on {ranks} ranks");
                            }
                        }
                    }
                }
            }
        }
    }

    #[test]
    fn rows_of_other_ranks_are_refused() {
        let rows = rows(10, false);
        ThreadTeam::run(2, |team| {
            let mut writer = DiskRowsWriter::temporary(&rows).expect("a temporary file");
            writer.push(&rows).expect("rows are written");
            let mut disk_rows = writer.finish(&SingleProcess, rows.empty_like(), usize::MAX).expect("rows are kept");
            disk_rows.divide(team);
            let error = RowPool::new(&disk_rows, Interrupt::NEVER).err().expect("one rank of two").to_string();
            assert!(error.contains("must be 2, among which the rows are divided, but is '1'"), "{error}");
        });
    }
}
