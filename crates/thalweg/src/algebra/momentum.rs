//! Momentum: the heavy ball, Nesterov's forms of it, and the wrapper that decays a learning rate.

use super::{Moment, PendingUpdate, Rule, Slot, StepContext, ZeroGradStep};
use crate::real::{Real, power};
use crate::text::choices;

choices! {
    /// Position of the learning rate relative to the velocity. At a constant rate the three are equal up to scale;
    /// under a schedule they differ.
    pub enum MomentumForm {
        /// v ← μv + g, x ← x − lr·v: a new rate acts at once on all past gradients (PyTorch).
        LrOutside = "lr_outside" | "outside",
        /// v ← μv + lr·g, x ← x − v: past gradients keep the rate of their step (Keras, the papers).
        LrInside = "lr_inside" | "inside",
        /// v ← μv + (1−μ)g, x ← x − lr·v: an average, so that the length of a step does not grow with μ.
        Ema = "ema" | "average",
    }
}

choices! {
    /// Nesterov's correction of momentum.
    pub enum NesterovForm {
        /// None: x ← x − v, the heavy ball.
        Off = "off",
        /// x ← x − (d + μv): Nesterov's step rewritten for the gradient at x (PyTorch, Keras).
        Simplified = "simplified" | "lookahead_free",
        /// The original form: the gradient is evaluated at x − μv
        /// ([`Optimizer::eval_point`](crate::Optimizer::eval_point)), then x ← x − v.
        Lookahead = "lookahead" | "shifted",
    }
}

/// Momentum around a rule without norms: v ← μv + gain·d, x ← x − (a·d + b·v), where d is the update of the inner
/// rule.
///
/// Polyak's momentum (a = 0), Nesterov's simplified form (a = 1, b = μ), RMSProp with momentum.
#[derive(Clone, Copy, Debug)]
pub struct HeavyBall<R> {
    /// Rule whose updates are accumulated.
    pub inner: R,
    /// Decay rate μ of the velocity, in [0, 1).
    pub momentum: f64,
    /// Dampening 1 − gain, in [0, 1], from the second step on: the first takes the whole gradient, as in PyTorch.
    pub dampening: f64,
    /// Position of the learning rate.
    pub form: MomentumForm,
    /// Nesterov's correction of the velocity.
    pub nesterov: NesterovForm,
}

/// Scalars of [`HeavyBall`], with those of its inner rule.
#[derive(Clone, Copy, Debug)]
pub struct HeavyBallScalars<F, Inner> {
    inner: Inner,
    mu: F,
    gain: F,
    /// Factor a of d in the update.
    of_update: F,
    /// Factor b of v in the update.
    of_velocity: F,
    /// Factor of v in the lookahead point.
    lookahead: F,
}

impl<R> HeavyBall<R> {
    /// Polyak's momentum without dampening.
    pub const fn new(inner: R, momentum: f64, form: MomentumForm) -> Self {
        Self { inner, momentum, dampening: 0.0, form, nesterov: NesterovForm::Off }
    }
}

impl<R: Rule> Rule for HeavyBall<R> {
    type Slots<F: Real> = (R::Slots<F>, [F; 1]);
    type Scalars<F: Real> = HeavyBallScalars<F, R::Scalars<F>>;
    const HAS_LOOKAHEAD: bool = true;

    fn slots(&self) -> Vec<Slot> {
        const { assert!(!R::NEEDS_NORMS, "momentum cannot wrap a rule that needs norms") }
        [self.inner.slots(), vec![Slot::zero("velocity")]].concat()
    }

    fn scalars<F: Real>(&self, step: &StepContext) -> Self::Scalars<F> {
        let mu = self.momentum;
        let (inner_lr, outer_lr) = match self.form {
            MomentumForm::LrInside => (step.lr, 1.0),
            MomentumForm::LrOutside | MomentumForm::Ema => (1.0, step.lr),
        };
        let full_gain = if self.form == MomentumForm::Ema { 1.0 - mu } else { 1.0 };
        let gain = if step.t == 1 { full_gain } else { full_gain * (1.0 - self.dampening) };
        let (of_update, of_velocity) = match self.nesterov {
            NesterovForm::Off | NesterovForm::Lookahead => (0.0, outer_lr),
            NesterovForm::Simplified => (outer_lr, outer_lr * mu),
        };
        HeavyBallScalars {
            inner: self.inner.scalars(&StepContext { lr: inner_lr, ..*step }),
            mu: F::of(mu),
            gain: F::of(gain),
            of_update: F::of(of_update),
            of_velocity: F::of(of_velocity),
            lookahead: F::of(outer_lr * mu),
        }
    }

    #[inline(always)]
    fn update<F: Real>(scalars: &Self::Scalars<F>, x: F, g: F, slots: &mut Self::Slots<F>) -> F {
        let d = R::update(&scalars.inner, x, g, &mut slots.0);
        let [v] = &mut slots.1;
        *v = scalars.mu * *v + scalars.gain * d;
        scalars.of_update * d + scalars.of_velocity * *v
    }

    fn zero_grad_step<F: Real>(scalars: &Self::Scalars<F>) -> Option<ZeroGradStep> {
        let inner = R::zero_grad_step(&scalars.inner).filter(|step| step.update == PendingUpdate::Nothing)?;
        let [mu, gain] = [scalars.mu, scalars.gain].map(F::to_f64);
        let [a, b] = [scalars.of_update, scalars.of_velocity].map(F::to_f64);
        let (slot, scale) = (inner.factors.len(), b * mu);
        let linear = inner.linear.map(|[d, _]| [(a + b * gain) * d, gain * d]);
        let update = PendingUpdate::Slot { slot, scale };
        Some(ZeroGradStep { linear, ..ZeroGradStep::new([inner.factors, vec![mu]].concat(), update) })
    }

    fn carry(&self, t: u64, before: f64) -> f64 {
        self.inner.carry(t, before)
    }

    fn needs_lookahead(&self) -> bool {
        self.nesterov == NesterovForm::Lookahead
    }

    #[inline(always)]
    fn lookahead<F: Real>(scalars: &Self::Scalars<F>, x: F, (_, [v]): &Self::Slots<F>) -> F {
        x - scalars.lookahead * *v
    }
}

/// Inner rule at the learning rate lr / (1 + (t−1)·decay), AdaGrad's `lr_decay`.
#[derive(Clone, Copy, Debug)]
pub struct InverseTimeDecay<R> {
    /// Rule whose learning rate decays.
    pub inner: R,
    /// Decay per step, at least 0.
    pub decay: f64,
}

impl<R> InverseTimeDecay<R> {
    fn decayed(&self, step: &StepContext) -> StepContext {
        StepContext { lr: step.lr / (1.0 + (step.t - 1) as f64 * self.decay), ..*step }
    }
}

impl<R: Rule> Rule for InverseTimeDecay<R> {
    type Slots<F: Real> = R::Slots<F>;
    type Scalars<F: Real> = R::Scalars<F>;
    const NEEDS_NORMS: bool = R::NEEDS_NORMS;
    const HAS_LOOKAHEAD: bool = R::HAS_LOOKAHEAD;

    fn slots(&self) -> Vec<Slot> {
        self.inner.slots()
    }

    fn scalars<F: Real>(&self, step: &StepContext) -> Self::Scalars<F> {
        self.inner.scalars(&self.decayed(step))
    }

    #[inline(always)]
    fn update<F: Real>(scalars: &Self::Scalars<F>, x: F, g: F, slots: &mut Self::Slots<F>) -> F {
        R::update(scalars, x, g, slots)
    }

    fn carry(&self, t: u64, before: f64) -> f64 {
        self.inner.carry(t, before)
    }

    fn needs_lookahead(&self) -> bool {
        self.inner.needs_lookahead()
    }

    #[inline(always)]
    fn lookahead<F: Real>(scalars: &Self::Scalars<F>, x: F, slots: &Self::Slots<F>) -> F {
        R::lookahead(scalars, x, slots)
    }

    fn zero_grad_step<F: Real>(scalars: &Self::Scalars<F>) -> Option<ZeroGradStep> {
        R::zero_grad_step(scalars)
    }

    #[inline(always)]
    fn norm_terms<F: Real>(scalars: &Self::Scalars<F>, x: F, g: F, slots: &mut Self::Slots<F>) -> [F; 2] {
        R::norm_terms(scalars, x, g, slots)
    }

    fn with_norms<F: Real>(&self, scalars: Self::Scalars<F>, norms: [f64; 2], step: &StepContext) -> Self::Scalars<F> {
        self.inner.with_norms(scalars, norms, &self.decayed(step))
    }
}

/// Φ(g) = (1−μₜ)g / (1−∏ᵗμ) + μₜ₊₁m / (1−∏ᵗ⁺¹μ), m ← β₁m + (1−β₁)g: Adam's average with Nesterov's correction
/// (Dozat 2016). The product of the μ's is the carried scalar of the rule.
#[derive(Clone, Copy, Debug)]
pub struct NesterovEma {
    /// Decay rate β₁, in [0, 1).
    pub beta: f64,
    /// Speed ψ of the warm-up μₜ = β₁(1 − ½·0.96^(t·ψ)); `None` for μₜ = β₁ throughout.
    pub momentum_decay: Option<f64>,
}

/// Scalars of one step of [`NesterovEma`].
#[derive(Clone, Copy, Debug)]
pub struct NesterovEmaScalars<F> {
    beta: F,
    one_minus_beta: F,
    of_gradient: F,
    of_average: F,
}

impl NesterovEma {
    fn mu(&self, t: u64) -> f64 {
        let warming = self.momentum_decay.map_or(0.0, |psi| libm::pow(0.96, t as f64 * psi));
        self.beta * (1.0 - 0.5 * warming)
    }
}

impl Moment for NesterovEma {
    type Slots<F: Real> = [F; 1];
    type Scalars<F: Real> = NesterovEmaScalars<F>;

    fn slots(&self) -> Vec<Slot> {
        vec![Slot::zero("m")]
    }

    fn scalars<F: Real>(&self, step: &StepContext) -> NesterovEmaScalars<F> {
        let (mu, next) = (self.mu(step.t), self.mu(step.t + 1));
        NesterovEmaScalars {
            beta: F::of(self.beta),
            one_minus_beta: F::of(1.0 - self.beta),
            of_gradient: F::of((1.0 - mu) / (1.0 - step.carry)),
            of_average: F::of(next / (1.0 - step.carry * next)),
        }
    }

    #[inline(always)]
    fn update<F: Real>(scalars: &NesterovEmaScalars<F>, g: F, [m]: &mut [F; 1]) -> F {
        *m = scalars.beta * *m + scalars.one_minus_beta * g;
        scalars.of_gradient * g + scalars.of_average * *m
    }

    fn zero_grad_step<F: Real>(scalars: &NesterovEmaScalars<F>) -> Option<ZeroGradStep> {
        let [beta, of_average] = [scalars.beta, scalars.of_average].map(F::to_f64);
        Some(ZeroGradStep::new([beta], PendingUpdate::Slot { slot: 0, scale: beta * of_average }))
    }

    fn carry(&self, t: u64, before: f64) -> f64 {
        match self.momentum_decay {
            Some(_) => before * self.mu(t),
            None => power(self.beta, t),
        }
    }
}
