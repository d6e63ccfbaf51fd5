//! Memory of all tensors of a step, with what each of them is.

use pyo3::exceptions::PyTypeError;
use pyo3::prelude::*;
use pyo3::types::{PyDict, PyFloat, PyInt, PyList};
use thalweg_dlpack::{Exchange, NumberType, TensorMemory};

use crate::error::invalid;

/// Tensors in a list of Python.
type Tensors<'py> = Vec<Bound<'py, PyAny>>;

/// Group with the attributes that Python gives it.
#[derive(FromPyObject)]
struct GivenGroup<'py> {
    params: Bound<'py, PyList>,
    grads: Bound<'py, PyList>,
    slots: Bound<'py, PyList>,
    steps: Bound<'py, PyList>,
    carries: Option<Bound<'py, PyList>>,
    lr: f64,
    weight_decay: f64,
    hyperparameters: Bound<'py, PyDict>,
}

/// Tensors of a slot, and of its exponents.
pub(super) struct SlotTensors<'py> {
    numbers: Tensors<'py>,
    exponents: Option<Tensors<'py>>,
}

/// Tensors of a group.
pub(super) struct GroupTensors<'py> {
    pub(super) params: Tensors<'py>,
    grads: Tensors<'py>,
    slots: Vec<SlotTensors<'py>>,
    steps: Tensors<'py>,
    carries: Option<Tensors<'py>>,
    pub(super) lr: f64,
    pub(super) weight_decay: f64,
    pub(super) hyperparameters: Bound<'py, PyDict>,
}

impl<'py> GroupTensors<'py> {
    /// Takes a group from its attributes.
    pub(super) fn of(group: &Bound<'py, PyAny>) -> PyResult<Self> {
        let GivenGroup { params, grads, slots, steps, carries, lr, weight_decay, hyperparameters } = group.extract()?;
        let list = |list: &Bound<'py, PyList>| list.iter().collect::<Tensors<'py>>();
        let slot = |slot: Bound<'py, PyAny>| -> PyResult<SlotTensors<'py>> {
            let (numbers, exponents): (Bound<'py, PyList>, Option<Bound<'py, PyList>>) = slot.extract()?;
            Ok(SlotTensors { numbers: list(&numbers), exponents: exponents.as_ref().map(list) })
        };
        let tensors = Self {
            params: list(&params),
            grads: list(&grads),
            slots: slots.iter().map(slot).collect::<PyResult<_>>()?,
            steps: list(&steps),
            carries: carries.as_ref().map(list),
            lr,
            weight_decay,
            hyperparameters,
        };
        let of_slots = tensors.slots.iter().flat_map(|SlotTensors { numbers, exponents }| {
            std::iter::once(numbers.len()).chain(exponents.iter().map(Vec::len))
        });
        let lens = [tensors.grads.len(), tensors.steps.len()].into_iter().chain(tensors.carries.iter().map(Vec::len));
        if lens.chain(of_slots).any(|len| len != tensors.params.len()) {
            return Err(invalid(group.py(), "the lists of a group must have the same length"));
        }
        Ok(tensors)
    }
}

/// One tensor of a step: indices of its memory among what is written, and among what is read.
pub(super) struct PlannedTensor {
    pub(super) group: usize,
    /// True for parameters in double precision.
    pub(super) is_double: bool,
    pub(super) len: usize,
    /// Number of steps so far.
    pub(super) t: u64,
    pub(super) carry: f64,
    /// Slots in their order, each with its exponents or without.
    pub(super) has_exponents: Vec<bool>,
    /// True if the number of steps is a tensor, which is written.
    pub(super) writes_step: bool,
    pub(super) writes_carry: bool,
}

/// Memory of all tensors of a step, in the order of [`PlannedTensor`]: of each, what is written is the parameters, the
/// slots with their exponents, the number of steps and the carried number; and what is read is the gradient.
pub(super) struct StepPlan<'a> {
    pub(super) tensors: Vec<PlannedTensor>,
    pub(super) written: Vec<TensorMemory<'a>>,
    pub(super) read: Vec<TensorMemory<'a>>,
    /// Groups and numbers of tensors whose numbers do not lie side by side in one order.
    pub(super) other_layouts: Vec<(usize, usize)>,
    /// Number of all parameters.
    pub(super) numbers: usize,
}

impl<'a> StepPlan<'a> {
    /// Looks up the memory of the tensors of the groups.
    ///
    /// # Errors
    /// `TypeError` for a tensor that is not on the processor, or whose type is not supported; `thalweg.Error` for
    /// tensors of other lengths than their parameters.
    pub(super) fn new(py: Python<'_>, groups: &'a [GroupTensors<'_>]) -> PyResult<Self> {
        let mut plan =
            Self { tensors: Vec::new(), written: Vec::new(), read: Vec::new(), other_layouts: Vec::new(), numbers: 0 };
        let Some(first) = groups.iter().find_map(|group| group.params.first()) else { return Ok(plan) };
        let tensor_type = first.get_type();
        let exchange = Exchange::of(&tensor_type).map_err(|error| PyTypeError::new_err(error.to_string()))?;
        for (number, group) in groups.iter().enumerate() {
            for index in 0..group.params.len() {
                plan.add(py, exchange, group, number, index)?;
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
        index: usize,
    ) -> PyResult<()> {
        let what = |what: &str| format!("{what} {index} of group {number}");
        let x = memory(exchange, &group.params[index], &|| what("parameter"))?;
        let g = memory(exchange, &group.grads[index], &|| what("the gradient of parameter"))?;
        let Some(x_type @ (NumberType::F32 | NumberType::F64 | NumberType::Bf16)) = x.number_type() else {
            return Err(unsupported(&what("parameter"), "float32, float64 or bfloat16"));
        };
        if g.number_type() != Some(x_type) {
            return Err(unsupported(&what("the gradient of parameter"), "the type of the parameter"));
        }
        if g.len != x.len {
            return Err(invalid(
                py,
                &format!("{} must have {} numbers, but has {}", what("the gradient of parameter"), x.len, g.len),
            ));
        }
        let mut is_ordered = x.layout.is_some() && g.layout == x.layout;
        self.written.push(x);
        self.read.push(g);
        let mut has_exponents = Vec::with_capacity(group.slots.len());
        for SlotTensors { numbers, exponents } in &group.slots {
            let slot = memory(exchange, &numbers[index], &|| what("a slot of parameter"))?;
            if slot.number_type().is_none() {
                return Err(unsupported(&what("a slot of parameter"), "the type of the parameter"));
            }
            // Words with several numbers have no dimensions of their own.
            let is_full = slot.number_type() != Some(NumberType::I32);
            is_ordered &= slot.layout.is_some() && (!is_full || slot.layout == x.layout);
            self.written.push(slot);
            let exponents = exponents.as_ref().map(|exponents| &exponents[index]).filter(|tensor| !tensor.is_none());
            has_exponents.push(exponents.is_some());
            if let Some(exponents) = exponents {
                self.written.push(memory(exchange, exponents, &|| what("the exponents of a slot of parameter"))?);
            }
        }
        let mut counter = |value: &'a Bound<'_, PyAny>, name: &str| -> PyResult<Option<f64>> {
            if value.is_instance_of::<PyInt>() || value.is_instance_of::<PyFloat>() {
                return value.extract().map(Some);
            }
            let place = memory(exchange, value, &|| what(name))?;
            let is_number = matches!(place.number_type(), Some(NumberType::F32 | NumberType::F64)) && place.len == 1;
            if !is_number {
                return Err(unsupported(&what(name), "one number in float32 or float64"));
            }
            self.written.push(place);
            Ok(None)
        };
        let step = counter(&group.steps[index], "the step of parameter")?;
        let carry = match &group.carries {
            None => Some(1.0),
            Some(carries) => counter(&carries[index], "the carried number of parameter")?,
        };
        if !is_ordered {
            self.other_layouts.push((number, index));
        }
        self.numbers += x.len;
        self.tensors.push(PlannedTensor {
            group: number,
            is_double: x_type == NumberType::F64,
            len: x.len,
            t: step.unwrap_or(0.0) as u64,
            carry: carry.unwrap_or(1.0),
            has_exponents,
            writes_step: step.is_none(),
            writes_carry: carry.is_none(),
        });
        Ok(())
    }
}

fn unsupported(what: &str, expected: &str) -> PyErr {
    PyTypeError::new_err(format!("{what} must have numbers of {expected}"))
}

/// Returns the memory of a tensor of the processor.
fn memory<'a>(
    exchange: Exchange,
    tensor: &'a Bound<'_, PyAny>,
    what: &dyn Fn() -> String,
) -> PyResult<TensorMemory<'a>> {
    let memory = exchange.memory(tensor)?;
    if memory.is_on_cpu {
        Ok(memory)
    } else {
        Err(PyTypeError::new_err(format!("{} must be in the memory of the processor", what())))
    }
}
