//! Processes that make the runs of a comparison together.

use std::fmt;

/// Processes, or ranks, that make the runs of one comparison together, as this one sees them.
#[derive(Clone, Copy)]
pub struct ComparisonRanks<'a> {
    /// Number of this process, from 0.
    pub rank: usize,
    /// Number of processes, at least 1.
    pub count: usize,
    /// Sends a message to all ranks, and returns those of ranks 0, 1, …; all ranks call it in the same places.
    pub gather: &'a (dyn Fn(&[u8]) -> Vec<Vec<u8>> + Sync),
}

impl ComparisonRanks<'static> {
    /// This process by itself.
    pub const ALONE: Self = Self { rank: 0, count: 1, gather: &|message| vec![message.to_vec()] };
}

impl fmt::Debug for ComparisonRanks<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ComparisonRanks").field("rank", &self.rank).field("count", &self.count).finish_non_exhaustive()
    }
}
