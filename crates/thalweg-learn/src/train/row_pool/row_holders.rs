//! Ranks that hold the rows of a pool.

use std::ops::Range;

/// For each row of a pool, the rank that holds it, and its place among the rows of that rank: first come rows that
/// remain of the pool before, then those of blocks.
pub(super) struct RowHolders {
    remaining: Vec<HeldRow>,
    blocks: Vec<HeldBlock>,
    /// Most rows of a block.
    rows_per_block: usize,
    /// Number of rows that each rank holds.
    held: Vec<u32>,
    /// Number of rows in the pool.
    len: usize,
}

/// Rank that holds a row, and the place of the row among those of the rank.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct HeldRow {
    pub(super) rank: usize,
    pub(super) place: u32,
}

/// Rows of a block, which one rank holds.
struct HeldBlock {
    /// Number of the first row in the pool.
    first: usize,
    /// Number of rows of the block.
    count: usize,
    /// Rank and place of the first row.
    held: HeldRow,
}

impl HeldBlock {
    /// Returns the numbers of the rows in the pool.
    fn rows(&self) -> Range<usize> {
        self.first..self.first + self.count
    }
}

impl RowHolders {
    /// Creates a pool without rows, which come in blocks of at most `rows_per_block`.
    pub(super) fn new(ranks: usize, rows_per_block: usize) -> Self {
        Self { remaining: Vec::new(), blocks: Vec::new(), rows_per_block, held: vec![0; ranks], len: 0 }
    }

    /// Number of rows in the pool.
    pub(super) fn len(&self) -> usize {
        self.len
    }

    /// Adds a row that remains, before all blocks.
    pub(super) fn push_remaining(&mut self, rank: usize) {
        let row = self.assign(rank, 1);
        self.remaining.push(row);
    }

    /// Adds the rows of a block.
    pub(super) fn push_block(&mut self, rank: usize, rows: usize) {
        let first = self.len;
        let held = self.assign(rank, rows);
        self.blocks.push(HeldBlock { first, count: rows, held });
    }

    /// Gives rows the next places of a rank, and returns the first.
    fn assign(&mut self, rank: usize, rows: usize) -> HeldRow {
        let place = self.held[rank];
        self.held[rank] += rows as u32;
        self.len += rows;
        HeldRow { rank, place }
    }

    /// Returns where a row is.
    pub(super) fn locate(&self, row: usize) -> HeldRow {
        let Some(of_blocks) = row.checked_sub(self.remaining.len()) else { return self.remaining[row] };
        // As if all blocks were full, which most are.
        let guess = self.blocks.get(of_blocks / self.rows_per_block).filter(|block| block.rows().contains(&row));
        let block = guess.unwrap_or_else(|| &self.blocks[self.blocks.partition_point(|block| block.first <= row) - 1]);
        let HeldRow { rank, place } = block.held;
        HeldRow { rank, place: place + (row - block.first) as u32 }
    }

    /// Returns the ranges of the rows that a rank holds, in the order of their places.
    pub(super) fn rows_of(&self, rank: usize) -> impl Iterator<Item = Range<usize>> {
        let remaining = self.remaining.iter().enumerate().filter(move |(_, row)| row.rank == rank);
        let blocks = self.blocks.iter().filter(move |block| block.held.rank == rank);
        remaining.map(|(row, _)| row..row + 1).chain(blocks.map(HeldBlock::rows))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_are_where_they_were_put() {
        for short in [vec![], vec![0], vec![2], vec![4], vec![0, 1, 2]] {
            let mut holders = RowHolders::new(3, 100);
            let mut expected = Vec::new();
            let mut places = [0; 3];
            let mut put = |rank: usize, rows: u32| {
                expected.extend((0..rows).map(|i| HeldRow { rank, place: places[rank] + i }));
                places[rank] += rows;
            };
            for rank in [1, 1, 0, 2, 1] {
                holders.push_remaining(rank);
                put(rank, 1);
            }
            for (block, rank) in [2, 0, 0, 1, 2].into_iter().enumerate() {
                let rows = if short.contains(&block) { 7 } else { 100 };
                holders.push_block(rank, rows);
                put(rank, rows as u32);
            }
            assert_eq!((0..holders.len()).map(|row| holders.locate(row)).collect::<Vec<_>>(), expected);
            for rank in 0..3 {
                let rows: Vec<HeldRow> = holders.rows_of(rank).flatten().map(|row| holders.locate(row)).collect();
                let of_rank: Vec<HeldRow> = expected.iter().copied().filter(|row| row.rank == rank).collect();
                assert_eq!(rows, of_rank);
                assert!((0..).zip(&rows).all(|(place, row)| row.place == place));
            }
        }
    }
}
