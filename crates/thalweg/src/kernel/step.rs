//! One step of a list of tensors, distributed over the threads.

use std::fmt::Debug;

use half::bf16;

use super::codec::BLOCK;
use super::dither::Dither;
use super::fused::StepPass;
use super::isa::Isa;
use super::lookahead::{Lookahead, LookaheadTask};
use super::modifiers::StepModifiers;
use super::pairwise_sum::SERIAL;
use super::parallel::{self, Splittable, for_each, for_each_balanced};
use super::pool;
use super::segment::NativeSegment;
use super::sparse::{self, SparseLookahead, SparseReplay, SparseStep};
use super::tensor_ref::{TensorMut, TensorRef};
use super::tensor_segment::TensorSegment;
use super::tensor_slots::TensorSlots;
use super::tiled::Tiled;
use crate::algebra::{Rule, Slot, StepContext, ZeroGradStep};
use crate::real::Real;

/// A rule behind a pointer: the form in which an optimizer holds a method that is known only at run time.
pub(crate) type BoxedRule<F> = Box<dyn DynRule<F>>;

impl<F: Real> Clone for BoxedRule<F> {
    fn clone(&self) -> Self {
        self.boxed()
    }
}

/// One tensor's part of a step.
#[derive(Debug)]
pub struct TensorUpdate<'s, 'a, F: Real> {
    pub(crate) step: StepContext,
    pub(crate) modifiers: StepModifiers,
    pub(crate) x: TensorMut<'s, F>,
    pub(crate) g: TensorRef<'s, F>,
    pub(crate) slots: TensorSlots<'s, 'a, F>,
    /// Rounding residual of bf16 parameters, where it is kept.
    pub(crate) residual: Option<&'s mut [bf16]>,
    pub(crate) average: Option<AverageUpdate<'s, F>>,
    /// Index of the first coordinate among all parameters.
    pub(crate) index: u64,
}

/// An average of x that moves by the fraction `weight` towards it.
#[derive(Debug)]
pub(crate) struct AverageUpdate<'a, F> {
    pub(crate) average: &'a mut [F],
    pub(crate) weight: F,
}

/// A [`Rule`] applied to tensors. Every rule implements it; nothing else needs to.
pub trait DynRule<F: Real>: Debug + Send + Sync {
    /// Returns the slots of the rule, as [`Rule::slots`].
    fn slots(&self) -> Vec<Slot>;
    /// Returns the carried scalar of step `t`, as [`Rule::carry`].
    fn carry(&self, t: u64, before: f64) -> f64;
    /// Returns `true` if the gradient is needed elsewhere than at x, as [`Rule::needs_lookahead`].
    fn needs_lookahead(&self) -> bool;
    /// Returns `true` if the rule needs norms of whole tensors, as [`Rule::NEEDS_NORMS`].
    fn needs_norms(&self) -> bool;
    /// As [`Rule::zero_grad_step`], at the given step.
    fn zero_grad_step(&self, step: &StepContext) -> Option<ZeroGradStep>;
    /// Makes one step of one tensor; `seed` is that of stochastic rounding.
    fn step_one(&self, update: TensorUpdate<'_, '_, F>, isa: Isa, seed: u64);
    /// Makes one step of all tensors; `seed` is that of stochastic rounding.
    fn step(&self, updates: Vec<TensorUpdate<'_, '_, F>>, isa: Isa, seed: u64);
    /// Writes the points at which the gradients are needed; only where [`needs_lookahead`](Self::needs_lookahead) is
    /// true.
    fn lookahead(&self, lookaheads: Vec<Lookahead<'_, '_, F>>, isa: Isa);
    /// Makes one step of some coordinates of each tensor; afterwards they have taken the steps up to `now` of the
    /// pending ones.
    fn step_sparse(&self, steps: Vec<SparseStep<'_, F>>, now: u16, isa: Isa);
    /// Makes the pending steps up to `now` of some coordinates of each tensor, one by one.
    fn replay(&self, replays: Vec<SparseReplay<'_, F>>, now: u16, isa: Isa);
    /// As [`lookahead`](Self::lookahead), for some coordinates of each tensor.
    fn lookahead_sparse(&self, lookaheads: Vec<SparseLookahead<'_, F>>);
    /// Returns a copy behind a pointer of its own.
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

    fn needs_norms(&self) -> bool {
        R::NEEDS_NORMS
    }

    fn zero_grad_step(&self, step: &StepContext) -> Option<ZeroGradStep> {
        R::zero_grad_step::<F>(&self.scalars(step))
    }

    fn step_one(&self, update: TensorUpdate<'_, '_, F>, isa: Isa, seed: u64) {
        if parallel::threads_for(update.g.len()) > 1 {
            return DynRule::step(self, vec![update], isa, seed);
        }
        let scalars = self.scalars(&update.step);
        UpdateTask::new(scalars, update, seed).run(self, isa);
    }

    fn step(&self, updates: Vec<TensorUpdate<'_, '_, F>>, isa: Isa, seed: u64) {
        let total = updates.iter().map(|update| update.g.len()).sum();
        if parallel::are_many(updates.iter().map(|update| update.g.len()), total) {
            // None is split, so that each thread builds its own tasks.
            let size = updates.len().div_ceil(8 * pool::threads());
            let mut updates = updates.into_iter();
            let batches = std::iter::from_fn(|| Some(updates.by_ref().take(size).collect::<Vec<_>>()));
            return for_each(batches.take_while(|batch| !batch.is_empty()), |batch| {
                let mut last = None;
                for update in batch {
                    UpdateTask::after(&mut last, self, update, seed).run(self, isa);
                }
            });
        }
        let mut last = None;
        let tasks = updates.into_iter().map(|update| UpdateTask::after(&mut last, self, update, seed));
        // The constant keeps the compiler from building the branch for rules without norms.
        if R::NEEDS_NORMS {
            // All threads compute the norms of long tensors first; a tensor that fits the cache is updated in the
            // same visit.
            let mut tasks: Vec<_> = tasks.collect();
            for_each(tasks.iter_mut().filter(|task| task.len() > SERIAL), |task| task.compute_norms(self, isa));
            for_each_balanced(tasks.into_iter(), total, |task| task.run(self, isa));
        } else {
            for_each_balanced(tasks, total, |task| task.run(self, isa));
        }
    }

    fn lookahead(&self, lookaheads: Vec<Lookahead<'_, '_, F>>, isa: Isa) {
        if R::HAS_LOOKAHEAD {
            let total = lookaheads.iter().map(|lookahead| lookahead.out.len()).sum();
            let tasks = lookaheads.into_iter().map(|lookahead| LookaheadTask::new(self, lookahead));
            for_each_balanced(tasks, total, |task| task.run(isa));
        } else {
            unreachable!("a rule without a lookahead is not asked for its point");
        }
    }

    fn step_sparse(&self, steps: Vec<SparseStep<'_, F>>, now: u16, isa: Isa) {
        sparse::step(self, steps, now, isa);
    }

    fn replay(&self, replays: Vec<SparseReplay<'_, F>>, now: u16, isa: Isa) {
        sparse::replay(self, replays, now, isa);
    }

    fn lookahead_sparse(&self, lookaheads: Vec<SparseLookahead<'_, F>>) {
        if R::HAS_LOOKAHEAD {
            sparse::lookahead(self, lookaheads);
        } else {
            unreachable!("a rule without a lookahead is not asked for its point");
        }
    }

    fn boxed(&self) -> BoxedRule<F> {
        Box::new(*self)
    }
}

/// A segment of one tensor with everything that a pass over it needs: a unit of parallel work.
struct UpdateTask<'a, F: Real, R: Rule> {
    pass: StepPass<F, R>,
    /// The step whose norms are still to be computed, for a rule that needs them.
    pending_norms: Option<StepContext>,
    segment: TensorSegment<'a, F, R>,
    average: Option<AverageUpdate<'a, F>>,
}

impl<'a, F: Real, R: Rule> UpdateTask<'a, F, R> {
    /// The task of an update; its scalars are those of the update before, where both have the same hyperparameters.
    fn after(
        last: &mut Option<(StepContext, R::Scalars<F>)>,
        rule: &R,
        update: TensorUpdate<'a, '_, F>,
        seed: u64,
    ) -> Self {
        let same = last.filter(|(step, _)| *step == update.step);
        let scalars = same.map_or_else(|| rule.scalars(&update.step), |(_, scalars)| scalars);
        *last = Some((update.step, scalars));
        Self::new(scalars, update, seed)
    }

    #[inline]
    fn new(scalars: R::Scalars<F>, update: TensorUpdate<'a, '_, F>, seed: u64) -> Self {
        let TensorUpdate { step, modifiers, x, g, slots, residual, average, index } = update;
        let segment = match (x, g) {
            (TensorMut::Full(x), TensorRef::Full(g)) if slots.are_full() => {
                TensorSegment::Native(NativeSegment { x, g, slots: slots.into_slices::<R>() })
            }
            (x, g) => {
                let slots = slots.into_blocks();
                let dither = Dither::new(seed, step.t);
                TensorSegment::Tiled(Box::new(Tiled { x, g, slots, residual, dither, index }))
            }
        };
        let pass = StepPass::new(scalars, &modifiers);
        Self { pass, pending_norms: R::NEEDS_NORMS.then_some(step), segment, average }
    }

    fn compute_norms(&mut self, rule: &R, isa: Isa) {
        if R::NEEDS_NORMS
            && let Some(step) = self.pending_norms.take()
        {
            let norms = self.segment.norms(isa, &self.pass);
            self.pass.scalars = rule.with_norms(self.pass.scalars, norms, &step);
        }
    }

    #[inline]
    fn run(mut self, rule: &R, isa: Isa) {
        self.compute_norms(rule, isa);
        let Some(AverageUpdate { average: mut remaining, weight }) = self.average.take() else {
            return self.segment.update(isa, &self.pass);
        };
        // Piece by piece, so that the average finds x still in the cache.
        let mut segment = self.segment;
        while !remaining.is_empty() {
            let n = parallel::SPLIT_MULTIPLE.min(remaining.len());
            let (mut head, tail) = segment.split(n);
            head.update(isa, &self.pass);
            let (average, after) = remaining.split_at_mut(n);
            move_average(average, head.x(), weight, isa);
            (segment, remaining) = (tail, after);
        }
    }
}

/// average ← average + weight·(x − average).
fn move_average<F: Real>(average: &mut [F], x: TensorRef<'_, F>, weight: F, isa: Isa) {
    isa.run(
        #[inline(always)]
        || {
            let mut block_of_x = [F::ZERO; BLOCK];
            for (block, average) in average.chunks_mut(BLOCK).enumerate() {
                x.copy_range(block * BLOCK..block * BLOCK + average.len(), &mut block_of_x);
                average.iter_mut().zip(&block_of_x).for_each(|(a, &x)| *a = *a + weight * (x - *a));
            }
        },
    );
}

impl<F: Real, R: Rule> Splittable for UpdateTask<'_, F, R> {
    fn len(&self) -> usize {
        self.segment.x().len()
    }

    fn split(self, middle: usize) -> Result<(Self, Self), Self> {
        if self.pending_norms.is_some() {
            return Err(self);
        }
        let Self { pass, pending_norms, segment, average } = self;
        let (segment, segment_right) = segment.split(middle);
        let (average, average_right) = average.map(|average| average.split(middle)).unzip();
        let left = Self { pass, pending_norms, segment, average };
        Ok((left, Self { pass, pending_norms, segment: segment_right, average: average_right }))
    }
}

impl<'a, F: Real> AverageUpdate<'a, F> {
    fn split(self, middle: usize) -> (Self, Self) {
        let (left, right): (&'a mut [F], _) = self.average.split_at_mut(middle);
        (Self { average: left, weight: self.weight }, Self { average: right, weight: self.weight })
    }
}

const _: () = assert!(parallel::SPLIT_MULTIPLE.is_multiple_of(BLOCK), "segments hold whole blocks");
