//! What an optimizer keeps of one tensor.

use half::bf16;

use super::layout::{Dtype, Placed, Rounding};
use crate::algebra::Slot;
use crate::kernel::{Column, StateType};
use crate::real::Real;

/// The slots of one tensor, and what its numbers leave over in bf16.
#[derive(Clone, Debug)]
pub(super) struct Memory<F: Real> {
    /// One column for each slot.
    pub(super) columns: Vec<Column<F>>,
    pub(super) rest: Option<Vec<bf16>>,
}

/// The name of what bf16 parameters leave over, among the slots of a state.
const REST: &str = "rest";

impl<F: Real> Memory<F> {
    /// What is kept of each of the tensors.
    pub(super) fn all(tensors: &[Placed], slots: &[Slot], state: StateType) -> Vec<Self> {
        let rest = |tensor: &Placed| {
            let compensated = tensor.dtype == Dtype::Bf16(Rounding::Compensated);
            compensated.then(|| vec![bf16::ZERO; tensor.range.len()])
        };
        let mut all: Vec<_> = tensors.iter().map(|tensor| Self { columns: Vec::new(), rest: rest(tensor) }).collect();
        // Slot by slot, so that many small columns of a slot lie one after another, as the processor reads ahead.
        for (place, slot) in slots.iter().enumerate() {
            for (memory, tensor) in all.iter_mut().zip(tensors) {
                memory.columns.push(Column::new(slot, place, state, tensor.range.len()));
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
        let columns = slots.iter().zip(&self.columns).map(move |(slot, column)| (slot.name, column.values(n)));
        let wide = |rest: &Vec<bf16>| rest.iter().map(|v| F::of(v.to_f64())).collect();
        columns.chain(self.rest.as_ref().map(|rest| (REST, wide(rest))))
    }

    /// The names under which [`values`](Self::values) gives it all.
    pub(super) fn names<'a>(&'a self, slots: &'a [Slot]) -> impl Iterator<Item = &'static str> + 'a {
        slots.iter().map(|slot| slot.name).chain(self.rest.as_ref().map(|_| REST))
    }

    /// Takes over what [`values`](Self::values) gave under `name`.
    pub(super) fn set(&mut self, slots: &[Slot], name: &str, values: &[F]) {
        match slots.iter().position(|slot| slot.name == name) {
            Some(k) => self.columns[k].set(values),
            None => {
                if let Some(rest) = &mut self.rest {
                    rest.iter_mut().zip(values).for_each(|(to, v)| *to = bf16::from_f64(v.to_f64()));
                }
            }
        }
    }

    pub(super) fn bytes(&self) -> usize {
        let rest = self.rest.as_ref().map_or(0, |rest| size_of_val(&rest[..]));
        rest + self.columns.iter().map(Column::bytes).sum::<usize>()
    }
}
