//! Order and cache of the encoded rows of a fit.

use serde::Serialize;

use crate::data::RowStore;

/// Shuffling of the training rows in each epoch.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(tag = "by", rename_all = "lowercase")]
pub enum ShuffleMode {
    /// A uniform permutation of all rows.
    Rows,
    /// For rows that exceed the memory limit: blocks in random order, and a permutation of the rows of the blocks in
    /// memory.
    Blocks {
        /// Number of consecutive rows in a block.
        #[serde(rename = "block")]
        rows_per_block: usize,
        /// Number of rows in memory that are permuted together.
        #[serde(rename = "together")]
        rows_in_memory: usize,
    },
}

impl ShuffleMode {
    pub(super) fn of(store: &RowStore) -> Self {
        match store {
            RowStore::Memory(_) => Self::Rows,
            RowStore::Disk(disk_rows) => Self::Blocks {
                rows_per_block: disk_rows.rows_per_block(),
                rows_in_memory: disk_rows.rows_in_memory().min(disk_rows.len()),
            },
        }
    }
}

/// Use of the cache of encoded rows.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct CacheUsage {
    /// Path of the cache file.
    pub path: String,
    /// Outcome: the cache was read or written.
    #[serde(rename = "done")]
    pub status: CacheStatus,
    /// Reason why the cache could not be written.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
}

/// Outcome of the use of a cache of encoded rows.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum CacheStatus {
    /// The rows were read from the cache.
    Read,
    /// The cache did not exist and was written.
    Written,
    /// The cache was damaged or belonged to other data or settings, and was replaced.
    Rewritten,
    /// The cache could not be written.
    Failed,
}
