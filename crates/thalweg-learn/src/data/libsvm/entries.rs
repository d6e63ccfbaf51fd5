//! Storage of the rows of libsvm text.

use crate::data::sparse_rows::SparseRows;

/// Rows of libsvm text; a `qid` is checked and ignored.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct LibsvmRows {
    /// Label of each row.
    pub(super) labels: Vec<f64>,
    /// Entries of each row by ascending index, as written in the file.
    pub(super) rows: SparseRows,
    /// Lowest index as written; `u32::MAX` if there are no entries.
    pub(super) min_index: u32,
    /// Highest index as written; 0 if there are no entries.
    pub(super) max_index: u32,
}

impl Default for LibsvmRows {
    fn default() -> LibsvmRows {
        LibsvmRows { labels: Vec::new(), rows: SparseRows::default(), min_index: u32::MAX, max_index: 0 }
    }
}
