//! The steps since all coordinates were up to date, and how far each of them has come.

use super::layout::{BoundTensor, cut_mut};
use super::tensor_state::TensorState;
use crate::algebra::StepContext;
use crate::kernel::{BoxedRule, CatchUpTable, CoordinateSet, Isa, SparseReplay, SparseSlice, StepModifiers, sync};
use crate::real::Real;

/// How the coordinates of a group come up to date.
#[derive(Clone, Debug)]
pub(super) enum LazyUpdate<F> {
    /// A step without a gradient changes nothing.
    Still,
    /// In a few legs.
    CatchUpTable(CatchUpTable<F>),
    /// Step by step.
    Replay(Vec<(StepContext, StepModifiers)>),
}

/// Tensors of one rate and one decay.
#[derive(Clone, Debug)]
pub(super) struct HyperparamGroup<F> {
    pub(super) lr: f64,
    pub(super) weight_decay: f64,
    pub(super) resting: LazyUpdate<F>,
}

#[derive(Clone, Debug)]
pub(super) struct PendingSteps<F> {
    /// Steps since it began.
    pub(super) now: u16,
    /// The most steps: when they are over, all coordinates catch up and it begins anew.
    pub(super) most: u16,
    /// The step up to which each coordinate has come; empty where all groups rest still.
    pub(super) last: Vec<u16>,
    pub(super) groups: Vec<HyperparamGroup<F>>,
    /// The group of each tensor.
    pub(super) of: Vec<usize>,
    /// Those that have just come up to date: a step follows a look at the same coordinates.
    fresh: Vec<u32>,
}

impl<F: Real> PendingSteps<F> {
    /// Over `tensors`; `resting` says how those of a rate and a decay rest.
    pub(super) fn new(tensors: &[BoundTensor], len: usize, resting: impl Fn(f64, f64) -> LazyUpdate<F>) -> Self {
        let mut groups: Vec<HyperparamGroup<F>> = Vec::new();
        let mut group_of = |tensor: &BoundTensor| {
            let &BoundTensor { lr, weight_decay, .. } = tensor;
            let known = groups.iter().position(|group| (group.lr, group.weight_decay) == (lr, weight_decay));
            known.unwrap_or_else(|| {
                groups.push(HyperparamGroup { lr, weight_decay, resting: resting(lr, weight_decay) });
                groups.len() - 1
            })
        };
        let of = tensors.iter().map(&mut group_of).collect();
        let still = groups.iter().all(|group| matches!(group.resting, LazyUpdate::Still));
        // To bring all up to date costs as much as so many rows do: both are few beside the coordinates that are touched.
        let most = len.isqrt().clamp(128, 1024) as u16;
        Self { now: 0, most, last: vec![0; if still { 0 } else { len }], groups, of, fresh: Vec::new() }
    }

    /// Whether any coordinate may be behind.
    pub(super) fn is_stale(&self) -> bool {
        self.now > 0
    }

    pub(super) fn bytes(&self) -> usize {
        size_of_val(&self.last[..]) + size_of_val(&self.fresh[..])
    }

    /// One step more: now those that it did not touch are behind.
    pub(super) fn end_step(&mut self) {
        self.now += 1;
        self.fresh.clear();
    }

    /// Begins anew, when all are up to date.
    pub(super) fn clear(&mut self) {
        self.now = 0;
        self.fresh.clear();
        self.last.fill(0);
        for group in &mut self.groups {
            match &mut group.resting {
                LazyUpdate::Still => {}
                LazyUpdate::CatchUpTable(table) => table.clear(),
                LazyUpdate::Replay(steps) => steps.clear(),
            }
        }
    }

    /// Brings coordinates up to date: those listed, or all.
    pub(super) fn bring<'x>(
        &mut self,
        (rule, isa): (&BoxedRule<F>, Isa),
        tensors: &[BoundTensor],
        memory: &mut [TensorState<F>],
        x: impl Iterator<Item = &'x mut [F]>,
        at: Option<&[u32]>,
    ) {
        if !self.is_stale() || at.is_some_and(|at| at == self.fresh) {
            return;
        }
        let (mut in_legs, mut missed) = (Vec::new(), Vec::new());
        for (tensor, slice) in fews(tensors, memory, &mut self.last, x, at) {
            match &self.groups[self.of[tensor]].resting {
                LazyUpdate::Still => {}
                LazyUpdate::CatchUpTable(table) => in_legs.push((slice, table)),
                LazyUpdate::Replay(steps) => missed.push(SparseReplay { slice, steps }),
            }
        }
        sync(in_legs, self.now, isa);
        rule.replay(missed, self.now, isa);
        match at {
            Some(at) => {
                self.fresh.clear();
                self.fresh.extend_from_slice(at);
            }
            None => self.clear(),
        }
    }
}

/// The coordinates of each tensor that has any, with its number: those listed in ascending order, or all.
pub(super) fn fews<'a, 'x: 'a, F: Real>(
    tensors: &[BoundTensor],
    memory: &'a mut [TensorState<F>],
    last: &'a mut [u16],
    x: impl Iterator<Item = &'x mut [F]>,
    at: Option<&'a [u32]>,
) -> Vec<(usize, SparseSlice<'a, F>)> {
    let mut lasts = (!last.is_empty()).then(|| cut_mut(tensors, last));
    let mut rest = at;
    let each = tensors.iter().zip(memory).zip(x).enumerate().map(|(k, ((tensor, memory), x))| {
        let places = match &mut rest {
            None => CoordinateSet::All(tensor.range.len()),
            Some(rest) => {
                let (at, after) = rest.split_at(rest.partition_point(|&i| (i as usize) < tensor.range.end));
                *rest = after;
                CoordinateSet::Listed { at, from: tensor.range.start }
            }
        };
        let last = lasts.as_mut().and_then(Iterator::next).unwrap_or_default();
        (k, SparseSlice::new(places, x, &mut memory.buffers, last))
    });
    each.filter(|(_, slice)| slice.count() > 0).collect()
}
