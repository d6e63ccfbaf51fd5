//! Division of the rows of a stream into training and validation, and among ranks.

use std::ops::Range;

use thalweg::random::{Purpose, Stream};

use super::config::FitConfig;
use super::data_summary::DataSummary;
use super::memory_budget::MemoryBudget;
use super::weights;
use crate::data::{DiskRowsWriter, RowStore, Rows, SAMPLE_ROWS, Schema, Table, WithTarget};
use crate::error::Result;
use crate::team::{Team, exchange_messages, gather_messages, gather_numbers};

/// Division of the rows of a stream into training and validation. Each rank encodes a part of the rows. All ranks have
/// the validation rows, and the training rows while they fit into memory; beyond, each has a part of them on its disk.
pub(super) struct StreamSplitter<'a> {
    config: &'a FitConfig,
    schema: &'a Schema,
    /// Mean of the weights of the rows in the sample.
    mean_weight: f64,
    budget: MemoryBudget,
    team: &'a dyn Team,
    /// Random numbers of the hold-out, one for each row of the files.
    hold_out: Stream,
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
    pub(super) fn new(
        config: &'a FitConfig,
        schema: &'a Schema,
        mean_weight: f64,
        empty: Rows,
        budget: MemoryBudget,
        team: &'a dyn Team,
    ) -> Self {
        Self {
            config,
            schema,
            mean_weight,
            budget,
            team,
            hold_out: config.seed.stream(Purpose::Split),
            rows_read: 0,
            drawn_bytes: 0,
            validation: empty.empty_like(),
            train: TrainRows::Memory(Box::new(empty)),
        }
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
        let mut validation = self.encode(table, &drawn)?;
        let room = self.room_for(&validation);
        if room < drawn.len() {
            others.extend(drawn.split_off(room));
            others.sort_unstable();
            validation = self.encode(table, &drawn)?;
        }
        let training = self.encode(table, &others)?;
        summary.count(&validation);
        summary.count(&training);
        append_all(&mut self.validation, self.team, &validation);
        match &mut self.train {
            TrainRows::Memory(rows) => {
                append_all(rows, self.team, &training);
                if rows.len().saturating_mul(rows.row_bytes()) > self.budget.rows {
                    self.train = TrainRows::Disk(Box::new(DividedRows::of(rows, self.budget.rows, self.team)?));
                }
            }
            TrainRows::Disk(rows) => rows.push(&training, self.team)?,
        }
        Ok(())
    }

    /// Divides rows of a table into those drawn for validation, a function of the seed and the position of a row in
    /// the files, and the others; `before` are the rows of the files before the table. None is drawn once the memory
    /// for validation rows is full.
    fn draw(&self, table: &Table<'_>, rows: &[usize], before: u64) -> (Vec<usize>, Vec<usize>) {
        if self.drawn_bytes > self.budget.validation as u64 {
            return (Vec::new(), rows.to_vec());
        }
        let (mut ignored, mut next) = (0, 0);
        let is_drawn = |&&row: &&usize| {
            ignored += (next..row).filter(|&before| table.is_ignored(before)).count();
            next = row;
            let row = before + (row - ignored) as u64;
            self.hold_out.at([row]).uniform() < self.config.validation.fraction()
        };
        rows.iter().partition(is_drawn)
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

    fn encode(&self, table: &Table<'_>, rows: &[usize]) -> Result<Rows> {
        let mut encoded = self.schema.encode(table, rows, WithTarget::Yes)?;
        if let Some(column) = &self.config.weight_column {
            encoded.weight = weights::row_weights(table, column, rows)?;
            encoded.weight.iter_mut().for_each(|weight| *weight /= self.mean_weight);
        }
        Ok(encoded)
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

/// Appends the rows that this rank and the others have.
fn append_all(rows: &mut Rows, team: &dyn Team, own: &Rows) {
    if team.ranks() == 1 {
        return rows.append(own);
    }
    for message in gather_messages(team, &own.to_message()) {
        rows.append_message(&message);
    }
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
