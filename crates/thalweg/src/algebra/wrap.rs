//! Wrappers: rules made from rules.

use serde::{Deserialize, Serialize};

use super::{At, Left, Rest, Rule, Slot};
use crate::real::Real;

/// Where the learning rate stands in a velocity. The three are equal up to scale at a constant rate;
/// under a schedule they differ.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Rate {
    /// v ← μv + g, x loses lr·v: a new rate acts at once on all that is remembered (PyTorch).
    Outside,
    /// v ← μv + lr·g, x loses v: what is remembered keeps the rate it was made with (Keras, the papers).
    Inside,
    /// v ← μv + (1−μ)g, x loses lr·v: an average, so the size of a step does not grow with μ.
    Average,
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
    pub rate: Rate,
    /// Whether and how the step looks ahead.
    pub nesterov: Nesterov,
}

/// How a velocity looks ahead.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Nesterov {
    /// Not at all: x loses v.
    Off,
    /// x loses d + μv: Nesterov's step rewritten for the gradient at x (PyTorch, Keras).
    LookaheadFree,
    /// The classical form: the gradient is asked for at x − μv, then x loses v.
    Shifted,
}

impl<R> HeavyBall<R> {
    /// Polyak's momentum without dampening.
    pub const fn new(inner: R, momentum: f64, rate: Rate) -> Self {
        Self { inner, momentum, dampening: 0.0, rate, nesterov: Nesterov::Off }
    }
}

impl<R: Rule> Rule for HeavyBall<R> {
    type Slots<F: Real> = (R::Slots<F>, [F; 1]);
    type Now<F: Real> = (R::Now<F>, [F; 5]);

    fn slots(&self) -> Vec<Slot> {
        const { assert!(!R::MEASURES, "momentum cannot be put around a rule that measures norms") }
        [self.inner.slots(), vec![Slot::zero("velocity")]].concat()
    }

    fn now<F: Real>(&self, at: &At) -> Self::Now<F> {
        let mu = self.momentum;
        let (inner_lr, outer_lr) = match self.rate {
            Rate::Inside => (at.lr, 1.0),
            Rate::Outside | Rate::Average => (1.0, at.lr),
        };
        let whole = if self.rate == Rate::Average { 1.0 - mu } else { 1.0 };
        let gain = if at.t == 1 { whole } else { whole * (1.0 - self.dampening) };
        let (of_gradient, of_velocity) = match self.nesterov {
            Nesterov::Off | Nesterov::Shifted => (0.0, outer_lr),
            Nesterov::LookaheadFree => (outer_lr, outer_lr * mu),
        };
        let inner = self.inner.now(&At { lr: inner_lr, ..*at });
        (inner, [mu, gain, of_gradient, of_velocity, outer_lr * mu].map(F::of))
    }

    #[inline(always)]
    fn fold<F: Real>((inner, [mu, gain, a, b, _]): &Self::Now<F>, x: F, g: F, s: &mut Self::Slots<F>) -> F {
        let d = R::fold(inner, x, g, &mut s.0);
        let [v] = &mut s.1;
        *v = *mu * *v + *gain * d;
        *a * d + *b * *v
    }

    fn rest<F: Real>((inner, scalars): &Self::Now<F>) -> Option<Rest> {
        let inner = R::rest(inner).filter(|rest| rest.left == Left::Nothing)?;
        let [mu, gain, a, b, _] = scalars.map(F::to_f64);
        let (slot, scale) = (inner.keep.len(), b * mu);
        let linear = inner.linear.map(|[d, _]| [(a + b * gain) * d, gain * d]);
        Some(Rest { linear, ..Rest::new([inner.keep, vec![mu]].concat(), Left::Slot { slot, scale }) })
    }

    fn carry(&self, t: u64, before: f64) -> f64 {
        self.inner.carry(t, before)
    }

    fn looks(&self) -> bool {
        self.nesterov == Nesterov::Shifted
    }

    #[inline(always)]
    fn look<F: Real>((_, [.., ahead]): &Self::Now<F>, x: F, (_, [v]): &Self::Slots<F>) -> F {
        x - *ahead * *v
    }
}

/// The inner rule at the rate lr / (1 + (t−1)·decay) (AdaGrad's `lr_decay`).
#[derive(Clone, Copy, Debug)]
pub struct SlowingRate<R> {
    /// The rule whose rate slows.
    pub inner: R,
    /// How fast.
    pub decay: f64,
}

impl<R: Rule> Rule for SlowingRate<R> {
    type Slots<F: Real> = R::Slots<F>;
    type Now<F: Real> = R::Now<F>;

    fn slots(&self) -> Vec<Slot> {
        self.inner.slots()
    }

    fn now<F: Real>(&self, at: &At) -> Self::Now<F> {
        self.inner.now(&self.slowed(at))
    }

    #[inline(always)]
    fn fold<F: Real>(now: &Self::Now<F>, x: F, g: F, s: &mut Self::Slots<F>) -> F {
        R::fold(now, x, g, s)
    }

    fn carry(&self, t: u64, before: f64) -> f64 {
        self.inner.carry(t, before)
    }

    fn looks(&self) -> bool {
        self.inner.looks()
    }

    #[inline(always)]
    fn look<F: Real>(now: &Self::Now<F>, x: F, s: &Self::Slots<F>) -> F {
        R::look(now, x, s)
    }

    fn rest<F: Real>(now: &Self::Now<F>) -> Option<Rest> {
        R::rest(now)
    }

    const MEASURES: bool = R::MEASURES;

    #[inline(always)]
    fn measure<F: Real>(now: &Self::Now<F>, x: F, g: F, s: &mut Self::Slots<F>) -> [F; 2] {
        R::measure(now, x, g, s)
    }

    fn measured<F: Real>(&self, now: Self::Now<F>, norms: [f64; 2], at: &At) -> Self::Now<F> {
        self.inner.measured(now, norms, &self.slowed(at))
    }
}

impl<R> SlowingRate<R> {
    fn slowed(&self, at: &At) -> At {
        At { lr: at.lr / (1.0 + (at.t - 1) as f64 * self.decay), ..*at }
    }
}
