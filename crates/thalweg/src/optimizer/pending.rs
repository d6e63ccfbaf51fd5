//! Sparse steps that some coordinates have not taken yet.

use super::layout::{BoundTensor, TensorHyperparams, split_mut};
use super::tensor_state::TensorState;
use crate::algebra::StepContext;
use crate::kernel::{BoxedRule, CatchUpTable, CoordinateSet, Isa, SparseReplay, SparseSlice, StepModifiers, sync};
use crate::real::Real;

/// Method by which the coordinates of a group catch up with the steps that they skipped.
#[derive(Clone, Debug)]
pub(super) enum LazyUpdate<F> {
    /// Not at all: a zero-gradient step changes nothing.
    Noop,
    /// By the precomputed effect of all skipped steps.
    ClosedForm(CatchUpTable<F>),
    /// Step by step, each with a gradient of 0.
    Replay(Vec<(StepContext, StepModifiers)>),
}

/// Tensors with the same hyperparameters.
#[derive(Clone, Debug)]
pub(super) struct HyperparamGroup<F> {
    pub(super) hyperparams: TensorHyperparams,
    pub(super) lazy_update: LazyUpdate<F>,
}

/// The steps since all coordinates were in sync, and the number of them that each coordinate has taken.
#[derive(Clone, Debug)]
pub(super) struct PendingSteps<F> {
    /// Number of steps since then.
    pub(super) count: u16,
    /// Largest number of steps: then all coordinates are synced and the count begins again.
    pub(super) max_count: u16,
    /// Number of steps that each coordinate has taken; empty where zero-gradient steps change nothing in any group.
    pub(super) last_steps: Vec<u16>,
    pub(super) groups: Vec<HyperparamGroup<F>>,
    /// The group of each tensor.
    group_of: Vec<usize>,
    /// The coordinates synced last: a step usually follows at the same ones.
    just_synced: Vec<u32>,
}

/// The tensors of an optimizer with the parameters that are synced.
pub(super) struct SyncTarget<'a, F: Real, X> {
    pub(super) rule: &'a BoxedRule<F>,
    pub(super) isa: Isa,
    pub(super) tensors: &'a [BoundTensor],
    pub(super) states: &'a mut [TensorState<F>],
    /// The parameters of each tensor.
    pub(super) x: X,
}

impl<F: Real> PendingSteps<F> {
    /// No steps yet, over tensors with `len` coordinates in total; `lazy_update` of each group is given.
    pub(super) fn new(
        tensors: &[BoundTensor],
        len: usize,
        lazy_update: impl Fn(TensorHyperparams) -> LazyUpdate<F>,
    ) -> Self {
        let mut groups: Vec<HyperparamGroup<F>> = Vec::new();
        let mut group_of = |tensor: &BoundTensor| {
            let hyperparams = tensor.hyperparams;
            let known = groups.iter().position(|group| group.hyperparams == hyperparams);
            known.unwrap_or_else(|| {
                groups.push(HyperparamGroup { hyperparams, lazy_update: lazy_update(hyperparams) });
                groups.len() - 1
            })
        };
        let group_of = tensors.iter().map(&mut group_of).collect();
        let noop = groups.iter().all(|group| matches!(group.lazy_update, LazyUpdate::Noop));
        // Syncing all coordinates and keeping one row per step cost about the same: √len steps, and both are small
        // compared with the coordinates that the steps touch.
        let max_count = len.isqrt().clamp(128, 1024) as u16;
        let last_steps = vec![0; if noop { 0 } else { len }];
        Self { count: 0, max_count, last_steps, groups, group_of, just_synced: Vec::new() }
    }

    /// Returns `true` if any coordinate may have steps pending.
    pub(super) fn is_stale(&self) -> bool {
        self.count > 0
    }

    /// Memory for the bookkeeping, in bytes.
    pub(super) fn bytes(&self) -> usize {
        size_of_val(&self.last_steps[..]) + size_of_val(&self.just_synced[..])
    }

    /// Counts one more step, which is then pending for all coordinates that it did not touch.
    pub(super) fn end_step(&mut self) {
        self.count += 1;
        self.just_synced.clear();
    }

    /// Begins again, when all coordinates are in sync.
    fn clear(&mut self) {
        self.count = 0;
        self.just_synced.clear();
        self.last_steps.fill(0);
        for group in &mut self.groups {
            match &mut group.lazy_update {
                LazyUpdate::Noop => {}
                LazyUpdate::ClosedForm(table) => table.clear(),
                LazyUpdate::Replay(steps) => steps.clear(),
            }
        }
    }

    /// Applies the pending steps to the listed coordinates, or to all.
    pub(super) fn sync<'x, X>(&mut self, target: SyncTarget<'_, F, X>, coordinates: Option<&[u32]>)
    where
        X: Iterator<Item = &'x mut [F]>,
        F: 'x,
    {
        if !self.is_stale() || coordinates.is_some_and(|coordinates| coordinates == self.just_synced) {
            return;
        }
        let SyncTarget { rule, isa, tensors, states, x } = target;
        let (mut closed_form, mut replays) = (Vec::new(), Vec::new());
        for (tensor, slice) in sparse_slices(tensors, states, &mut self.last_steps, x, coordinates) {
            match &self.groups[self.group_of[tensor]].lazy_update {
                LazyUpdate::Noop => {}
                LazyUpdate::ClosedForm(table) => closed_form.push((slice, table)),
                LazyUpdate::Replay(steps) => replays.push(SparseReplay { slice, steps }),
            }
        }
        sync(closed_form, self.count, isa);
        rule.replay(replays, self.count, isa);
        match coordinates {
            Some(coordinates) => {
                self.just_synced.clear();
                self.just_synced.extend_from_slice(coordinates);
            }
            None => self.clear(),
        }
    }
}

/// The coordinates of each tensor that has any, with the number of the tensor: those listed in ascending order, or
/// all.
pub(super) fn sparse_slices<'a, 'x: 'a, F: Real>(
    tensors: &[BoundTensor],
    states: &'a mut [TensorState<F>],
    last_steps: &'a mut [u16],
    x: impl Iterator<Item = &'x mut [F]>,
    coordinates: Option<&'a [u32]>,
) -> Vec<(usize, SparseSlice<'a, F>)> {
    let mut last_steps = (!last_steps.is_empty()).then(|| split_mut(tensors, last_steps));
    let mut remaining = coordinates;
    let each = tensors.iter().zip(states).zip(x).enumerate().map(|(k, ((tensor, state), x))| {
        let coordinates = match &mut remaining {
            None => CoordinateSet::All(tensor.range.len()),
            Some(remaining) => {
                let end = remaining.partition_point(|&i| (i as usize) < tensor.range.end);
                let (coordinates, after) = remaining.split_at(end);
                *remaining = after;
                CoordinateSet::Listed { coordinates, offset: tensor.range.start }
            }
        };
        let last_steps: &mut [u16] = match &mut last_steps {
            Some(each) => each.next().unwrap_or_else(|| unreachable!("every tensor has its part")),
            None => &mut [],
        };
        (k, SparseSlice::new(coordinates, x, &mut state.slots, last_steps))
    });
    each.filter(|(_, slice)| slice.count() > 0).collect()
}
