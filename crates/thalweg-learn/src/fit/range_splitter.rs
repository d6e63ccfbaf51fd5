//! Division of rows into training and validation if each rank reads a range of them.
//!
//! Where a rank's training rows are among those of all ranks is known when the ranks before it have read theirs. Until
//! then each keeps its encoded rows. At the end it writes the blocks that begin in its range; the rows at its beginning
//! that belong to a block of a rank before are sent there, and nothing else is.

use super::data_summary::DataSummary;
use super::memory_budget::MemoryBudget;
use super::range_blocks::{RangeBlocks, append_from};
use super::spooled_rows::SpooledRows;
use super::stream_encoder::{StreamEncoder, append_all};
use super::weights;
use crate::data::{RowStore, Rows, Table};
use crate::error::Result;
use crate::team::{Team, gather_numbers};

/// Division of the rows of a stream of which each rank reads a range.
pub(super) struct RangeSplitter<'a> {
    encoder: StreamEncoder<'a>,
    budget: MemoryBudget,
    team: &'a dyn Team,
    /// Number of rows of the files before the next table, without those of weight 0.
    rows_before: u64,
    /// All rows of this rank with a target.
    rows: SpooledRows,
    /// Positions among them of the rows drawn for validation, of as many as have room.
    drawn: Vec<u64>,
    /// Encoded rows at these positions.
    validation: Rows,
    /// Size of the rows drawn, up to the first without room.
    drawn_bytes: u64,
}

impl<'a> RangeSplitter<'a> {
    /// Creates a splitter of the rows from the one with the number `rows_before` on, without those of weight 0.
    pub(super) fn new(
        encoder: StreamEncoder<'a>,
        empty: &Rows,
        budget: MemoryBudget,
        team: &'a dyn Team,
        rows_before: u64,
    ) -> Self {
        let (rows, validation) = (SpooledRows::new(empty, budget.rows), empty.empty_like());
        Self { encoder, budget, team, rows_before, rows, drawn: Vec::new(), validation, drawn_bytes: 0 }
    }

    /// Adds the rows with these indices of the next table of this rank.
    pub(super) fn add(&mut self, table: &Table<'_>, rows: &[usize], summary: &mut DataSummary) -> Result<()> {
        let encoded = self.encoder.encode(table, rows)?;
        summary.count(&encoded);
        if self.drawn_bytes <= self.budget.validation as u64 {
            self.draw(&encoded, &self.encoder.draw(table, rows, self.rows_before));
        }
        self.rows_before += table.considered_rows() as u64;
        self.rows.push(&encoded)
    }

    /// Notes the rows drawn for validation of those that follow.
    fn draw(&mut self, rows: &Rows, is_drawn: &[bool]) {
        let drawn: Vec<u32> = (0..).zip(is_drawn).filter(|(_, is_drawn)| **is_drawn).map(|(row, _)| row).collect();
        let picked = rows.pick(&drawn);
        let left = (self.budget.validation as u64).saturating_sub(self.drawn_bytes);
        let count = picked.rows_within(0, picked.len(), usize::try_from(left).unwrap_or(usize::MAX));
        self.drawn_bytes += picked.bytes_within_limits() as u64;
        self.validation.take_from(&picked, 0..count);
        self.drawn.extend(drawn[..count].iter().map(|row| self.rows.len() + u64::from(*row)));
    }

    /// Returns the training and the validation rows, with the counts of all ranks in the summary.
    pub(super) fn finish(mut self, summary: &mut DataSummary) -> Result<(RowStore, Rows)> {
        summary.add_other_ranks(self.team);
        let own_validation = self.rows_with_room();
        let mut validation = own_validation.empty_like();
        append_all(&mut validation, self.team, &own_validation);
        weights::normalize(&mut validation)?;
        let own_bytes = self.rows.bytes() - own_validation.bytes_within_limits() as u64;
        drop(own_validation);
        let bytes = gather_numbers(self.team, own_bytes).into_iter().fold(0, u64::saturating_add);
        let train = if bytes > self.budget.rows as u64 { self.train_on_disk()? } else { self.train_in_memory()? };
        Ok((train, validation))
    }

    /// Returns the rows drawn on this rank that have room in the memory for validation rows together with those drawn
    /// before them on other ranks. The others become training rows.
    fn rows_with_room(&mut self) -> Rows {
        let sizes = gather_numbers(self.team, self.drawn_bytes);
        let before = sizes[..self.team.rank()].iter().fold(0, |sum: u64, size| sum.saturating_add(*size));
        let left = (self.budget.validation as u64).saturating_sub(before);
        let empty = self.validation.empty_like();
        let drawn = std::mem::replace(&mut self.validation, empty);
        let count = drawn.rows_within(0, drawn.len(), usize::try_from(left).unwrap_or(usize::MAX));
        self.drawn.truncate(count);
        drawn.range(0..count)
    }

    /// Returns the training rows of all ranks in memory.
    fn train_in_memory(self) -> Result<RowStore> {
        let mut own = self.validation.empty_like();
        for_each_training_part(self.rows, &self.drawn, |part| {
            own.append(part);
            Ok(())
        })?;
        let mut rows = own.empty_like();
        for rank in 0..self.team.ranks() {
            append_from(rank, &mut rows, self.team, &own);
        }
        weights::normalize(&mut rows)?;
        Ok(RowStore::from(rows))
    }

    /// Writes the training rows of this rank.
    fn train_on_disk(self) -> Result<RowStore> {
        let count = self.rows.len() - self.drawn.len() as u64;
        let mut blocks = RangeBlocks::new(&self.validation, count, self.budget.rows, self.team)?;
        for_each_training_part(self.rows, &self.drawn, |part| blocks.push(part))?;
        Ok(RowStore::Disk(blocks.finish(self.budget.rows / 2)?))
    }
}

/// Calls a function with the rows that are not drawn, some at a time; `drawn` are positions, ascending.
fn for_each_training_part(
    rows: SpooledRows,
    mut drawn: &[u64],
    mut visit: impl FnMut(&Rows) -> Result<()>,
) -> Result<()> {
    let mut position = 0;
    rows.for_each(|part| {
        let start = position;
        position += part.len() as u64;
        let of_part = drawn.partition_point(|&row| row < position);
        let of_part = drawn.split_off(..of_part).expect("there are as many");
        if of_part.is_empty() {
            return visit(part);
        }
        let (mut training, mut next) = (part.empty_like(), 0);
        for row in of_part.iter().map(|row| (row - start) as usize).chain([part.len()]) {
            training.take_from(part, next..row);
            next = row + 1;
        }
        visit(&training)
    })
}
