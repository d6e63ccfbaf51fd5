//! What has to be known of all gradients before a step: whether they are finite, and their norms.

use std::sync::atomic::{AtomicBool, Ordering::Relaxed};

use super::isa::Isa;
use super::pairwise_sum::{finite, squares};
use super::parallel::{Splittable, for_each_balanced};
use super::tensor_ref::TensorRef;
use crate::real::Real;

/// Whether no number of any tensor is infinite or NaN.
pub(crate) fn all_finite_in<F: Real>(tensors: &[TensorRef<'_, F>], isa: Isa) -> bool {
    let broken = AtomicBool::new(false);
    let total = tensors.iter().map(TensorRef::len).sum();
    for_each_balanced(tensors.iter().copied(), total, |v| {
        if !broken.load(Relaxed) && !finite(isa, v) {
            broken.store(true, Relaxed);
        }
    });
    !broken.into_inner()
}

/// Σ v² of each tensor, along its fixed tree.
pub(crate) fn square_sums<F: Real>(tensors: &[TensorRef<'_, F>], isa: Isa) -> Vec<f64> {
    let mut sums = vec![0.0; tensors.len()];
    let total = tensors.iter().map(TensorRef::len).sum();
    let wholes = tensors.iter().zip(&mut sums).map(|(&v, sum)| NormTask { v, sum });
    for_each_balanced(wholes, total, |whole| *whole.sum = squares(isa, whole.v));
    sums
}

impl<F: Real> Splittable for TensorRef<'_, F> {
    fn len(&self) -> usize {
        TensorRef::len(self)
    }

    fn cut(self, middle: usize) -> Result<(Self, Self), Self> {
        Ok(self.split_at(middle))
    }
}

/// A tensor whose tree cuts itself.
struct NormTask<'a, F> {
    v: TensorRef<'a, F>,
    sum: &'a mut f64,
}

impl<F: Real> Splittable for NormTask<'_, F> {
    fn len(&self) -> usize {
        self.v.len()
    }

    fn cut(self, _middle: usize) -> Result<(Self, Self), Self> {
        Err(self)
    }
}
