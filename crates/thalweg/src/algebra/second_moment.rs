//! Ψ: roots of second moments, the denominator of an update.

use super::{BiasCorrection, EpsForm, Moment, Root, Slot, StepContext, ZeroGradStep, floor_eps};
use crate::real::Real;
use crate::text::choices;

/// Ψ(g) = √v, v ← v + g²: the sum of all squared gradients (AdaGrad).
#[derive(Clone, Copy, Debug)]
pub struct RootSumSquares {
    /// Value of v before the first step, at least 0.
    pub start: f64,
    /// Stabilizer ε, at least 0.
    pub eps: f64,
    /// Position of ε; without bias correction [`EpsForm::Hat`] is [`EpsForm::Outside`].
    pub eps_form: EpsForm,
}

impl Moment for RootSumSquares {
    type Slots<F: Real> = [F; 1];
    type Scalars<F: Real> = Root<F>;

    fn slots(&self) -> Vec<Slot> {
        vec![Slot::nonnegative("v", self.start)]
    }

    fn scalars<F: Real>(&self, _step: &StepContext) -> Root<F> {
        Root::new(1.0, self.eps, self.eps_form)
    }

    #[inline(always)]
    fn update<F: Real>(root: &Root<F>, g: F, [v]: &mut [F; 1]) -> F {
        *v = *v + g * g;
        root.of(*v)
    }

    fn zero_grad_step<F: Real>(root: &Root<F>) -> Option<ZeroGradStep> {
        Some(root.zero_grad_step([F::ONE], 0))
    }
}

/// Ψ(g) = √v̂, v ← βv + (1−β)g²: exponential moving average of squared gradients (RMSProp without bias correction,
/// Adam with it).
#[derive(Clone, Copy, Debug)]
pub struct RootEma {
    /// Decay rate β, in [0, 1).
    pub beta: f64,
    /// Stabilizer ε, at least 0.
    pub eps: f64,
    /// Position of ε in the root.
    pub eps_form: EpsForm,
    /// Bias correction of v.
    pub correction: BiasCorrection,
}

/// Scalars of [`RootEma`] and of the moments built on it.
#[derive(Clone, Copy, Debug)]
pub struct RootEmaScalars<F> {
    pub(super) beta: F,
    pub(super) one_minus_beta: F,
    pub(super) root: Root<F>,
}

impl<F: Real> RootEmaScalars<F> {
    /// Returns the root for the value `v` of the slot.
    #[inline(always)]
    pub(crate) fn root_of(&self, v: F) -> F {
        self.root.of(v)
    }
}

impl RootEma {
    fn correction_factor(&self, t: u64) -> f64 {
        self.correction.factor(self.beta, t)
    }
}

impl Moment for RootEma {
    type Slots<F: Real> = [F; 1];
    type Scalars<F: Real> = RootEmaScalars<F>;

    fn slots(&self) -> Vec<Slot> {
        vec![Slot::nonnegative("v", 0.0)]
    }

    fn scalars<F: Real>(&self, step: &StepContext) -> Self::Scalars<F> {
        RootEmaScalars {
            beta: F::of(self.beta),
            one_minus_beta: F::of(1.0 - self.beta),
            root: Root::new(self.correction_factor(step.t), self.eps, self.eps_form),
        }
    }

    #[inline(always)]
    fn update<F: Real>(scalars: &Self::Scalars<F>, g: F, [v]: &mut [F; 1]) -> F {
        *v = scalars.beta * *v + scalars.one_minus_beta * (g * g);
        scalars.root.of(*v)
    }

    fn zero_grad_step<F: Real>(scalars: &Self::Scalars<F>) -> Option<ZeroGradStep> {
        Some(scalars.root.zero_grad_step([scalars.beta], 0))
    }
}

choices! {
    /// Average whose maximum AMSGrad keeps.
    pub enum AmsGradForm {
        /// Maximum of v, bias-corrected afterwards (PyTorch, Keras).
        Raw = "raw",
        /// Maximum of the bias-corrected v̂ (Optax).
        Corrected = "corrected",
    }
}

/// Ψ(g) = √max(v̂₁, …, v̂ₜ): a denominator that never shrinks (AMSGrad).
#[derive(Clone, Copy, Debug)]
pub struct RootMaxEma {
    /// Average whose maximum is kept.
    pub ema: RootEma,
    /// Maximum of v or of v̂.
    pub maximum: AmsGradForm,
}

/// Scalars of one step of [`RootMaxEma`].
#[derive(Clone, Copy, Debug)]
pub struct RootMaxScalars<F> {
    ema: RootEmaScalars<F>,
    /// Factor of v before the maximum is taken.
    correction: F,
}

impl Moment for RootMaxEma {
    type Slots<F: Real> = [F; 2];
    type Scalars<F: Real> = RootMaxScalars<F>;

    fn slots(&self) -> Vec<Slot> {
        vec![Slot::nonnegative("v", 0.0), Slot::nonnegative("v_max", 0.0)]
    }

    fn scalars<F: Real>(&self, step: &StepContext) -> Self::Scalars<F> {
        let correction = self.ema.correction_factor(step.t);
        let (before, after) = match self.maximum {
            AmsGradForm::Raw => (1.0, correction),
            AmsGradForm::Corrected => (correction, 1.0),
        };
        // ε-hat is divided by the correction wherever the correction stands.
        let eps = if self.ema.eps_form == EpsForm::Hat { self.ema.eps * before.sqrt() } else { self.ema.eps };
        let root = Root::new(after, eps, self.ema.eps_form);
        RootMaxScalars { ema: RootEmaScalars { root, ..self.ema.scalars(step) }, correction: F::of(before) }
    }

    #[inline(always)]
    fn update<F: Real>(RootMaxScalars { ema, correction }: &Self::Scalars<F>, g: F, [v, max]: &mut [F; 2]) -> F {
        *v = ema.beta * *v + ema.one_minus_beta * (g * g);
        *max = max.max(*v * *correction);
        ema.root.of(*max)
    }

    // Without a gradient v̂ falls, so its maximum stays.
    fn zero_grad_step<F: Real>(scalars: &Self::Scalars<F>) -> Option<ZeroGradStep> {
        Some(scalars.ema.root.zero_grad_step([scalars.ema.beta, F::ONE], 1))
    }
}

choices! {
    /// Second-moment estimate of RMSProp.
    pub enum Variance {
        /// v: the mean square of recent gradients.
        Raw = "raw",
        /// v − ḡ²: their variance about their mean.
        Centered = "centered",
    }
}

/// Ψ(g) = √(v − ḡ²), v ← ρv + (1−ρ)g², ḡ ← ρḡ + (1−ρ)g: standard deviation instead of root mean square (centered
/// RMSProp).
///
/// The difference is kept as one average, c ← ρ(c + (1−ρ)(g−ḡ)²) with ḡ of the step before: the same number without
/// the cancellation, so rounding cannot make it negative.
#[derive(Clone, Copy, Debug)]
pub struct Centered(pub RootEma);

impl Moment for Centered {
    type Slots<F: Real> = [F; 2];
    type Scalars<F: Real> = RootEmaScalars<F>;

    fn slots(&self) -> Vec<Slot> {
        vec![Slot::nonnegative("c", 0.0), Slot::zero("g_mean")]
    }

    fn scalars<F: Real>(&self, step: &StepContext) -> Self::Scalars<F> {
        self.0.scalars(step)
    }

    #[inline(always)]
    fn update<F: Real>(scalars: &Self::Scalars<F>, g: F, [c, mean]: &mut [F; 2]) -> F {
        let deviation = g - *mean;
        *c = scalars.beta * (*c + scalars.one_minus_beta * (deviation * deviation));
        *mean = scalars.beta * *mean + scalars.one_minus_beta * g;
        scalars.root.of(*c)
    }
}

/// Ψ(g) = u ← max(β₂u, |g| + ε): decaying maximum, an infinity norm (AdaMax); with ε outside, u ← max(β₂u, |g|) and
/// Ψ = u + ε.
#[derive(Clone, Copy, Debug)]
pub struct InfNormEma {
    /// Decay rate β₂, in [0, 1).
    pub beta: f64,
    /// Stabilizer ε, at least 0.
    pub eps: f64,
    /// Position of ε: inside the maximum, or outside it.
    pub eps_form: EpsForm,
}

/// Scalars of one step of [`InfNormEma`].
#[derive(Clone, Copy, Debug)]
pub struct InfNormScalars<F> {
    beta: F,
    eps_inside: F,
    eps_outside: F,
}

impl Moment for InfNormEma {
    type Slots<F: Real> = [F; 1];
    type Scalars<F: Real> = InfNormScalars<F>;

    fn slots(&self) -> Vec<Slot> {
        vec![Slot::nonnegative("u", 0.0)]
    }

    fn scalars<F: Real>(&self, _step: &StepContext) -> Self::Scalars<F> {
        let (inside, outside) = match self.eps_form {
            EpsForm::Inside => (self.eps, 0.0),
            EpsForm::Outside | EpsForm::Hat => (0.0, self.eps),
        };
        InfNormScalars { beta: F::of(self.beta), eps_inside: F::of(inside), eps_outside: floor_eps(outside) }
    }

    #[inline(always)]
    fn update<F: Real>(scalars: &Self::Scalars<F>, g: F, [u]: &mut [F; 1]) -> F {
        *u = (scalars.beta * *u).max(g.abs() + scalars.eps_inside);
        *u + scalars.eps_outside
    }
}

/// Ψ(g) = √v̂, v ← v − (1−β₂)·sign(v − g²)·g²: v changes by at most (1−β₂)g² in a step (Yogi).
#[derive(Clone, Copy, Debug)]
pub struct RootYogi {
    /// Decay rate, ε and bias correction of the root.
    pub ema: RootEma,
    /// Value of v before the first step, at least 0.
    pub start: f64,
}

impl Moment for RootYogi {
    type Slots<F: Real> = [F; 1];
    type Scalars<F: Real> = RootEmaScalars<F>;

    fn slots(&self) -> Vec<Slot> {
        vec![Slot::nonnegative("v", self.start)]
    }

    fn scalars<F: Real>(&self, step: &StepContext) -> Self::Scalars<F> {
        self.ema.scalars(step)
    }

    #[inline(always)]
    fn update<F: Real>(scalars: &Self::Scalars<F>, g: F, [v]: &mut [F; 1]) -> F {
        let square = g * g;
        *v = *v - scalars.one_minus_beta * square.times_sign_of(*v - square);
        scalars.root.of(*v)
    }

    fn zero_grad_step<F: Real>(scalars: &Self::Scalars<F>) -> Option<ZeroGradStep> {
        Some(scalars.root.zero_grad_step([F::ONE], 0))
    }
}
