//! Sums along a fixed tree: the same bits on 1 thread or 64.

use pulp::Arch;

use super::{GRAIN, half};
use crate::real::Real;

/// Below this length a sum is one leaf.
const LEAF: usize = 4096;
/// A leaf has this many accumulators on every instruction set.
const LANES: usize = 8;

/// Sums `leaf` over `work` of length `n`, cut always at the same places whoever does the work.
pub(super) fn tree<W: Send, const K: usize>(
    work: W,
    n: usize,
    split: &(impl Fn(W, usize) -> (W, W) + Sync),
    leaf: &(impl Fn(W) -> [f64; K] + Sync),
) -> [f64; K] {
    if n <= LEAF {
        return leaf(work);
    }
    let middle = half(n);
    let (left, right) = split(work, middle);
    let (a, b) = if n <= GRAIN {
        (tree(left, middle, split, leaf), tree(right, n - middle, split, leaf))
    } else {
        rayon::join(|| tree(left, middle, split, leaf), || tree(right, n - middle, split, leaf))
    };
    std::array::from_fn(|k| a[k] + b[k])
}

/// A leaf: Σ of the squares of each of K terms. Number i goes to lane i mod 8; the lanes are added pairwise.
///
/// `terms` is asked for all numbers of a block before they are added: each of the two loops then vectorizes.
#[inline(always)]
pub(super) fn leaf_sum<F: Real, const K: usize>(n: usize, mut terms: impl FnMut(usize) -> [F; K]) -> [f64; K] {
    const BLOCK: usize = 32 * LANES;
    let mut lanes = [[0.0; LANES]; K];
    let mut block = [[F::ZERO; BLOCK]; K];
    for from in (0..n).step_by(BLOCK) {
        let len = BLOCK.min(n - from);
        #[allow(clippy::needless_range_loop)] // K columns are written at once
        for i in 0..len {
            let term = terms(from + i);
            for k in 0..K {
                block[k][i] = term[k];
            }
        }
        // What a shorter last block leaves over from the one before must not be added again.
        for block in &mut block {
            block[len..].fill(F::ZERO);
        }
        for (lanes, block) in lanes.iter_mut().zip(&block) {
            for stretch in block.chunks_exact(LANES) {
                for (lane, term) in lanes.iter_mut().zip(stretch) {
                    let term = term.to_f64();
                    *lane += term * term;
                }
            }
        }
    }
    lanes.map(|[a, b, c, d, e, f, g, h]| ((a + b) + (c + d)) + ((e + f) + (g + h)))
}

/// Σ v², accumulated in f64 along the fixed tree.
///
/// ```
/// assert_eq!(thalweg::square_sum(&[3.0_f32, 4.0]), 25.0);
/// ```
pub fn square_sum<F: Real>(v: &[F]) -> f64 {
    let [sum] = tree(v, v.len(), &<[F]>::split_at, &|v: &[F]| Arch::new().dispatch(|| leaf_sum(v.len(), |i| [v[i]])));
    sum
}

/// Whether no number is infinite or NaN.
pub fn all_finite<F: Real>(v: &[F]) -> bool {
    // No early exit inside a stretch: the plain fold vectorizes.
    v.chunks(LEAF).all(|v| Arch::new().dispatch(|| v.iter().fold(true, |ok, x| ok & x.is_finite())))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The definition, said as plainly as possible: cut, cut, and add lanes.
    fn naive(v: &[f64]) -> f64 {
        if v.len() > LEAF {
            let (a, b) = v.split_at(half(v.len()));
            return naive(a) + naive(b);
        }
        let mut lanes = [0.0; LANES];
        for (i, x) in v.iter().enumerate() {
            lanes[i % LANES] += x * x;
        }
        let [a, b, c, d, e, f, g, h] = lanes;
        ((a + b) + (c + d)) + ((e + f) + (g + h))
    }

    #[test]
    fn the_tree_is_its_definition_on_any_number_of_threads() {
        let v: Vec<f64> = (0..3 * GRAIN + 17).map(|i| libm::sin(i as f64) * 1e3).collect();
        for n in [0, 1, 7, 8, 9, LEAF, LEAF + 1, GRAIN, GRAIN + 1, v.len()] {
            for threads in [1, 2, 5] {
                let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().expect("a pool");
                let sum = pool.install(|| square_sum(&v[..n]));
                assert_eq!(sum.to_bits(), naive(&v[..n]).to_bits(), "n = {n}, {threads} threads");
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
