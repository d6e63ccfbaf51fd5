//! Blocks of training rows that are written by the ranks in whose ranges they begin.

use super::stream_encoder::append_all;
use crate::data::{DiskRows, DiskRowsWriter, Rows, SAMPLE_ROWS};
use crate::error::Result;
use crate::team::{Team, exchange_messages, gather_numbers};

/// Writer of the blocks that begin in the range of this rank.
pub(super) struct RangeBlocks<'a> {
    team: &'a dyn Team,
    writer: DiskRowsWriter,
    /// Number of the first row of each rank, and the number of all rows.
    first: Vec<u64>,
    /// Rows at the beginning of the range, which belong to a block of a rank before.
    head: Rows,
    /// Number of rows of the head that are missing.
    head_left: usize,
    /// Rows of this rank in the sample of all ranks, and perhaps the first behind it.
    sample: Rows,
    /// Number of rows that may be added to the sample.
    sample_left: usize,
    /// Most bytes of the sample.
    sample_bytes: usize,
}

impl<'a> RangeBlocks<'a> {
    /// Creates a writer of `count` rows of this rank of the shape of `like`. The first rows of all ranks, of at most
    /// `sample_bytes`, stay in memory as well.
    pub(super) fn new(like: &Rows, count: u64, sample_bytes: usize, team: &'a dyn Team) -> Result<Self> {
        let mut first = vec![0];
        for count in gather_numbers(team, count) {
            first.push(first[first.len() - 1] + count);
        }
        let own = first[team.rank()];
        let of_group = DiskRowsWriter::end_of_group(own) - own;
        let head_len = if DiskRowsWriter::start_of_group(own) == own { 0 } else { of_group.min(count) };
        Ok(Self {
            team,
            writer: DiskRowsWriter::temporary(like)?,
            head: like.empty_like(),
            head_left: head_len as usize,
            sample: like.empty_like(),
            sample_left: (SAMPLE_ROWS as u64).saturating_sub(own) as usize,
            sample_bytes,
            first,
        })
    }

    /// Adds the next rows of this rank.
    pub(super) fn push(&mut self, rows: &Rows) -> Result<()> {
        self.add_to_sample(rows);
        let of_head = self.head_left.min(rows.len());
        if of_head == 0 {
            return self.writer.push(rows);
        }
        self.head_left -= of_head;
        self.head.take_from(rows, 0..of_head);
        self.writer.push(&rows.range(of_head..rows.len()))
    }

    /// Adds rows to the sample, up to the first that it has no room for: with it, no rank after this one adds rows.
    fn add_to_sample(&mut self, rows: &Rows) {
        let Some(room) = self.sample_bytes.checked_sub(self.sample.bytes_within_limits()) else { return };
        let most = self.sample_left.min(rows.len());
        let count = (rows.rows_within(0, most, room) + 1).min(most);
        self.sample.take_from(rows, 0..count);
        self.sample_left -= count;
    }

    /// Completes the blocks of all ranks; at most `budget` bytes of rows will be in memory at a time, but at least one
    /// block.
    pub(super) fn finish(mut self, budget: usize) -> Result<DiskRows> {
        let mut messages = vec![Vec::new(); self.team.ranks()];
        if !self.head.is_empty() {
            let start = DiskRowsWriter::start_of_group(self.first[self.team.rank()]);
            let owner = self.first.partition_point(|&first| first <= start) - 1;
            messages[owner] = self.head.to_message();
        }
        for message in exchange_messages(self.team, &messages) {
            let mut received = self.head.empty_like();
            received.append_message(&message);
            self.writer.push(&received)?;
        }
        let mut sample = self.sample.empty_like();
        for rank in 0..self.team.ranks() {
            if sample.bytes_within_limits() <= self.sample_bytes {
                append_from(rank, &mut sample, self.team, &self.sample);
            }
        }
        let sample = sample.range(0..sample.rows_within(0, SAMPLE_ROWS, self.sample_bytes));
        self.writer.finish_by_rank(self.team, sample, budget)
    }
}

/// Appends the rows that one of the ranks has.
pub(super) fn append_from(rank: usize, rows: &mut Rows, team: &dyn Team, own: &Rows) {
    if team.rank() == rank {
        append_all(rows, team, own);
    } else {
        append_all(rows, team, &own.empty_like());
    }
}
