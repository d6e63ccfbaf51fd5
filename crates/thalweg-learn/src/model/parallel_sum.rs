//! Deterministic parallel sums over rows: a fixed binary tree whose leaves do not depend on the number of threads.

use crate::data::Rows;
use crate::interrupt::Interrupt;
use crate::pool;

/// Multiplications in a chunk of dense rows: enough that scheduling costs little in comparison.
const MAX_CHUNK_WORK: usize = 16_384;

/// Multiplications in each half of a small batch of dense rows that justify waking a second thread.
const MIN_CHUNK_WORK: usize = 3_072;

/// Multiplications in a chunk of other rows, each of which sums a gradient of all features of the batch.
const SPARSE_CHUNK_WORK: usize = 24_576;

/// Rows of one leaf of the sum.
#[derive(Clone, Copy)]
pub(super) struct RowChunk<'a> {
    /// Indices of the rows.
    pub(super) indices: &'a [u32],
    /// Indices of the rows that are probably read next, for prefetching.
    pub(super) next: &'a [u32],
}

/// Returns the number of rows in a leaf of a sum over `count` rows.
pub(super) fn chunk_len(rows: &Rows, outputs: usize, count: usize) -> usize {
    let (most, least) =
        if rows.is_dense() { (MAX_CHUNK_WORK, MIN_CHUNK_WORK) } else { (SPARSE_CHUNK_WORK, SPARSE_CHUNK_WORK) };
    let row_work = rows.numbers_in_a_row().max(1) * outputs.max(1);
    let most = (most / row_work).clamp(16, 512);
    most.min(count.div_ceil(2).max(least / row_work)).max(1)
}

/// Returns the largest number of gradients besides the result that exist at a time in a sum over `count` rows.
pub(super) fn live_gradients(rows: &Rows, outputs: usize, count: usize) -> usize {
    let leaves = count.div_ceil(chunk_len(rows, outputs, count)).max(1);
    let levels = leaves.next_power_of_two().ilog2() as usize;
    // Each thread is in one leaf, and every node above it has a gradient.
    (leaves - 1).min(levels.saturating_mul(pool::thread_count()))
}

/// Returns the sum over all rows of `chunk`; `sum_leaf` sums the rows of a leaf and adds their gradient to its slice.
/// After an interrupt the remaining leaves are skipped.
pub(super) fn sum<F, L>(
    chunk: RowChunk<'_>,
    leaf_len: usize,
    gradient: &mut [F],
    interrupt: Interrupt<'_>,
    sum_leaf: &L,
) -> f64
where
    F: thalweg::Real,
    L: Fn(RowChunk<'_>, &mut [F]) -> f64 + Sync,
{
    let RowChunk { indices, next } = chunk;
    if indices.len() <= leaf_len {
        return sum_leaf(chunk, gradient);
    }
    if interrupt.is_requested() {
        return 0.0;
    }
    let (left, right) = indices.split_at((indices.len() / 2).next_multiple_of(leaf_len));
    let mut right_gradient = vec![F::ZERO; gradient.len()];
    let (a, b) = pool::join(
        || sum(RowChunk { indices: left, next: right }, leaf_len, gradient, interrupt, sum_leaf),
        || sum(RowChunk { indices: right, next }, leaf_len, &mut right_gradient, interrupt, sum_leaf),
    );
    gradient.iter_mut().zip(right_gradient).for_each(|(g, b)| *g = *g + b);
    a + b
}
