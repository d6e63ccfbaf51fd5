//! State that an optimizer keeps for one tensor.

use half::bf16;

use super::bound_group::BoundGroup;
use super::bound_tensor::BoundTensor;
use super::layout::{Dtype, Rounding};
use crate::algebra::Slot;
use crate::kernel::{SlotBuffer, StateType};
use crate::real::Real;

/// Slots of one tensor, and the rounding residual of its bf16 parameters.
#[derive(Clone, Debug)]
pub(super) struct TensorState<F: Real> {
    /// One buffer per slot.
    pub(super) slots: Vec<SlotBuffer<F>>,
    pub(super) residual: Option<Vec<bf16>>,
}

/// Name of the residual among the slots of a saved state, since the first format.
const RESIDUAL: &str = "rest";

impl<F: Real> TensorState<F> {
    /// The initial state of each of `tensors`.
    pub(super) fn all(tensors: &[BoundTensor], groups: &[BoundGroup<F>], state: StateType) -> Vec<Self> {
        let residual = |tensor: &BoundTensor| {
            let compensated = tensor.dtype == Dtype::Bf16(Rounding::Compensated);
            compensated.then(|| vec![bf16::ZERO; tensor.range.len()])
        };
        let mut states: Vec<_> =
            tensors.iter().map(|tensor| Self { slots: Vec::new(), residual: residual(tensor) }).collect();
        // Slot by slot, so that many small buffers of a slot are consecutive in memory, as the processor prefetches.
        let slots = |tensor: &BoundTensor| groups[tensor.group].kernel.slots();
        for number in 0..groups.iter().map(|group| group.kernel.slots().len()).max().unwrap_or(0) {
            for (tensor_state, tensor) in states.iter_mut().zip(tensors) {
                if let Some(slot) = slots(tensor).get(number) {
                    let state = state.of_tensor(tensor.whole_len);
                    tensor_state.slots.push(SlotBuffer::new(slot, number, state, tensor.range.len()));
                }
            }
        }
        states
    }

    /// Names and values of everything that is kept.
    pub(super) fn values<'a>(&'a self, slots: &'a [Slot]) -> impl Iterator<Item = (&'static str, Vec<F>)> + 'a {
        let buffers = slots.iter().zip(&self.slots).map(|(slot, buffer)| (slot.name, buffer.values()));
        let widened = |residual: &Vec<bf16>| residual.iter().map(|v| F::of(v.to_f64())).collect();
        buffers.chain(self.residual.as_ref().map(|residual| (RESIDUAL, widened(residual))))
    }

    /// The names that [`values`](Self::values) returns.
    pub(super) fn names<'a>(&'a self, slots: &'a [Slot]) -> impl Iterator<Item = &'static str> + 'a {
        slots.iter().map(|slot| slot.name).chain(self.residual.as_ref().map(|_| RESIDUAL))
    }

    /// Stores what [`values`](Self::values) returned under `name`, which must be one of [`names`](Self::names).
    pub(super) fn set(&mut self, slots: &[Slot], name: &str, values: &[F]) {
        match (slots.iter().position(|slot| slot.name == name), &mut self.residual) {
            (Some(k), _) => self.slots[k].set(values),
            (None, Some(residual)) => {
                residual.iter_mut().zip(values).for_each(|(to, v)| *to = bf16::from_f64(v.to_f64()));
            }
            (None, None) => unreachable!("'{name}' is none of the names of this state"),
        }
    }

    /// Returns the largest of finite numbers if some would be infinite once they are stored under `name`, which must be
    /// one of [`names`](Self::names), because the type there is narrower.
    pub(super) fn too_large(&self, slots: &[Slot], name: &str, values: &[F]) -> Option<F> {
        let stored = match slots.iter().position(|slot| slot.name == name) {
            Some(k) => self.slots[k].rounded(values)?,
            None => values.iter().map(|v| F::of(bf16::from_f64(v.to_f64()).to_f64())).collect(),
        };
        let largest = || values.iter().copied().max_by(|a, b| a.to_f64().abs().total_cmp(&b.to_f64().abs()));
        if stored.iter().all(|v| v.is_finite()) { None } else { largest() }
    }

    /// Size of the state in bytes.
    pub(super) fn bytes(&self) -> usize {
        let residual = self.residual.as_ref().map_or(0, |residual| size_of_val(&residual[..]));
        residual + self.slots.iter().map(SlotBuffer::bytes).sum::<usize>()
    }
}
