//! Counts of values by whether they were seen in training.

use std::ops::AddAssign;

/// Counts of the values of a category.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct LevelCounts {
    /// Number of cells with a value.
    pub values: u64,
    /// Number of those with a level seen in training.
    pub seen: u64,
}

impl LevelCounts {
    /// Adds a value, whose level was seen in training or not.
    pub(crate) fn add(&mut self, is_seen: bool) {
        self.values += 1;
        self.seen += u64::from(is_seen);
    }
}

impl AddAssign for LevelCounts {
    fn add_assign(&mut self, other: Self) {
        self.values += other.values;
        self.seen += other.seen;
    }
}
