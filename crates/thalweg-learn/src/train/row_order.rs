//! Order of the rows in memory, and the indices of the rows of a batch.

use std::ops::Range;

use rayon::prelude::*;
use thalweg::random::Permutation;

use crate::pool;

/// Most rows in memory, which have 32-bit numbers.
pub(super) const MAX_ROWS: usize = u32::MAX as usize;

/// Rows of the next batch that are prefetched while the current step is taken.
const PREFETCH_ROWS: usize = 32;

/// Number of rows that are listed at a time, if a batch has fewer: enough for several threads.
const LISTED_ROWS: usize = 1 << 16;

/// Number of rows that a thread lists.
const ROWS_OF_A_THREAD: usize = 8192;

/// Index of a row of a batch that another rank works on.
const ELSEWHERE: u32 = u32::MAX;

/// Order of the rows in memory in an epoch. Rows are listed when they are needed.
#[derive(Default)]
pub(super) struct RowOrder {
    /// Number of rows in the order.
    len: usize,
    /// Row at each position; without it, the order of the file.
    permutation: Option<Permutation>,
    /// Rows at successive positions.
    listed: Vec<u32>,
    /// Position of the first of them.
    first: usize,
    /// Position behind the latest batch.
    next: usize,
    of_rank: IndicesOfRank,
}

impl RowOrder {
    /// Creates the order of an epoch of `len` rows, fewer than 2³², which uses the memory of the order before it.
    pub(super) fn begin_epoch(&mut self, len: usize, permutation: Option<Permutation>) {
        self.listed.clear();
        (self.len, self.permutation, self.first, self.next) = (len, permutation, 0, 0);
    }

    /// Number of rows in the order.
    pub(super) fn len(&self) -> usize {
        self.len
    }

    /// Returns the rows at some positions.
    pub(super) fn batch(&mut self, positions: Range<usize>) -> &[u32] {
        self.next = positions.end;
        let end = (positions.end + PREFETCH_ROWS).min(self.len);
        let is_listed = self.first <= positions.start && end <= self.first + self.listed.len();
        if !is_listed {
            let known = positions.start.checked_sub(self.first).filter(|&known| known < self.listed.len());
            self.listed.drain(..known.unwrap_or(self.listed.len()));
            self.first = positions.start;
            let (start, end) = (self.listed.len(), end.max((self.first + LISTED_ROWS).min(self.len)) - self.first);
            self.listed.resize(end, 0);
            list(self.permutation.as_ref(), self.first + start, &mut self.listed[start..]);
        }
        &self.listed[positions.start - self.first..positions.end - self.first]
    }

    /// Returns the rows at some positions, of which a rank works on a part; the others have no valid index.
    pub(super) fn batch_of_rank(&mut self, positions: Range<usize>, own: Range<usize>) -> &[u32] {
        self.next = self.len;
        let permutation = self.permutation.as_ref();
        self.of_rank.set(positions.len(), own.clone(), |rows| list(permutation, positions.start + own.start, rows))
    }

    /// Returns the row at each of some positions.
    pub(super) fn rows(&self, positions: Range<usize>) -> impl Iterator<Item = usize> {
        let permuted = self.permutation.as_ref().map(|order| order.items(positions.start as u64..positions.end as u64));
        let unpermuted = if permuted.is_some() { 0..0 } else { positions };
        permuted.into_iter().flatten().map(|row| row as usize).chain(unpermuted)
    }

    /// Returns the first rows behind the latest batch, as far as they are listed.
    pub(super) fn next_rows(&self) -> &[u32] {
        let listed = self.next.checked_sub(self.first).and_then(|start| self.listed.get(start..)).unwrap_or_default();
        &listed[..listed.len().min(PREFETCH_ROWS)]
    }
}

/// Writes the rows at positions from `first` on, many of them on all threads.
fn list(permutation: Option<&Permutation>, first: usize, rows: &mut [u32]) {
    let list_part = |(part, rows): (usize, &mut [u32])| {
        let first = (first + part * ROWS_OF_A_THREAD) as u64;
        let positions = first..first + rows.len() as u64;
        let mut rows = rows.iter_mut();
        // The items come in blocks, which are written by a loop without branches if they drive it.
        let write = |item| *rows.next().expect("a row for each position") = item as u32;
        match permutation {
            Some(permutation) => permutation.items(positions).for_each(write),
            None => positions.for_each(write),
        }
    };
    if rows.len() <= ROWS_OF_A_THREAD {
        list_part((0, rows));
    } else {
        pool::for_each(rows.par_chunks_mut(ROWS_OF_A_THREAD).enumerate(), list_part);
    }
}

/// Indices of the rows of a batch, of which a rank works on a part. Setting them takes the time of the part alone.
#[derive(Default)]
pub(super) struct IndicesOfRank {
    indices: Vec<u32>,
    /// Positions with valid indices.
    own: Range<usize>,
}

impl IndicesOfRank {
    /// Sets the number of rows and, by a function that writes them, the indices of those at positions of `own`.
    pub(super) fn set(&mut self, len: usize, own: Range<usize>, write: impl FnOnce(&mut [u32])) -> &[u32] {
        // An index that is not its own must not be used.
        self.indices[self.own.clone()].fill(ELSEWHERE);
        self.indices.resize(len.max(self.indices.len()), ELSEWHERE);
        write(&mut self.indices[own.clone()]);
        self.own = own;
        &self.indices[..len]
    }
}

#[cfg(test)]
mod tests {
    use thalweg::random::Random;

    use super::*;

    #[test]
    fn batches_are_parts_of_the_order() {
        const LEN: usize = 100_000;
        let permutation = Permutation::new(LEN as u64, &mut Random::new(3));
        let expected: Vec<u32> = permutation.items(0..LEN as u64).map(|row| row as u32).collect();
        let mut order = RowOrder::default();
        for size in [1, 7, 256, 4080, 5000, 3 * ROWS_OF_A_THREAD + 1, LEN] {
            order.begin_epoch(LEN, Some(permutation.clone()));
            for start in (0..LEN).step_by(size).take(5000) {
                let positions = start..(start + size).min(LEN);
                assert_eq!(order.batch(positions.clone()), &expected[positions.clone()], "batches of {size}");
                let next = &expected[positions.end..(positions.end + PREFETCH_ROWS).min(LEN)];
                assert_eq!(order.next_rows(), next, "behind {positions:?}");
            }
            // From any position, as a continued training does.
            assert_eq!(order.batch(LEN / 2..LEN / 2 + 7), &expected[LEN / 2..LEN / 2 + 7]);
            assert_eq!(order.batch(5..50), &expected[5..50]);
            assert!(order.rows(5..50).eq(expected[5..50].iter().map(|&row| row as usize)));
        }
        order.begin_epoch(LEN, None);
        assert!(order.batch(0..LEN).iter().copied().eq(0..LEN as u32));
        assert!(order.rows(5..50).eq(5..50));
    }

    #[test]
    fn a_rank_has_valid_indices_of_its_own_rows_alone() {
        let mut order = RowOrder::default();
        order.begin_epoch(1000, Some(Permutation::new(1000, &mut Random::new(3))));
        let all = order.batch(0..1000).to_vec();
        for (positions, own) in [(0..300, 100..200), (300..600, 0..120), (600..700, 100..100), (600..990, 50..390)] {
            let indices = order.batch_of_rank(positions.clone(), own.clone());
            assert_eq!(indices.len(), positions.len());
            for (i, &index) in indices.iter().enumerate() {
                let expected = if own.contains(&i) { all[positions.start + i] } else { ELSEWHERE };
                assert_eq!(index, expected, "row {i} of {positions:?}");
            }
        }
    }
}
