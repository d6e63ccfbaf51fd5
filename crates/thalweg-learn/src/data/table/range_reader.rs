//! Division of columnar files among ranks, each of which reads a range of their rows alone.
//!
//! The numbers of the rows of all groups are known before any row is read, so that the range of a rank is as well.

use std::collections::VecDeque;
use std::ops::Range;

use super::reader::TableReader;
use super::store::Table;
use crate::data::chunk::ReadRound;
use crate::data::input::Input;
use crate::data::read_note::ReadNote;
use crate::data::read_options::ReadOptions;
use crate::error::Result;
use crate::team::{Team, gather_messages, gather_numbers};

/// Fraction of the rows of a rank by which its range is moved so that it begins with a group.
const MOVED_FRACTION: u64 = 10;

/// Reader of a range of the rows of a set of columnar files.
pub(crate) struct RangeReader<'a> {
    reader: TableReader,
    team: &'a dyn Team,
    /// Number of the first row of this rank.
    first_row: u64,
    /// Rows of this rank in the files that follow, by the numbers of the files.
    files: VecDeque<(usize, Range<u64>)>,
    /// If true, rows of the file that is open may follow.
    is_open: bool,
}

impl<'a> RangeReader<'a> {
    /// Opens the files, the same on all ranks.
    ///
    /// # Errors
    /// No files; a file that cannot be read, whose format or header is invalid, or whose columns differ from the first.
    pub(super) fn open(inputs: &[Input], options: &ReadOptions, team: &'a dyn Team) -> Result<Self> {
        let mut reader = TableReader::open(inputs, options)?;
        let (mut groups, mut starts) = (Vec::new(), vec![0]);
        for file in 0..inputs.len() {
            if file > 0 {
                reader.open_file(file)?;
            }
            let of_file = reader.source.group_rows()?;
            starts.push(of_file.iter().copied().fold(starts[file], u64::saturating_add));
            groups.extend(of_file);
        }
        let first = first_rows(&groups, team.ranks());
        let own = first[team.rank()]..first[team.rank() + 1];
        let rows = |file: usize| {
            let (start, end) = (starts[file].max(own.start), starts[file + 1].min(own.end));
            (start < end).then(|| (file, start - starts[file]..end - starts[file]))
        };
        let files = (0..inputs.len()).filter_map(rows).collect();
        Ok(Self { reader, team, first_row: own.start, files, is_open: false })
    }

    /// Number of the first row of this rank.
    pub(super) fn first_row(&self) -> u64 {
        self.first_row
    }

    /// Returns a table of the next rows of this rank; `None` on all ranks when none of them has more.
    pub(crate) fn next(&mut self) -> Result<Option<Table<'static>>> {
        let has_more = self.is_open || !self.files.is_empty();
        if gather_numbers(self.team, has_more.into()).iter().all(|has_more| *has_more == 0) {
            return Ok(None);
        }
        let (mut table, mut round) = (self.reader.empty_table(), ReadRound::default());
        while !round.is_full() {
            if !self.is_open {
                let Some((file, rows)) = self.files.pop_front() else { break };
                self.reader.open_rows(file, rows)?;
            }
            self.is_open = self.reader.read_blocks(&mut round, &mut table)?;
        }
        Ok(Some(table))
    }

    /// Returns the notes of all ranks on how the files were read.
    pub(crate) fn notes(&mut self) -> Vec<ReadNote> {
        self.reader.end_file();
        let mut notes = self.reader.notes.clone();
        notes.extend(ReadNote::of_unmatched(unmatched_on_all(self.team, &self.reader.unmatched)));
        notes
    }
}

/// Returns the given texts of missing values that no cell has on any rank.
pub(super) fn unmatched_on_all(team: &dyn Team, own: &[String]) -> Vec<String> {
    let message = serde_json::to_vec(own).unwrap_or_else(|_| unreachable!("texts have a text form"));
    let mut unmatched = own.to_vec();
    for message in gather_messages(team, &message) {
        let tokens: Vec<String> = serde_json::from_slice(&message).expect("the texts of a rank");
        unmatched.retain(|token| tokens.contains(token));
    }
    unmatched
}

/// Returns the first rows of all ranks, and the number of all rows, of groups of rows.
///
/// The ranks have equal shares, but begin with the nearest group if it is near.
fn first_rows(groups: &[u64], ranks: usize) -> Vec<u64> {
    let ends = groups.iter().scan(0_u64, |end, rows| {
        *end = end.saturating_add(*rows);
        Some(*end)
    });
    let starts: Vec<u64> = [0].into_iter().chain(ends).collect();
    let all = starts[starts.len() - 1];
    let first = |rank: usize| {
        let equal = (u128::from(all) * rank as u128 / ranks as u128) as u64;
        let after = starts.partition_point(|start| *start < equal).min(starts.len() - 1);
        let near = [starts[after.saturating_sub(1)], starts[after]];
        let nearest = near.into_iter().min_by_key(|start| start.abs_diff(equal)).unwrap_or(equal);
        if nearest.abs_diff(equal) <= all / ranks as u64 / MOVED_FRACTION { nearest } else { equal }
    };
    (0..=ranks).map(first).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ranks_have_equal_shares_of_whole_groups_where_these_are_small() {
        assert_eq!(first_rows(&[10; 40], 4), [0, 100, 200, 300, 400]);
        // Groups of 7 rows: the nearest boundary to each 50th row.
        assert_eq!(first_rows(&[7; 30], 4), [0, 49, 105, 154, 210]);
        // Groups that are no smaller than a share are cut.
        assert_eq!(first_rows(&[100], 4), [0, 25, 50, 75, 100]);
        assert_eq!(first_rows(&[60, 40], 3), [0, 33, 66, 100]);
        assert_eq!(first_rows(&[3, 0, 0, 97], 2), [0, 50, 100]);
        // Fewer rows than ranks.
        assert_eq!(first_rows(&[0, 2, 0], 4), [0, 0, 1, 1, 2]);
        assert_eq!(first_rows(&[], 3), [0, 0, 0, 0]);
        assert_eq!(first_rows(&[u64::MAX, u64::MAX], 2), [0, u64::MAX / 2, u64::MAX]);
    }
}
