//! A step of a list of tensors: one piece of work, shared out over the threads.

use std::fmt::Debug;

use half::bf16;
use rayon::prelude::*;

use super::codec::BLOCK;
use super::dither::Dither;
use super::fused::StepPass;
use super::isa::Isa;
use super::lookahead::{Lookahead, LookaheadTask};
use super::modifiers::StepModifiers;
use super::pairwise_sum::GRAIN;
use super::parallel::{self, Splittable};
use super::segment::{NativeSegment, TensorSegment};
use super::slot_buffer::SlotBuffer;
use super::sparse::{self, SparseLookahead, SparseReplay, SparseStep};
use super::tensor_ref::{TensorMut, TensorRef};
use super::tiled::Tiled;
use crate::algebra::{Rule, Slot, Slots, StepContext, ZeroGradStep};
use crate::real::Real;

/// A rule behind one pointer: how an optimizer holds a method it knows only at run time.
pub type BoxedRule<F> = Box<dyn DynRule<F>>;

impl<F: Real> Clone for BoxedRule<F> {
    fn clone(&self) -> Self {
        self.boxed()
    }
}

/// One tensor's part in a step.
#[derive(Debug)]
pub struct TensorUpdate<'a, F: Real> {
    pub(crate) at: StepContext,
    pub(crate) modifiers: StepModifiers,
    pub(crate) x: TensorMut<'a, F>,
    pub(crate) g: TensorRef<'a, F>,
    pub(crate) buffers: &'a mut [SlotBuffer<F>],
    /// What x leaves over in bf16, where it is kept.
    pub(crate) residual: Option<&'a mut [bf16]>,
    pub(crate) average: Option<AverageUpdate<'a, F>>,
    /// The place of its first number among all parameters.
    pub(crate) index: u64,
}

/// An average of x, moved by `share` towards it.
#[derive(Debug)]
pub(crate) struct AverageUpdate<'a, F> {
    pub(crate) of: &'a mut [F],
    pub(crate) share: F,
}

/// A [`Rule`] applied to tensors. Every rule is one; nothing else needs to be.
pub trait DynRule<F: Real>: Debug + Send + Sync {
    /// As [`Rule::slots`].
    fn slots(&self) -> Vec<Slot>;
    /// As [`Rule::carry`].
    fn carry(&self, t: u64, before: f64) -> f64;
    /// As [`Rule::lookaheads`].
    fn needs_lookahead(&self) -> bool;
    /// One step of all tensors.
    fn step(&self, shares: Vec<TensorUpdate<'_, F>>, isa: Isa, dither: Dither);
    /// Writes where each tensor's gradient is wanted.
    fn lookahead(&self, lookaheads: Vec<Lookahead<'_, F>>, isa: Isa);
    /// What a step without a gradient comes to, as scalars; see [`Rule::residual`].
    fn zero_grad_step(&self, at: &StepContext) -> Option<ZeroGradStep>;
    /// As [`Rule::NEEDS_NORMS`].
    fn needs_norms(&self) -> bool;
    /// One step of some coordinates of each tensor; they are then up to date to the step `now` of their window.
    fn step_sparse(&self, shares: Vec<SparseStep<'_, F>>, now: u16, isa: Isa);
    /// The steps up to `now` that some coordinates of each tensor missed, one by one.
    fn replay(&self, missed: Vec<SparseReplay<'_, F>>, now: u16, isa: Isa);
    /// Writes where the gradient of some coordinates of each tensor is wanted.
    fn lookahead_sparse(&self, lookaheads: Vec<SparseLookahead<'_, F>>);
    /// A copy behind its own pointer.
    fn boxed(&self) -> BoxedRule<F>;
}

impl<F: Real, R: Rule> DynRule<F> for R {
    fn slots(&self) -> Vec<Slot> {
        Rule::slots(self)
    }

    fn carry(&self, t: u64, before: f64) -> f64 {
        Rule::carry(self, t, before)
    }

    fn needs_lookahead(&self) -> bool {
        Rule::needs_lookahead(self)
    }

    fn step(&self, shares: Vec<TensorUpdate<'_, F>>, isa: Isa, dither: Dither) {
        let total = shares.iter().map(|share| share.g.len()).sum();
        if parallel::is_many(shares.iter().map(|share| share.g.len()), total) {
            // None is cut, so that each thread makes its own loads.
            let slice = shares.len().div_ceil(8 * rayon::current_num_threads());
            let work = |last: &mut _, share| UpdateTask::after(last, self, share, dither).run(self, isa);
            return shares.into_par_iter().with_min_len(slice).for_each_init(|| None, work);
        }
        let mut last = None;
        let loads = shares.into_iter().map(|share| UpdateTask::after(&mut last, self, share, dither));
        if !R::NEEDS_NORMS {
            return parallel::for_each_balanced(loads, total, |load| load.run(self, isa));
        }
        // Long tensors are measured by all threads first; what fits a cache is measured and moved in one visit.
        let mut loads: Vec<_> = loads.collect();
        loads.par_iter_mut().filter(|load| load.len() > GRAIN).for_each(|load| load.compute_norms(self, isa));
        parallel::for_each_balanced(loads.into_iter(), total, |load| load.run(self, isa));
    }

    fn lookahead(&self, lookaheads: Vec<Lookahead<'_, F>>, isa: Isa) {
        let total = lookaheads.iter().map(|look| look.out.len()).sum();
        let pieces = lookaheads.into_iter().map(|look| LookaheadTask::new(self, look));
        parallel::for_each_balanced(pieces, total, |piece| piece.run(isa));
    }

    fn zero_grad_step(&self, at: &StepContext) -> Option<ZeroGradStep> {
        R::zero_grad_step::<F>(&self.scalars(at))
    }

    fn needs_norms(&self) -> bool {
        R::NEEDS_NORMS
    }

    fn step_sparse(&self, shares: Vec<SparseStep<'_, F>>, now: u16, isa: Isa) {
        sparse::step(self, shares, now, isa);
    }

    fn replay(&self, missed: Vec<SparseReplay<'_, F>>, now: u16, isa: Isa) {
        sparse::replay(self, missed, now, isa);
    }

    fn lookahead_sparse(&self, lookaheads: Vec<SparseLookahead<'_, F>>) {
        sparse::lookahead(self, lookaheads);
    }

    fn boxed(&self) -> BoxedRule<F> {
        Box::new(*self)
    }
}

/// A stretch of one tensor with all that a pass over it needs: what a thread is given to do.
struct UpdateTask<'a, F: Real, R: Rule> {
    pass: StepPass<F, R>,
    /// For a rule that has not measured yet.
    pending_norms: Option<StepContext>,
    segment: TensorSegment<'a, F, R>,
    average: Option<AverageUpdate<'a, F>>,
}

impl<'a, F: Real, R: Rule> UpdateTask<'a, F, R> {
    /// The load of a share; its scalars are those of the share before, where both are of one group.
    fn after(
        last: &mut Option<(StepContext, R::Scalars<F>)>,
        rule: &R,
        share: TensorUpdate<'a, F>,
        dither: Dither,
    ) -> Self {
        let now = last.filter(|(at, _)| *at == share.at).map_or_else(|| rule.scalars(&share.at), |(_, now)| now);
        *last = Some((share.at, now));
        Self::new(now, share, dither)
    }

    fn new(now: R::Scalars<F>, share: TensorUpdate<'a, F>, dither: Dither) -> Self {
        let TensorUpdate { at, modifiers, x, g, buffers, residual, average, index } = share;
        let segment = match (x, g, buffers.first()) {
            (TensorMut::Full(x), TensorRef::Full(g), None | Some(SlotBuffer::Full(_))) => {
                let mut buffers = buffers.iter_mut().filter_map(SlotBuffer::full);
                let buffers = R::Slots::each(&mut || buffers.next().unwrap_or_default());
                TensorSegment::Native(NativeSegment { x, g, buffers })
            }
            // All columns of a tensor are of one kind.
            (x, g, Some(SlotBuffer::Bf16(_))) if TensorSegment::<F, R>::OWN_LOOPS => {
                let mut buffers = buffers.iter_mut().filter_map(SlotBuffer::half);
                let buffers = R::Slots::each(&mut || buffers.next().unwrap_or_default());
                TensorSegment::Bf16(Box::new(Tiled { x, g, buffers, residual, dither, index }))
            }
            (x, g, Some(SlotBuffer::Q8 { .. })) if TensorSegment::<F, R>::OWN_LOOPS => {
                let mut buffers = buffers.iter_mut().filter_map(SlotBuffer::eighth);
                let buffers = R::Slots::each(&mut || buffers.next().unwrap_or_default());
                TensorSegment::Q8(Box::new(Tiled { x, g, buffers, residual, dither, index }))
            }
            (x, g, _) => {
                let mut buffers = buffers.iter_mut().map(SlotBuffer::any);
                let buffers = R::Slots::each(&mut || buffers.next().unwrap_or_default());
                TensorSegment::Mixed(Box::new(Tiled { x, g, buffers, residual, dither, index }))
            }
        };
        Self { pass: StepPass::new(now, &modifiers), pending_norms: R::NEEDS_NORMS.then_some(at), segment, average }
    }

    fn compute_norms(&mut self, rule: &R, isa: Isa) {
        // The constant keeps the compiler from building this for rules that never measure.
        if R::NEEDS_NORMS
            && let Some(at) = self.pending_norms.take()
        {
            let norms = self.segment.norms(isa, &self.pass);
            self.pass.scalars = rule.with_norms(self.pass.scalars, norms, &at);
        }
    }

    fn run(mut self, rule: &R, isa: Isa) {
        self.compute_norms(rule, isa);
        let Some(average) = self.average.take() else {
            return self.segment.sweep(isa, &self.pass);
        };
        // In stretches, so that the average finds x still in the cache.
        let (mut segment, mut of) = (self.segment, average.of);
        while !of.is_empty() {
            let n = parallel::SPLIT_MULTIPLE.min(of.len());
            let (mut head, residual) = segment.cut(n);
            head.sweep(isa, &self.pass);
            let (average_of_head, rest_of) = of.split_at_mut(n);
            head.follow(isa, average_of_head, average.share);
            (segment, of) = (residual, rest_of);
        }
    }
}

impl<F: Real, R: Rule> Splittable for UpdateTask<'_, F, R> {
    fn len(&self) -> usize {
        self.segment.x().len()
    }

    fn cut(self, middle: usize) -> Result<(Self, Self), Self> {
        if self.pending_norms.is_some() {
            return Err(self);
        }
        let Self { pass, pending_norms, segment, average } = self;
        let (segment, held_right) = segment.cut(middle);
        let (average, average_right) = average.map(|average| average.cut(middle)).unzip();
        let left = Self { pass, pending_norms, segment, average };
        Ok((left, Self { pass, pending_norms, segment: held_right, average: average_right }))
    }
}

impl<'a, F: Real> AverageUpdate<'a, F> {
    fn cut(self, middle: usize) -> (Self, Self) {
        let (left, right): (&'a mut [F], _) = self.of.split_at_mut(middle);
        (Self { of: left, share: self.share }, Self { of: right, share: self.share })
    }
}

const _: () = assert!(parallel::SPLIT_MULTIPLE.is_multiple_of(BLOCK), "what is cut must be whole blocks");
