//! Linear combinations of vectors: one pass over memory, and the same bits for any number of threads.

use super::dot::product_leaf;
use super::isa::Isa;
use super::pairwise_sum::{LEAF, pairwise_sum, split_vectors};
use crate::real::Real;

/// Adds a multiple of w to v: v ← v + factor·w.
pub(crate) fn add_scaled<F: Real>(v: &mut [F], factor: f64, w: &[F]) {
    let factor = F::of(factor);
    update(
        v,
        [w],
        #[inline(always)]
        |v: &mut [F], [w]: [&[F]; 1]| add_scaled_leaf(v, factor, w),
    );
}

/// Adds a multiple of w to v, then returns u·v: as [`add_scaled`] and [`dot`](super::dot()), in one pass.
pub(crate) fn add_scaled_dot<F: Real>(v: &mut [F], factor: f64, w: &[F], u: &[F]) -> f64 {
    let factor = F::of(factor);
    let [product] = update_and_sum(
        v,
        [w, u],
        #[inline(always)]
        |v: &mut [F], [w, u]: [&[F]; 2]| {
            add_scaled_leaf(v, factor, w);
            [product_leaf(u, v)]
        },
    );
    product
}

/// Replaces a vector by the sum of another and a multiple of a third: v ← a + factor·b.
pub(crate) fn write_sum<F: Real>(v: &mut [F], a: &[F], factor: f64, b: &[F]) {
    let factor = F::of(factor);
    update(
        v,
        [a, b],
        #[inline(always)]
        |v: &mut [F], [a, b]: [&[F]; 2]| v.iter_mut().zip(a).zip(b).for_each(|((v, a), b)| *v = *a + factor * *b),
    );
}

/// Multiplies a vector by a number.
pub(crate) fn scale<F: Real>(v: &mut [F], factor: f64) {
    let factor = F::of(factor);
    update(
        v,
        [],
        #[inline(always)]
        |v: &mut [F], []: [&[F]; 0]| v.iter_mut().for_each(|v| *v = *v * factor),
    );
}

/// Replaces a vector by a multiple of another: v ← factor·a.
pub(crate) fn write_scaled<F: Real>(v: &mut [F], factor: f64, a: &[F]) {
    let factor = F::of(factor);
    update(
        v,
        [a],
        #[inline(always)]
        |v: &mut [F], [a]: [&[F]; 1]| v.iter_mut().zip(a).for_each(|(v, a)| *v = factor * *a),
    );
}

/// Replaces a vector by a multiple of its difference from another: v ← factor·(a − v).
pub(crate) fn subtract_from<F: Real>(v: &mut [F], factor: f64, a: &[F]) {
    let factor = F::of(factor);
    update(
        v,
        [a],
        #[inline(always)]
        |v: &mut [F], [a]: [&[F]; 1]| v.iter_mut().zip(a).for_each(|(v, a)| *v = factor * (*a - *v)),
    );
}

/// Displacement of a point v from a point a.
pub(crate) struct Displacement {
    /// Scalar product g·(v − a).
    pub(crate) product: f64,
    /// True where v is a + factor·b to the bit.
    pub(crate) is_scaled: bool,
}

/// Compares the displacement v − a with factor·b.
pub(crate) fn displacement<F: Real>(v: &[F], a: &[F], factor: f64, b: &[F], g: &[F]) -> Displacement {
    let (isa, factor) = (Isa::best(), F::of(factor));
    let [product, others] = pairwise_sum([v, a, b, g], v.len(), &split_vectors, &|[v, a, b, g]: [&[F]; 4]| {
        isa.run(
            #[inline(always)]
            || {
                let mut differences = [F::ZERO; LEAF];
                let differences = &mut differences[..v.len()];
                differences.iter_mut().zip(v).zip(a).for_each(|((difference, v), a)| *difference = *v - *a);
                let numbers = v.iter().zip(a).zip(b);
                let others = numbers.filter(|((v, a), b)| **v != **a + factor * **b).count();
                [product_leaf(g, differences), others as f64]
            },
        )
    });
    Displacement { product, is_scaled: others == 0.0 }
}

#[inline(always)]
fn add_scaled_leaf<F: Real>(v: &mut [F], factor: F, w: &[F]) {
    v.iter_mut().zip(w).for_each(|(v, w)| *v = *v + factor * *w);
}

type Vectors<'a, F, const N: usize> = (&'a mut [F], [&'a [F]; N]);

fn split_mut<F, const N: usize>(
    (v, others): Vectors<'_, F, N>,
    middle: usize,
) -> (Vectors<'_, F, N>, Vectors<'_, F, N>) {
    let ((v, v_rest), (others, others_rest)) = (v.split_at_mut(middle), split_vectors(others, middle));
    ((v, others), (v_rest, others_rest))
}

/// Calls `leaf` with short pieces of `v` and of vectors of its length.
fn update<F: Real, const N: usize>(v: &mut [F], others: [&[F]; N], leaf: impl Fn(&mut [F], [&[F]; N]) + Sync) {
    let [] = update_and_sum(
        v,
        others,
        #[inline(always)]
        |v, others| {
            leaf(v, others);
            []
        },
    );
}

/// As [`update`]; returns the sums of what `leaf` returns.
fn update_and_sum<F: Real, const N: usize, const K: usize>(
    v: &mut [F],
    others: [&[F]; N],
    leaf: impl Fn(&mut [F], [&[F]; N]) -> [f64; K] + Sync,
) -> [f64; K] {
    let (isa, length) = (Isa::best(), v.len());
    pairwise_sum((v, others), length, &split_mut, &|(v, others): (&mut [F], [&[F]; N])| {
        isa.run(
            #[inline(always)]
            || leaf(v, others),
        )
    })
}

#[cfg(test)]
mod tests {
    use super::super::dot;
    use super::*;

    fn vector(len: usize, seed: f64) -> Vec<f32> {
        (0..len).map(|i| libm::sin(i as f64 * 0.7 + seed) as f32).collect()
    }

    #[test]
    fn every_operation_is_its_formula_on_any_number_of_threads() {
        for len in [0, 1, 31, 33, 4096, 4097, 70_001, 300_000] {
            let [a, b, g] = [1.0, 2.0, 3.0].map(|seed| vector(len, seed));
            let each = |f: &dyn Fn(f32, f32) -> f32| a.iter().zip(&b).map(|(a, b)| f(*a, *b)).collect::<Vec<_>>();
            for threads in [1, 3] {
                let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().expect("threads are started");
                pool.install(|| {
                    let changed = |change: &dyn Fn(&mut [f32])| {
                        let mut v = a.clone();
                        change(&mut v);
                        v
                    };
                    assert_eq!(changed(&|v| add_scaled(v, 0.3, &b)), each(&|a, b| a + 0.3 * b));
                    assert_eq!(changed(&|v| scale(v, 0.3)), each(&|a, _| a * 0.3));
                    assert_eq!(changed(&|v| write_scaled(v, -0.3, &b)), each(&|_, b| -0.3 * b));
                    assert_eq!(changed(&|v| write_sum(v, &b, 0.3, &g)), {
                        b.iter().zip(&g).map(|(b, g)| b + 0.3 * g).collect::<Vec<_>>()
                    });
                    assert_eq!(changed(&|v| subtract_from(v, -1.0, &b)), each(&|a, b| a - b));

                    let mut v = a.clone();
                    let product = add_scaled_dot(&mut v, 0.3, &b, &g);
                    assert_eq!(v, each(&|a, b| a + 0.3 * b));
                    assert_eq!(product.to_bits(), dot(&g, &v).to_bits());

                    let difference: Vec<f32> = v.iter().zip(&a).map(|(v, a)| v - a).collect();
                    let found = displacement(&v, &a, 0.3, &b, &g);
                    assert_eq!(found.product.to_bits(), dot(&g, &difference).to_bits());
                    assert!(found.is_scaled);
                    for change in [1.0, f32::NAN] {
                        v.last_mut().into_iter().for_each(|last| *last += change);
                        assert_eq!(displacement(&v, &a, 0.3, &b, &g).is_scaled, v.is_empty());
                    }
                });
            }
        }
    }
}
