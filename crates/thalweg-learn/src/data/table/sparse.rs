//! Features addressed by index (libsvm), stored block by block.

use std::borrow::Cow;
use std::ops::Range;

use crate::data::read_options::IndexBase;
use crate::data::schema::IndexedFeatures;
use crate::data::sparse_rows::SparseRows;
use crate::team::{Team, gather_numbers};

/// Rows of features addressed by index; indices as written in the file.
#[derive(Clone, Debug)]
pub(super) struct IndexedTable<'a> {
    blocks: Vec<Cow<'a, SparseRows>>,
    base: IndexBase,
    min_index: u32,
    max_index: u32,
}

impl IndexedTable<'_> {
    pub(super) fn new(base: IndexBase) -> Self {
        Self { blocks: Vec::new(), base, min_index: u32::MAX, max_index: 0 }
    }

    /// Features with the indices from 0 on, of which rows need not have all.
    pub(super) fn with_features(features: u32) -> Self {
        let max_index = features.saturating_sub(1);
        Self { blocks: Vec::new(), base: IndexBase::Zero, min_index: 0, max_index }
    }

    /// Appends the rows of a block.
    pub(super) fn push(&mut self, rows: SparseRows) {
        self.min_index = rows.index.iter().copied().fold(self.min_index, u32::min);
        self.max_index = rows.index.iter().copied().fold(self.max_index, u32::max);
        self.blocks.push(Cow::Owned(rows));
    }

    /// Extends the range of indices to that of `other`, whose rows are not kept.
    pub(super) fn extend_range(&mut self, other: &IndexedTable<'_>) {
        self.min_index = self.min_index.min(other.min_index);
        self.max_index = self.max_index.max(other.max_index);
    }

    /// Extends the range of indices to those of the other ranks of a team.
    pub(super) fn extend_to_ranks(&mut self, team: &dyn Team) {
        let indices = |index: u32| gather_numbers(team, index.into()).into_iter().map(|index| index as u32);
        self.min_index = indices(self.min_index).fold(self.min_index, u32::min);
        self.max_index = indices(self.max_index).fold(self.max_index, u32::max);
    }

    /// Returns the rows of a range of blocks, with the range of indices of all.
    pub(super) fn view(&self, blocks: Range<usize>) -> IndexedTable<'_> {
        let blocks = self.blocks[blocks].iter().map(|rows| Cow::Borrowed(rows.as_ref())).collect();
        IndexedTable { blocks, ..*self }
    }

    /// Number of features and index of the first.
    pub(super) fn features(&self) -> IndexedFeatures {
        let first = match self.base {
            IndexBase::Zero => 0,
            IndexBase::One => 1,
            IndexBase::Auto => u32::from(self.min_index > 0),
        };
        IndexedFeatures { features: (self.max_index + 1).saturating_sub(first), first }
    }

    /// Returns the indices and values of a row of a block.
    pub(super) fn row(&self, block: usize, row: usize) -> (&[u32], &[f32]) {
        self.blocks[block].row(row)
    }

    /// Estimated bytes of all entries.
    pub(super) fn bytes(&self) -> usize {
        self.blocks.iter().map(|rows| 8 * (rows.index.len() + rows.ends.len())).sum()
    }
}
