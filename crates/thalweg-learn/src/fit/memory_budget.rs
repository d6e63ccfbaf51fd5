//! Division of a memory limit among the parts of a fit.

/// Bytes needed whatever the data: the program, its threads, and the blocks of text being parsed.
const FIXED_BYTES: usize = 96 << 20;

/// Memory for each part of a fit, in bytes.
#[derive(Clone, Copy, Debug)]
pub(super) struct MemoryBudget {
    /// Cells of the table before encoding.
    pub(super) table: usize,
    /// Encoded training rows kept in memory.
    pub(super) rows: usize,
    /// Encoded validation rows, which are always kept in memory.
    pub(super) validation: usize,
}

impl MemoryBudget {
    /// Smallest memory limit that leaves room for data, in bytes.
    pub(super) const MIN_LIMIT: usize = FIXED_BYTES + (32 << 20);

    /// Divides a memory limit; without one, the parts are unlimited.
    pub(super) fn of(limit: Option<usize>) -> Self {
        let available = limit.map_or(usize::MAX, |limit| limit.saturating_sub(FIXED_BYTES));
        // Encoded rows take half of the memory of their cells, and both exist while rows are encoded; a growing list
        // may exist twice while it is moved.
        let table = limit.map_or(usize::MAX, |_| available / 3);
        Self { table, rows: available / 4, validation: available / 16 }
    }
}
