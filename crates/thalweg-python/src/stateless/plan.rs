//! Memory of all tensors of a step, with what each of them is.

use std::ops::Range;

use pyo3::exceptions::PyTypeError;
use pyo3::intern;
use pyo3::prelude::*;
use pyo3::types::{PyFloat, PyInt};
use smallvec::SmallVec;
use thalweg_dlpack::{Exchange, MemoryOrder, NumberType, TensorMemory};

use super::layout::Place;
use super::lookup::memory;
use super::pack::PyStatePack;
use super::tensors::{GroupTensors, ParamState, ParamTensors, SlotTensors, StateTensors};
use crate::error::invalid;

/// A counter in the state of a tensor.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Counter {
    /// It has this value, and is not written.
    Value(f64),
    /// It is the next memory that is written.
    Memory,
}

/// Where the state of a tensor is.
pub(super) enum PlannedState<'a> {
    /// In memory of its own: after that of the parameter, the slots, each with its exponents or without, and the
    /// counters.
    Memory {
        /// Whether slots have exponents, in their order.
        has_exponents: SmallVec<[bool; 3]>,
        step: Counter,
        carry: Counter,
    },
    /// In a pack of the group.
    Packed { pack: &'a PyStatePack, place: Place },
}

/// One tensor of a step.
pub(super) struct PlannedTensor<'a> {
    pub(super) group: usize,
    /// True for parameters in double precision.
    pub(super) is_double: bool,
    pub(super) len: usize,
    pub(super) state: PlannedState<'a>,
    /// Memory of the state among all that is written.
    pub(super) memory: Range<usize>,
}

/// Memory of a pack, in the order of [`PlannedPack`] before that of all tensors.
pub(super) struct PlannedPack {
    /// Numbers of the slots and of the counters.
    pub(super) slots: usize,
    pub(super) counters: usize,
}

/// Memory of all tensors of a step, in the order of the packs and of [`PlannedTensor`]: of each tensor, what is written
/// is the parameters and the state, and what is read is the gradient.
pub(super) struct StepPlan<'a> {
    /// Packs of each group.
    pub(super) packs: Vec<Vec<PlannedPack>>,
    pub(super) tensors: Vec<PlannedTensor<'a>>,
    pub(super) written: Vec<TensorMemory<'a>>,
    pub(super) read: Vec<TensorMemory<'a>>,
    /// Groups and numbers of parameters whose tensors do not lie side by side in one order.
    pub(super) other_layouts: Vec<(usize, usize)>,
    /// Groups and numbers of parameters whose gradient is sparse.
    pub(super) sparse: Vec<(usize, usize)>,
    /// True if the states of the packs are not those of the parameters.
    pub(super) is_outdated: bool,
    /// Number of all parameters.
    pub(super) numbers: usize,
}

impl<'a> StepPlan<'a> {
    /// Looks up the memory of the tensors of the groups.
    ///
    /// # Errors
    /// `TypeError` for a tensor that is not on the processor, or whose type is not supported; `thalweg.Error` for
    /// tensors of other lengths than their parameters.
    pub(super) fn new<'py: 'a>(py: Python<'py>, groups: &'a [GroupTensors<'py>]) -> PyResult<Self> {
        let mut plan = Self {
            packs: Vec::new(),
            tensors: Vec::new(),
            written: Vec::new(),
            read: Vec::new(),
            other_layouts: Vec::new(),
            sparse: Vec::new(),
            is_outdated: false,
            numbers: 0,
        };
        let Some(exchange) = exchange_of(groups)? else { return Ok(plan) };
        for group in groups {
            let mut packs = Vec::new();
            for pack in &group.packs {
                let Some(memory) = pack.get().memory(py, exchange)? else {
                    plan.is_outdated = true;
                    return Ok(plan);
                };
                packs.push(PlannedPack { slots: memory.slots.len(), counters: memory.counters.len() });
                plan.written.extend(memory.slots.into_iter().chain(memory.counters));
            }
            plan.packs.push(packs);
        }
        let count = groups.iter().map(|group| group.params.len()).sum();
        plan.tensors.reserve(count);
        plan.read.reserve(count);
        for (number, group) in groups.iter().enumerate() {
            for param in &group.params {
                plan.add(py, exchange, group, number, param)?;
            }
        }
        Ok(plan)
    }

    fn add(
        &mut self,
        py: Python<'_>,
        exchange: Exchange,
        group: &'a GroupTensors<'_>,
        number: usize,
        tensors: &'a ParamTensors<'_>,
    ) -> PyResult<()> {
        let what = |what: &str| format!("{what} {} of group {number}", tensors.index);
        let of_gradient = "the gradient of parameter";
        let x = memory(exchange, &tensors.param, &|| what("parameter"))?;
        let g = match memory(exchange, &tensors.grad, &|| what(of_gradient)) {
            Ok(g) => g,
            Err(_) if is_sparse(&tensors.grad)? => {
                self.sparse.push((number, tensors.index));
                return Ok(());
            }
            Err(error) => return Err(error),
        };
        let Some(x_type @ (NumberType::F32 | NumberType::F64 | NumberType::Bf16)) = x.number_type() else {
            return Err(unsupported(&what("parameter"), "float32, float64 or bfloat16"));
        };
        if g.number_type() != Some(x_type) {
            return Err(unsupported(&what(of_gradient), "the type of the parameter"));
        }
        if g.len != x.len {
            let message = format!("{} must have {} numbers, but has {}", what(of_gradient), x.len, g.len);
            return Err(invalid(py, &message));
        }
        let len = x.len;
        let mut is_ordered = x.layout.is_some() && g.layout == x.layout;
        let param = self.written.len();
        self.written.push(x);
        self.read.push(g);
        let state = match &tensors.state {
            ParamState::Tensors(state) => self.add_state(exchange, state, tensors, &mut is_ordered, &what)?,
            ParamState::Packed(place) => {
                let pack = group.packs[place.pack].get();
                let is_row_major = self.written[param].layout == Some(MemoryOrder::RowMajor);
                self.is_outdated |= pack.part(place.index).1 != len || !is_row_major;
                PlannedState::Packed { pack, place: *place }
            }
        };
        if !is_ordered {
            self.other_layouts.push((number, tensors.index));
        }
        self.numbers += len;
        let memory = param + 1..self.written.len();
        self.tensors.push(PlannedTensor { group: number, is_double: x_type == NumberType::F64, len, state, memory });
        Ok(())
    }

    /// Adds the memory of the state of the parameter that was added last.
    fn add_state(
        &mut self,
        exchange: Exchange,
        state: &'a StateTensors<'_>,
        tensors: &ParamTensors<'_>,
        is_ordered: &mut bool,
        what: &dyn Fn(&str) -> String,
    ) -> PyResult<PlannedState<'a>> {
        let param = self.written.len() - 1;
        let mut has_exponents = SmallVec::new();
        for SlotTensors { numbers, exponents } in &state.slots {
            let slot = memory(exchange, numbers, &|| what("a slot of parameter"))?;
            if slot.number_type().is_none() {
                return Err(unsupported(&what("a slot of parameter"), "the type of the parameter"));
            }
            // Words with several numbers have no dimensions of their own.
            let is_full = slot.number_type() != Some(NumberType::I32);
            *is_ordered &= slot.layout.is_some() && (!is_full || slot.layout == self.written[param].layout);
            self.written.push(slot);
            has_exponents.push(exponents.is_some());
            if let Some(exponents) = exponents {
                self.written.push(memory(exchange, exponents, &|| what("the exponents of a slot of parameter"))?);
            }
        }
        let mut counter = |value: &'a Bound<'_, PyAny>, name: &str| -> PyResult<Counter> {
            if value.is_instance_of::<PyInt>() || value.is_instance_of::<PyFloat>() {
                return value.extract().map(Counter::Value);
            }
            let place = memory(exchange, value, &|| what(name))?;
            let is_number = matches!(place.number_type(), Some(NumberType::F32 | NumberType::F64)) && place.len == 1;
            if !is_number {
                return Err(unsupported(&what(name), "one number in float32 or float64"));
            }
            self.written.push(place);
            Ok(Counter::Memory)
        };
        let step = match &state.step {
            None => Counter::Value(if tensors.is_first { 0.0 } else { 1.0 }),
            Some(step) => counter(step, "the step of parameter")?,
        };
        let carry = match &state.carry {
            None => Counter::Value(1.0),
            Some(carry) => counter(carry, "the carried number of parameter")?,
        };
        Ok(PlannedState::Memory { has_exponents, step, carry })
    }
}

/// Returns the table of the type of the tensors; `None` if there are none.
pub(super) fn exchange_of(groups: &[GroupTensors<'_>]) -> PyResult<Option<Exchange>> {
    let Some(first) = groups.iter().find_map(|group| group.params.first()) else { return Ok(None) };
    Exchange::of(&first.param.get_type()).map(Some).map_err(|error| PyTypeError::new_err(error.to_string()))
}

/// Returns `true` for a sparse tensor of the framework.
fn is_sparse(tensor: &Bound<'_, PyAny>) -> PyResult<bool> {
    tensor.getattr(intern!(tensor.py(), "is_sparse"))?.is_truthy()
}

fn unsupported(what: &str, expected: &str) -> PyErr {
    PyTypeError::new_err(format!("{what} must have numbers of {expected}"))
}
