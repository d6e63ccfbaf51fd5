//! The step of the tensors of a plan.

use pyo3::prelude::*;
use smallvec::SmallVec;
use thalweg::method::Clip;
use thalweg::optimizer::{BorrowedTensor, MethodKernel, SlotMut, StepCounter, TensorMut, TensorRef};
use thalweg::{StatelessOptimizer, StepOutcome};
use thalweg_dlpack::{MemorySlice, MemorySliceMut};

use super::PyStatelessOptimizer;
use super::group::GroupMethod;
use super::plan::{Counter, PlannedState, PlannedTensor, StepPlan};
use super::tensors::GroupTensors;
use crate::arrays::Number;
use crate::error::{OrRaise, invalid};
use crate::optimizer::detach_for;

/// Parts of a tensor as slices.
struct TensorParts<'a, F> {
    x: TensorMut<'a, F>,
    g: TensorRef<'a, F>,
    slots: SmallVec<[SlotMut<'a, F>; 3]>,
    counter: StepCounter,
    step: Option<MemorySliceMut<'a>>,
    carry: Option<MemorySliceMut<'a>>,
    group: usize,
    /// Number of the first parameter in the random numbers of stochastic rounding.
    index: u64,
}

/// Slices of a pack that have not been taken yet.
struct PackSlices<'a> {
    slots: SmallVec<[MemorySliceMut<'a>; 3]>,
    counters: SmallVec<[MemorySliceMut<'a>; 2]>,
    /// Numbers and parameters before them.
    before: (usize, usize),
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

impl<'a> PackSlices<'a> {
    /// Takes the slots and the counters of a parameter, which come in the order of the pack.
    fn take(
        &mut self,
        index: usize,
        (start, len): (usize, usize),
    ) -> (SmallVec<[MemorySliceMut<'a>; 3]>, CounterSlices<'a>) {
        let (numbers, params) = self.before;
        let slots = self.slots.iter_mut().map(|slice| slice.take(start - numbers, len)).collect();
        let mut counters = self.counters.iter_mut().map(|slice| slice.take(index - params, 1));
        let counters = [counters.next(), counters.next()];
        self.before = (start + len, index + 1);
        (slots, counters)
    }
}

/// Slices of the number of steps and of the carried number, where they are written.
type CounterSlices<'a> = [Option<MemorySliceMut<'a>>; 2];

impl PyStatelessOptimizer {
    pub(super) fn step_slices(
        &self,
        py: Python<'_>,
        plan: &StepPlan<'_>,
        groups: &[GroupTensors<'_>],
        methods: &[GroupMethod],
        written: Vec<MemorySliceMut<'_>>,
        read: Vec<MemorySlice<'_>>,
    ) -> PyResult<StepOutcome> {
        let (mut written, mut read) = (written.into_iter(), read.into_iter());
        let mut packs: Vec<Vec<_>> = Vec::with_capacity(plan.packs.len());
        for of_group in &plan.packs {
            let slices = of_group.iter().map(|pack| PackSlices {
                slots: written.by_ref().take(pack.slots).collect(),
                counters: written.by_ref().take(pack.counters).collect(),
                before: (0, 0),
            });
            packs.push(slices.collect());
        }
        let doubles = plan.tensors.iter().filter(|tensor| tensor.is_double).count();
        let mut single = Vec::with_capacity(plan.tensors.len() - doubles);
        let (mut double, mut index) = (Vec::with_capacity(doubles), 0);
        for tensor in &plan.tensors {
            let packs = &mut packs[tensor.group];
            if tensor.is_double {
                double.push(parts::<f64>(py, tensor, index, packs, &mut written, &mut read)?);
            } else {
                single.push(parts::<f32>(py, tensor, index, packs, &mut written, &mut read)?);
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

/// Takes the parts of the next tensor.
fn parts<'a, F: TensorNumber>(
    py: Python<'_>,
    tensor: &PlannedTensor<'_>,
    index: u64,
    packs: &mut [PackSlices<'a>],
    written: &mut impl Iterator<Item = MemorySliceMut<'a>>,
    read: &mut impl Iterator<Item = MemorySlice<'a>>,
) -> PyResult<TensorParts<'a, F>> {
    let mut next = || written.next().unwrap_or_else(|| unreachable!("the plan has all memory that is written"));
    let wrong = || invalid(py, "the numbers of a slot must be of the type of the parameters, or words of 32 bits");
    let x = F::parameters(next()).ok_or_else(wrong)?;
    let g = read.next().unwrap_or_else(|| unreachable!("the plan has all memory that is read"));
    let g = F::gradient(g).ok_or_else(wrong)?;
    let mut slots = SmallVec::new();
    // Packs without the numbers of steps have states after the first step.
    let (mut values, mut counters) = ([1.0; 2], [None, None]);
    match &tensor.state {
        PlannedState::Packed { pack, place } => {
            let (taken, counters_of_pack) = packs[place.pack].take(place.index, pack.part(place.index));
            for numbers in taken {
                slots.push(F::slot(numbers).ok_or_else(wrong)?);
            }
            counters = counters_of_pack;
        }
        PlannedState::Memory { has_exponents, step, carry } => {
            for &has_exponents in has_exponents {
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
            for (i, counter) in [*step, *carry].into_iter().enumerate() {
                match counter {
                    Counter::Value(value) => values[i] = value,
                    Counter::Memory => counters[i] = Some(next()),
                }
            }
        }
    }
    for (value, counter) in values.iter_mut().zip(&counters) {
        match counter {
            Some(MemorySliceMut::F32(numbers)) => *value = numbers.first().map_or(*value, |number| f64::from(*number)),
            Some(MemorySliceMut::F64(numbers)) => *value = numbers.first().copied().unwrap_or(*value),
            _ => {}
        }
    }
    let ([t, carry_value], [step, carry]) = (values, counters);
    let counter = StepCounter { t: t as u64, carry: carry_value };
    Ok(TensorParts { x, g, slots, counter, step, carry, group: tensor.group, index })
}

fn values<'a, F: Number>(
    groups: &[GroupTensors<'_>],
    methods: impl Iterator<Item = &'a MethodKernel<F>>,
) -> Vec<GroupValues<'a, F>> {
    let value = |(group, method): (&GroupTensors<'_>, _)| GroupValues {
        lr: group.given.lr,
        weight_decay: group.given.weight_decay,
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
