//! Ψ: roots of second moments, the scale a direction is divided by.

use serde::{Deserialize, Serialize};

use super::{BiasCorrection, Moment, PendingUpdate, Slot, StepContext, ZeroGradStep};
use crate::real::{Real, power};

/// 1 / (1−βᵗ): what repairs an average that started at 0.
pub fn bias_correction(beta: f64, t: u64) -> f64 {
    1.0 / (1.0 - power(beta, t))
}

/// ε where it is added to what something is divided by: at least [`Real::TINY`], so that 0/0 is 0 though ε be 0 or too small
/// for the element type. As one of the scalars of a step it costs nothing per coordinate.
pub fn floor_eps<F: Real>(eps: f64) -> F {
    F::of(eps).max(F::TINY)
}

/// Where ε stands in the root: libraries differ, and it shows where gradients are small.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum EpsForm {
    /// √v̂ + ε: the papers' algorithms, PyTorch.
    Outside,
    /// √(v̂ + ε).
    Inside,
    /// (√v + ε) / √(1−β₂ᵗ): ε added before the bias correction, Keras's and the "ε-hat" form.
    Hat,
}

/// Three scalars that every form of a root with ε comes down to: √(c·v + inside) + outside.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Root<F> {
    pub(crate) scale: F,
    pub(crate) inside: F,
    pub(crate) outside: F,
}

impl<F: Real> Root<F> {
    /// The root of a moment whose bias correction is `bias_correction` (1 for none).
    fn new(bias_correction: f64, eps: f64, form: EpsForm) -> Self {
        let (inside, outside) = match form {
            EpsForm::Outside => (0.0, eps),
            EpsForm::Inside => (eps, 0.0),
            EpsForm::Hat => (0.0, eps * bias_correction.sqrt()),
        };
        Self { scale: F::of(bias_correction), inside: F::of(inside), outside: floor_eps(outside) }
    }

    /// The root of `v`: never 0.
    #[inline(always)]
    pub fn of(&self, v: F) -> F {
        (v * self.scale + self.inside).sqrt() + self.outside
    }

    /// The root of `slot`, where slots fade by `keep`.
    fn zero_grad_step<const N: usize>(&self, keep: [F; N], slot: usize) -> ZeroGradStep {
        let [scale, inside, outside] = [self.scale, self.inside, self.outside].map(F::to_f64);
        let root = Root { scale, inside, outside };
        ZeroGradStep::new(keep.map(F::to_f64), PendingUpdate::Root { slot, root })
    }
}

/// Ψ(g) = √v, v ← v + g²: the sum that never forgets (AdaGrad).
#[derive(Clone, Copy, Debug)]
pub struct RootSumSquares {
    /// v before the first step.
    pub start: f64,
    /// ε.
    pub eps: f64,
    /// Where ε stands ([`EpsForm::Hat`] is [`EpsForm::Outside`] here: there is no correction).
    pub eps_form: EpsForm,
}

impl Moment for RootSumSquares {
    type Slots<F: Real> = [F; 1];
    type Scalars<F: Real> = Root<F>;

    fn slots(&self) -> Vec<Slot> {
        vec![Slot::positive("v", self.start)]
    }

    fn scalars<F: Real>(&self, _at: &StepContext) -> Root<F> {
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

/// Ψ(g) = √v̂, v ← βv + (1−β)g²: the average that forgets (RMSProp without, Adam with correction).
#[derive(Clone, Copy, Debug)]
pub struct RootEma {
    /// β.
    pub beta: f64,
    /// ε.
    pub eps: f64,
    /// Where ε stands.
    pub eps_form: EpsForm,
    /// Whether v is divided by 1−βᵗ.
    pub correction: BiasCorrection,
}

impl RootEma {
    fn bias_correction(&self, t: u64) -> f64 {
        self.correction.of(self.beta, t)
    }
}

impl Moment for RootEma {
    type Slots<F: Real> = [F; 1];
    type Scalars<F: Real> = (F, F, Root<F>);

    fn slots(&self) -> Vec<Slot> {
        vec![Slot::positive("v", 0.0)]
    }

    fn scalars<F: Real>(&self, at: &StepContext) -> Self::Scalars<F> {
        let root = Root::new(self.bias_correction(at.t), self.eps, self.eps_form);
        (F::of(self.beta), F::of(1.0 - self.beta), root)
    }

    #[inline(always)]
    fn update<F: Real>((keep, take, root): &Self::Scalars<F>, g: F, [v]: &mut [F; 1]) -> F {
        *v = *keep * *v + *take * (g * g);
        root.of(*v)
    }

    fn zero_grad_step<F: Real>((keep, _, root): &Self::Scalars<F>) -> Option<ZeroGradStep> {
        Some(root.zero_grad_step([*keep], 0))
    }
}

/// Ψ(g) = √max(v̂₁…v̂ₜ): a scale that never shrinks (AMSGrad).
#[derive(Clone, Copy, Debug)]
pub struct RootMaxEma {
    /// The average whose maximum is kept.
    pub ema: RootEma,
    /// Whether the maximum is of v or of v̂.
    pub maximum: AmsGradForm,
}

/// Of which average AMSGrad keeps the maximum.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum AmsGradForm {
    /// Of v; the maximum is bias-corrected afterwards (PyTorch, Keras).
    Raw,
    /// Of the bias-corrected v̂ (Optax).
    Corrected,
}

impl Moment for RootMaxEma {
    type Slots<F: Real> = [F; 2];
    type Scalars<F: Real> = (F, F, F, Root<F>);

    fn slots(&self) -> Vec<Slot> {
        vec![Slot::positive("v", 0.0), Slot::positive("v_max", 0.0)]
    }

    fn scalars<F: Real>(&self, at: &StepContext) -> Self::Scalars<F> {
        let bias_correction = self.ema.bias_correction(at.t);
        let (before, after) = match self.maximum {
            AmsGradForm::Raw => (1.0, bias_correction),
            AmsGradForm::Corrected => (bias_correction, 1.0),
        };
        // ε-hat is divided by the correction wherever the correction stands.
        let eps = if self.ema.eps_form == EpsForm::Hat { self.ema.eps * before.sqrt() } else { self.ema.eps };
        let root = Root::new(after, eps, self.ema.eps_form);
        (F::of(self.ema.beta), F::of(1.0 - self.ema.beta), F::of(before), root)
    }

    #[inline(always)]
    fn update<F: Real>((keep, take, before, root): &Self::Scalars<F>, g: F, [v, max]: &mut [F; 2]) -> F {
        *v = *keep * *v + *take * (g * g);
        *max = max.max(*v * *before);
        root.of(*max)
    }

    // v̂ falls while it rests, so its maximum stays.
    fn zero_grad_step<F: Real>((keep, _, _, root): &Self::Scalars<F>) -> Option<ZeroGradStep> {
        Some(root.zero_grad_step([*keep, F::ONE], 1))
    }
}

/// What RMSProp divides by.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Variance {
    /// √v: the size of recent gradients.
    Raw,
    /// √(v − ḡ²): their spread about their mean.
    Centered,
}

/// Ψ(g) = √(v − ḡ²), v ← ρv + (1−ρ)g², ḡ ← ρḡ + (1−ρ)g: the spread rather than the size (centered RMSProp).
///
/// The difference is kept as one average, c ← ρc + ρ(1−ρ)(g−ḡ)², with ḡ from before this step: the same
/// number without the cancellation, so it cannot become negative.
#[derive(Clone, Copy, Debug)]
pub struct Centered(pub RootEma);

impl Moment for Centered {
    type Slots<F: Real> = [F; 2];
    type Scalars<F: Real> = (F, F, Root<F>);

    fn slots(&self) -> Vec<Slot> {
        vec![Slot::positive("c", 0.0), Slot::zero("g_mean")]
    }

    fn scalars<F: Real>(&self, at: &StepContext) -> Self::Scalars<F> {
        self.0.scalars(at)
    }

    #[inline(always)]
    fn update<F: Real>((keep, take, root): &Self::Scalars<F>, g: F, [c, mean]: &mut [F; 2]) -> F {
        let off = g - *mean;
        *c = *keep * (*c + *take * (off * off));
        *mean = *keep * *mean + *take * g;
        root.of(*c)
    }
}

/// Ψ(g) = u ← max(β₂u, |g| + ε): the decaying peak (AdaMax); with ε outside, u ← max(β₂u, |g|) and u + ε.
#[derive(Clone, Copy, Debug)]
pub struct InfNormEma {
    /// β₂.
    pub beta: f64,
    /// ε.
    pub eps: f64,
    /// Inside the maximum, or outside.
    pub eps_form: EpsForm,
}

impl Moment for InfNormEma {
    type Slots<F: Real> = [F; 1];
    type Scalars<F: Real> = [F; 3];

    fn slots(&self) -> Vec<Slot> {
        vec![Slot::positive("u", 0.0)]
    }

    fn scalars<F: Real>(&self, _at: &StepContext) -> [F; 3] {
        let (inside, outside) = match self.eps_form {
            EpsForm::Inside => (self.eps, 0.0),
            EpsForm::Outside | EpsForm::Hat => (0.0, self.eps),
        };
        [F::of(self.beta), F::of(inside), floor_eps(outside)]
    }

    #[inline(always)]
    fn update<F: Real>(&[beta, inside, outside]: &[F; 3], g: F, [u]: &mut [F; 1]) -> F {
        *u = (beta * *u).max(g.abs() + inside);
        *u + outside
    }
}

/// Ψ(g) = √v̂, v ← v − (1−β₂)·sign(v − g²)·g²: v moves by g² at most, whatever v is (Yogi).
#[derive(Clone, Copy, Debug)]
pub struct RootYogi {
    /// The root's ε, decay and correction.
    pub ema: RootEma,
    /// v before the first step.
    pub start: f64,
}

impl Moment for RootYogi {
    type Slots<F: Real> = [F; 1];
    type Scalars<F: Real> = (F, F, Root<F>);

    fn slots(&self) -> Vec<Slot> {
        vec![Slot::positive("v", self.start)]
    }

    fn scalars<F: Real>(&self, at: &StepContext) -> Self::Scalars<F> {
        self.ema.scalars(at)
    }

    #[inline(always)]
    fn update<F: Real>((_, take, root): &Self::Scalars<F>, g: F, [v]: &mut [F; 1]) -> F {
        let square = g * g;
        *v = *v - *take * ((*v - square).sign() * square);
        root.of(*v)
    }

    fn zero_grad_step<F: Real>((_, _, root): &Self::Scalars<F>) -> Option<ZeroGradStep> {
        Some(root.zero_grad_step([F::ONE], 0))
    }
}
