//! Steps of tensors of other frameworks, whose states are tensors of these frameworks as well.

mod group;
mod layout;
mod lookup;
mod pack;
mod placement;
mod plan;
mod step;
mod tensors;

use std::sync::Mutex;

use numpy::PyArray1;
use pyo3::prelude::*;
use pyo3::sync::MutexExt;
use pyo3::types::{PyDict, PyList, PyString, PyTuple};
use thalweg::method::StateType;
use thalweg::optimizer::{MethodKernel, SlotMut};
use thalweg::{OptimizerSpec, StatelessOptimizer};
use thalweg_dlpack::with_slices;

use crate::arrays::Number;
use crate::error::{OrRaise, invalid};
use crate::method::spec_of;
use crate::optimizer::outcome_name;
use group::GroupMethod;
use layout::GroupLayout;
pub(crate) use pack::PyStatePack;
use placement::{find_layouts, with_layouts};
use plan::StepPlan;
use tensors::{GivenGroup, GroupTensors};

/// Method whose tensors and states belong to a framework such as PyTorch; `thalweg.torch` uses it.
#[pyclass(name = "StatelessOptimizer", module = "thalweg", frozen)]
pub(crate) struct PyStatelessOptimizer {
    spec: OptimizerSpec,
    single: StatelessOptimizer<f32>,
    double: StatelessOptimizer<f64>,
    latest: Mutex<LatestStep>,
}

/// What the next step has in common with the latest one.
#[derive(Default)]
struct LatestStep {
    /// Methods of the groups with their hyperparameters.
    methods: Vec<GroupMethod>,
    layouts: Vec<Option<GroupLayout>>,
}

#[pymethods]
impl PyStatelessOptimizer {
    #[new]
    #[pyo3(signature = (method, **hyperparameters))]
    fn new(py: Python<'_>, method: &Bound<'_, PyAny>, hyperparameters: Option<&Bound<'_, PyDict>>) -> PyResult<Self> {
        let spec = spec_of(method, None, hyperparameters)?;
        let single = StatelessOptimizer::new(spec.clone()).or_raise(py)?;
        let double = StatelessOptimizer::new(spec.clone()).or_raise(py)?;
        Ok(Self { spec, single, double, latest: Mutex::default() })
    }

    /// Names and initial values of the slots of each tensor, in the order in which a step takes them.
    #[getter]
    fn slots(&self) -> Vec<(&'static str, f64)> {
        self.single.method().slots().iter().map(|slot| (slot.name, slot.start)).collect()
    }

    /// Return new slots of a tensor at their initial values, in the type of the option `state` of the method.
    ///
    /// In 8 bits, slots of fewer than 4,096 numbers are stored in full.
    ///
    /// Parameters
    /// ----------
    /// len : int
    ///     Number of the parameters.
    /// dtype : {"float32", "float64"}
    ///     Type of the parameters.
    ///
    /// Returns
    /// -------
    /// list of tuple
    ///     For each slot an array of its numbers, or of words of 32 bits with two numbers in bf16 or four codes of
    ///     8 bits, and for the latter an array of exponents; otherwise None.
    fn new_slots<'py>(&self, py: Python<'py>, len: usize, dtype: &str) -> PyResult<Vec<SlotArrays<'py>>> {
        let state = self.spec.options.state;
        match dtype {
            "float32" => Ok(new_slots(py, self.single.method(), len, state)),
            "float64" => Ok(new_slots(py, self.double.method(), len, state)),
            other => Err(invalid(py, &format!("dtype must be 'float32' or 'float64', but is '{other}'"))),
        }
    }

    /// Make one step of the tensors of several groups.
    ///
    /// Parameters
    /// ----------
    /// groups : list
    ///     For each group an object with the attributes `params` (a list of tensors, of which those with a gradient
    ///     make a step), `state` (a dict of the states of parameters, each of which is a dict), `version` (a number
    ///     that has changed if somebody may have got hold of a state since the latest step), `packs` (packs in which
    ///     states are), the keys of the states `slots`, `exponents` (of states in 8 bits; otherwise None), `step_key`
    ///     and `carry_key` (or None), `first` (the numbers of parameters that make their first step, or None; without
    ///     `step_key`), `lr`, `weight_decay`, and `hyperparameters`, a dict.
    ///
    /// Returns
    /// -------
    /// tuple of str and list
    ///     ``"stepped"`` or ``"skipped"``, and the parameters with a gradient, or None if all have one. If nothing was
    ///     done, ``"without_state"``, ``"sparse"`` for gradients, or ``"other_layouts"`` for tensors whose numbers do
    ///     not lie side by side in the order of the parameters; and the parameters that it is said of, as tuples of
    ///     the number of the group and of the parameter.
    fn step<'py>(&self, py: Python<'py>, groups: &Bound<'py, PyList>) -> PyResult<Bound<'py, PyTuple>> {
        let mut latest = self.latest.lock_py_attached(py).unwrap_or_else(std::sync::PoisonError::into_inner);
        let extract = |group: Bound<'py, PyAny>| group.extract::<GivenGroup<'py>>();
        let given = || groups.iter().map(extract).collect::<PyResult<Vec<_>>>();
        let known = given()?;
        self.set_methods(py, &known, &mut latest.methods)?;
        let known = with_layouts(known, &latest.layouts)?;
        if let Some(result) = known.map_or(Ok(None), |known| self.step_groups(py, &known, &mut latest))? {
            return Ok(result);
        }
        let groups = given()?.into_iter().map(GroupTensors::of).collect::<PyResult<Vec<_>>>()?;
        let result = self.step_groups(py, &groups, &mut latest)?;
        result.ok_or_else(|| invalid(py, "two tensors of a step must not share memory"))
    }
}

impl PyStatelessOptimizer {
    /// Sets the methods of the groups, of which those with other hyperparameters are made anew.
    fn set_methods(&self, py: Python<'_>, groups: &[GivenGroup<'_>], methods: &mut Vec<GroupMethod>) -> PyResult<()> {
        for (number, group) in groups.iter().enumerate() {
            let is_same = methods.get(number).map_or(Ok(false), |method| method.has(&group.hyperparameters))?;
            if !is_same {
                let method = GroupMethod::new(py, &self.spec, &group.hyperparameters)?;
                methods.truncate(number);
                methods.push(method);
            }
        }
        Ok(())
    }

    /// Makes the step; `None` if the states are not where the layouts say, or tensors share memory.
    fn step_groups<'py>(
        &self,
        py: Python<'py>,
        groups: &[GroupTensors<'py>],
        latest: &mut LatestStep,
    ) -> PyResult<Option<Bound<'py, PyTuple>>> {
        let of_group = |(number, group): (usize, &GroupTensors<'_>)| {
            let missing = group.without_state.clone();
            missing.into_iter().map(move |index| (number, index))
        };
        let without_state: Vec<_> = groups.iter().enumerate().flat_map(of_group).collect();
        if !without_state.is_empty() {
            return result(py, "without_state", without_state).map(Some);
        }
        let plan = StepPlan::new(py, groups)?;
        if plan.is_outdated {
            return Ok(None);
        }
        if !plan.sparse.is_empty() {
            return result(py, "sparse", plan.sparse).map(Some);
        }
        if !plan.other_layouts.is_empty() {
            return result(py, "other_layouts", plan.other_layouts).map(Some);
        }
        let outcome = with_slices(&plan.written, &plan.read, |written, read| {
            self.step_slices(py, &plan, groups, &latest.methods, written, read)
        });
        let Ok(outcome) = outcome else { return Ok(None) };
        let name = outcome_name(outcome?);
        find_layouts(py, groups, &plan, &mut latest.layouts)?;
        let are_whole = groups.iter().all(|group| group.is_whole);
        let stepped =
            || groups.iter().flat_map(|group| &group.params).map(|tensors| &tensors.param).collect::<Vec<_>>();
        result(py, name, (!are_whole).then(stepped)).map(Some)
    }
}

/// Returns the name of a result, and what belongs to it.
fn result<'py>(py: Python<'py>, name: &str, of: impl IntoPyObject<'py>) -> PyResult<Bound<'py, PyTuple>> {
    (PyString::intern(py, name), of).into_pyobject(py)
}

/// Array of a slot, and array of its exponents.
type SlotArrays<'py> = (Bound<'py, PyAny>, Option<Bound<'py, PyAny>>);

fn new_slots<'py, F: Number>(
    py: Python<'py>,
    method: &MethodKernel<F>,
    len: usize,
    state: StateType,
) -> Vec<SlotArrays<'py>> {
    let mut slots = method.new_slots(len, state);
    let arrays = |slot: SlotMut<'_, F>| match slot {
        SlotMut::Full(numbers) => (PyArray1::from_slice(py, numbers).into_any(), None),
        SlotMut::F32(numbers) => (PyArray1::from_slice(py, numbers).into_any(), None),
        SlotMut::Bf16(words) => (words_array(py, words), None),
        SlotMut::Q8 { codes, exponents, .. } => {
            (words_array(py, codes), Some(PyArray1::from_slice(py, exponents).into_any()))
        }
    };
    slots.iter_mut().map(|slot| arrays(slot.as_mut())).collect()
}

/// Returns words as an array of int32: PyTorch computes little with unsigned integers.
fn words_array<'py>(py: Python<'py>, words: &[u32]) -> Bound<'py, PyAny> {
    PyArray1::from_iter(py, words.iter().map(|word| word.cast_signed())).into_any()
}
