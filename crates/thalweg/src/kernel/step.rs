//! A step of a list of tensors: one piece of work, shared out over the threads.

use std::fmt::Debug;

use half::bf16;
use rayon::prelude::*;

use super::codec::BLOCK;
use super::column::Column;
use super::dither::Dither;
use super::dress::Dress;
use super::fused::Pass;
use super::held::{Held, Plain};
use super::isa::Isa;
use super::look::{Ahead, Look};
use super::numbers::{Numbers, NumbersMut};
use super::sparse::{self, FewLook, FewMissed, FewShare};
use super::staged::Staged;
use super::tree::GRAIN;
use super::work::{self, Piece};
use crate::algebra::{At, Rest, Rule, Slot, Slots};
use crate::real::Real;

/// A rule behind one pointer: how an optimizer holds a method it knows only at run time.
pub type Fused<F> = Box<dyn Step<F>>;

impl<F: Real> Clone for Fused<F> {
    fn clone(&self) -> Self {
        self.boxed()
    }
}

/// One tensor's part in a step.
#[derive(Debug)]
pub struct Share<'a, F: Real> {
    pub(crate) at: At,
    pub(crate) dress: Dress,
    pub(crate) x: NumbersMut<'a, F>,
    pub(crate) g: Numbers<'a, F>,
    pub(crate) columns: &'a mut [Column<F>],
    /// What x leaves over in bf16, where it is kept.
    pub(crate) rest: Option<&'a mut [bf16]>,
    pub(crate) average: Option<Averaged<'a, F>>,
    /// The place of its first number among all parameters.
    pub(crate) index: u64,
}

/// An average of x, moved by `share` towards it.
#[derive(Debug)]
pub(crate) struct Averaged<'a, F> {
    pub(crate) of: &'a mut [F],
    pub(crate) share: F,
}

/// A [`Rule`] applied to tensors. Every rule is one; nothing else needs to be.
pub trait Step<F: Real>: Debug + Send + Sync {
    /// As [`Rule::slots`].
    fn slots(&self) -> Vec<Slot>;
    /// As [`Rule::carry`].
    fn carry(&self, t: u64, before: f64) -> f64;
    /// As [`Rule::looks`].
    fn looks(&self) -> bool;
    /// One step of all tensors.
    fn step(&self, shares: Vec<Share<'_, F>>, isa: Isa, dither: Dither);
    /// Writes where each tensor's gradient is wanted.
    fn look(&self, looks: Vec<Look<'_, F>>, isa: Isa);
    /// What a step without a gradient comes to, as scalars; see [`Rule::rest`].
    fn rest(&self, at: &At) -> Option<Rest>;
    /// As [`Rule::MEASURES`].
    fn measures(&self) -> bool;
    /// One step of some coordinates of each tensor; they are then up to date to the step `now` of their window.
    fn step_few(&self, shares: Vec<FewShare<'_, F>>, now: u16, isa: Isa);
    /// The steps up to `now` that some coordinates of each tensor missed, one by one.
    fn replay(&self, missed: Vec<FewMissed<'_, F>>, now: u16, isa: Isa);
    /// Writes where the gradient of some coordinates of each tensor is wanted.
    fn look_few(&self, looks: Vec<FewLook<'_, F>>);
    /// A copy behind its own pointer.
    fn boxed(&self) -> Fused<F>;
}

impl<F: Real, R: Rule> Step<F> for R {
    fn slots(&self) -> Vec<Slot> {
        Rule::slots(self)
    }

    fn carry(&self, t: u64, before: f64) -> f64 {
        Rule::carry(self, t, before)
    }

    fn looks(&self) -> bool {
        Rule::looks(self)
    }

    fn step(&self, shares: Vec<Share<'_, F>>, isa: Isa, dither: Dither) {
        let total = shares.iter().map(|share| share.g.len()).sum();
        if work::is_many(shares.iter().map(|share| share.g.len()), total) {
            // None is cut, so that each thread makes its own loads.
            let few = shares.len().div_ceil(8 * rayon::current_num_threads());
            let work = |last: &mut _, share| Load::after(last, self, share, dither).run(self, isa);
            return shares.into_par_iter().with_min_len(few).for_each_init(|| None, work);
        }
        let mut last = None;
        let loads = shares.into_iter().map(|share| Load::after(&mut last, self, share, dither));
        if !R::MEASURES {
            return work::share(loads, total, |load| load.run(self, isa));
        }
        // Long tensors are measured by all threads first; what fits a cache is measured and moved in one visit.
        let mut loads: Vec<_> = loads.collect();
        loads.par_iter_mut().filter(|load| load.len() > GRAIN).for_each(|load| load.measure(self, isa));
        work::share(loads.into_iter(), total, |load| load.run(self, isa));
    }

    fn look(&self, looks: Vec<Look<'_, F>>, isa: Isa) {
        let total = looks.iter().map(|look| look.out.len()).sum();
        let pieces = looks.into_iter().map(|look| Ahead::new(self, look));
        work::share(pieces, total, |piece| piece.run(isa));
    }

    fn rest(&self, at: &At) -> Option<Rest> {
        R::rest::<F>(&self.now(at))
    }

    fn measures(&self) -> bool {
        R::MEASURES
    }

    fn step_few(&self, shares: Vec<FewShare<'_, F>>, now: u16, isa: Isa) {
        sparse::step(self, shares, now, isa);
    }

    fn replay(&self, missed: Vec<FewMissed<'_, F>>, now: u16, isa: Isa) {
        sparse::replay(self, missed, now, isa);
    }

    fn look_few(&self, looks: Vec<FewLook<'_, F>>) {
        sparse::look(self, looks);
    }

    fn boxed(&self) -> Fused<F> {
        Box::new(*self)
    }
}

/// A stretch of one tensor with all that a pass over it needs: what a thread is given to do.
struct Load<'a, F: Real, R: Rule> {
    pass: Pass<F, R>,
    /// For a rule that has not measured yet.
    unmeasured: Option<At>,
    held: Held<'a, F, R>,
    average: Option<Averaged<'a, F>>,
}

impl<'a, F: Real, R: Rule> Load<'a, F, R> {
    /// The load of a share; its scalars are those of the share before, where both are of one group.
    fn after(last: &mut Option<(At, R::Now<F>)>, rule: &R, share: Share<'a, F>, dither: Dither) -> Self {
        let now = last.filter(|(at, _)| *at == share.at).map_or_else(|| rule.now(&share.at), |(_, now)| now);
        *last = Some((share.at, now));
        Self::new(now, share, dither)
    }

    fn new(now: R::Now<F>, share: Share<'a, F>, dither: Dither) -> Self {
        let Share { at, dress, x, g, columns, rest, average, index } = share;
        let held = match (x, g, columns.first()) {
            (NumbersMut::Full(x), Numbers::Full(g), None | Some(Column::Full(_))) => {
                let mut columns = columns.iter_mut().filter_map(Column::full);
                let columns = R::Slots::each(&mut || columns.next().unwrap_or_default());
                Held::Plain(Plain { x, g, columns })
            }
            // All columns of a tensor are of one kind.
            (x, g, Some(Column::Bf16(_))) if Held::<F, R>::OWN_LOOPS => {
                let mut columns = columns.iter_mut().filter_map(Column::half);
                let columns = R::Slots::each(&mut || columns.next().unwrap_or_default());
                Held::Half(Box::new(Staged { x, g, columns, rest, dither, index }))
            }
            (x, g, Some(Column::Eight { .. })) if Held::<F, R>::OWN_LOOPS => {
                let mut columns = columns.iter_mut().filter_map(Column::eighth);
                let columns = R::Slots::each(&mut || columns.next().unwrap_or_default());
                Held::Eighth(Box::new(Staged { x, g, columns, rest, dither, index }))
            }
            (x, g, _) => {
                let mut columns = columns.iter_mut().map(Column::any);
                let columns = R::Slots::each(&mut || columns.next().unwrap_or_default());
                Held::Any(Box::new(Staged { x, g, columns, rest, dither, index }))
            }
        };
        Self { pass: Pass::new(now, &dress), unmeasured: R::MEASURES.then_some(at), held, average }
    }

    fn measure(&mut self, rule: &R, isa: Isa) {
        // The constant keeps the compiler from building this for rules that never measure.
        if R::MEASURES
            && let Some(at) = self.unmeasured.take()
        {
            let norms = self.held.norms(isa, &self.pass);
            self.pass.now = rule.measured(self.pass.now, norms, &at);
        }
    }

    fn run(mut self, rule: &R, isa: Isa) {
        self.measure(rule, isa);
        let Some(average) = self.average.take() else {
            return self.held.sweep(isa, &self.pass);
        };
        // In stretches, so that the average finds x still in the cache.
        let (mut held, mut of) = (self.held, average.of);
        while !of.is_empty() {
            let n = work::CUT.min(of.len());
            let (mut head, rest) = held.cut(n);
            head.sweep(isa, &self.pass);
            let (average_of_head, rest_of) = of.split_at_mut(n);
            head.follow(isa, average_of_head, average.share);
            (held, of) = (rest, rest_of);
        }
    }
}

impl<F: Real, R: Rule> Piece for Load<'_, F, R> {
    fn len(&self) -> usize {
        self.held.x().len()
    }

    fn cut(self, middle: usize) -> Result<(Self, Self), Self> {
        if self.unmeasured.is_some() {
            return Err(self);
        }
        let Self { pass, unmeasured, held, average } = self;
        let (held, held_right) = held.cut(middle);
        let (average, average_right) = average.map(|average| average.cut(middle)).unzip();
        let left = Self { pass, unmeasured, held, average };
        Ok((left, Self { pass, unmeasured, held: held_right, average: average_right }))
    }
}

impl<'a, F: Real> Averaged<'a, F> {
    fn cut(self, middle: usize) -> (Self, Self) {
        let (left, right): (&'a mut [F], _) = self.of.split_at_mut(middle);
        (Self { of: left, share: self.share }, Self { of: right, share: self.share })
    }
}

const _: () = assert!(work::CUT.is_multiple_of(BLOCK), "what is cut must be whole blocks");
