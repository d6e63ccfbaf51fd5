//! The state of an optimizer as a dict with arrays.

use numpy::PyArray1;
use pyo3::prelude::*;
use pyo3::types::PyDict;
use serde_json::{Value, json};
use thalweg::optimizer::MethodKernel;
use thalweg::{Optimizer, OptimizerSpec, State};

use super::layout::{Form, ParameterList};
use super::{Active, OptimizerState, PyOptimizer, with_optimizer};
use crate::arrays::{ElementType, Number, readable};
use crate::error::{OrRaise, invalid, wrong_type};
use crate::values::{from_python, to_python};

/// Keys that are arrays of a state; everything else is converted as JSON.
const SLOTS: &str = "slots";
const AVERAGE: &str = "average";
const ACCUMULATED: &str = "gathered";

/// Keys that the state of the library does not have: the form, the names and lengths, and the type of the parameters.
const FORM: &str = "form";
const TENSORS: &str = "tensors";
const DTYPE: &str = "dtype";

impl PyOptimizer {
    /// Returns the state as a dict.
    pub(super) fn state_to_python<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyDict>> {
        self.change(py, |Active { parameters, optimizer }| {
            let dict = with_optimizer!(&*optimizer, optimizer => to_dict(py, optimizer))?;
            dict.set_item(FORM, parameters.form.name())?;
            dict.set_item(TENSORS, to_python(py, &json!(parameters.tensors))?)?;
            dict.set_item(DTYPE, optimizer.element_type().name())?;
            Ok(dict)
        })
    }

    /// Continues from a state given as a dict.
    pub(super) fn load_from_python(&self, py: Python<'_>, state: &Bound<'_, PyDict>) -> PyResult<()> {
        let (parameters, element_type) = parameters_of(py, &self.spec, state)?;
        let mut loaded = Active::new(py, &self.spec, &self.groups, parameters, element_type)?;
        with_optimizer!(&mut loaded.optimizer, optimizer => load(py, optimizer, state))?;
        let mut current = self.lock(py);
        if let Some(active) = &current.0 {
            let is_same = active.parameters == loaded.parameters
                && active.optimizer.element_type() == loaded.optimizer.element_type();
            if !is_same {
                return Err(invalid(py, "state must be one of the same parameters: names, sizes and type of numbers"));
            }
        }
        *current = OptimizerState(Some(loaded));
        Ok(())
    }
}

/// Returns the parameters that a state belongs to.
fn parameters_of(
    py: Python<'_>,
    spec: &OptimizerSpec,
    state: &Bound<'_, PyDict>,
) -> PyResult<(ParameterList, ElementType)> {
    let kernel = MethodKernel::<f64>::new(spec.method).or_raise(py)?;
    let missing = |key: &str| invalid(py, &format!("state must be one of state_dict(), but has no valid '{key}'"));
    let text = |key: &str| -> PyResult<String> {
        state.get_item(key)?.and_then(|value| value.extract().ok()).ok_or_else(|| missing(key))
    };
    let form = Form::named(&text(FORM)?).ok_or_else(|| missing(FORM))?;
    let types = [ElementType::F32, ElementType::F64];
    let dtype = text(DTYPE)?;
    let element_type = types.into_iter().find(|each| each.name() == dtype).ok_or_else(|| missing(DTYPE))?;
    let tensors = state.get_item(TENSORS)?.ok_or_else(|| missing(TENSORS))?;
    let tensors: Vec<(String, usize)> =
        serde_json::from_value(from_python(&tensors, "state['tensors']")?).map_err(|_| missing(TENSORS))?;
    // Compared before memory for slots of these lengths is allocated.
    let slots = state.get_item(SLOTS)?.ok_or_else(|| missing(SLOTS))?;
    let slots = slots.cast_into::<PyDict>().map_err(|_| missing(SLOTS))?;
    for (name, len) in &tensors {
        for slot in kernel.slots() {
            let key = format!("{name}.{}", slot.name);
            let values =
                slots.get_item(&key)?.ok_or_else(|| invalid(py, &format!("state['slots'] must have '{key}'")))?;
            let found = values.len()?;
            if found != *len {
                return Err(invalid(py, &format!("state['slots']['{key}'] must have {len} numbers, but has {found}")));
            }
        }
    }
    Ok((ParameterList { form, tensors }, element_type))
}

fn to_dict<'py, F: Number>(py: Python<'py>, optimizer: &Optimizer<F>) -> PyResult<Bound<'py, PyDict>> {
    let mut state = optimizer.state().or_raise(py)?;
    let slots = PyDict::new(py);
    for (name, values) in std::mem::take(&mut state.slots) {
        slots.set_item(name, PyArray1::from_vec(py, values))?;
    }
    let average = PyArray1::from_vec(py, std::mem::take(&mut state.average));
    let accumulated = (state.accumulated.0, PyArray1::from_vec(py, std::mem::take(&mut state.accumulated.1)));
    let json = serde_json::to_value(&state).map_err(|error| invalid(py, &error.to_string()))?;
    let dict = to_python(py, &json)?.cast_into::<PyDict>()?;
    dict.set_item(SLOTS, slots)?;
    dict.set_item(AVERAGE, average)?;
    dict.set_item(ACCUMULATED, accumulated)?;
    Ok(dict)
}

fn load<F: Number>(py: Python<'_>, optimizer: &mut Optimizer<F>, state: &Bound<'_, PyDict>) -> PyResult<()> {
    let invalid_state = |error: serde_json::Error| invalid(py, &format!("state must be one of state_dict(): {error}"));
    let get = |key: &str| -> PyResult<Bound<'_, PyAny>> {
        state.get_item(key)?.ok_or_else(|| invalid(py, &format!("state must have the key '{key}'")))
    };
    let numbers = |array: &Bound<'_, PyAny>, argument: &str| -> PyResult<Vec<F>> {
        Ok(readable::<F>(array, argument, F::NUMPY_NAME)?.as_slice()?.to_vec())
    };
    let rest = state.copy()?;
    for key in [SLOTS, AVERAGE, ACCUMULATED, FORM, TENSORS, DTYPE] {
        if rest.contains(key)? {
            rest.del_item(key)?;
        }
    }
    let Value::Object(mut json) = from_python(&rest, "state")? else {
        unreachable!("a dict is converted to an object");
    };
    json.insert(SLOTS.into(), json!({}));
    json.insert(AVERAGE.into(), json!([]));
    json.insert(ACCUMULATED.into(), json!([0, []]));
    let mut loaded: State<F> = serde_json::from_value(Value::Object(json)).map_err(invalid_state)?;
    let slots = get(SLOTS)?;
    let slots = slots.cast::<PyDict>().map_err(|_| wrong_type("state['slots']", "a dict", &slots))?;
    for (name, values) in slots {
        let name: String = name.extract()?;
        let values = numbers(&values, &format!("state['slots']['{name}']"))?;
        loaded.slots.insert(name, values);
    }
    loaded.average = numbers(&get(AVERAGE)?, "state['average']")?;
    let (count, sum): (u64, Bound<'_, PyAny>) = get(ACCUMULATED)?.extract()?;
    loaded.accumulated = (count, numbers(&sum, "state['gathered']")?);
    optimizer.load_state(&loaded).or_raise(py)
}
