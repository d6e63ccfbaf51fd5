//! Pairwise summation in fixed order: the same bits for any number of threads.

use super::isa::Isa;
use super::pool;
use super::tensor_ref::TensorRef;
use crate::real::Real;

/// Length up to which a sum is one leaf of the tree.
pub(super) const LEAF: usize = 4096;
/// Accumulators of a leaf, on every instruction set: enough to keep the widest one busy.
pub(super) const LANES: usize = 32;
/// Length of the pieces in which a leaf is summed.
pub(super) const BLOCK: usize = 256;
/// Length up to which one thread sums alone.
pub(super) const SERIAL: usize = 1 << 16;

/// The place at which `n` numbers are halved: the end of a block.
fn midpoint(n: usize) -> usize {
    (n / 2).next_multiple_of(BLOCK)
}

/// Sums `leaf` over `work` of length `n`, which is split at the same places whatever the threads.
pub(super) fn pairwise_sum<W: Send, const K: usize>(
    work: W,
    n: usize,
    split: &(impl Fn(W, usize) -> (W, W) + Sync),
    leaf: &(impl Fn(W) -> [f64; K] + Sync),
) -> [f64; K] {
    if n <= LEAF {
        return leaf(work);
    }
    let middle = midpoint(n);
    let (left, right) = split(work, middle);
    let (a, b) = if n <= SERIAL {
        (pairwise_sum(left, middle, split, leaf), pairwise_sum(right, n - middle, split, leaf))
    } else {
        pool::join(|| pairwise_sum(left, middle, split, leaf), || pairwise_sum(right, n - middle, split, leaf))
    };
    std::array::from_fn(|k| a[k] + b[k])
}

/// Splits vectors of one length at the same place.
pub(super) fn split_vectors<F, const N: usize>(vectors: [&[F]; N], middle: usize) -> ([&[F]; N], [&[F]; N]) {
    (vectors.map(|v| &v[..middle]), vectors.map(|v| &v[middle..]))
}

/// Sums the squares of each of K terms over a leaf: number i is added to lane i mod 32, then the lanes pairwise.
///
/// `terms` writes the terms of one block, given its start; the slices have its length.
#[inline(always)]
pub(super) fn leaf_sum<F: Real, const K: usize>(n: usize, mut terms: impl FnMut(usize, [&mut [F]; K])) -> [f64; K] {
    if n <= LANES {
        // A block costs more than so few numbers.
        let mut short = [[F::ZERO; LANES]; K];
        terms(0, short.each_mut().map(|short| &mut short[..n]));
        return short.map(|short| short_square_sum(&short[..n]));
    }
    let mut lanes = [[0.0; LANES]; K];
    let mut block = [[F::ZERO; BLOCK]; K];
    for from in (0..n).step_by(BLOCK) {
        let len = BLOCK.min(n - from);
        terms(from, block.each_mut().map(|block| &mut block[..len]));
        for (lanes, block) in lanes.iter_mut().zip(&mut block) {
            // A shorter last block is followed by terms of the block before.
            block[len..].fill(F::ZERO);
            for piece in block.chunks_exact(LANES) {
                for (lane, term) in lanes.iter_mut().zip(piece) {
                    let term = term.to_f64();
                    *lane += term * term;
                }
            }
        }
    }
    lanes.map(sum_lanes)
}

/// Adds the lanes of a leaf pairwise.
#[inline(always)]
pub(super) fn sum_lanes<const N: usize>(mut lanes: [f64; N]) -> f64 {
    let mut width = N;
    while width > 1 {
        width /= 2;
        for i in 0..width {
            lanes[i] += lanes[i + width];
        }
    }
    lanes[0]
}

/// The sum of the squares of at most [`LANES`] numbers, each in a lane of its own.
#[inline]
fn short_square_sum<F: Real>(v: &[F]) -> f64 {
    // Lanes of zeros change no sum.
    if v.len() <= 4 { square_sum_in::<4, F>(v) } else { square_sum_in::<LANES, F>(v) }
}

#[inline(always)]
fn square_sum_in<const N: usize, F: Real>(v: &[F]) -> f64 {
    let mut lanes = [0.0; N];
    for (lane, v) in lanes.iter_mut().zip(v) {
        let v = v.to_f64();
        *lane = v * v;
    }
    sum_lanes(lanes)
}

/// Returns Σ v², accumulated in `f64` by pairwise summation.
///
/// ```
/// assert_eq!(thalweg::optimizer::square_sum(&[3.0_f32, 4.0]), 25.0);
/// ```
#[inline]
pub fn square_sum<F: Real>(v: &[F]) -> f64 {
    if v.len() <= LANES { short_square_sum(v) } else { sum_of_squares(Isa::best(), v.into()) }
}

/// As [`square_sum`], for numbers of any type.
pub(super) fn sum_of_squares<F: Real>(isa: Isa, v: TensorRef<'_, F>) -> f64 {
    let [sum] = pairwise_sum(v, v.len(), &TensorRef::split_at, &|v: TensorRef<'_, F>| {
        isa.run(
            #[inline(always)]
            || {
                leaf_sum(
                    v.len(),
                    #[inline(always)]
                    |from, [out]: [&mut [F]; 1]| v.copy_range(from..from + out.len(), out),
                )
            },
        )
    });
    sum
}

/// Returns `true` if no number is infinite or NaN.
#[inline]
pub(crate) fn all_finite<F: Real>(v: &[F]) -> bool {
    if v.len() <= LANES { v.iter().all(|x| x.is_finite()) } else { is_finite(Isa::best(), v.into()) }
}

/// As [`all_finite`], for numbers of any type.
pub(super) fn is_finite<F: Real>(isa: Isa, v: TensorRef<'_, F>) -> bool {
    // No early exit inside a leaf: the plain fold vectorizes.
    match v {
        TensorRef::Full(v) => v.chunks(LEAF).all(|v| isa.run(|| v.iter().fold(true, |ok, x| ok & x.is_finite()))),
        TensorRef::Bf16(v) => v.chunks(LEAF).all(|v| isa.run(|| v.iter().fold(true, |ok, x| ok & x.is_finite()))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The definition without threads and instruction sets.
    fn naive(v: &[f64]) -> f64 {
        if v.len() > LEAF {
            let (a, b) = v.split_at(midpoint(v.len()));
            return naive(a) + naive(b);
        }
        let mut lanes = vec![0.0; LANES];
        for (i, x) in v.iter().enumerate() {
            lanes[i % LANES] += x * x;
        }
        while lanes.len() > 1 {
            let upper = lanes.split_off(lanes.len() / 2);
            lanes.iter_mut().zip(upper).for_each(|(a, b)| *a += b);
        }
        lanes[0]
    }

    #[test]
    fn the_sum_is_its_definition_on_any_number_of_threads_and_instruction_set() {
        let v: Vec<f64> = (0..3 * SERIAL + 17).map(|i| libm::sin(i as f64) * 1e3).collect();
        for n in 0..=LANES + 1 {
            for from in 0..50 {
                let v = &v[from..][..n];
                let [sum, sum_of_two] = leaf_sum(n, |from, [out, other]: [&mut [f64]; 2]| {
                    out.copy_from_slice(&v[from..][..out.len()]);
                    other.fill(2.0);
                });
                assert_eq!(sum.to_bits(), naive(v).to_bits(), "{n} numbers from {from}");
                assert_eq!(sum_of_two, 4.0 * n as f64);
                assert_eq!(square_sum(v).to_bits(), naive(v).to_bits(), "{n} numbers from {from}");
            }
        }
        for n in [0, 1, 7, 8, 9, LEAF, LEAF + 1, SERIAL, SERIAL + 1, v.len()] {
            for threads in [1, 2, 5] {
                let pool =
                    rayon::ThreadPoolBuilder::new().num_threads(threads).build().expect("threads can be started");
                for isa in Isa::all() {
                    let sum = pool.install(|| sum_of_squares::<f64>(isa, v[..n].into()));
                    assert_eq!(sum.to_bits(), naive(&v[..n]).to_bits(), "n = {n}, {threads} threads, {}", isa.name());
                }
            }
        }
    }

    #[test]
    fn a_single_nan_is_found() {
        let mut v = vec![1.0_f32; 10_000];
        assert!(all_finite(&v));
        v[9_999] = f32::NAN;
        assert!(!all_finite(&v));
    }
}
