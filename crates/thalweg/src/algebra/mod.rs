//! What happens to ONE coordinate.
//!
//! A method is a [`Rule`]: it folds a gradient into the coordinate's slots and says how much the
//! coordinate loses. Rules are composed from parts: a first moment Φ and a second moment Ψ (both
//! [`Moment`]s) under [`Direct`] or [`Adaptive`], and wrappers like [`HeavyBall`]. A composition is
//! a type, so the compiler sees the whole method and fuses it into one pass over memory.

mod first;
mod layer;
mod rectified;
mod rest;
mod second;
mod slots;
mod whole;
mod wrap;

pub use first::{Correction, Ema, Interpolated, NesterovEma, Raw, Sign};
pub use layer::{LarsNorm, Layerwise, Trusted};
pub use rectified::{Rectified, rectified};
pub use rest::{Left, Rest};
pub use second::{
    Centered, EpsForm, Maximum, Peak, Root, RootEma, RootMaxEma, RootSum, RootYogi, Variance, never_zero, unbias,
};
pub use slots::{SeeBoth, Slot, SlotSign, Slots};
pub use whole::{Belief, Differences, OwnUnits};
pub use wrap::{HeavyBall, Nesterov, Rate, SlowingRate};

use crate::real::Real;

/// What a step knows before it looks at a coordinate.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct At {
    /// The number of this step, from 1.
    pub t: u64,
    /// The learning rate of this step: the method's or group's, times the schedule's factor.
    pub lr: f64,
    /// The weight decay of this tensor, for rules that decay inside their own formula.
    pub weight_decay: f64,
    /// The scalar carried from step to step, already advanced to this step; see [`Rule::carry`].
    pub carry: f64,
}

/// A method at one coordinate.
///
/// `fold` must not branch on data: `min`, `max`, `abs` and `sign` of [`Real`] do, and it vectorizes.
/// Everything that is the same for all coordinates of a step (bias corrections, the rate) is
/// computed once in `f64` by `now`.
pub trait Rule: Copy + std::fmt::Debug + Send + Sync + 'static {
    /// The coordinate's memory: `[F; N]`, or a pair of these.
    type Slots<F: Real>: Slots<F>;
    /// The scalars of one step.
    type Now<F: Real>: Copy + Send + Sync;

    /// Name and start of each slot, in the order of [`Self::Slots`].
    fn slots(&self) -> Vec<Slot>;

    /// The scalars of this step.
    fn now<F: Real>(&self, at: &At) -> Self::Now<F>;

    /// Folds gradient `g` at coordinate `x` into the slots; returns what `x` loses.
    fn fold<F: Real>(now: &Self::Now<F>, x: F, g: F, s: &mut Self::Slots<F>) -> F;

    /// The carried scalar at step `t`, from its value before (1 at the start). Nadam multiplies its
    /// momentum schedule up in it; most rules have no use for it.
    fn carry(&self, _t: u64, before: f64) -> f64 {
        before
    }

    /// Whether the gradient is wanted elsewhere than at `x`; then [`look`](Self::look) says where.
    fn looks(&self) -> bool {
        false
    }

    /// Where this coordinate's gradient is wanted.
    fn look<F: Real>(_now: &Self::Now<F>, x: F, _s: &Self::Slots<F>) -> F {
        x
    }

    /// What a step without a gradient comes to, where that can be said as scalars. Without it, a coordinate that missed
    /// steps takes each of them with a gradient of 0.
    fn rest<F: Real>(_now: &Self::Now<F>) -> Option<Rest> {
        None
    }

    /// Whether the step needs two norms of its whole tensor first ([`measure`](Self::measure)).
    const MEASURES: bool = false;

    /// The two terms whose tensor norms the step needs. It may fold `g` into the slots; then
    /// [`fold`](Self::fold) must not do it again.
    fn measure<F: Real>(_now: &Self::Now<F>, x: F, g: F, _s: &mut Self::Slots<F>) -> [F; 2] {
        [x, g]
    }

    /// The scalars of this step once the two norms are known.
    fn measured<F: Real>(&self, now: Self::Now<F>, _norms: [f64; 2], _at: &At) -> Self::Now<F> {
        now
    }
}

/// A part: what one coordinate's gradients amount to so far (Φ or Ψ).
pub trait Moment: Copy + std::fmt::Debug + Send + Sync + 'static {
    /// The part's memory.
    type Slots<F: Real>: Slots<F>;
    /// The scalars of one step.
    type Now<F: Real>: Copy + Send + Sync;

    /// Name and start of each slot.
    fn slots(&self) -> Vec<Slot>;
    /// The scalars of this step.
    fn now<F: Real>(&self, at: &At) -> Self::Now<F>;
    /// Folds `g` in; returns the moment.
    fn fold<F: Real>(now: &Self::Now<F>, g: F, s: &mut Self::Slots<F>) -> F;
    /// As [`Rule::rest`].
    fn rest<F: Real>(_now: &Self::Now<F>) -> Option<Rest> {
        None
    }
    /// As [`Rule::carry`].
    fn carry(&self, _t: u64, before: f64) -> f64 {
        before
    }
}

/// x loses lr·Φ(g).
#[derive(Clone, Copy, Debug)]
pub struct Direct<First>(pub First);

impl<First: Moment> Rule for Direct<First> {
    type Slots<F: Real> = First::Slots<F>;
    type Now<F: Real> = (F, First::Now<F>);

    fn slots(&self) -> Vec<Slot> {
        self.0.slots()
    }

    fn now<F: Real>(&self, at: &At) -> Self::Now<F> {
        (F::of(at.lr), self.0.now(at))
    }

    #[inline(always)]
    fn fold<F: Real>((lr, first): &Self::Now<F>, _x: F, g: F, s: &mut Self::Slots<F>) -> F {
        *lr * First::fold(first, g, s)
    }

    fn rest<F: Real>((lr, first): &Self::Now<F>) -> Option<Rest> {
        First::rest(first).map(|rest| rest.times(lr.to_f64()))
    }

    fn carry(&self, t: u64, before: f64) -> f64 {
        self.0.carry(t, before)
    }
}

/// x loses lr·Φ(g) / Ψ(g), where Ψ is a root of a second moment.
///
/// Ψ must never be 0, lest 0/0 be NaN: every Ψ here has an ε that is [`never_zero`].
#[derive(Clone, Copy, Debug)]
pub struct Adaptive<First, Second>(pub First, pub Second);

impl<First: Moment, Second: Moment> Rule for Adaptive<First, Second> {
    type Slots<F: Real> = (First::Slots<F>, Second::Slots<F>);
    type Now<F: Real> = (F, First::Now<F>, Second::Now<F>);

    fn slots(&self) -> Vec<Slot> {
        [self.0.slots(), self.1.slots()].concat()
    }

    fn now<F: Real>(&self, at: &At) -> Self::Now<F> {
        (F::of(at.lr), self.0.now(at), self.1.now(at))
    }

    #[inline(always)]
    fn fold<F: Real>((lr, first, second): &Self::Now<F>, _x: F, g: F, s: &mut Self::Slots<F>) -> F {
        let m = First::fold(first, g, &mut s.0);
        *lr * m / Second::fold(second, g, &mut s.1)
    }

    fn rest<F: Real>((lr, first, second): &Self::Now<F>) -> Option<Rest> {
        First::rest(first)?.times(lr.to_f64()).over(Second::rest(second)?)
    }

    fn carry(&self, t: u64, before: f64) -> f64 {
        self.1.carry(t, self.0.carry(t, before))
    }
}
