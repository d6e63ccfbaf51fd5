//! Shards of sums over ranks.

use std::ops::Range;
use std::sync::atomic::{AtomicU8, Ordering};

/// Shards of a vector that ranks sum: ranges one after another, one for each rank, which needs the sum of its own
/// alone.
#[derive(Debug)]
pub(crate) struct SumShards {
    ranges: Vec<Range<usize>>,
    /// Finiteness of the latest sum: one of the constants below.
    latest: AtomicU8,
}

/// Nothing is known of a sum.
const UNKNOWN: u8 = 0;
/// All numbers of a sum are finite.
const FINITE: u8 = 1;
/// A number of a sum is not finite.
const NOT_FINITE: u8 = 2;

impl SumShards {
    pub(crate) fn new(ranges: Vec<Range<usize>>) -> Self {
        Self { ranges, latest: AtomicU8::new(UNKNOWN) }
    }

    /// Returns the shards of ranks 0, 1, …
    pub(crate) fn ranges(&self) -> &[Range<usize>] {
        &self.ranges
    }

    /// Returns the length of the vector.
    pub(crate) fn vector_len(&self) -> usize {
        self.ranges.last().map_or(0, |shard| shard.end)
    }

    /// Says of a sum, on all ranks, whether the numbers in the shards of all of them are finite.
    pub(crate) fn set_finite(&self, is_finite: bool) {
        self.latest.store(if is_finite { FINITE } else { NOT_FINITE }, Ordering::Relaxed);
    }

    /// Returns what was said of the latest sum, once.
    pub(crate) fn take_finite(&self) -> Option<bool> {
        match self.latest.swap(UNKNOWN, Ordering::Relaxed) {
            UNKNOWN => None,
            latest => Some(latest == FINITE),
        }
    }
}
