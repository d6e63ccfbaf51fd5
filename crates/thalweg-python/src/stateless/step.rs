//! The step of the tensors of a plan.

use pyo3::prelude::*;
use pyo3::types::{PyList, PyString, PyTuple};
use thalweg::method::Clip;
use thalweg::optimizer::{BorrowedTensor, MethodKernel, SlotMut, StepCounter, TensorMut, TensorRef};
use thalweg::{StatelessOptimizer, StepOutcome};
use thalweg_dlpack::{MemorySlice, MemorySliceMut, with_slices};

use super::PyStatelessOptimizer;
use super::group::GroupMethod;
use super::plan::{GroupTensors, PlannedTensor, StepPlan};
use crate::arrays::Number;
use crate::error::{OrRaise, invalid};
use crate::optimizer::{detach_for, outcome_name};

/// Parts of a tensor as slices.
struct TensorParts<'a, F> {
    x: TensorMut<'a, F>,
    g: TensorRef<'a, F>,
    slots: Vec<SlotMut<'a, F>>,
    counter: StepCounter,
    step: Option<MemorySliceMut<'a>>,
    carry: Option<MemorySliceMut<'a>>,
    group: usize,
    /// Number of the first parameter in the random numbers of stochastic rounding.
    index: u64,
}

/// Learning rates, weight decays and methods of the groups.
struct GroupValues<'a, F: Number> {
    lr: f64,
    weight_decay: f64,
    method: &'a MethodKernel<F>,
}

/// MemorySlice of a framework as those of the library.
trait TensorNumber: Number {
    fn parameters(numbers: MemorySliceMut<'_>) -> Option<TensorMut<'_, Self>>;
    fn gradient(numbers: MemorySlice<'_>) -> Option<TensorRef<'_, Self>>;
    fn slot(numbers: MemorySliceMut<'_>) -> Option<SlotMut<'_, Self>>;
}

impl TensorNumber for f32 {
    fn parameters(numbers: MemorySliceMut<'_>) -> Option<TensorMut<'_, Self>> {
        match numbers {
            MemorySliceMut::F32(numbers) => Some(TensorMut::Full(numbers)),
            MemorySliceMut::Bf16(numbers) => Some(TensorMut::Bf16(numbers)),
            _ => None,
        }
    }

    fn gradient(numbers: MemorySlice<'_>) -> Option<TensorRef<'_, Self>> {
        match numbers {
            MemorySlice::F32(numbers) => Some(TensorRef::Full(numbers)),
            MemorySlice::Bf16(numbers) => Some(TensorRef::Bf16(numbers)),
            _ => None,
        }
    }

    fn slot(numbers: MemorySliceMut<'_>) -> Option<SlotMut<'_, Self>> {
        match numbers {
            MemorySliceMut::F32(numbers) => Some(SlotMut::Full(numbers)),
            MemorySliceMut::I32(words) => Some(SlotMut::Bf16(words)),
            _ => None,
        }
    }
}

impl TensorNumber for f64 {
    fn parameters(numbers: MemorySliceMut<'_>) -> Option<TensorMut<'_, Self>> {
        if let MemorySliceMut::F64(numbers) = numbers { Some(TensorMut::Full(numbers)) } else { None }
    }

    fn gradient(numbers: MemorySlice<'_>) -> Option<TensorRef<'_, Self>> {
        if let MemorySlice::F64(numbers) = numbers { Some(TensorRef::Full(numbers)) } else { None }
    }

    fn slot(numbers: MemorySliceMut<'_>) -> Option<SlotMut<'_, Self>> {
        match numbers {
            MemorySliceMut::F64(numbers) => Some(SlotMut::Full(numbers)),
            MemorySliceMut::F32(numbers) => Some(SlotMut::F32(numbers)),
            MemorySliceMut::I32(words) => Some(SlotMut::Bf16(words)),
            _ => None,
        }
    }
}

impl PyStatelessOptimizer {
    /// Makes the step; `methods` are the methods of the groups of the latest step.
    pub(super) fn step_groups<'py>(
        &self,
        py: Python<'py>,
        groups: &Bound<'py, PyList>,
        methods: &mut Vec<GroupMethod>,
    ) -> PyResult<Bound<'py, PyTuple>> {
        let groups = groups.iter().map(|group| GroupTensors::of(&group)).collect::<PyResult<Vec<_>>>()?;
        let without_state: Vec<_> = groups
            .iter()
            .enumerate()
            .flat_map(|(number, group)| group.without_state.iter().map(move |index| (number, *index)))
            .collect();
        if !without_state.is_empty() {
            return result(py, "without_state", without_state);
        }
        for (number, group) in groups.iter().enumerate() {
            let is_same = methods.get(number).map_or(Ok(false), |method| method.has(&group.hyperparameters))?;
            if !is_same {
                let method = GroupMethod::new(py, &self.spec, &group.hyperparameters)?;
                methods.truncate(number);
                methods.push(method);
            }
        }
        let plan = StepPlan::new(py, &groups)?;
        if !plan.sparse.is_empty() {
            return result(py, "sparse", plan.sparse);
        }
        if !plan.other_layouts.is_empty() {
            return result(py, "other_layouts", plan.other_layouts);
        }
        let outcome = with_slices(&plan.written, &plan.read, |written, read| {
            self.step_slices(py, &plan, &groups, methods, written, read)
        });
        let outcome = outcome.map_err(|_| invalid(py, "two tensors of a step must not share memory"))??;
        let are_whole = groups.iter().all(|group| group.is_whole);
        let stepped = || groups.iter().flat_map(|group| &group.params).collect::<Vec<_>>();
        result(py, outcome_name(outcome), (!are_whole).then(stepped))
    }

    fn step_slices(
        &self,
        py: Python<'_>,
        plan: &StepPlan<'_>,
        groups: &[GroupTensors<'_>],
        methods: &[GroupMethod],
        written: Vec<MemorySliceMut<'_>>,
        read: Vec<MemorySlice<'_>>,
    ) -> PyResult<StepOutcome> {
        let (mut written, mut read) = (written.into_iter(), read.into_iter());
        let (mut single, mut double, mut index) = (Vec::new(), Vec::new(), 0);
        for tensor in &plan.tensors {
            if tensor.is_double {
                double.push(parts::<f64>(py, tensor, index, &mut written, &mut read)?);
            } else {
                single.push(parts::<f32>(py, tensor, index, &mut written, &mut read)?);
            }
            index += tensor.len as u64;
        }
        if !single.is_empty() && !double.is_empty() && matches!(self.spec.options.clip, Clip::GlobalNorm(_)) {
            return Err(invalid(py, "clipping by a joint norm needs parameters of one type, but there are two"));
        }
        let outcome_of_single = if single.is_empty() {
            None
        } else {
            let values = values(groups, methods.iter().map(|method| &method.single));
            Some(step(py, &self.single, &values, single, plan.numbers)?)
        };
        if double.is_empty() {
            return Ok(outcome_of_single.unwrap_or(StepOutcome::Stepped));
        }
        let values = values(groups, methods.iter().map(|method| &method.double));
        let outcome = step(py, &self.double, &values, double, plan.numbers)?;
        Ok(outcome_of_single.unwrap_or(outcome))
    }
}

/// Returns the name of a result, and what belongs to it.
fn result<'py>(py: Python<'py>, name: &str, of: impl IntoPyObject<'py>) -> PyResult<Bound<'py, PyTuple>> {
    (PyString::intern(py, name), of).into_pyobject(py)
}

/// Takes the parts of the next tensor.
fn parts<'a, F: TensorNumber>(
    py: Python<'_>,
    tensor: &PlannedTensor,
    index: u64,
    written: &mut impl Iterator<Item = MemorySliceMut<'a>>,
    read: &mut impl Iterator<Item = MemorySlice<'a>>,
) -> PyResult<TensorParts<'a, F>> {
    let mut next = || written.next().unwrap_or_else(|| unreachable!("the plan has all memory that is written"));
    let wrong = || invalid(py, "the numbers of a slot must be of the type of the parameters, or words of 32 bits");
    let x = F::parameters(next()).ok_or_else(wrong)?;
    let g = read.next().unwrap_or_else(|| unreachable!("the plan has all memory that is read"));
    let g = F::gradient(g).ok_or_else(wrong)?;
    let mut slots = Vec::with_capacity(tensor.has_exponents.len());
    for &has_exponents in &tensor.has_exponents {
        let numbers = next();
        if !has_exponents {
            slots.push(F::slot(numbers).ok_or_else(wrong)?);
            continue;
        }
        let (MemorySliceMut::I32(codes), MemorySliceMut::U8(exponents)) = (numbers, next()) else {
            return Err(wrong());
        };
        // The sign is that of the slot of the method.
        slots.push(SlotMut::Q8 { sign: thalweg::algebra::Signedness::Signed, codes, exponents });
    }
    let step = tensor.writes_step.then(&mut next);
    let carry = tensor.writes_carry.then(&mut next);
    let value = |numbers: &Option<MemorySliceMut<'_>>| match numbers {
        Some(MemorySliceMut::F32(numbers)) => numbers.first().map(|number| f64::from(*number)),
        Some(MemorySliceMut::F64(numbers)) => numbers.first().copied(),
        _ => None,
    };
    let counter =
        StepCounter { t: value(&step).map_or(tensor.t, |t| t as u64), carry: value(&carry).unwrap_or(tensor.carry) };
    Ok(TensorParts { x, g, slots, counter, step, carry, group: tensor.group, index })
}

fn values<'a, F: Number>(
    groups: &[GroupTensors<'_>],
    methods: impl Iterator<Item = &'a MethodKernel<F>>,
) -> Vec<GroupValues<'a, F>> {
    let value = |(group, method): (&GroupTensors<'_>, _)| GroupValues {
        lr: group.lr,
        weight_decay: group.weight_decay,
        method,
    };
    groups.iter().zip(methods).map(value).collect()
}

fn step<F: TensorNumber>(
    py: Python<'_>,
    optimizer: &StatelessOptimizer<F>,
    groups: &[GroupValues<'_, F>],
    mut parts: Vec<TensorParts<'_, F>>,
    numbers: usize,
) -> PyResult<StepOutcome> {
    for part in &mut parts {
        let signs = groups[part.group].method.slots().iter().map(|slot| slot.sign);
        for (slot, of_method) in part.slots.iter_mut().zip(signs) {
            if let SlotMut::Q8 { sign, .. } = slot {
                *sign = of_method;
            }
        }
    }
    let mut tensors = Vec::with_capacity(parts.len());
    let mut counters = Vec::with_capacity(parts.len());
    for TensorParts { x, g, slots, counter, step, carry, group, index } in &mut parts {
        let GroupValues { lr, weight_decay, method } = &groups[*group];
        let x = match x {
            TensorMut::Full(numbers) => TensorMut::Full(numbers),
            TensorMut::Bf16(numbers) => TensorMut::Bf16(numbers),
        };
        counters.push((step, carry));
        tensors.push(BorrowedTensor {
            residual: None,
            method: Some(method),
            lr: Some(*lr),
            weight_decay: Some(*weight_decay),
            index: *index,
            ..BorrowedTensor::new(x, *g, slots, counter)
        });
    }
    let outcome = detach_for(py, numbers, || optimizer.step_tensors(&mut tensors)).or_raise(py)?;
    if outcome == StepOutcome::Stepped {
        for (tensor, (step, carry)) in tensors.iter().zip(counters) {
            store(step, tensor.counter.t as f64);
            store(carry, tensor.counter.carry);
        }
    }
    Ok(outcome)
}

fn store(place: &mut Option<MemorySliceMut<'_>>, value: f64) {
    match place {
        Some(MemorySliceMut::F32(numbers)) => numbers.fill(value as f32),
        Some(MemorySliceMut::F64(numbers)) => numbers.fill(value),
        _ => {}
    }
}
