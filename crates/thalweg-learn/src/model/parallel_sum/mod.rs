//! Deterministic parallel sums over rows: a fixed binary tree whose leaves depend neither on the number of threads nor
//! on the number of ranks, which share its nodes.

mod kept_memory;
mod partial_sums;
mod partition;
mod slices;
mod summand;

use std::ops::Range;

use crate::data::Rows;
use crate::interrupt::{Agreement, Interrupt};
use crate::pool;
use crate::team::Team;
pub(crate) use kept_memory::KeptMemory;
use kept_memory::ReusedVector;
use partial_sums::PartialSums;
use partition::{TreePartition, split};
pub(crate) use slices::gather_shards;
pub use summand::Summand;

/// Multiplications in a chunk of dense rows: enough that scheduling costs little in comparison.
const MAX_CHUNK_WORK: usize = 16_384;

/// Multiplications in each half of a small batch of dense rows that justify waking a second thread.
const MIN_CHUNK_WORK: usize = 3_072;

/// Multiplications in a chunk of other rows, each of which sums a gradient of all features of the batch.
const SPARSE_CHUNK_WORK: usize = 24_576;

/// Parameters of a small model.
const SMALL_GRADIENT: usize = 64;

/// Rows of one leaf of the sum.
#[derive(Clone, Copy)]
pub(super) struct RowChunk<'a> {
    /// Indices of the rows.
    pub(super) indices: &'a [u32],
    /// Indices of the rows that are probably read next, for prefetching.
    pub(super) next: &'a [u32],
}

/// Returns the number of rows in a leaf of a sum over `count` rows, whose gradient has this many numbers.
///
/// Each leaf has a gradient of its own, which costs no more than its rows: of wide sparse rows, it has far more numbers
/// than a few rows have.
pub(super) fn leaf_len(rows: &Rows, outputs: usize, parameters: usize, count: usize) -> usize {
    let chunk = chunk_len(rows, outputs, count);
    let rows_of_gradient = parameters / (rows.numbers_in_a_row().max(1) * outputs.max(1));
    if rows_of_gradient <= chunk {
        return chunk;
    }
    // Leaves of equal length, or one thread would be left with the longest.
    count.div_ceil((count / rows_of_gradient).max(1)).max(1)
}

/// Returns the number of rows in a chunk of `count` rows: enough that scheduling costs little in comparison.
pub(super) fn chunk_len(rows: &Rows, outputs: usize, count: usize) -> usize {
    let (most, least) =
        if rows.is_dense() { (MAX_CHUNK_WORK, MIN_CHUNK_WORK) } else { (SPARSE_CHUNK_WORK, SPARSE_CHUNK_WORK) };
    let row_work = rows.numbers_in_a_row().max(1) * outputs.max(1);
    let most = (most / row_work).clamp(16, 512);
    most.min(count.div_ceil(2).max(least / row_work)).max(1)
}

/// Returns for each rank the range of the rows of a sum over `count` rows that it sums.
pub(crate) fn rows_of_ranks(count: usize, leaf_len: usize, ranks: usize) -> Vec<Range<usize>> {
    let Some(partition) = TreePartition::new(count, leaf_len, ranks) else {
        return std::iter::once(0..count).collect();
    };
    let of_rank = |rank: usize| {
        let mut parts = partition.parts_of(rank);
        let first = parts.next().map_or(0..0, |part| part.rows.clone());
        first.start..parts.last().map_or(first.end, |part| part.rows.end)
    };
    (0..ranks).map(of_rank).collect()
}

/// Returns the largest number of gradients besides the result that exist at a time in a sum over `count` rows.
pub(super) fn live_gradients(rows: &Rows, outputs: usize, parameters: usize, count: usize) -> usize {
    live_gradients_of(count.div_ceil(leaf_len(rows, outputs, parameters, count)))
}

/// Returns the largest number of gradients besides the result that exist at a time in a sum of this many leaves.
pub(super) fn live_gradients_of(leaves: usize) -> usize {
    let leaves = leaves.max(1);
    let levels = leaves.next_power_of_two().ilog2() as usize;
    // Each thread is in one leaf, and every node above it has a gradient.
    (leaves - 1).min(levels.saturating_mul(pool::thread_count()))
}

/// Returns the sum over all rows of `chunk`; `sum_leaf` sums the rows of a leaf and adds their gradient to its slice.
/// After an interrupt the remaining leaves are skipped.
///
/// The ranks of the interrupt's team sum a part each, exchange their partial sums, and all have the same result. Where
/// the interrupt has shards of the gradient, a rank has the sum of its shard, and no other number is of use to it.
pub(super) fn sum<F, L>(
    chunk: RowChunk<'_>,
    leaf_len: usize,
    gradient: &mut [F],
    interrupt: Interrupt<'_>,
    sum_leaf: &L,
) -> f64
where
    F: Summand,
    L: Fn(RowChunk<'_>, &mut [F]) -> f64 + Sync,
{
    let (team, len) = (interrupt.team(), chunk.indices.len());
    let Some(partition) = TreePartition::new(len, leaf_len, team.ranks()) else {
        return sum_node(chunk, leaf_len, gradient, interrupt, sum_leaf);
    };
    let mut sums = PartialSums::new(gradient);
    for part in partition.parts_of(team.rank()) {
        let (indices, next) = (&chunk.indices[part.rows.clone()], &[][..]);
        sums.push(part, |gradient| sum_node(RowChunk { indices, next }, leaf_len, gradient, interrupt, sum_leaf));
    }
    sums.exchange(&partition, interrupt)
}

/// Adds `count` vectors to `sum`, a part of them on each rank: `add(i, sum)` adds vector i to its argument.
///
/// Vectors are added in pairs, the sums of pairs in pairs, and so on, whatever the number of ranks and threads: the
/// bits are those of one process. It is a collective operation: all ranks call it with the same `count` and `sum`, and
/// all have the result.
///
/// ```
/// use thalweg_learn::train::{SingleProcess, ThreadTeam, sum_over_ranks};
/// // The gradient of half the sum of (x − i)² at x = 0.1, to which ranks contribute.
/// let add = |i: u32, gradient: &mut [f64]| gradient[0] += 0.1 - f64::from(i);
/// let mut alone = [0.0];
/// sum_over_ranks(&SingleProcess, 1000, &mut alone, add);
/// let together = ThreadTeam::run(3, |team| {
///     let mut gradient = [0.0];
///     sum_over_ranks(team, 1000, &mut gradient, add);
///     gradient
/// });
/// assert_eq!(together, [alone; 3]);
/// ```
pub fn sum_over_ranks<F>(team: &dyn Team, count: u32, sum: &mut [F], add: impl Fn(u32, &mut [F]) + Sync)
where
    F: Summand,
{
    let indices: Vec<u32> = (0..count).collect();
    let add_leaf = |leaf: RowChunk<'_>, sum: &mut [F]| {
        leaf.indices.iter().for_each(|&i| add(i, sum));
        0.0
    };
    let agreement = Agreement::of(team, Interrupt::NEVER);
    self::sum(RowChunk { indices: &indices, next: &[] }, 1, sum, agreement.interrupt(), &add_leaf);
}

/// Returns the sum over all rows of a node of the tree.
fn sum_node<F, L>(
    chunk: RowChunk<'_>,
    leaf_len: usize,
    gradient: &mut [F],
    interrupt: Interrupt<'_>,
    sum_leaf: &L,
) -> f64
where
    F: Summand,
    L: Fn(RowChunk<'_>, &mut [F]) -> f64 + Sync,
{
    let RowChunk { indices, next } = chunk;
    let Some(middle) = split(indices.len(), leaf_len) else { return sum_leaf(chunk, gradient) };
    if interrupt.is_requested() {
        return 0.0;
    }
    let (left, right) = indices.split_at(middle);
    // On the stack for small models, where an allocation would take longer than the sum.
    let (mut on_stack, mut on_heap);
    let right_gradient = if gradient.len() <= SMALL_GRADIENT {
        on_stack = [F::ZERO; SMALL_GRADIENT];
        &mut on_stack[..gradient.len()]
    } else {
        on_heap = ReusedVector::zeros(gradient.len());
        &mut on_heap[..]
    };
    let (a, b) = pool::join(
        || sum_node(RowChunk { indices: left, next: right }, leaf_len, gradient, interrupt, sum_leaf),
        || sum_node(RowChunk { indices: right, next }, leaf_len, right_gradient, interrupt, sum_leaf),
    );
    gradient.iter_mut().zip(right_gradient).for_each(|(g, b)| *g = *g + *b);
    a + b
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::data::{RowMatrix, SparseRows};

    #[test]
    fn gradients_of_leaves_cost_no_more_than_their_rows() {
        let entries = |count: usize| SparseRows {
            ends: (1..=1000).map(|row| row * count).collect(),
            index: vec![0; 1000 * count],
            value: vec![1.0; 1000 * count],
        };
        let sparse = Rows { sparse: entries(60), target: vec![0.0; 1000], ..Rows::default() };
        // 409 rows of 60 entries have 24,576; a million numbers are those of 16,666 rows.
        for (parameters, count, leaf) in [
            (1000, 200_000, 409),
            (24_000, 200_000, 409),
            (30_000, 200_000, 500),
            (1_000_000, 200_000, 16_667),
            (1_000_000, 20_000, 20_000),
            (1_000_000, 34_000, 17_000),
            (1_000_000, 256, 256),
            (1_000_000, 0, 1),
            (usize::MAX, 200_000, 200_000),
        ] {
            assert_eq!(leaf_len(&sparse, 1, parameters, count), leaf, "{parameters} parameters, {count} rows");
            // Each output has a gradient, and as much work for each entry.
            let outputs = leaf_len(&sparse, 10, parameters.saturating_mul(10), count);
            assert_eq!(outputs, if leaf == 409 { 40.max(parameters / 60) } else { leaf }, "{parameters}, {count}");
        }
        let dense = Rows { numbers: RowMatrix::zeros(30, 1000), target: vec![0.0; 1000], ..Rows::default() };
        assert_eq!(leaf_len(&dense, 10, 310, 200_000), chunk_len(&dense, 10, 200_000));
    }
}
