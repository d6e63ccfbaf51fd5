//! Sparse steps that some coordinates have not taken yet.

use super::bound_group::{BoundGroup, ByRule};
use super::bound_tensor::{BoundTensor, split_mut};
use super::tensor_state::TensorState;
use crate::algebra::{StepContext, ZeroGradStep};
use crate::kernel::{CatchUpTable, CoordinateSet, Isa, SparseReplay, SparseSlice, StepModifiers, sync};
use crate::method::OptimizerOptions;
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

/// Tensors that skipped the same steps: those of one group with one counter.
#[derive(Clone, Debug)]
pub(super) struct PendingGroup<F> {
    /// Index of the first of the tensors; the others have the same group, counter and activity.
    tensor: usize,
    lazy_update: LazyUpdate<F>,
}

/// The next step, as sparse steps see it.
pub(super) struct NextStep<'a, F: Real> {
    pub(super) options: &'a OptimizerOptions,
    pub(super) lr_factor: f64,
    pub(super) groups: &'a [BoundGroup<F>],
    pub(super) tensors: &'a [BoundTensor],
}

impl<F: Real> NextStep<'_, F> {
    /// The scalars of a tensor whose gradient is multiplied by `scale`.
    pub(super) fn scalars(&self, tensor: &BoundTensor, scale: f64) -> (StepContext, StepModifiers) {
        let scalars = self.groups[tensor.group].next_scalars(self.options.decay, self.lr_factor, tensor.counter);
        scalars.at_scale(self.options, scale)
    }

    /// The effect of the step on a tensor where its gradient is zero, where the rule describes it.
    fn zero_grad_step(&self, tensor: &BoundTensor) -> Option<ZeroGradStep> {
        let (step, _) = self.scalars(tensor, 1.0);
        self.groups[tensor.group].kernel.rule.zero_grad_step(&step)
    }

    /// The way in which the coordinates of a tensor catch up with the steps that they skip.
    fn lazy_update(&self, tensor: &BoundTensor) -> LazyUpdate<F> {
        if !tensor.is_active() {
            return LazyUpdate::Noop;
        }
        let (_, modifiers) = self.scalars(tensor, 1.0);
        match self.zero_grad_step(tensor) {
            // A decay may be 0 at this step, where the rate is, and not at the next.
            Some(zero) if self.groups[tensor.group].kernel.weight_decay() == 0.0 && zero.is_noop() => LazyUpdate::Noop,
            Some(zero) => {
                CatchUpTable::new(&zero, &modifiers).map_or(LazyUpdate::Replay(Vec::new()), LazyUpdate::ClosedForm)
            }
            None => LazyUpdate::Replay(Vec::new()),
        }
    }
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
    groups: Vec<PendingGroup<F>>,
    /// The group of each tensor.
    group_of: Vec<usize>,
    /// The coordinates synced last: a step usually follows at the same ones.
    just_synced: Vec<u32>,
}

/// The tensors of an optimizer with the parameters that are synced.
pub(super) struct SyncTarget<'a, F: Real, X> {
    pub(super) groups: &'a [BoundGroup<F>],
    pub(super) isa: Isa,
    pub(super) tensors: &'a [BoundTensor],
    pub(super) states: &'a mut [TensorState<F>],
    /// The parameters of each tensor.
    pub(super) x: X,
}

impl<F: Real> PendingSteps<F> {
    /// No steps yet.
    pub(super) fn new(next: &NextStep<'_, F>) -> Self {
        let tensors = next.tensors;
        let mut groups: Vec<PendingGroup<F>> = Vec::new();
        let key = |tensor: &BoundTensor| (tensor.group, tensor.counter, tensor.activity);
        let mut group_of = |index: usize| {
            let known = groups.iter().position(|group| key(&tensors[group.tensor]) == key(&tensors[index]));
            known.unwrap_or_else(|| {
                groups.push(PendingGroup { tensor: index, lazy_update: next.lazy_update(&tensors[index]) });
                groups.len() - 1
            })
        };
        let group_of = (0..tensors.len()).map(&mut group_of).collect();
        let noop = groups.iter().all(|group| matches!(group.lazy_update, LazyUpdate::Noop));
        // Syncing all coordinates and keeping one row per step cost about the same: √len steps, and both are small
        // compared with the coordinates that the steps touch.
        let len = tensors.last().map_or(0, |tensor| tensor.range.end);
        let max_count = len.isqrt().clamp(128, 1024) as u16;
        let last_steps = vec![0; if noop { 0 } else { len }];
        Self { count: 0, max_count, last_steps, groups, group_of, just_synced: Vec::new() }
    }

    /// Returns `true` if the next step can be appended to the pending ones.
    pub(super) fn accepts(&self, next: &NextStep<'_, F>) -> bool {
        self.groups.iter().all(|PendingGroup { tensor, lazy_update }| match lazy_update {
            LazyUpdate::ClosedForm(table) => {
                next.zero_grad_step(&next.tensors[*tensor]).is_some_and(|zero| table.accepts(&zero))
            }
            LazyUpdate::Noop | LazyUpdate::Replay(_) => true,
        })
    }

    /// Appends the next step, which is then pending for all coordinates that it does not touch.
    pub(super) fn append(&mut self, next: &NextStep<'_, F>) {
        if self.last_steps.is_empty() {
            return;
        }
        for PendingGroup { tensor, lazy_update } in &mut self.groups {
            let tensor = &next.tensors[*tensor];
            let (step, modifiers) = next.scalars(tensor, 1.0);
            match lazy_update {
                LazyUpdate::Noop => {}
                LazyUpdate::ClosedForm(table) => {
                    let zero = next.zero_grad_step(tensor);
                    let zero = zero.unwrap_or_else(|| unreachable!("`accepts` was asked before"));
                    table.push(&zero, &modifiers);
                }
                LazyUpdate::Replay(steps) => steps.push((step, modifiers)),
            }
        }
        self.count += 1;
        self.just_synced.clear();
    }

    /// Returns `true` if any coordinate may have steps pending.
    pub(super) fn is_stale(&self) -> bool {
        self.count > 0
    }

    /// Memory for the bookkeeping, in bytes.
    pub(super) fn bytes(&self) -> usize {
        size_of_val(&self.last_steps[..]) + size_of_val(&self.just_synced[..])
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
        let SyncTarget { groups, isa, tensors, states, x } = target;
        let mut closed_form = Vec::new();
        let mut replays = ByRule::new(groups);
        for (tensor, slice) in sparse_slices(tensors, states, &mut self.last_steps, x, coordinates) {
            match &self.groups[self.group_of[tensor]].lazy_update {
                LazyUpdate::Noop => {}
                LazyUpdate::ClosedForm(table) => closed_form.push((slice, table)),
                LazyUpdate::Replay(steps) => {
                    replays.push(tensors[tensor].group, SparseReplay { slice, steps });
                }
            }
        }
        sync(closed_form, self.count, isa);
        replays.for_each(|rule, replays| rule.replay(replays, self.count, isa));
        match coordinates {
            Some(coordinates) => {
                self.just_synced.clear();
                self.just_synced.extend_from_slice(coordinates);
            }
            None => self.clear(),
        }
    }
}

/// The coordinates of each tensor that has any and is not frozen, with the number of the tensor: those listed in
/// ascending order, or all.
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
    each.filter(|(k, slice)| slice.count() > 0 && tensors[*k].is_active()).collect()
}
