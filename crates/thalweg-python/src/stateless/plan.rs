//! Memory of all tensors of a step, with what each of them is.

use pyo3::exceptions::PyTypeError;
use pyo3::intern;
use pyo3::prelude::*;
use pyo3::types::{PyDict, PyFloat, PyInt, PyList, PyString};
use thalweg_dlpack::{Exchange, NumberType, TensorMemory};

use crate::error::invalid;

/// Tensors in a list of Python.
type Tensors<'py> = Vec<Bound<'py, PyAny>>;

/// Group with the attributes that Python gives it.
#[derive(FromPyObject)]
struct GivenGroup<'py> {
    params: Bound<'py, PyList>,
    state: Bound<'py, PyDict>,
    slots: Vec<Bound<'py, PyString>>,
    exponents: Option<Vec<Bound<'py, PyString>>>,
    step_key: Option<Bound<'py, PyString>>,
    carry_key: Option<Bound<'py, PyString>>,
    first: Option<Vec<usize>>,
    lr: f64,
    weight_decay: f64,
    hyperparameters: Bound<'py, PyDict>,
}

/// Tensors of a slot, and of its exponents.
#[derive(Default)]
struct SlotTensors<'py> {
    numbers: Tensors<'py>,
    /// Empty where no tensor has exponents.
    exponents: Vec<Option<Bound<'py, PyAny>>>,
}

/// Tensors of the parameters of a group that have a gradient.
pub(super) struct GroupTensors<'py> {
    /// Number of each of these parameters among all of the group.
    indices: Vec<usize>,
    pub(super) params: Tensors<'py>,
    grads: Tensors<'py>,
    slots: Vec<SlotTensors<'py>>,
    /// Tensors of the numbers of steps; empty where the states hold none.
    steps: Tensors<'py>,
    carries: Tensors<'py>,
    /// Parameters that make their first step, where the states hold no numbers of steps.
    first: Vec<usize>,
    /// Numbers of the parameters whose state is missing.
    pub(super) without_state: Vec<usize>,
    /// True if every parameter of the group has a gradient.
    pub(super) is_whole: bool,
    pub(super) lr: f64,
    pub(super) weight_decay: f64,
    pub(super) hyperparameters: Bound<'py, PyDict>,
}

impl<'py> GroupTensors<'py> {
    /// Takes the tensors of a group that have a gradient, with their states.
    pub(super) fn of(group: &Bound<'py, PyAny>) -> PyResult<Self> {
        let py = group.py();
        let given: GivenGroup<'py> = group.extract()?;
        let slots = given.slots.iter().map(|_| SlotTensors::default()).collect();
        let mut tensors = Self {
            indices: Vec::with_capacity(given.params.len()),
            params: Vec::with_capacity(given.params.len()),
            grads: Vec::with_capacity(given.params.len()),
            slots,
            steps: Vec::new(),
            carries: Vec::new(),
            first: given.first.clone().unwrap_or_default(),
            without_state: Vec::new(),
            is_whole: true,
            lr: given.lr,
            weight_decay: given.weight_decay,
            hyperparameters: given.hyperparameters.clone(),
        };
        for (index, param) in given.params.iter().enumerate() {
            let grad = param.getattr(intern!(py, "grad"))?;
            if grad.is_none() {
                tensors.is_whole = false;
                continue;
            }
            if tensors.add_state(&given, &param)?.is_none() {
                tensors.without_state.push(index);
            }
            tensors.indices.push(index);
            tensors.params.push(param);
            tensors.grads.push(grad);
        }
        Ok(tensors)
    }

    /// Adds the tensors of the state of a parameter; returns `None` if one is missing.
    fn add_state(&mut self, given: &GivenGroup<'py>, param: &Bound<'py, PyAny>) -> PyResult<Option<()>> {
        if given.is_stateless() {
            return Ok(Some(()));
        }
        let Some(state) = given.state.get_item(param)? else { return Ok(None) };
        let state = state.cast_into::<PyDict>()?;
        for (position, key) in given.slots.iter().enumerate() {
            let Some(numbers) = state.get_item(key)? else { return Ok(None) };
            self.slots[position].numbers.push(numbers);
            if let Some(keys) = &given.exponents {
                let exponents = state.get_item(&keys[position])?;
                self.slots[position].exponents.push(exponents);
            }
        }
        for (key, values) in [(&given.step_key, &mut self.steps), (&given.carry_key, &mut self.carries)] {
            let Some(key) = key else { continue };
            let Some(value) = state.get_item(key)? else { return Ok(None) };
            values.push(value);
        }
        Ok(Some(()))
    }
}

impl GivenGroup<'_> {
    /// Returns `true` if a parameter has no state.
    fn is_stateless(&self) -> bool {
        self.slots.is_empty() && self.step_key.is_none() && self.carry_key.is_none()
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
    /// Groups and numbers of parameters whose tensors do not lie side by side in one order.
    pub(super) other_layouts: Vec<(usize, usize)>,
    /// Groups and numbers of parameters whose gradient is sparse.
    pub(super) sparse: Vec<(usize, usize)>,
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
        let mut plan = Self {
            tensors: Vec::new(),
            written: Vec::new(),
            read: Vec::new(),
            other_layouts: Vec::new(),
            sparse: Vec::new(),
            numbers: 0,
        };
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
        let of_group = group.indices[index];
        let what = |what: &str| format!("{what} {of_group} of group {number}");
        let x = memory(exchange, &group.params[index], &|| what("parameter"))?;
        let g = match memory(exchange, &group.grads[index], &|| what("the gradient of parameter")) {
            Ok(g) => g,
            Err(_) if is_sparse(&group.grads[index])? => {
                self.sparse.push((number, of_group));
                return Ok(());
            }
            Err(error) => return Err(error),
        };
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
        let (len, layout) = (x.len, x.layout.clone());
        let mut is_ordered = layout.is_some() && g.layout == layout;
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
            is_ordered &= slot.layout.is_some() && (!is_full || slot.layout == layout);
            self.written.push(slot);
            let exponents = exponents.get(index).and_then(Option::as_ref);
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
        let step = match group.steps.get(index) {
            None => Some(if group.first.contains(&of_group) { 0.0 } else { 1.0 }),
            Some(step) => counter(step, "the step of parameter")?,
        };
        let carry = match group.carries.get(index) {
            None => Some(1.0),
            Some(carry) => counter(carry, "the carried number of parameter")?,
        };
        if !is_ordered {
            self.other_layouts.push((number, of_group));
        }
        self.numbers += len;
        self.tensors.push(PlannedTensor {
            group: number,
            is_double: x_type == NumberType::F64,
            len,
            t: step.unwrap_or(0.0) as u64,
            carry: carry.unwrap_or(1.0),
            has_exponents,
            writes_step: step.is_none(),
            writes_carry: carry.is_none(),
        });
        Ok(())
    }
}

/// Returns `true` for a sparse tensor of the framework.
fn is_sparse(tensor: &Bound<'_, PyAny>) -> PyResult<bool> {
    tensor.getattr(intern!(tensor.py(), "is_sparse"))?.is_truthy()
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
