//! Division of the rows of a stream into training and validation, and among ranks.

use std::ops::Range;

use super::data_summary::DataSummary;
use super::memory_budget::MemoryBudget;
use super::stream_encoder::{StreamEncoder, append_all};
use super::weights;
use crate::data::{DiskRowsWriter, RowStore, Rows, SAMPLE_ROWS, Table};
use crate::error::Result;
use crate::team::{Team, exchange_messages, gather_numbers};

/// Division of the rows of a stream into training and validation. Each rank encodes a part of the rows. All ranks have
/// the validation rows, and the training rows while they fit into memory; beyond, each has a part of them on its disk.
pub(super) struct StreamSplitter<'a> {
    encoder: StreamEncoder<'a>,
    budget: MemoryBudget,
    team: &'a dyn Team,
    /// Number of rows of the files so far, without those of weight 0.
    rows_read: u64,
    /// Size of the rows drawn for validation so far, those included that had no room.
    drawn_bytes: u64,
    train: TrainRows,
    validation: Rows,
}

/// Training rows so far.
enum TrainRows {
    Memory(Box<Rows>),
    Disk(Box<DividedRows>),
}

/// Training rows on disk, of which each rank has a part.
struct DividedRows {
    writer: DiskRowsWriter,
    /// First rows of all ranks, in memory.
    sample: Rows,
    /// Number of rows of all ranks.
    len: u64,
}

impl<'a> StreamSplitter<'a> {
    pub(super) fn new(encoder: StreamEncoder<'a>, empty: Rows, budget: MemoryBudget, team: &'a dyn Team) -> Self {
        let validation = empty.empty_like();
        let train = TrainRows::Memory(Box::new(empty));
        Self { encoder, budget, team, rows_read: 0, drawn_bytes: 0, train, validation }
    }

    /// Adds the rows with these indices of the next table, and what is counted of the rows that this rank encodes: all
    /// of them if each rank has a table of its own, which follows that of the rank before; else a part.
    pub(super) fn add(
        &mut self,
        table: &Table<'_>,
        rows: &[usize],
        is_divided: bool,
        summary: &mut DataSummary,
    ) -> Result<()> {
        let count = table.considered_rows() as u64;
        let (own, counts) = if is_divided {
            (0..rows.len(), gather_numbers(self.team, count))
        } else {
            (share(rows.len(), self.team), vec![0; self.team.ranks()])
        };
        let before = self.rows_read + counts[..self.team.rank()].iter().sum::<u64>();
        self.rows_read += if is_divided { counts.iter().sum() } else { count };
        let (mut drawn, mut others) = self.draw(table, &rows[own], before);
        let mut validation = self.encoder.encode(table, &drawn)?;
        let room = self.room_for(&validation);
        if room < drawn.len() {
            others.extend(drawn.split_off(room));
            others.sort_unstable();
            validation = self.encoder.encode(table, &drawn)?;
        }
        let training = self.encoder.encode(table, &others)?;
        summary.count(&validation);
        summary.count(&training);
        append_all(&mut self.validation, self.team, &validation);
        match &mut self.train {
            TrainRows::Memory(rows) => {
                append_all(rows, self.team, &training);
                if rows.bytes_within_limits() > self.budget.rows {
                    self.train = TrainRows::Disk(Box::new(DividedRows::of(rows, self.budget.rows, self.team)?));
                }
            }
            TrainRows::Disk(rows) => rows.push(&training, self.team)?,
        }
        Ok(())
    }

    /// Divides rows of a table into those drawn for validation and the others; `before` are the rows of the files
    /// before the table. None is drawn once the memory for validation rows is full.
    fn draw(&self, table: &Table<'_>, rows: &[usize], before: u64) -> (Vec<usize>, Vec<usize>) {
        if self.drawn_bytes > self.budget.validation as u64 {
            return (Vec::new(), rows.to_vec());
        }
        let mut is_drawn = self.encoder.draw(table, rows, before).into_iter();
        rows.iter().partition(|_| is_drawn.next() == Some(true))
    }

    /// Returns the number of the first rows drawn on this rank that have room in the memory for validation rows: those
    /// that do together with all rows drawn before them, on whatever rank.
    fn room_for(&mut self, drawn: &Rows) -> usize {
        let sizes = gather_numbers(self.team, drawn.bytes_within_limits() as u64);
        let before = self.drawn_bytes + sizes[..self.team.rank()].iter().sum::<u64>();
        self.drawn_bytes += sizes.iter().sum::<u64>();
        let left = (self.budget.validation as u64).saturating_sub(before);
        drawn.rows_within(0, drawn.len(), usize::try_from(left).unwrap_or(usize::MAX))
    }

    /// Returns the training and the validation rows, with the counts of all ranks in the summary.
    pub(super) fn finish(mut self, summary: &mut DataSummary) -> Result<(RowStore, Rows)> {
        summary.add_other_ranks(self.team);
        weights::normalize(&mut self.validation)?;
        let train = match self.train {
            TrainRows::Memory(mut rows) => {
                weights::normalize(&mut rows)?;
                RowStore::from(*rows)
            }
            TrainRows::Disk(rows) => {
                RowStore::Disk(rows.writer.finish(self.team, rows.sample, self.budget.rows / 2)?)
            }
        };
        Ok((train, self.validation))
    }
}

impl DividedRows {
    /// Writes the part of this rank of rows that all ranks have. The first of them, of at most `sample_bytes`, stay in
    /// memory as well.
    fn of(rows: &Rows, sample_bytes: usize, team: &dyn Team) -> Result<Self> {
        let sample = rows.range(0..rows.rows_within(0, SAMPLE_ROWS, sample_bytes));
        let mut writer = DiskRowsWriter::temporary(rows)?;
        for (owner, group) in groups(0, rows.len(), team.ranks()) {
            if owner == team.rank() {
                writer.push(&rows.range(group))?;
            }
        }
        Ok(Self { writer, sample, len: rows.len() as u64 })
    }

    /// Sends the next rows, of which each rank has a part, to the ranks that write them.
    fn push(&mut self, rows: &Rows, team: &dyn Team) -> Result<()> {
        let counts = gather_numbers(team, rows.len() as u64);
        let first = self.len + counts[..team.rank()].iter().sum::<u64>();
        self.len += counts.iter().sum::<u64>();
        let mut parts = vec![rows.empty_like(); team.ranks()];
        for (owner, group) in groups(first, rows.len(), team.ranks()) {
            parts[owner].take_from(rows, group);
        }
        // What stays here needs no message.
        let own = std::mem::replace(&mut parts[team.rank()], rows.empty_like());
        let messages: Vec<Vec<u8>> = parts.iter().map(Rows::to_message).collect();
        for (from, message) in exchange_messages(team, &messages).into_iter().enumerate() {
            if from == team.rank() {
                self.writer.push(&own)?;
            } else {
                let mut received = rows.empty_like();
                received.append_message(&message);
                self.writer.push(&received)?;
            }
        }
        Ok(())
    }
}

/// Returns the part of `count` things that is this rank's: a range, which begins where that of the rank before ends.
fn share(count: usize, team: &dyn Team) -> Range<usize> {
    let start = |rank: usize| (count as u128 * rank as u128 / team.ranks() as u128) as usize;
    start(team.rank())..start(team.rank() + 1)
}

/// Returns ranges of rows, the first of which is row `first` of all ranks, with the rank that writes each of them.
fn groups(first: u64, count: usize, ranks: usize) -> impl Iterator<Item = (usize, Range<usize>)> {
    let mut start = 0;
    std::iter::from_fn(move || {
        let row = first + start as u64;
        let end = count.min((DiskRowsWriter::end_of_group(row) - first) as usize);
        let group = (start < count).then(|| (DiskRowsWriter::owner(row, ranks), start..end));
        start = end;
        group
    })
}

#[cfg(test)]
mod tests {
    use thalweg::Seed;
    use thalweg::random::Purpose;

    use super::*;
    use crate::team::ThreadTeam;

    #[test]
    fn the_hold_out_shares_no_numbers_with_the_shuffle() {
        for seed in [0, 1, u64::MAX] {
            let seed = Seed::new(seed);
            let hold_out: Vec<u64> = (0..1000).map(|row| seed.stream(Purpose::Split).at([row]).bits()).collect();
            for epoch in 0..5 {
                let mut shuffle = seed.stream(Purpose::Shuffle).at([epoch, 0]);
                let shared = (0..1000).filter(|_| hold_out.contains(&shuffle.bits())).count();
                assert_eq!(shared, 0, "epoch {epoch}");
            }
        }
    }

    #[test]
    fn rows_beyond_32_bits_are_written_by_the_ranks_in_turn() {
        let first = (1_u64 << 32) - 10;
        let all: Vec<_> = groups(first, 10_000, 3).collect();
        // 2³² is a multiple of 4096, and 2²⁰ groups before it are 1 more than a multiple of 3.
        assert_eq!(all, [(0, 0..10), (1, 10..4106), (2, 4106..8202), (0, 8202..10_000)]);
        assert_eq!(groups(u64::MAX / 2, 1, 7).count(), 1);
        assert_eq!(groups(first, 0, 7).count(), 0);
    }

    #[test]
    fn shares_are_all_rows_in_their_order() {
        for count in [0, 1, 5, 1000] {
            for ranks in [1, 3, 7] {
                let shares = ThreadTeam::run(ranks, |team| share(count, team));
                assert_eq!(shares.into_iter().flatten().collect::<Vec<_>>(), (0..count).collect::<Vec<_>>());
            }
        }
    }
}
