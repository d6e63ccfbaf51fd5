//! A rule applied to some coordinates of tensors: a step, pending steps one by one, and the lookahead.

use std::sync::Arc;

use super::super::fused::StepPass;
use super::super::isa::Isa;
use super::super::modifiers::StepModifiers;
use super::super::parallel::{Splittable, for_each_balanced};
use super::super::segment::{NativeSegment, Segment};
use super::slice::{SparseSlice, SparseTile, TILE};
use crate::algebra::{Rule, Slots, StepContext};
use crate::real::Real;

/// A step of some coordinates of one tensor.
#[derive(Debug)]
pub struct SparseStep<'a, F: Real> {
    pub(crate) step: StepContext,
    pub(crate) modifiers: StepModifiers,
    pub(crate) slice: SparseSlice<'a, F>,
    /// Gradient, one number per coordinate.
    pub(crate) g: &'a [F],
}

/// Some coordinates of one tensor, and all steps since every coordinate was in sync.
#[derive(Debug)]
pub struct SparseReplay<'a, F: Real> {
    pub(crate) slice: SparseSlice<'a, F>,
    pub(crate) steps: &'a [(StepContext, StepModifiers)],
}

/// Lookahead of some coordinates of one tensor.
#[derive(Debug)]
pub struct SparseLookahead<'a, F: Real> {
    pub(crate) step: StepContext,
    pub(crate) slice: SparseSlice<'a, F>,
    /// Receives the points at which the gradient is needed, one number per coordinate.
    pub(crate) out: &'a mut [F],
}

/// Makes one step, which is number `now` of the pending ones.
pub(in crate::kernel) fn step<F: Real, R: Rule>(rule: &R, steps: Vec<SparseStep<'_, F>>, now: u16, isa: Isa) {
    let tasks = steps.into_iter().map(|SparseStep { step, modifiers, slice, g }| SparseTask {
        shared: StepPass::<F, R>::new(rule.scalars(&step), &modifiers),
        slice,
        values: g,
    });
    run(tasks.collect(), |SparseTask { shared: pass, slice, values: g }| {
        slice.for_each_tile(|slice, tile, from| {
            tile.gather(slice);
            let n = tile.len;
            tile.segment(&g[from..][..n]).update(isa, &pass);
            tile.scatter(slice, now);
        });
    });
}

/// Makes the pending steps before step `now`, one by one with a gradient of 0: the same bits as if every coordinate
/// had taken each of them.
pub(in crate::kernel) fn replay<F: Real, R: Rule>(rule: &R, replays: Vec<SparseReplay<'_, F>>, now: u16, isa: Isa) {
    let tasks = replays.into_iter().filter_map(|SparseReplay { slice, steps }| {
        let first = slice.first_pending(now)?;
        let pass =
            |(step, modifiers): &(StepContext, StepModifiers)| StepPass::<F, R>::new(rule.scalars(step), modifiers);
        let passes = steps[usize::from(first)..usize::from(now)].iter().map(pass).collect::<Arc<[_]>>();
        Some(SparseTask { shared: PendingPasses { first, passes }, slice, values: NoValues })
    });
    run(tasks.collect(), |SparseTask { shared: PendingPasses { first, passes }, slice, .. }| {
        slice.for_each_tile(|slice, tile, _| {
            if !tile.gather_last_steps(slice, now) {
                return;
            }
            tile.sort_by_last_step();
            tile.gather(slice);
            // The coordinates with the most pending steps come first; the others join one after another.
            let (len, mut n) = (tile.len, 0);
            for (pass, step) in passes.iter().zip(first..) {
                n += tile.last_steps[n..len].iter().take_while(|last| **last <= step).count();
                tile.segment(&[F::ZERO; TILE][..n]).update(isa, pass);
            }
            tile.scatter(slice, now);
        });
    });
}

/// Writes the points at which the gradients are needed.
pub(in crate::kernel) fn lookahead<F: Real, R: Rule>(rule: &R, lookaheads: Vec<SparseLookahead<'_, F>>) {
    let tasks = lookaheads.into_iter().map(|SparseLookahead { step, slice, out }| SparseTask {
        shared: rule.scalars::<F>(&step),
        slice,
        values: out,
    });
    run(tasks.collect(), |SparseTask { shared: scalars, slice, values: out }| {
        slice.for_each_tile(|slice, tile, from| {
            tile.gather(slice);
            for (i, out) in out[from..].iter_mut().enumerate().take(tile.len) {
                let slots = tile.each_slot::<R, _>(|slot| slot[i]);
                *out = R::lookahead(&scalars, tile.x[i], &R::Slots::load(&slots, |v| *v));
            }
        });
    });
}

impl<F: Real> SparseTile<F> {
    /// The first coordinates of the tile, one for each number of `g`, as a segment of the fused loop.
    fn segment<'a, R: Rule>(&'a mut self, g: &'a [F]) -> NativeSegment<'a, F, R> {
        let n = g.len();
        let mut slots = self.slots.iter_mut();
        let slots = R::Slots::each(&mut || match slots.next() {
            Some(slot) => &mut slot[..n],
            None => unreachable!("a tile has one array for each slot of its rule"),
        });
        NativeSegment { x: &mut self.x[..n], g, slots }
    }

    fn each_slot<R: Rule, T: Send>(&self, view: impl Fn(&[F; TILE]) -> T) -> <R::Slots<F> as Slots<F>>::Each<T> {
        let mut slots = self.slots.iter();
        R::Slots::each(&mut || match slots.next() {
            Some(slot) => view(slot),
            None => unreachable!("a tile has one array for each slot of its rule"),
        })
    }
}

/// The passes of pending steps, from step number `first` on.
#[derive(Clone)]
struct PendingPasses<F: Real, R: Rule> {
    first: u16,
    passes: Arc<[StepPass<F, R>]>,
}

/// Some coordinates of a tensor, with what all of them share and with values for each.
struct SparseTask<'a, F: Real, P, V> {
    shared: P,
    slice: SparseSlice<'a, F>,
    values: V,
}

/// Values for each coordinate, or none.
trait SplitValues: Sized + Send {
    fn split(self, middle: usize) -> (Self, Self);
}

struct NoValues;

impl SplitValues for NoValues {
    fn split(self, _: usize) -> (Self, Self) {
        (Self, Self)
    }
}

impl<T: Sync> SplitValues for &[T] {
    fn split(self, middle: usize) -> (Self, Self) {
        self.split_at(middle)
    }
}

impl<T: Send> SplitValues for &mut [T] {
    fn split(self, middle: usize) -> (Self, Self) {
        self.split_at_mut(middle)
    }
}

impl<F: Real, P: Clone + Send, V: SplitValues> Splittable for SparseTask<'_, F, P, V> {
    fn len(&self) -> usize {
        Splittable::len(&self.slice)
    }

    fn split(self, middle: usize) -> Result<(Self, Self), Self> {
        let Self { shared, slice, values } = self;
        match slice.split(middle) {
            Ok((slice, right)) => {
                let (values, values_right) = values.split(slice.count());
                let left = Self { shared: shared.clone(), slice, values };
                Ok((left, Self { shared, slice: right, values: values_right }))
            }
            Err(slice) => Err(Self { shared, slice, values }),
        }
    }
}

fn run<T: Splittable>(tasks: Vec<T>, work: impl Fn(T) + Sync + Send) {
    let total = tasks.iter().map(Splittable::len).sum();
    for_each_balanced(tasks.into_iter(), total, work);
}
