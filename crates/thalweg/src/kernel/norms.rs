//! Checks and norms of gradients that are needed before a step.

use std::sync::atomic::{AtomicBool, Ordering::Relaxed};

use super::isa::Isa;
use super::pairwise_sum::{is_finite, sum_of_squares};
use super::parallel::{Splittable, for_each_balanced};
use super::tensor_ref::TensorRef;
use crate::real::Real;

/// Returns `true` if no number of any tensor is infinite or NaN.
pub(crate) fn all_finite_in<F: Real>(tensors: &[TensorRef<'_, F>], isa: Isa) -> bool {
    let found = AtomicBool::new(false);
    let total = tensors.iter().map(TensorRef::len).sum();
    for_each_balanced(tensors.iter().copied(), total, |v| {
        if !found.load(Relaxed) && !is_finite(isa, v) {
            found.store(true, Relaxed);
        }
    });
    !found.into_inner()
}

/// Returns Σ v² of each tensor, summed pairwise in fixed order.
pub(crate) fn square_sums<F: Real>(tensors: &[TensorRef<'_, F>], isa: Isa) -> Vec<f64> {
    let mut sums = vec![0.0; tensors.len()];
    let total = tensors.iter().map(TensorRef::len).sum();
    let tasks = tensors.iter().zip(&mut sums).map(|(&v, sum)| SquareSumTask { v, sum });
    for_each_balanced(tasks, total, |task| *task.sum = sum_of_squares(isa, task.v));
    sums
}

impl<F: Real> Splittable for TensorRef<'_, F> {
    fn len(&self) -> usize {
        TensorRef::len(self)
    }

    fn split(self, middle: usize) -> Result<(Self, Self), Self> {
        Ok(self.split_at(middle))
    }
}

/// The sum of one tensor, which splits itself at its fixed places.
struct SquareSumTask<'a, F> {
    v: TensorRef<'a, F>,
    sum: &'a mut f64,
}

impl<F: Real> Splittable for SquareSumTask<'_, F> {
    fn len(&self) -> usize {
        self.v.len()
    }

    fn split(self, _middle: usize) -> Result<(Self, Self), Self> {
        Err(self)
    }
}
