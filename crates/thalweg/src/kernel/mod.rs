//! What happens to a SLICE: the fused loop, the dress every method wears, fixed-tree sums, threads.

mod dress;
mod fused;
mod tree;

pub use dress::{Decay, Dress};
pub use fused::{Fused, Step};
pub use tree::{all_finite, square_sum};

/// Slices up to this length are worked by one thread; longer ones are halved until they fit.
///
/// The cut decides who works where, never what comes out: element-wise work has no order, and sums
/// follow their own fixed tree.
pub(crate) const GRAIN: usize = 1 << 16;

/// Where a slice of `n` is halved: at a multiple of 64, so that no two threads share a cache line
/// of an aligned buffer.
pub(crate) fn half(n: usize) -> usize {
    (n / 2).next_multiple_of(64).min(n)
}
