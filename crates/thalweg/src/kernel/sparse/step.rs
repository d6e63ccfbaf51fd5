//! A rule applied to some coordinates of tensors: a step, the steps they missed one by one, a look ahead.

use super::super::fused::StepPass;
use super::super::isa::Isa;
use super::super::modifiers::StepModifiers;
use super::super::parallel::{self, Splittable};
use super::super::segment::{self, NativeSegment};
use super::slice::{SparseSlice, TILE};
use crate::algebra::{Rule, Slots, StepContext};
use crate::real::Real;

/// Some coordinates of one tensor with the scalars of a step, and their gradient.
#[derive(Debug)]
pub struct SparseStep<'a, F: Real> {
    pub(crate) at: StepContext,
    pub(crate) modifiers: StepModifiers,
    pub(crate) slice: SparseSlice<'a, F>,
    /// As long as the coordinates are many.
    pub(crate) g: &'a [F],
}

/// Some coordinates of one tensor, and the scalars of each step since all were up to date.
#[derive(Debug)]
pub struct SparseReplay<'a, F: Real> {
    pub(crate) slice: SparseSlice<'a, F>,
    pub(crate) steps: &'a [(StepContext, StepModifiers)],
}

/// Where the gradient of some coordinates is wanted.
#[derive(Debug)]
pub struct SparseLookahead<'a, F: Real> {
    pub(crate) at: StepContext,
    pub(crate) slice: SparseSlice<'a, F>,
    /// As long as the coordinates are many.
    pub(crate) out: &'a mut [F],
}

/// One step, which is number `now`.
pub(in crate::kernel) fn step<F: Real, R: Rule>(rule: &R, shares: Vec<SparseStep<'_, F>>, now: u16, isa: Isa) {
    let pieces = shares
        .into_iter()
        .map(|SparseStep { at, modifiers, slice, g }| (StepPass::<F, R>::new(rule.scalars(&at), &modifiers), slice, g));
    let pieces: Vec<_> = pieces.map(|(pass, slice, side)| SparseTask { pass, slice, side }).collect();
    share(pieces, |SparseTask { pass, slice, side: g }| {
        slice.each_tile(|slice, tile, from| {
            tile.fetch(slice);
            let n = tile.n;
            let mut slots = tile.slots.iter_mut().map(|slot| &mut slot[..n]);
            let buffers = R::Slots::each(&mut || slots.next().unwrap_or_default());
            segment::sweep(&mut NativeSegment::<F, R> { x: &mut tile.x[..n], g: &g[from..][..n], buffers }, isa, &pass);
            tile.put(slice, now);
        });
    });
}

/// The steps before step `now` that coordinates missed, one by one with a gradient of 0: the same bits as if they had
/// taken them.
pub(in crate::kernel) fn replay<F: Real, R: Rule>(rule: &R, missed: Vec<SparseReplay<'_, F>>, now: u16, isa: Isa) {
    let pieces = missed.into_iter().filter_map(|SparseReplay { slice, steps }| {
        let oldest = usize::from(slice.oldest(now)?);
        let pass = |(at, modifiers): &(StepContext, StepModifiers)| StepPass::<F, R>::new(rule.scalars(at), modifiers);
        let passes: Vec<_> = steps[oldest..usize::from(now)].iter().map(pass).collect();
        Some((slice, oldest, std::sync::Arc::new(passes)))
    });
    let pieces: Vec<_> =
        pieces.map(|(slice, oldest, pass)| SparseTask { pass: (oldest, pass), slice, side: Nothing }).collect();
    share(pieces, |SparseTask { pass: (oldest, passes), slice, .. }| {
        slice.each_tile(|slice, tile, _| {
            if !tile.fetch_last(slice, now) {
                return;
            }
            tile.order();
            tile.fetch(slice);
            // Who has been away longest comes first: the others join in one after another.
            let mut n = 0;
            for (pass, step) in passes.iter().zip(oldest as u16..) {
                n += tile.last[n..tile.n].iter().take_while(|last| **last <= step).count();
                let mut slots = tile.slots.iter_mut().map(|slot| &mut slot[..n]);
                let buffers = R::Slots::each(&mut || slots.next().unwrap_or_default());
                let g = &[F::ZERO; TILE][..n];
                segment::sweep(&mut NativeSegment::<F, R> { x: &mut tile.x[..n], g, buffers }, isa, pass);
            }
            tile.put(slice, now);
        });
    });
}

/// Writes where their gradient is wanted.
pub(in crate::kernel) fn lookahead<F: Real, R: Rule>(rule: &R, lookaheads: Vec<SparseLookahead<'_, F>>) {
    let pieces = lookaheads.into_iter().map(|SparseLookahead { at, slice, out }| SparseTask {
        pass: rule.scalars::<F>(&at),
        slice,
        side: out,
    });
    share(pieces.collect(), |SparseTask { pass: now, slice, side: out }| {
        slice.each_tile(|slice, tile, from| {
            tile.fetch(slice);
            for (i, out) in out[from..].iter_mut().enumerate().take(tile.n) {
                let mut slots = tile.slots.iter().map(|slot| slot[i]);
                let each = R::Slots::each(&mut || slots.next().unwrap_or_default());
                *out = R::lookahead(&now, tile.x[i], &R::Slots::load(&each, |v| *v));
            }
        });
    });
}

/// Coordinates with what is the same for all of them, and with numbers beside each.
struct SparseTask<'a, F: Real, P, S> {
    pass: P,
    slice: SparseSlice<'a, F>,
    side: S,
}

/// Numbers beside coordinates, or nothing.
trait SplitPerCoordinate: Sized + Send {
    fn split(self, middle: usize) -> (Self, Self);
}

struct Nothing;

impl SplitPerCoordinate for Nothing {
    fn split(self, _: usize) -> (Self, Self) {
        (Self, Self)
    }
}

impl<T: Sync> SplitPerCoordinate for &[T] {
    fn split(self, middle: usize) -> (Self, Self) {
        self.split_at(middle)
    }
}

impl<T: Send> SplitPerCoordinate for &mut [T] {
    fn split(self, middle: usize) -> (Self, Self) {
        self.split_at_mut(middle)
    }
}

impl<F: Real, P: Clone + Send, S: SplitPerCoordinate> Splittable for SparseTask<'_, F, P, S> {
    fn len(&self) -> usize {
        Splittable::len(&self.slice)
    }

    fn cut(self, middle: usize) -> Result<(Self, Self), Self> {
        let Self { pass, slice, side } = self;
        match slice.cut(middle) {
            Ok((slice, right)) => {
                let (side, side_right) = side.split(slice.count());
                Ok((Self { pass: pass.clone(), slice, side }, Self { pass, slice: right, side: side_right }))
            }
            Err(slice) => Err(Self { pass, slice, side }),
        }
    }
}

fn share<P: Splittable>(pieces: Vec<P>, work: impl Fn(P) + Sync + Send) {
    let total = pieces.iter().map(Splittable::len).sum();
    parallel::for_each_balanced(pieces.into_iter(), total, work);
}
