//! What happens to ONE coordinate.
//!
//! A method is a [`Rule`]: it folds a gradient into the coordinate's slots and says how much the
//! coordinate loses. Rules are composed from parts: a first moment Φ and a second moment Ψ (both
//! [`Moment`]s) under [`Plain`] or [`Adaptive`], and wrappers like [`HeavyBall`]. A composition is
//! a type, so the compiler sees the whole method and fuses it into one pass over memory.

mod first_moment;
mod layer;
mod rectified;
mod second_moment;
mod slots;
mod whole;
mod wrap;
mod zero_grad;

pub use first_moment::{BiasCorrection, Ema, Identity, LionMomentum, NesterovEma, Sign};
pub use layer::{LambRule, LarsNorm, LarsRule};
pub use rectified::{Rectified, rectified};
pub use second_moment::{
    AmsGradForm, Centered, EpsForm, InfNormEma, Root, RootEma, RootMaxEma, RootSumSquares, RootYogi, Variance,
    bias_correction, floor_eps,
};
pub use slots::{Signedness, Slot, Slots, ZipSlots};
pub use whole::{AdaBeliefRule, AdaDeltaRule, AdanRule};
pub use wrap::{HeavyBall, InverseTimeDecay, MomentumForm, NesterovForm};
pub use zero_grad::{PendingUpdate, ZeroGradStep};

use crate::real::Real;

/// What a step knows before it looks at a coordinate.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct StepContext {
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
/// `update` must not branch on data: `min`, `max`, `abs` and `sign` of [`Real`] do, and it vectorizes.
/// Everything that is the same for all coordinates of a step (bias corrections, the rate) is
/// computed once in `f64` by `scalars`.
pub trait Rule: Copy + std::fmt::Debug + Send + Sync + 'static {
    /// The coordinate's memory: `[F; N]`, or a pair of these.
    type Slots<F: Real>: Slots<F>;
    /// The scalars of one step.
    type Scalars<F: Real>: Copy + Send + Sync;

    /// Name and start of each slot, in the order of [`Self::Slots`].
    fn slots(&self) -> Vec<Slot>;

    /// The scalars of this step.
    fn scalars<F: Real>(&self, at: &StepContext) -> Self::Scalars<F>;

    /// Folds gradient `g` at coordinate `x` into the slots; returns what `x` loses.
    fn update<F: Real>(scalars: &Self::Scalars<F>, x: F, g: F, s: &mut Self::Slots<F>) -> F;

    /// The carried scalar at step `t`, from its value before (1 at the start). Nadam multiplies its
    /// momentum schedule up in it; most rules have no use for it.
    fn carry(&self, _t: u64, before: f64) -> f64 {
        before
    }

    /// Whether the gradient is wanted elsewhere than at `x`; then [`lookahead`](Self::look) says where.
    fn needs_lookahead(&self) -> bool {
        false
    }

    /// Where this coordinate's gradient is wanted.
    fn lookahead<F: Real>(_now: &Self::Scalars<F>, x: F, _s: &Self::Slots<F>) -> F {
        x
    }

    /// What a step without a gradient comes to, where that can be said as scalars. Without it, a coordinate that missed
    /// steps takes each of them with a gradient of 0.
    fn zero_grad_step<F: Real>(_now: &Self::Scalars<F>) -> Option<ZeroGradStep> {
        None
    }

    /// Whether the step needs two norms of its whole tensor first ([`norm_terms`](Self::measure)).
    const NEEDS_NORMS: bool = false;

    /// The two terms whose tensor norms the step needs. It may fold `g` into the slots; then
    /// [`update`](Self::fold) must not do it again.
    fn norm_terms<F: Real>(_now: &Self::Scalars<F>, x: F, g: F, _s: &mut Self::Slots<F>) -> [F; 2] {
        [x, g]
    }

    /// The scalars of this step once the two norms are known.
    fn with_norms<F: Real>(&self, scalars: Self::Scalars<F>, _norms: [f64; 2], _at: &StepContext) -> Self::Scalars<F> {
        scalars
    }
}

/// A part: what one coordinate's gradients amount to so far (Φ or Ψ).
pub trait Moment: Copy + std::fmt::Debug + Send + Sync + 'static {
    /// The part's memory.
    type Slots<F: Real>: Slots<F>;
    /// The scalars of one step.
    type Scalars<F: Real>: Copy + Send + Sync;

    /// Name and start of each slot.
    fn slots(&self) -> Vec<Slot>;
    /// The scalars of this step.
    fn scalars<F: Real>(&self, at: &StepContext) -> Self::Scalars<F>;
    /// Folds `g` in; returns the moment.
    fn update<F: Real>(scalars: &Self::Scalars<F>, g: F, s: &mut Self::Slots<F>) -> F;
    /// As [`Rule::zero_grad_step`].
    fn zero_grad_step<F: Real>(_now: &Self::Scalars<F>) -> Option<ZeroGradStep> {
        None
    }
    /// As [`Rule::carry`].
    fn carry(&self, _t: u64, before: f64) -> f64 {
        before
    }
}

/// x loses lr·Φ(g).
#[derive(Clone, Copy, Debug)]
pub struct Plain<First>(pub First);

impl<First: Moment> Rule for Plain<First> {
    type Slots<F: Real> = First::Slots<F>;
    type Scalars<F: Real> = (F, First::Scalars<F>);

    fn slots(&self) -> Vec<Slot> {
        self.0.slots()
    }

    fn scalars<F: Real>(&self, at: &StepContext) -> Self::Scalars<F> {
        (F::of(at.lr), self.0.scalars(at))
    }

    #[inline(always)]
    fn update<F: Real>((lr, first): &Self::Scalars<F>, _x: F, g: F, s: &mut Self::Slots<F>) -> F {
        *lr * First::update(first, g, s)
    }

    fn zero_grad_step<F: Real>((lr, first): &Self::Scalars<F>) -> Option<ZeroGradStep> {
        First::zero_grad_step(first).map(|zero_grad_step| zero_grad_step.times(lr.to_f64()))
    }

    fn carry(&self, t: u64, before: f64) -> f64 {
        self.0.carry(t, before)
    }
}

/// x loses lr·Φ(g) / Ψ(g), where Ψ is a root of a second moment.
///
/// Ψ must never be 0, lest 0/0 be NaN: every Ψ here has an ε that is [`floor_eps`].
#[derive(Clone, Copy, Debug)]
pub struct Adaptive<First, Second>(pub First, pub Second);

impl<First: Moment, Second: Moment> Rule for Adaptive<First, Second> {
    type Slots<F: Real> = (First::Slots<F>, Second::Slots<F>);
    type Scalars<F: Real> = (F, First::Scalars<F>, Second::Scalars<F>);

    fn slots(&self) -> Vec<Slot> {
        [self.0.slots(), self.1.slots()].concat()
    }

    fn scalars<F: Real>(&self, at: &StepContext) -> Self::Scalars<F> {
        (F::of(at.lr), self.0.scalars(at), self.1.scalars(at))
    }

    #[inline(always)]
    fn update<F: Real>((lr, first, second): &Self::Scalars<F>, _x: F, g: F, s: &mut Self::Slots<F>) -> F {
        let m = First::update(first, g, &mut s.0);
        *lr * m / Second::update(second, g, &mut s.1)
    }

    fn zero_grad_step<F: Real>((lr, first, second): &Self::Scalars<F>) -> Option<ZeroGradStep> {
        First::zero_grad_step(first)?.times(lr.to_f64()).over(Second::zero_grad_step(second)?)
    }

    fn carry(&self, t: u64, before: f64) -> f64 {
        self.1.carry(t, self.0.carry(t, before))
    }
}
