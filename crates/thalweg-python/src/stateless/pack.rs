//! States of many small tensors side by side.

use pyo3::prelude::*;
use thalweg_dlpack::{Exchange, MemoryOrder, NumberType, TensorMemory};

use super::lookup::memory;
use crate::error::invalid;

/// States of several parameters side by side: for each slot and for each counter one tensor, of which the tensors in
/// the states are parts; ``thalweg.torch`` makes it.
///
/// Parameters
/// ----------
/// slots : list
///     A tensor of one dimension for each slot.
/// counters : list
///     Tensors with one number a parameter: the numbers of steps, and the carried numbers.
/// lengths : list of int
///     Number of the numbers of each parameter, at least 1.
#[pyclass(name = "StatePack", module = "thalweg", frozen)]
pub(crate) struct PyStatePack {
    slots: Vec<Py<PyAny>>,
    counters: Vec<Py<PyAny>>,
    /// Where the numbers of each parameter start, and the end of the last one.
    starts: Vec<usize>,
}

#[pymethods]
impl PyStatePack {
    #[new]
    fn new(py: Python<'_>, slots: Vec<Py<PyAny>>, counters: Vec<Py<PyAny>>, lengths: Vec<usize>) -> PyResult<Self> {
        if slots.is_empty() || lengths.is_empty() || lengths.contains(&0) {
            return Err(invalid(py, "a pack must have slots, and parameters with at least one number"));
        }
        let mut starts = vec![0];
        for len in lengths {
            starts.push(starts[starts.len() - 1] + len);
        }
        Ok(Self { slots, counters, starts })
    }
}

/// Memory of the tensors of a pack.
pub(super) struct PackMemory<'a> {
    pub(super) pack: &'a PyStatePack,
    pub(super) slots: Vec<TensorMemory<'a>>,
    pub(super) counters: Vec<TensorMemory<'a>>,
}

impl PyStatePack {
    /// Numbers of a parameter in the slots: the first one, and how many.
    pub(super) fn part(&self, index: usize) -> (usize, usize) {
        (self.starts[index], self.starts[index + 1] - self.starts[index])
    }

    /// Returns the memory of the tensors; `None` if they are not any more what the pack was made of.
    pub(super) fn memory<'a, 'py: 'a>(
        &'a self,
        py: Python<'py>,
        exchange: Exchange,
    ) -> PyResult<Option<PackMemory<'a>>> {
        let params = self.starts.len() - 1;
        let of = |tensors: &'a [Py<PyAny>]| {
            let of = |tensor: &'a Py<PyAny>| memory(exchange, tensor.bind(py), &|| "the states".into());
            tensors.iter().map(of).collect::<PyResult<Vec<_>>>()
        };
        let (slots, counters) = (of(&self.slots)?, of(&self.counters)?);
        let are = |memory: &[TensorMemory<'_>], len| {
            let is_known = |memory: &TensorMemory<'_>| {
                let is_number = matches!(memory.number_type(), Some(NumberType::F32 | NumberType::F64));
                is_number && memory.len == len && memory.layout == Some(MemoryOrder::RowMajor)
            };
            memory.iter().all(is_known)
        };
        let are_known = are(&slots, self.starts[params]) && are(&counters, params);
        Ok(are_known.then_some(PackMemory { pack: self, slots, counters }))
    }
}

impl PackMemory<'_> {
    /// Returns the number of the parameter whose state this is, its slots before its counters; `None` if not all of it
    /// is in this pack.
    pub(super) fn find(&self, state: &[TensorMemory<'_>]) -> Option<usize> {
        if state.len() != self.slots.len() + self.counters.len() {
            return None;
        }
        let first = self.slots[0].offset_of(&state[0])?;
        let index = self.pack.starts.binary_search(&first).ok().filter(|index| index + 1 < self.pack.starts.len())?;
        let is_part = |whole: &TensorMemory<'_>, part: &TensorMemory<'_>, (start, len)| {
            whole.offset_of(part) == Some(start) && part.len == len && part.layout == Some(MemoryOrder::RowMajor)
        };
        let (slots, counters) = state.split_at(self.slots.len());
        let are_slots = self.slots.iter().zip(slots).all(|(whole, part)| is_part(whole, part, self.pack.part(index)));
        let are_counters = self.counters.iter().zip(counters).all(|(whole, part)| is_part(whole, part, (index, 1)));
        (are_slots && are_counters).then_some(index)
    }
}
