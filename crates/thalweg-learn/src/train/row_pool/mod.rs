//! Rows of the blocks in memory, from which batches of rows on disk are taken.
//!
//! Ranks that divide the blocks hold the rows of their own ones. The order is one of the rows of all ranks, which send
//! the rows of each batch to the ranks that sum them, so that the batches are those of one process.

mod row_holders;
#[cfg(test)]
mod tests;

use std::ops::Range;

use rayon::prelude::*;
use thalweg::random::{Permutation, Random, Stream};

use super::row_order::{IndicesOfRank, MAX_ROWS, RowOrder};
use crate::data::{DiskRows, Rows};
use crate::error::Result;
use crate::interrupt::Interrupt;
use crate::pool;
use crate::team::{Team, exchange_messages, gather_numbers};
use row_holders::{HeldRow, RowHolders};

/// Rows of the blocks in memory, in the order of an epoch.
pub(super) struct RowPool<'a> {
    disk_rows: &'a DiskRows,
    team: &'a dyn Team,
    /// The rows that this rank holds, and behind them those of the latest batch that it has received.
    rows: Rows,
    /// Number of the rows that this rank holds.
    held: usize,
    /// Order of the rows of all ranks.
    order: RowOrder,
    /// Rank that holds each of these rows.
    holders: RowHolders,
    /// Positions of the rows that this rank holds in the order, ascending, and their places; empty in a team of one.
    own: Vec<OwnRow>,
    /// Number of them in batches so far.
    sent: usize,
    /// Position in `order` of the next batch.
    position: usize,
    /// Blocks that have not been read in this epoch, the next one last.
    blocks: Vec<u32>,
    /// Number of refills of the pool in this epoch.
    refills: u64,
    /// Places of the rows of a batch.
    places: IndicesOfRank,
}

/// Row that this rank holds.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct OwnRow {
    /// Position in the order of the rows of all ranks.
    position: u32,
    place: u32,
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
            rows: disk_rows.sample().empty_like(),
            held: 0,
            order: RowOrder::default(),
            holders: RowHolders::new(team.ranks(), disk_rows.rows_per_block()),
            own: Vec::new(),
            sent: 0,
            position: 0,
            blocks: Vec::new(),
            refills: 0,
            places: IndicesOfRank::default(),
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
        let rank = self.team.rank();
        let mut holders = RowHolders::new(self.team.ranks(), self.disk_rows.rows_per_block());
        // Rows already drawn make room first.
        let remaining = self.order.rows(self.position..self.order.len()).map(|row| self.holders.locate(row));
        let mut own = Vec::new();
        for HeldRow { rank: holder, place } in remaining {
            holders.push_remaining(holder);
            own.extend((holder == rank).then_some(place));
        }
        let remaining = self.rows.pick(&own);
        self.rows.clear();
        self.rows.append(&remaining);
        drop(remaining);
        let mut own_blocks = Vec::new();
        while let Some(&block) = self.blocks.last().filter(|_| holders.len() < pool_rows) {
            let (owner, rows) = self.disk_rows.owner_and_rows(block as usize);
            if holders.len() + rows > MAX_ROWS {
                break;
            }
            self.blocks.pop();
            if owner == rank {
                own_blocks.push(block);
            }
            holders.push_block(owner, rows);
        }
        self.disk_rows.read_blocks(&own_blocks, &mut self.rows)?;
        self.rows.numbers.set_targets(&self.rows.target);
        self.held = self.rows.len();
        self.set_entries_in_a_row(holders.len());
        self.refills += 1;
        let order = Permutation::new(holders.len() as u64, &mut shuffles.at([epoch, self.refills]));
        if self.is_shared() {
            self.list_own(&holders, &order);
        }
        self.order.begin_epoch(holders.len(), Some(order));
        (self.holders, self.position, self.sent) = (holders, 0, 0);
        Ok(())
    }

    /// Lists the rows that this rank holds by their positions.
    fn list_own(&mut self, holders: &RowHolders, order: &Permutation) {
        let positions = order.inverse();
        self.own.clear();
        for rows in holders.rows_of(self.team.rank()) {
            let places = self.own.len() as u32..;
            let positions = positions.items(rows.start as u64..rows.end as u64);
            self.own.extend(positions.zip(places).map(|(position, place)| OwnRow { position: position as u32, place }));
        }
        // Outside a pool, a parallel sort would take the threads of the global one.
        if pool::is_inside() { self.own.par_sort_unstable() } else { self.own.sort_unstable() }
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
    /// batch have no valid place. `rows_of_ranks` returns the ranges of the batch that the ranks work on, without which
    /// each rank receives all rows.
    pub(super) fn deliver(
        &mut self,
        batch: Range<usize>,
        rows_of_ranks: impl Fn(&Rows, usize) -> Option<Vec<Range<usize>>>,
    ) -> (&Rows, &[u32]) {
        let (rank, ranks) = (self.team.rank(), self.team.ranks());
        if ranks == 1 {
            return (&self.rows, self.order.batch(batch));
        }
        let ranges = rows_of_ranks(&self.rows, batch.len()).unwrap_or_else(|| vec![0..batch.len(); ranks]);
        let of_pool = |positions: &Range<usize>| batch.start + positions.start..batch.start + positions.end;
        self.rows.truncate(self.held);
        let own = &self.own[self.sent..];
        let before = |end: usize| own.partition_point(|row| (row.position as usize) < end);
        let message = |(to, positions): (usize, &Range<usize>)| {
            let positions = if to == rank { 0..0 } else { of_pool(positions) };
            let sent: Vec<u32> =
                own[before(positions.start)..before(positions.end)].iter().map(|row| row.place).collect();
            self.rows.pick(&sent).to_message()
        };
        let messages: Vec<Vec<u8>> = ranges.iter().enumerate().map(message).collect();
        self.sent += before(batch.end);
        for message in exchange_messages(self.team, &messages) {
            self.rows.append_message(&message);
        }
        self.rows.numbers.set_targets_from(self.held, &self.rows.target);
        let own = ranges[rank].clone();
        let held: Vec<HeldRow> = self.order.rows(of_pool(&own)).map(|row| self.holders.locate(row)).collect();
        let mut counts = vec![0; ranks];
        held.iter().filter(|row| row.rank != rank).for_each(|row| counts[row.rank] += 1);
        // Those of rank 0 come first.
        let mut start = self.held as u32;
        for count in &mut counts {
            start += std::mem::replace(count, start);
        }
        let place = |row: HeldRow| if row.rank == rank { row.place } else { next(&mut counts[row.rank]) };
        let places = held.into_iter().map(place);
        let write = |indices: &mut [u32]| indices.iter_mut().zip(places).for_each(|(index, place)| *index = place);
        (&self.rows, self.places.set(batch.len(), own, write))
    }
}

/// Returns a number and counts it up.
fn next(number: &mut u32) -> u32 {
    *number += 1;
    *number - 1
}
