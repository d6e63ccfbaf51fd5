//! Wrappers: rules made from rules.

use serde::{Deserialize, Serialize};

use super::{PendingUpdate, Rule, Slot, StepContext, ZeroGradStep};
use crate::real::Real;

/// Where the learning rate stands in a velocity. The three are equal up to scale at a constant rate;
/// under a schedule they differ.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum MomentumForm {
    /// v ← μv + g, x loses lr·v: a new rate acts at once on all that is remembered (PyTorch).
    #[serde(rename = "outside")]
    LrOutside,
    /// v ← μv + lr·g, x loses v: what is remembered keeps the rate it was made with (Keras, the papers).
    #[serde(rename = "inside")]
    LrInside,
    /// v ← μv + (1−μ)g, x loses lr·v: an average, so the size of a step does not grow with μ.
    #[serde(rename = "average")]
    Ema,
}

/// Momentum around a rule that measures no norms: v ← μv + gain·d, and x loses a·d + b·v, where d is what the inner rule takes.
///
/// Polyak's momentum (a = 0), Nesterov's without look-ahead (a = 1, b = μ), RMSProp with momentum.
#[derive(Clone, Copy, Debug)]
pub struct HeavyBall<R> {
    /// The rule whose step is accumulated.
    pub inner: R,
    /// μ.
    pub momentum: f64,
    /// 1 − gain, from the second step on: the first step takes the whole gradient, as in PyTorch.
    pub dampening: f64,
    /// Where the rate stands.
    pub rate: MomentumForm,
    /// Whether and how the step looks ahead.
    pub nesterov: NesterovForm,
}

/// How a velocity looks ahead.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum NesterovForm {
    /// Not at all: x loses v.
    Off,
    /// x loses d + μv: Nesterov's step rewritten for the gradient at x (PyTorch, Keras).
    #[serde(rename = "lookahead_free")]
    Simplified,
    /// The classical form: the gradient is asked for at x − μv, then x loses v.
    #[serde(rename = "shifted")]
    Lookahead,
}

impl<R> HeavyBall<R> {
    /// Polyak's momentum without dampening.
    pub const fn new(inner: R, momentum: f64, rate: MomentumForm) -> Self {
        Self { inner, momentum, dampening: 0.0, rate, nesterov: NesterovForm::Off }
    }
}

impl<R: Rule> Rule for HeavyBall<R> {
    type Slots<F: Real> = (R::Slots<F>, [F; 1]);
    type Scalars<F: Real> = (R::Scalars<F>, [F; 5]);

    fn slots(&self) -> Vec<Slot> {
        const { assert!(!R::NEEDS_NORMS, "momentum cannot be put around a rule that measures norms") }
        [self.inner.slots(), vec![Slot::zero("velocity")]].concat()
    }

    fn scalars<F: Real>(&self, at: &StepContext) -> Self::Scalars<F> {
        let mu = self.momentum;
        let (inner_lr, outer_lr) = match self.rate {
            MomentumForm::LrInside => (at.lr, 1.0),
            MomentumForm::LrOutside | MomentumForm::Ema => (1.0, at.lr),
        };
        let whole = if self.rate == MomentumForm::Ema { 1.0 - mu } else { 1.0 };
        let gain = if at.t == 1 { whole } else { whole * (1.0 - self.dampening) };
        let (of_gradient, of_velocity) = match self.nesterov {
            NesterovForm::Off | NesterovForm::Lookahead => (0.0, outer_lr),
            NesterovForm::Simplified => (outer_lr, outer_lr * mu),
        };
        let inner = self.inner.scalars(&StepContext { lr: inner_lr, ..*at });
        (inner, [mu, gain, of_gradient, of_velocity, outer_lr * mu].map(F::of))
    }

    #[inline(always)]
    fn update<F: Real>((inner, [mu, gain, a, b, _]): &Self::Scalars<F>, x: F, g: F, s: &mut Self::Slots<F>) -> F {
        let d = R::update(inner, x, g, &mut s.0);
        let [v] = &mut s.1;
        *v = *mu * *v + *gain * d;
        *a * d + *b * *v
    }

    fn zero_grad_step<F: Real>((inner, scalars): &Self::Scalars<F>) -> Option<ZeroGradStep> {
        let inner = R::zero_grad_step(inner).filter(|zero_grad_step| zero_grad_step.left == PendingUpdate::Nothing)?;
        let [mu, gain, a, b, _] = scalars.map(F::to_f64);
        let (slot, scale) = (inner.keep.len(), b * mu);
        let linear = inner.linear.map(|[d, _]| [(a + b * gain) * d, gain * d]);
        Some(ZeroGradStep {
            linear,
            ..ZeroGradStep::new([inner.keep, vec![mu]].concat(), PendingUpdate::Slot { slot, scale })
        })
    }

    fn carry(&self, t: u64, before: f64) -> f64 {
        self.inner.carry(t, before)
    }

    fn needs_lookahead(&self) -> bool {
        self.nesterov == NesterovForm::Lookahead
    }

    #[inline(always)]
    fn lookahead<F: Real>((_, [.., ahead]): &Self::Scalars<F>, x: F, (_, [v]): &Self::Slots<F>) -> F {
        x - *ahead * *v
    }
}

/// The inner rule at the rate lr / (1 + (t−1)·decay) (AdaGrad's `lr_decay`).
#[derive(Clone, Copy, Debug)]
pub struct InverseTimeDecay<R> {
    /// The rule whose rate slows.
    pub inner: R,
    /// How fast.
    pub decay: f64,
}

impl<R: Rule> Rule for InverseTimeDecay<R> {
    type Slots<F: Real> = R::Slots<F>;
    type Scalars<F: Real> = R::Scalars<F>;

    fn slots(&self) -> Vec<Slot> {
        self.inner.slots()
    }

    fn scalars<F: Real>(&self, at: &StepContext) -> Self::Scalars<F> {
        self.inner.scalars(&self.slowed(at))
    }

    #[inline(always)]
    fn update<F: Real>(scalars: &Self::Scalars<F>, x: F, g: F, s: &mut Self::Slots<F>) -> F {
        R::update(scalars, x, g, s)
    }

    fn carry(&self, t: u64, before: f64) -> f64 {
        self.inner.carry(t, before)
    }

    fn needs_lookahead(&self) -> bool {
        self.inner.needs_lookahead()
    }

    #[inline(always)]
    fn lookahead<F: Real>(scalars: &Self::Scalars<F>, x: F, s: &Self::Slots<F>) -> F {
        R::lookahead(scalars, x, s)
    }

    fn zero_grad_step<F: Real>(scalars: &Self::Scalars<F>) -> Option<ZeroGradStep> {
        R::zero_grad_step(scalars)
    }

    const NEEDS_NORMS: bool = R::NEEDS_NORMS;

    #[inline(always)]
    fn norm_terms<F: Real>(scalars: &Self::Scalars<F>, x: F, g: F, s: &mut Self::Slots<F>) -> [F; 2] {
        R::norm_terms(scalars, x, g, s)
    }

    fn with_norms<F: Real>(&self, scalars: Self::Scalars<F>, norms: [f64; 2], at: &StepContext) -> Self::Scalars<F> {
        self.inner.with_norms(scalars, norms, &self.slowed(at))
    }
}

impl<R> InverseTimeDecay<R> {
    fn slowed(&self, at: &StepContext) -> StepContext {
        StepContext { lr: at.lr / (1.0 + (at.t - 1) as f64 * self.decay), ..*at }
    }
}
