//! Training rows in memory or on disk.

use super::disk_rows::DiskRows;
use super::rows::Rows;

/// Training rows in memory or on disk.
#[derive(Debug)]
pub enum RowStore {
    /// All rows in memory, which are shuffled uniformly.
    Memory(Rows),
    /// Rows in a file, which are shuffled by blocks.
    Disk(DiskRows),
}

impl From<Rows> for RowStore {
    fn from(mut rows: Rows) -> Self {
        // Training reads the target of a row with its numbers.
        rows.numbers.set_targets(&rows.target);
        RowStore::Memory(rows)
    }
}

impl RowStore {
    /// Number of training rows.
    pub fn len(&self) -> usize {
        match self {
            RowStore::Memory(rows) => rows.len(),
            RowStore::Disk(disk_rows) => disk_rows.len(),
        }
    }

    /// Sum of the weights in the file if they are numbers of repetitions; otherwise the number of rows.
    pub fn total_weight(&self) -> f64 {
        self.len() as f64 * self.sample().mean_weight.unwrap_or(1.0)
    }

    /// Returns `true` if there are no rows.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Returns rows in memory: all of them, or the first ones as a sample.
    pub fn sample(&self) -> &Rows {
        match self {
            RowStore::Memory(rows) => rows,
            RowStore::Disk(disk_rows) => disk_rows.sample(),
        }
    }

    /// Sets the factor of the loss for rows of each class.
    pub(crate) fn set_class_weight(&mut self, weights: &[f64]) {
        match self {
            RowStore::Memory(rows) => rows.class_weight = weights.to_vec(),
            RowStore::Disk(disk_rows) => disk_rows.set_class_weight(weights),
        }
    }
}
