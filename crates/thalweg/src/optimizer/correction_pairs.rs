//! Correction pairs of L-BFGS, and the product of their inverse Hessian with a vector.

use std::collections::VecDeque;

use serde::{Deserialize, Serialize};

use crate::kernel::{add_scaled, add_scaled_dot, dot, scale};
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

    /// Adds the pair of the latest step unless its curvature is not positive; the oldest pair makes room. Returns the
    /// pair that is not kept.
    pub(crate) fn push(&mut self, pair: CorrectionPair<F>) -> Option<CorrectionPair<F>> {
        let curvature = Curvature::of(&pair);
        if !curvature.is_usable() {
            return Some(pair);
        }
        let oldest = if self.pairs.len() == self.limit { self.pairs.pop_front() } else { None };
        self.pairs.push_back((pair, curvature));
        oldest.map(|(pair, _)| pair)
    }

    /// Replaces `v` by Hv, where H is the approximation of the inverse Hessian by the pairs: Nocedal & Wright 2006,
    /// algorithm 7.4. Without pairs, H is the identity.
    pub(crate) fn apply(&self, v: &mut [F]) {
        let Some((latest, Curvature { sy, yy })) = self.pairs.back() else { return };
        let len = self.pairs.len();
        let mut factors = vec![0.0; len];
        // A pass over v adds one vector and has the product with the next.
        let mut product = dot(&latest.s, v);
        for k in (0..len).rev() {
            let (CorrectionPair { y, .. }, curvature) = &self.pairs[k];
            factors[k] = product / curvature.sy;
            match k.checked_sub(1) {
                Some(next) => product = add_scaled_dot(v, -factors[k], y, &self.pairs[next].0.s),
                None => add_scaled(v, -factors[k], y),
            }
        }
        scale(v, sy / yy);
        product = dot(&self.pairs[0].0.y, v);
        for (k, factor) in factors.into_iter().enumerate() {
            let (CorrectionPair { s, .. }, curvature) = &self.pairs[k];
            let correction = factor - product / curvature.sy;
            match self.pairs.get(k + 1) {
                Some((next, _)) => product = add_scaled_dot(v, correction, s, &next.y),
                None => add_scaled(v, correction, s),
            }
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
        let unused: Vec<_> = (0..5).filter_map(|k| pairs.push(pair(k))).collect();
        assert_eq!(unused, [pair(0), pair(1)]);
        let concave = CorrectionPair { s: vec![1.0; 4], y: vec![-1.0; 4] };
        assert_eq!(pairs.push(concave.clone()), Some(concave));
        let mut v = vec![1.0, -2.0, 3.0, 0.5];
        let expected = by_definition(&[pair(2), pair(3), pair(4)], &v);
        pairs.apply(&mut v);
        for (v, expected) in v.iter().zip(&expected) {
            assert!((v - expected).abs() < 1e-12, "{v} {expected}");
        }
    }
}
