//! What a solver needs of an optimizer: the method, its state, and the count of its steps.

use std::ops::Range;

use super::Optimizer;
use super::bound_group::advance_counters;
use super::correction_pairs::CorrectionPairs;
use super::gradient_memory::GradientMemory;
use crate::method::{Lbfgs, Method, Saga};
use crate::real::Real;

impl<F: Real> Optimizer<F> {
    /// L-BFGS with its present hyperparameters, if that is the method.
    pub(crate) fn lbfgs(&self) -> Option<Lbfgs> {
        match self.groups[0].kernel.method() {
            Some(Method::Lbfgs(method)) => Some(method),
            _ => None,
        }
    }

    pub(crate) fn method_name(&self) -> &'static str {
        self.method.name()
    }

    /// SAGA with its present hyperparameters, if that is the method.
    pub(crate) fn saga(&self) -> Option<Saga> {
        match self.groups[0].kernel.method() {
            Some(Method::Saga(method)) => Some(method),
            _ => None,
        }
    }

    pub(crate) fn gradient_memory_mut(&mut self) -> &mut GradientMemory<F> {
        &mut self.gradient_memory
    }

    pub(crate) fn correction_pairs(&self) -> &CorrectionPairs<F> {
        &self.correction_pairs
    }

    pub(crate) fn correction_pairs_mut(&mut self) -> &mut CorrectionPairs<F> {
        &mut self.correction_pairs
    }

    /// Counts a step that a solver took.
    pub(crate) fn count_step(&mut self) {
        self.t += 1;
        advance_counters(&mut self.tensors, &self.groups);
    }

    /// Coordinates of the frozen tensors.
    pub(crate) fn frozen_ranges(&self) -> impl Iterator<Item = Range<usize>> {
        self.tensors.iter().filter(|tensor| !tensor.is_active()).map(|tensor| tensor.range.clone())
    }
}
