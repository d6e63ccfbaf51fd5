//! What an optimizer keeps of one tensor.

use half::bf16;

use super::layout::{BoundTensor, Dtype, Rounding};
use crate::algebra::Slot;
use crate::kernel::{SlotBuffer, StateType};
use crate::real::Real;

/// The slots of one tensor, and what its numbers leave over in bf16.
#[derive(Clone, Debug)]
pub(super) struct TensorState<F: Real> {
    /// One column for each slot.
    pub(super) buffers: Vec<SlotBuffer<F>>,
    pub(super) residual: Option<Vec<bf16>>,
}

/// The name of what bf16 parameters leave over, among the slots of a state.
const REST: &str = "rest";

impl<F: Real> TensorState<F> {
    /// What is kept of each of the tensors.
    pub(super) fn all(tensors: &[BoundTensor], slots: &[Slot], state: StateType) -> Vec<Self> {
        let residual = |tensor: &BoundTensor| {
            let compensated = tensor.dtype == Dtype::Bf16(Rounding::Compensated);
            compensated.then(|| vec![bf16::ZERO; tensor.range.len()])
        };
        let mut all: Vec<_> =
            tensors.iter().map(|tensor| Self { buffers: Vec::new(), residual: residual(tensor) }).collect();
        // Slot by slot, so that many small columns of a slot lie one after another, as the processor reads ahead.
        for (place, slot) in slots.iter().enumerate() {
            for (memory, tensor) in all.iter_mut().zip(tensors) {
                memory.buffers.push(SlotBuffer::new(slot, place, state, tensor.range.len()));
            }
        }
        all
    }

    /// All that is kept, by name.
    pub(super) fn values<'a>(
        &'a self,
        n: usize,
        slots: &'a [Slot],
    ) -> impl Iterator<Item = (&'static str, Vec<F>)> + 'a {
        let buffers = slots.iter().zip(&self.buffers).map(move |(slot, buffer)| (slot.name, buffer.values(n)));
        let wide = |residual: &Vec<bf16>| residual.iter().map(|v| F::of(v.to_f64())).collect();
        buffers.chain(self.residual.as_ref().map(|residual| (REST, wide(residual))))
    }

    /// The names under which [`values`](Self::values) gives it all.
    pub(super) fn names<'a>(&'a self, slots: &'a [Slot]) -> impl Iterator<Item = &'static str> + 'a {
        slots.iter().map(|slot| slot.name).chain(self.residual.as_ref().map(|_| REST))
    }

    /// Takes over what [`values`](Self::values) gave under `name`.
    pub(super) fn set(&mut self, slots: &[Slot], name: &str, values: &[F]) {
        match slots.iter().position(|slot| slot.name == name) {
            Some(k) => self.buffers[k].set(values),
            None => {
                if let Some(residual) = &mut self.residual {
                    residual.iter_mut().zip(values).for_each(|(to, v)| *to = bf16::from_f64(v.to_f64()));
                }
            }
        }
    }

    pub(super) fn bytes(&self) -> usize {
        let residual = self.residual.as_ref().map_or(0, |residual| size_of_val(&residual[..]));
        residual + self.buffers.iter().map(SlotBuffer::bytes).sum::<usize>()
    }
}
