//! Weights as differences of non-negative parts, by which an L1 penalty is linear.

use std::borrow::Cow;

use thalweg::Element;

use crate::train::penalty::Penalty;

/// Parameters x of a solver: the weights w themselves or, with an L1 penalty, their positive and negative parts.
///
/// w = u − v with u, v ≥ 0 makes `l1`·Σ|w| the linear function `l1`·Σ(u + v): a smooth objective with bounds has the
/// minimum of the objective with the penalty, and weights that the penalty holds at 0 are exactly 0. x is u for all
/// parameters, then v for those with a penalty; parameters without one are unbounded and have no v.
pub(in crate::train) struct SplitWeights {
    l1: f64,
    /// Number of parameters of the model.
    parameters: usize,
    /// Indices of the parameters that have a negative part.
    split: Vec<usize>,
}

impl SplitWeights {
    pub(in crate::train) fn new(penalty: &Penalty, parameters: usize) -> Self {
        let split = if penalty.l1() > 0.0 { penalty.indices().collect() } else { Vec::new() };
        Self { l1: penalty.l1(), parameters, split }
    }

    /// Weights that are not split, for a solver that handles an L1 penalty itself.
    pub(in crate::train) fn whole(parameters: usize) -> Self {
        Self { l1: 0.0, parameters, split: Vec::new() }
    }

    /// Returns `true` if x are the weights.
    pub(in crate::train) fn is_whole(&self) -> bool {
        self.split.is_empty()
    }

    /// Number of numbers of x.
    pub(in crate::train) fn len(&self) -> usize {
        self.parameters + self.split.len()
    }

    /// Number of parameters of the model.
    pub(in crate::train) fn parameters(&self) -> usize {
        self.parameters
    }

    /// Lower bounds of x; `None` if there are none.
    pub(in crate::train) fn lower_bounds<F: Element>(&self) -> Option<Vec<F>> {
        if self.is_whole() {
            return None;
        }
        let mut bounds = vec![F::of(f64::NEG_INFINITY); self.len()];
        self.split.iter().for_each(|&i| bounds[i] = F::ZERO);
        bounds[self.parameters..].fill(F::ZERO);
        Some(bounds)
    }

    /// Returns x of these weights.
    pub(in crate::train) fn split<F: Element>(&self, weights: &[F]) -> Vec<F> {
        let mut x = weights.to_vec();
        for &i in &self.split {
            x.push((-weights[i]).max(F::ZERO));
            x[i] = weights[i].max(F::ZERO);
        }
        x
    }

    /// Returns the weights of x.
    pub(in crate::train) fn join<'x, F: Element>(&self, x: &'x [F]) -> Cow<'x, [F]> {
        if self.is_whole() {
            return Cow::Borrowed(x);
        }
        let mut weights = Vec::new();
        self.join_into(x, &mut weights);
        Cow::Owned(weights)
    }

    /// Writes the weights of x.
    pub(in crate::train) fn join_into<F: Element>(&self, x: &[F], weights: &mut Vec<F>) {
        let (positive, negative) = x.split_at(self.parameters);
        weights.clear();
        weights.extend_from_slice(positive);
        self.split.iter().zip(negative).for_each(|(&i, v)| weights[i] = weights[i] - *v);
    }

    /// Returns the L1 penalty of x, and writes the gradient by x from that by the weights.
    pub(in crate::train) fn add_penalty<F: Element>(&self, x: &[F], by_weights: &[F], gradient: &mut [F]) -> f64 {
        let (positive, negative) = gradient.split_at_mut(self.parameters);
        positive.copy_from_slice(by_weights);
        let l1 = F::of(self.l1);
        let mut sum = 0.0;
        for ((&i, g), v) in self.split.iter().zip(negative).zip(&x[self.parameters..]) {
            *g = l1 - by_weights[i];
            positive[i] = by_weights[i] + l1;
            sum += x[i].to_f64() + v.to_f64();
        }
        self.l1 * sum
    }
}
