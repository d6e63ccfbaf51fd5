//! Sums over many rows as a fixed tree: cut at the same places on any number of threads.

use crate::data::Rows;

/// What one worker takes at a time: so many products that handing them over costs little beside them.
const WORK: usize = 16_384;

/// A small batch has two leaves if each has so many products at least, which take longer than to wake a worker.
const LEAST: usize = 3_072;

/// Both of other rows, of which each leaf sums up a gradient of all features of the batch.
const WORK_SPARSE: usize = 24_576;

/// Rows in a leaf, where so many are summed.
pub(super) fn size(rows: &Rows, outputs: usize, count: usize) -> usize {
    let (work, least) = if rows.is_dense() { (WORK, LEAST) } else { (WORK_SPARSE, WORK_SPARSE) };
    let products = rows.numbers_in_a_row().max(1) * outputs.max(1);
    let most = (work / products).clamp(16, 512);
    most.min(count.div_ceil(2).max(least / products)).max(1)
}

/// The sum over all rows listed; `leaf` sums some of them and adds their gradient to its slice; it also hears which come `then`.
pub(super) fn sum<F, L>(listed: &[u32], then: &[u32], size: usize, gradient: &mut [F], leaf: &L) -> f64
where
    F: thalweg::Real,
    L: Fn((&[u32], &[u32]), &mut [F]) -> f64 + Sync,
{
    if listed.len() <= size {
        return leaf((listed, then), gradient);
    }
    let (left, right) = listed.split_at((listed.len() / 2).next_multiple_of(size));
    let mut beside = vec![F::ZERO; gradient.len()];
    let (a, b) = rayon::join(|| sum(left, right, size, gradient, leaf), || sum(right, then, size, &mut beside, leaf));
    gradient.iter_mut().zip(beside).for_each(|(g, b)| *g = *g + b);
    a + b
}
