//! Correction pairs of L-BFGS, and the product of their inverse Hessian with a vector.

use std::collections::VecDeque;

use serde::{Deserialize, Serialize};

use crate::kernel::dot;
use crate::real::Real;

/// Smallest curvature sᵀy of a pair that is kept, as a fraction of yᵀy.
const MIN_CURVATURE: f64 = f64::EPSILON;

/// A step of L-BFGS, and the change of the gradient over it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(bound = "F: Real")]
pub struct CorrectionPair<F> {
    /// Change s of the parameters.
    pub s: Vec<F>,
    /// Change y of the gradient, with sᵀy > 0.
    pub y: Vec<F>,
}

/// The latest pairs, oldest first, and what follows from them.
#[derive(Clone, Debug, Default)]
pub(crate) struct CorrectionPairs<F> {
    limit: usize,
    pairs: VecDeque<(CorrectionPair<F>, Curvature)>,
}

/// The products sᵀy and yᵀy of a pair.
#[derive(Clone, Copy, Debug)]
struct Curvature {
    sy: f64,
    yy: f64,
}

impl Curvature {
    fn of<F: Real>(pair: &CorrectionPair<F>) -> Self {
        Self { sy: dot(&pair.s, &pair.y), yy: dot(&pair.y, &pair.y) }
    }

    /// Returns `true` for a positive curvature that is more than a rounding error.
    fn is_usable(self) -> bool {
        self.sy > MIN_CURVATURE * self.yy && self.yy > 0.0 && self.sy.is_finite() && self.yy.is_finite()
    }
}

impl<F: Real> CorrectionPairs<F> {
    /// Pairs of at most `limit` steps.
    pub(crate) fn new(limit: u32) -> Self {
        Self { limit: limit as usize, pairs: VecDeque::new() }
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.pairs.is_empty()
    }

    pub(crate) fn clear(&mut self) {
        self.pairs.clear();
    }

    /// Adds the pair of the latest step unless its curvature is not positive; the oldest pair makes room.
    pub(crate) fn push(&mut self, pair: CorrectionPair<F>) {
        let curvature = Curvature::of(&pair);
        if curvature.is_usable() {
            if self.pairs.len() == self.limit {
                self.pairs.pop_front();
            }
            self.pairs.push_back((pair, curvature));
        }
    }

    /// Replaces `v` by Hv, where H is the approximation of the inverse Hessian by the pairs: Nocedal & Wright 2006,
    /// algorithm 7.4. Without pairs, H is the identity.
    pub(crate) fn apply(&self, v: &mut [F]) {
        let mut factors = Vec::with_capacity(self.pairs.len());
        for (pair, curvature) in self.pairs.iter().rev() {
            let factor = dot(&pair.s, v) / curvature.sy;
            add_scaled(v, -factor, &pair.y);
            factors.push(factor);
        }
        if let Some((_, Curvature { sy, yy })) = self.pairs.back() {
            let scale = F::of(sy / yy);
            for v in &mut *v {
                *v = *v * scale;
            }
        }
        for ((pair, curvature), factor) in self.pairs.iter().zip(factors.into_iter().rev()) {
            let correction = factor - dot(&pair.y, v) / curvature.sy;
            add_scaled(v, correction, &pair.s);
        }
    }

    /// The pairs, oldest first.
    pub(super) fn to_vec(&self) -> Vec<CorrectionPair<F>> {
        self.pairs.iter().map(|(pair, _)| pair.clone()).collect()
    }

    /// Replaces the pairs by those of a state, which were checked.
    pub(super) fn set(&mut self, pairs: &[CorrectionPair<F>]) {
        self.clear();
        for pair in pairs {
            self.push(pair.clone());
        }
    }

    /// Memory of all pairs of a vector of `len` numbers, in bytes.
    pub(super) fn bytes(&self, len: usize) -> usize {
        2 * self.limit * len * size_of::<F>()
    }

    /// Changes the largest number of pairs; the oldest ones beyond it are dropped.
    pub(crate) fn set_limit(&mut self, limit: u32) {
        self.limit = limit as usize;
        self.pairs.drain(..self.pairs.len().saturating_sub(self.limit));
    }
}

/// Adds a multiple of w to v: v ← v + factor·w.
pub(crate) fn add_scaled<F: Real>(v: &mut [F], factor: f64, w: &[F]) {
    let factor = F::of(factor);
    v.iter_mut().zip(w).for_each(|(v, w)| *v = *v + factor * *w);
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Hv by the definition: H ← (I − ρsyᵀ)H(I − ρysᵀ) + ρssᵀ from (sᵀy/yᵀy)·I on.
    #[allow(clippy::needless_range_loop, reason = "matrices are written by their indices")]
    fn by_definition(pairs: &[CorrectionPair<f64>], v: &[f64]) -> Vec<f64> {
        let n = v.len();
        let last = pairs.last().expect("a pair");
        let scale = dot(&last.s, &last.y) / dot(&last.y, &last.y);
        let mut h: Vec<Vec<f64>> = (0..n).map(|i| (0..n).map(|j| if i == j { scale } else { 0.0 }).collect()).collect();
        for CorrectionPair { s, y } in pairs {
            let rho = 1.0 / dot(s, y);
            let left = |i: usize, k: usize| f64::from(u8::from(i == k)) - rho * s[i] * y[k];
            let mut next = vec![vec![0.0; n]; n];
            for i in 0..n {
                for j in 0..n {
                    let sum = (0..n).flat_map(|k| (0..n).map(move |l| (k, l)));
                    next[i][j] = sum.map(|(k, l)| left(i, k) * h[k][l] * left(j, l)).sum::<f64>() + rho * s[i] * s[j];
                }
            }
            h = next;
        }
        h.iter().map(|row| dot(row, v)).collect()
    }

    #[test]
    fn the_two_loops_are_the_updated_matrix() {
        let pair = |k: usize| {
            let s: Vec<f64> = (0..4).map(|i| libm::sin((3 * k + i) as f64)).collect();
            let y = s.iter().enumerate().map(|(i, s)| s * (i + 1) as f64).collect();
            CorrectionPair { s, y }
        };
        let mut pairs = CorrectionPairs::new(3);
        (0..5).for_each(|k| pairs.push(pair(k)));
        pairs.push(CorrectionPair { s: vec![1.0; 4], y: vec![-1.0; 4] }); // dropped: negative curvature
        let mut v = vec![1.0, -2.0, 3.0, 0.5];
        let expected = by_definition(&[pair(2), pair(3), pair(4)], &v);
        pairs.apply(&mut v);
        for (v, expected) in v.iter().zip(&expected) {
            assert!((v - expected).abs() < 1e-12, "{v} {expected}");
        }
    }
}
