//! The objective of a solver: all rows in each evaluation.

use thalweg::{Element, Objective};

use super::split_weights::SplitWeights;
use crate::interrupt::Interrupt;
use crate::train::penalty::Penalty;

/// Mean loss of all rows plus the penalties, as a function of the split weights.
pub(in crate::train) struct FullBatchObjective<'a, F, L> {
    smooth: SmoothObjective<'a, L>,
    split: &'a SplitWeights,
    weights: Vec<F>,
    gradient: Vec<F>,
}

/// Mean loss plus the smooth penalties, as a function of the weights.
struct SmoothObjective<'a, L> {
    mean_loss: L,
    penalty: &'a Penalty,
    interrupt: Interrupt<'a>,
}

impl<'a, F: Element, L: FnMut(&[F], &mut [F]) -> f64> FullBatchObjective<'a, F, L> {
    /// `mean_loss` returns the mean loss of the parameters, and adds its gradient to the second argument.
    pub(in crate::train) fn new(
        mean_loss: L,
        penalty: &'a Penalty,
        split: &'a SplitWeights,
        interrupt: Interrupt<'a>,
    ) -> Self {
        let smooth = SmoothObjective { mean_loss, penalty, interrupt };
        Self { smooth, split, weights: Vec::new(), gradient: Vec::new() }
    }
}

impl<L> SmoothObjective<'_, L> {
    /// Returns the value and writes its gradient. A sum that an interrupt cut short has no value: NaN, which ends the
    /// search.
    fn eval<F: Element>(&mut self, weights: &[F], gradient: &mut [F]) -> f64
    where
        L: FnMut(&[F], &mut [F]) -> f64,
    {
        gradient.fill(F::ZERO);
        let mean = (self.mean_loss)(weights, gradient);
        if self.interrupt.is_requested() {
            return f64::NAN;
        }
        mean + self.penalty.add_smooth_gradient(weights, gradient)
    }
}

impl<F: Element, L: FnMut(&[F], &mut [F]) -> f64> Objective<F> for FullBatchObjective<'_, F, L> {
    fn eval(&mut self, x: &[F], g: &mut [F]) -> thalweg::Result<F> {
        let Self { smooth, split, weights, gradient } = self;
        if split.is_whole() {
            return Ok(F::of(smooth.eval(x, g)));
        }
        split.join_into(x, weights);
        gradient.resize(weights.len(), F::ZERO);
        let value = smooth.eval(weights, gradient);
        Ok(F::of(value + split.add_penalty(x, gradient, g)))
    }
}
