//! Rows of a table by the blocks that they are in.

use std::ops::Range;

/// Rows of one block.
pub(in crate::data) struct BlockRows<'r> {
    pub(super) block: usize,
    /// All rows of the block.
    pub(super) of_block: Range<usize>,
    rows: &'r [usize],
}

impl<'r> BlockRows<'r> {
    /// Rows of the table that are in a block.
    pub(super) fn new(block: usize, of_block: Range<usize>, rows: &'r [usize]) -> Self {
        Self { block, of_block, rows }
    }

    /// The rows, counted from the start of the block.
    #[inline(always)]
    pub(super) fn in_block(&self) -> impl ExactSizeIterator<Item = usize> + use<'r> {
        let start = self.of_block.start;
        self.rows.iter().map(move |row| row - start)
    }
}

/// Rows, divided by blocks.
pub(in crate::data) type RowsByBlock<'r> = Vec<BlockRows<'r>>;
