//! The objective of a solver: all rows in each evaluation.

use thalweg::{Element, Objective};

use super::split_weights::SplitWeights;
use crate::interrupt::Interrupt;
use crate::train::penalty::Penalty;

/// Mean loss of all rows plus the penalties, as a function of the split weights.
///
/// `mean_loss` returns the mean loss of the parameters, and adds its gradient to the second argument.
pub(in crate::train) struct FullBatchObjective<'a, F, L> {
    mean_loss: L,
    penalty: &'a Penalty,
    split: &'a SplitWeights,
    interrupt: Interrupt<'a>,
    weights: Vec<F>,
    gradient: Vec<F>,
}

impl<'a, F: Element, L: FnMut(&[F], &mut [F]) -> f64> FullBatchObjective<'a, F, L> {
    pub(in crate::train) fn new(
        mean_loss: L,
        penalty: &'a Penalty,
        split: &'a SplitWeights,
        interrupt: Interrupt<'a>,
    ) -> Self {
        Self { mean_loss, penalty, split, interrupt, weights: Vec::new(), gradient: Vec::new() }
    }
}

impl<F: Element, L: FnMut(&[F], &mut [F]) -> f64> Objective<F> for FullBatchObjective<'_, F, L> {
    fn eval(&mut self, x: &[F], g: &mut [F]) -> thalweg::Result<F> {
        let Self { mean_loss, penalty, split, interrupt, weights, gradient } = self;
        split.join_into(x, weights);
        gradient.clear();
        gradient.resize(weights.len(), F::ZERO);
        let mean = mean_loss(weights, gradient);
        if interrupt.is_requested() {
            // The sum was cut short; a value that is not finite ends the search.
            return Ok(F::of(f64::NAN));
        }
        let value = mean + penalty.add_smooth_gradient(weights, gradient);
        Ok(F::of(value + split.add_penalty(x, gradient, g)))
    }
}
