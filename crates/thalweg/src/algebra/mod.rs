//! Update rules of one coordinate, and the parts they are composed of.
//!
//! A method is a [`Rule`]: it updates the coordinate's slots with a gradient and returns what is subtracted from the
//! coordinate. Rules are composed of parts: a first moment Φ and the root of a second moment Ψ (both [`Moment`]s) in
//! [`Plain`] or [`Adaptive`], and wrappers such as [`HeavyBall`]. A composition is a type, so the compiler sees the
//! whole method and fuses it into one pass over memory. Methods that are no composition implement [`Rule`] in their
//! own files.
//!
//! A part of your own is a type with its slots, the scalars of a step, and the update of one coordinate. Adam is
//! Φ/Ψ with two decaying averages; with another Ψ it is another method, which is also fused into one pass:
//!
//! ```
//! use thalweg::algebra::{Adaptive, Ema, Moment, Slot, StepContext};
//! use thalweg::{Optimizer, OptimizerOptions, Real, optimizer::CustomRule};
//!
//! /// Root of the mean of all squared gradients so far: Ψ(g) = √v + ε with v ← v + (g² − v)/t.
//! #[derive(Clone, Copy, Debug)]
//! struct RootMean {
//!     eps: f64,
//! }
//!
//! impl Moment for RootMean {
//!     type Slots<F: Real> = [F; 1];
//!     type Scalars<F: Real> = (F, F);
//!
//!     fn slots(&self) -> Vec<Slot> {
//!         vec![Slot::nonnegative("v", 0.0)]
//!     }
//!
//!     fn scalars<F: Real>(&self, step: &StepContext) -> (F, F) {
//!         (F::of(1.0 / step.t as f64), F::of(self.eps))
//!     }
//!
//!     fn update<F: Real>(&(weight, eps): &(F, F), g: F, [v]: &mut [F; 1]) -> F {
//!         *v = *v + weight * (g * g - *v);
//!         v.sqrt() + eps
//!     }
//! }
//!
//! let rule = Adaptive(Ema::new(0.9), RootMean { eps: 1e-8 });
//! let method = CustomRule { name: "root_mean", rule, lr: 0.02, weight_decay: 0.0 };
//! let mut optimizer = Optimizer::from_rule(method, OptimizerOptions::default(), 2)?;
//! let mut x = [1.0_f64, -1.0];
//! for _ in 0..1000 {
//!     let gradient = [2.0 * x[0], 20.0 * x[1]]; // of x² + 10y²
//!     optimizer.step(&mut x, &gradient)?;
//! }
//! assert!(x.iter().all(|x| x.abs() < 1e-6));
//! # Ok::<(), thalweg::Error>(())
//! ```

mod first_moment;
mod momentum;
mod rectified;
mod root;
mod second_moment;
mod slots;
mod zero_grad;

pub use first_moment::{BiasCorrection, Ema, EmaScalars, Identity, LionMomentum, LionScalars, Sign, bias_correction};
pub use momentum::{
    HeavyBall, HeavyBallScalars, InverseTimeDecay, MomentumForm, NesterovEma, NesterovEmaScalars, NesterovForm,
};
pub use rectified::{Rectified, rectification};
pub use root::{EpsForm, Root, floor_eps};
pub use second_moment::{
    AmsGradForm, Centered, InfNormEma, InfNormScalars, RootEma, RootEmaScalars, RootMaxEma, RootMaxScalars,
    RootSumSquares, RootYogi, Variance,
};
pub use slots::{Signedness, Slot, Slots};
pub use zero_grad::{PendingUpdate, ZeroGradStep};

use crate::real::Real;
pub use crate::real::power;

/// Numbers of one step that are known before any coordinate is read.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct StepContext {
    /// Number of this step, from 1.
    pub t: u64,
    /// Learning rate of this step: that of the method or group times the schedule's factor.
    pub lr: f64,
    /// Learning rate of the method or group, without the schedule's factor.
    pub base_lr: f64,
    /// Weight decay of the tensor, for rules that decay within their own formula.
    pub weight_decay: f64,
    /// Scalar carried from step to step, already advanced to this step; see [`Rule::carry`].
    pub carry: f64,
}

/// Update rule of one coordinate.
///
/// `update` must not branch on data: `min`, `max`, `abs` and `sign` of [`Real`] select without branches, so the loop
/// over coordinates vectorizes. Whatever is the same for all coordinates of a step (bias corrections, the learning
/// rate) is computed once in `f64` by `scalars`.
pub trait Rule: Copy + std::fmt::Debug + Send + Sync + 'static {
    /// Slots of one coordinate: `[F; N]`, or a pair of slots.
    type Slots<F: Real>: Slots<F>;
    /// Scalars of one step.
    type Scalars<F: Real>: Copy + Send + Sync;

    /// Set if the step needs two norms of its whole tensor first; see [`norm_terms`](Self::norm_terms).
    const NEEDS_NORMS: bool = false;
    /// Set if the rule may need its gradient elsewhere than at `x`; the lookahead kernels are compiled only then.
    const HAS_LOOKAHEAD: bool = false;

    /// Name, initial value and signedness of each slot, in the order of [`Self::Slots`].
    fn slots(&self) -> Vec<Slot>;

    /// Computes the scalars of a step.
    fn scalars<F: Real>(&self, step: &StepContext) -> Self::Scalars<F>;

    /// Updates the slots with gradient `g` at coordinate `x`, after decoupled weight decay; returns what is subtracted
    /// from `x`.
    fn update<F: Real>(scalars: &Self::Scalars<F>, x: F, g: F, slots: &mut Self::Slots<F>) -> F;

    /// Returns the carried scalar at step `t` from its value at the step before (1 at the start). Nadam keeps the
    /// product of its momentum schedule in it; most rules do not use it.
    fn carry(&self, _t: u64, before: f64) -> f64 {
        before
    }

    /// Returns `true` if the gradient is needed at the point [`lookahead`](Self::lookahead) instead of at `x`.
    fn needs_lookahead(&self) -> bool {
        false
    }

    /// Returns the point at which the gradient of this coordinate is needed.
    fn lookahead<F: Real>(_scalars: &Self::Scalars<F>, x: F, _slots: &Self::Slots<F>) -> F {
        x
    }

    /// Describes a step whose gradient is zero by scalars, where that is possible. Without it, a coordinate that
    /// skipped steps takes each of them with a gradient of 0.
    fn zero_grad_step<F: Real>(_scalars: &Self::Scalars<F>) -> Option<ZeroGradStep> {
        None
    }

    /// Returns the two terms whose norms over the tensor the step needs. It may update the slots with `g`; then
    /// [`update`](Self::update) must not do so again.
    fn norm_terms<F: Real>(_scalars: &Self::Scalars<F>, x: F, g: F, _slots: &mut Self::Slots<F>) -> [F; 2] {
        [x, g]
    }

    /// Completes the scalars of a step with the two norms.
    fn with_norms<F: Real>(
        &self,
        scalars: Self::Scalars<F>,
        _norms: [f64; 2],
        _step: &StepContext,
    ) -> Self::Scalars<F> {
        scalars
    }
}

/// Part of a rule: a statistic of one coordinate's gradients (Φ or Ψ).
pub trait Moment: Copy + std::fmt::Debug + Send + Sync + 'static {
    /// Slots of one coordinate.
    type Slots<F: Real>: Slots<F>;
    /// Scalars of one step.
    type Scalars<F: Real>: Copy + Send + Sync;

    /// As [`Rule::slots`], for the slots of this part.
    fn slots(&self) -> Vec<Slot>;
    /// As [`Rule::scalars`], for the scalars of this part.
    fn scalars<F: Real>(&self, step: &StepContext) -> Self::Scalars<F>;
    /// Updates the slots with gradient `g`; returns the moment.
    fn update<F: Real>(scalars: &Self::Scalars<F>, g: F, slots: &mut Self::Slots<F>) -> F;
    /// As [`Rule::zero_grad_step`]; the moment takes the place of the update.
    fn zero_grad_step<F: Real>(_scalars: &Self::Scalars<F>) -> Option<ZeroGradStep> {
        None
    }
    /// As [`Rule::carry`], for this part.
    fn carry(&self, _t: u64, before: f64) -> f64 {
        before
    }
}

/// Rule x ← x − lr·Φ(g).
#[derive(Clone, Copy, Debug)]
pub struct Plain<First>(pub First);

impl<First: Moment> Rule for Plain<First> {
    type Slots<F: Real> = First::Slots<F>;
    type Scalars<F: Real> = (F, First::Scalars<F>);

    fn slots(&self) -> Vec<Slot> {
        self.0.slots()
    }

    fn scalars<F: Real>(&self, step: &StepContext) -> Self::Scalars<F> {
        (F::of(step.lr), self.0.scalars(step))
    }

    #[inline(always)]
    fn update<F: Real>((lr, first): &Self::Scalars<F>, _x: F, g: F, slots: &mut Self::Slots<F>) -> F {
        *lr * First::update(first, g, slots)
    }

    fn zero_grad_step<F: Real>((lr, first): &Self::Scalars<F>) -> Option<ZeroGradStep> {
        First::zero_grad_step(first).map(|step| step.times(lr.to_f64()))
    }

    fn carry(&self, t: u64, before: f64) -> f64 {
        self.0.carry(t, before)
    }
}

/// Rule x ← x − lr·Φ(g) / Ψ(g), where Ψ is the root of a second moment.
///
/// Ψ must never be 0, since 0/0 is NaN: every Ψ here contains an ε that [`floor_eps`] keeps positive.
#[derive(Clone, Copy, Debug)]
pub struct Adaptive<First, Second>(pub First, pub Second);

impl<First: Moment, Second: Moment> Rule for Adaptive<First, Second> {
    type Slots<F: Real> = (First::Slots<F>, Second::Slots<F>);
    type Scalars<F: Real> = (F, First::Scalars<F>, Second::Scalars<F>);

    fn slots(&self) -> Vec<Slot> {
        [self.0.slots(), self.1.slots()].concat()
    }

    fn scalars<F: Real>(&self, step: &StepContext) -> Self::Scalars<F> {
        (F::of(step.lr), self.0.scalars(step), self.1.scalars(step))
    }

    #[inline(always)]
    fn update<F: Real>((lr, first, second): &Self::Scalars<F>, _x: F, g: F, slots: &mut Self::Slots<F>) -> F {
        let m = First::update(first, g, &mut slots.0);
        *lr * m / Second::update(second, g, &mut slots.1)
    }

    fn zero_grad_step<F: Real>((lr, first, second): &Self::Scalars<F>) -> Option<ZeroGradStep> {
        First::zero_grad_step(first)?.times(lr.to_f64()).over(Second::zero_grad_step(second)?)
    }

    fn carry(&self, t: u64, before: f64) -> f64 {
        self.1.carry(t, self.0.carry(t, before))
    }
}
