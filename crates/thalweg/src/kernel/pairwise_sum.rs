//! Sums along a fixed tree: the same bits on 1 thread or 64.

use super::isa::Isa;
use super::tensor_ref::TensorRef;
use crate::real::Real;

/// Below this length a sum is one leaf.
const LEAF: usize = 4096;
/// A leaf has this many accumulators on every instruction set: enough to keep the widest one busy.
const LANES: usize = 32;
/// A leaf is summed in stretches of this length.
pub(super) const BLOCK: usize = 256;
/// Up to this length a tree is one thread's work.
pub(super) const GRAIN: usize = 1 << 16;

/// Where `n` numbers are halved: at the end of a block.
fn half(n: usize) -> usize {
    (n / 2).next_multiple_of(BLOCK)
}

/// Sums `leaf` over `work` of length `n`, cut always at the same places whoever does the work.
pub(super) fn pairwise_sum<W: Send, const K: usize>(
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
        (pairwise_sum(left, middle, split, leaf), pairwise_sum(right, n - middle, split, leaf))
    } else {
        rayon::join(|| pairwise_sum(left, middle, split, leaf), || pairwise_sum(right, n - middle, split, leaf))
    };
    std::array::from_fn(|k| a[k] + b[k])
}

/// A leaf: Σ of the squares of each of K terms. Number i goes to lane i mod 32; the lanes are added in halves.
///
/// `terms` writes those of one block, which begins at its first argument and is as long as its second.
#[inline(always)]
pub(super) fn leaf_sum<F: Real, const K: usize>(
    n: usize,
    mut terms: impl FnMut(usize, usize, &mut [[F; BLOCK]; K]),
) -> [f64; K] {
    let mut lanes = [[0.0; LANES]; K];
    let mut block = [[F::ZERO; BLOCK]; K];
    for from in (0..n).step_by(BLOCK) {
        let len = BLOCK.min(n - from);
        terms(from, len, &mut block);
        for (lanes, block) in lanes.iter_mut().zip(&mut block) {
            // What a shorter last block leaves over from the one before must not be added again.
            block[len..].fill(F::ZERO);
            for stretch in block.chunks_exact(LANES) {
                for (lane, term) in lanes.iter_mut().zip(stretch) {
                    let term = term.to_f64();
                    *lane += term * term;
                }
            }
        }
    }
    lanes.map(|mut lanes| {
        let mut width = LANES;
        while width > 1 {
            width /= 2;
            for i in 0..width {
                lanes[i] += lanes[i + width];
            }
        }
        lanes[0]
    })
}

/// Σ v², accumulated in f64 along the fixed tree.
///
/// ```
/// assert_eq!(thalweg::square_sum(&[3.0_f32, 4.0]), 25.0);
/// ```
pub fn square_sum<F: Real>(v: &[F]) -> f64 {
    squares(Isa::best(), v.into())
}

/// Σ v² of numbers of any type.
pub(super) fn squares<F: Real>(isa: Isa, v: TensorRef<'_, F>) -> f64 {
    let [sum] = pairwise_sum(v, v.len(), &TensorRef::split_at, &|v: TensorRef<'_, F>| {
        isa.run(
            #[inline(always)]
            || {
                leaf_sum(
                    v.len(),
                    #[inline(always)]
                    |from, n, [out]: &mut [[F; BLOCK]; 1]| v.copy_range(from..from + n, out),
                )
            },
        )
    });
    sum
}

/// Whether no number is infinite or NaN.
pub fn all_finite<F: Real>(v: &[F]) -> bool {
    finite(Isa::best(), v.into())
}

/// As [`all_finite`], of numbers of any type.
pub(super) fn finite<F: Real>(isa: Isa, v: TensorRef<'_, F>) -> bool {
    // No early exit inside a leaf: the plain fold vectorizes.
    match v {
        TensorRef::Full(v) => v.chunks(LEAF).all(|v| isa.run(|| v.iter().fold(true, |ok, x| ok & x.is_finite()))),
        TensorRef::Bf16(v) => v.chunks(LEAF).all(|v| isa.run(|| v.iter().fold(true, |ok, x| ok & x.is_finite()))),
    }
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
    fn the_tree_is_its_definition_on_any_number_of_threads_and_instruction_set() {
        let v: Vec<f64> = (0..3 * GRAIN + 17).map(|i| libm::sin(i as f64) * 1e3).collect();
        for n in [0, 1, 7, 8, 9, LEAF, LEAF + 1, GRAIN, GRAIN + 1, v.len()] {
            for threads in [1, 2, 5] {
                let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().expect("a pool");
                for isa in Isa::all() {
                    let sum = pool.install(|| squares::<f64>(isa, v[..n].into()));
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
