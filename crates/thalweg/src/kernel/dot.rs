//! Scalar products, summed pairwise in fixed order: the same bits for any number of threads.

use super::isa::Isa;
use super::pairwise_sum::{LANES, pairwise_sum, split_vectors, sum_lanes};
use crate::real::Real;

/// Returns Σ aᵢbᵢ over the length of the shorter slice, accumulated in `f64` by pairwise summation.
///
/// ```
/// assert_eq!(thalweg::optimizer::dot(&[3.0_f32, 4.0], &[1.0, -0.5]), 1.0);
/// ```
pub fn dot<F: Real>(a: &[F], b: &[F]) -> f64 {
    let length = a.len().min(b.len());
    let (a, b) = (&a[..length], &b[..length]);
    let isa = Isa::best();
    let [sum] = pairwise_sum([a, b], a.len(), &split_vectors, &|[a, b]: [&[F]; 2]| {
        isa.run(
            #[inline(always)]
            || [product_leaf(a, b)],
        )
    });
    sum
}

/// The scalar product of short vectors: adds the product of number i to lane i mod 32, then the lanes pairwise.
#[inline(always)]
pub(super) fn product_leaf<F: Real>(a: &[F], b: &[F]) -> f64 {
    let mut lanes = [0.0; LANES];
    let (a_pieces, b_pieces) = (a.chunks_exact(LANES), b.chunks_exact(LANES));
    let rest = a_pieces.remainder().iter().zip(b_pieces.remainder());
    for (a, b) in a_pieces.zip(b_pieces) {
        for (lane, (a, b)) in lanes.iter_mut().zip(a.iter().zip(b)) {
            *lane += a.to_f64() * b.to_f64();
        }
    }
    for (lane, (a, b)) in lanes.iter_mut().zip(rest) {
        *lane += a.to_f64() * b.to_f64();
    }
    sum_lanes(lanes)
}

#[cfg(test)]
mod tests {
    use super::super::square_sum;
    use super::*;

    #[test]
    fn the_product_of_a_vector_with_itself_is_its_sum_of_squares() {
        let v: Vec<f64> = (0..200_017).map(|i| libm::sin(f64::from(i)) * 1e3).collect();
        for n in [0, 1, 31, 32, 33, 4_097, v.len()] {
            assert_eq!(dot(&v[..n], &v[..n]).to_bits(), square_sum(&v[..n]).to_bits(), "n = {n}");
        }
        assert_eq!(dot(&[1.0_f32, 2.0], &[3.0, -4.0, 9.0]), -5.0);
    }
}
