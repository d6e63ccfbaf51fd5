//! Tensors of the groups of a step, with their gradients and states, as Python gives them.

use pyo3::intern;
use pyo3::prelude::*;
use pyo3::types::{PyDict, PyList, PyString};
use smallvec::SmallVec;
use thalweg_dlpack::references;

use super::layout::{GroupLayout, Place};
use super::pack::PyStatePack;

/// Group with the attributes that Python gives it.
#[derive(FromPyObject)]
pub(super) struct GivenGroup<'py> {
    pub(super) params: Bound<'py, PyList>,
    state: Bound<'py, PyDict>,
    /// Number that changes whenever somebody may have got hold of a state.
    pub(super) version: u64,
    pub(super) packs: Vec<Bound<'py, PyStatePack>>,
    slots: Vec<Bound<'py, PyString>>,
    exponents: Option<Vec<Bound<'py, PyString>>>,
    step_key: Option<Bound<'py, PyString>>,
    carry_key: Option<Bound<'py, PyString>>,
    first: Option<Vec<usize>>,
    pub(super) lr: f64,
    pub(super) weight_decay: f64,
    pub(super) hyperparameters: Bound<'py, PyDict>,
}

/// Tensors of a slot.
pub(super) struct SlotTensors<'py> {
    pub(super) numbers: Bound<'py, PyAny>,
    /// Exponents of numbers in 8 bits.
    pub(super) exponents: Option<Bound<'py, PyAny>>,
}

/// Tensors of the state of a parameter.
pub(super) struct StateTensors<'py> {
    pub(super) slots: SmallVec<[SlotTensors<'py>; 3]>,
    pub(super) step: Option<Bound<'py, PyAny>>,
    pub(super) carry: Option<Bound<'py, PyAny>>,
    /// True if only the state holds its tensors, and only the optimizer the state.
    pub(super) is_private: bool,
}

/// Where the state of a parameter is.
pub(super) enum ParamState<'py> {
    Tensors(StateTensors<'py>),
    Packed(Place),
}

/// A parameter that has a gradient.
pub(super) struct ParamTensors<'py> {
    /// Number of the parameter in its group.
    pub(super) index: usize,
    pub(super) param: Bound<'py, PyAny>,
    pub(super) grad: Bound<'py, PyAny>,
    pub(super) state: ParamState<'py>,
    /// True at the first step, where the states hold no numbers of steps.
    pub(super) is_first: bool,
}

/// The parameters of a group that have a gradient.
pub(super) struct GroupTensors<'py> {
    pub(super) given: GivenGroup<'py>,
    pub(super) params: Vec<ParamTensors<'py>>,
    /// Packs in which states are.
    pub(super) packs: Vec<Bound<'py, PyStatePack>>,
    /// Numbers of the parameters whose state is missing.
    pub(super) without_state: Vec<usize>,
    /// True if every parameter of the group has a gradient.
    pub(super) is_whole: bool,
}

impl<'py> GroupTensors<'py> {
    /// Takes the tensors of a group that have a gradient, with their states.
    pub(super) fn of(given: GivenGroup<'py>) -> PyResult<Self> {
        let py = given.params.py();
        let mut group = Self::empty(given);
        for (index, param) in group.given.params.iter().enumerate() {
            let grad = param.getattr(intern!(py, "grad"))?;
            if grad.is_none() {
                group.is_whole = false;
                continue;
            }
            let Some(state) = group.given.state_of(&param)? else {
                group.without_state.push(index);
                continue;
            };
            let is_first = group.given.first.as_ref().is_some_and(|first| first.contains(&index));
            group.params.push(ParamTensors { index, param, grad, state: ParamState::Tensors(state), is_first });
        }
        Ok(group)
    }

    /// The same where it is known which states are in packs; `None` if these are other parameters.
    pub(super) fn in_layout(given: GivenGroup<'py>, layout: &GroupLayout) -> PyResult<Option<Self>> {
        let py = given.params.py();
        let mut group = Self::empty(given);
        if layout.version != group.given.version || layout.params.len() != group.given.params.len() {
            return Ok(None);
        }
        group.packs = layout.packs.iter().map(|pack| pack.bind(py).clone()).collect();
        for (index, (param, known)) in group.given.params.iter().zip(&layout.params).enumerate() {
            if !known.is(&param) {
                return Ok(None);
            }
            let grad = param.getattr(intern!(py, "grad"))?;
            if grad.is_none() {
                group.is_whole = false;
                continue;
            }
            let state = match known.place {
                Some(place) => ParamState::Packed(place),
                None => match group.given.state_of(&param)? {
                    Some(state) => ParamState::Tensors(state),
                    None => return Ok(None),
                },
            };
            group.params.push(ParamTensors { index, param, grad, state, is_first: false });
        }
        Ok(Some(group))
    }

    fn empty(given: GivenGroup<'py>) -> Self {
        let params = Vec::with_capacity(given.params.len());
        Self { given, params, packs: Vec::new(), without_state: Vec::new(), is_whole: true }
    }
}

impl<'py> GivenGroup<'py> {
    /// Returns the tensors of the state of a parameter; `None` if one is missing.
    fn state_of(&self, param: &Bound<'py, PyAny>) -> PyResult<Option<StateTensors<'py>>> {
        let mut tensors = StateTensors { slots: SmallVec::new(), step: None, carry: None, is_private: true };
        if self.slots.is_empty() && self.step_key.is_none() && self.carry_key.is_none() {
            return Ok(Some(tensors));
        }
        let Some(state) = self.state.get_item(param)? else { return Ok(None) };
        let state = state.cast_into::<PyDict>()?;
        // One reference of its owner, and one of this function.
        tensors.is_private = references(&state) <= 2;
        for (position, key) in self.slots.iter().enumerate() {
            let Some(numbers) = state.get_item(key)? else { return Ok(None) };
            tensors.is_private &= references(&numbers) <= 2;
            let exponents = match &self.exponents {
                Some(keys) => state.get_item(&keys[position])?,
                None => None,
            };
            tensors.slots.push(SlotTensors { numbers, exponents });
        }
        for (key, place) in [(&self.step_key, &mut tensors.step), (&self.carry_key, &mut tensors.carry)] {
            let Some(key) = key else { continue };
            let Some(value) = state.get_item(key)? else { return Ok(None) };
            tensors.is_private &= references(&value) <= 2;
            *place = Some(value);
        }
        Ok(Some(tensors))
    }
}
