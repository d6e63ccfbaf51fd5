//! The rows to train on, wherever they are.

use super::disk_rows::DiskRows;
use super::rows::Rows;

/// The rows to train on.
#[derive(Debug)]
pub enum RowStore {
    /// All of them in memory: they are shuffled exactly.
    Memory(Rows),
    /// In a file: they are shuffled by blocks.
    Disk(DiskRows),
}

impl From<Rows> for RowStore {
    fn from(rows: Rows) -> Self {
        RowStore::Memory(rows)
    }
}

impl RowStore {
    /// How many rows there are.
    pub fn len(&self) -> usize {
        match self {
            RowStore::Memory(rows) => rows.len(),
            RowStore::Disk(disk_rows) => disk_rows.len(),
        }
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The rows that are in memory: all of them, or the first, which tell what the others are like.
    pub fn sample(&self) -> &Rows {
        match self {
            RowStore::Memory(rows) => rows,
            RowStore::Disk(disk_rows) => disk_rows.sample(),
        }
    }

    /// How much more a row of each class counts in the loss.
    pub(crate) fn set_class_weight(&mut self, weights: &[f64]) {
        match self {
            RowStore::Memory(rows) => rows.class_weight = weights.to_vec(),
            RowStore::Disk(disk_rows) => disk_rows.set_class_weight(weights),
        }
    }
}
