//! Tensors whose parameters, gradients and states belong to the caller.

use half::bf16;

use super::method_kernel::MethodKernel;
use super::step_counter::StepCounter;
use crate::kernel::{SlotMut, TensorMut, TensorRef};
use crate::real::Real;

/// A tensor with its gradient, slots and counter, all borrowed from their owner; see
/// [`StatelessOptimizer::step_tensors`](crate::StatelessOptimizer::step_tensors).
///
/// [`new`](Self::new) sets what every tensor needs; the other fields have defaults.
#[derive(Debug)]
pub struct BorrowedTensor<'s, 'a, F: Real> {
    /// Parameters of the tensor.
    pub x: TensorMut<'s, F>,
    /// Gradient with respect to `x`, of the same length.
    pub g: TensorRef<'s, F>,
    /// Slots of the tensor, in the order of [`MethodKernel::slots`].
    pub slots: &'s mut [SlotMut<'a, F>],
    /// Number of steps that the tensor has taken; the step advances it.
    pub counter: &'s mut StepCounter,
    /// Rounding residual of bf16 parameters, as many numbers as `x` has; `None` rounds them stochastically.
    pub residual: Option<&'s mut [bf16]>,
    /// Method and hyperparameters of this tensor; `None` for those of the optimizer.
    pub method: Option<&'s MethodKernel<F>>,
    /// Learning rate of this tensor at this step, before the schedule; `None` for that of its method.
    pub lr: Option<f64>,
    /// Weight decay of this tensor at this step; `None` for that of its method.
    pub weight_decay: Option<f64>,
    /// Number of the first coordinate in the random numbers of stochastic rounding. Tensors that are rounded with the
    /// same seed need different ranges of numbers. Default: 0.
    pub index: u64,
}

impl<'s, 'a, F: Real> BorrowedTensor<'s, 'a, F> {
    /// A tensor with the hyperparameters of the optimizer; `x` and `g` are slices of its element type or of `bf16`.
    pub fn new(
        x: impl Into<TensorMut<'s, F>>,
        g: impl Into<TensorRef<'s, F>>,
        slots: &'s mut [SlotMut<'a, F>],
        counter: &'s mut StepCounter,
    ) -> Self {
        Self {
            x: x.into(),
            g: g.into(),
            slots,
            counter,
            residual: None,
            method: None,
            lr: None,
            weight_decay: None,
            index: 0,
        }
    }
}
