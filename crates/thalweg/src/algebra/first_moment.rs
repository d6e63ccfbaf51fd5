//! Φ: first moments, the direction.

use super::{Moment, PendingUpdate, Slot, StepContext, ZeroGradStep, bias_correction};
use crate::real::{Real, power};

/// Φ(g) = g: no memory.
#[derive(Clone, Copy, Debug)]
pub struct Identity;

impl Moment for Identity {
    type Slots<F: Real> = [F; 0];
    type Scalars<F: Real> = ();

    fn slots(&self) -> Vec<Slot> {
        Vec::new()
    }

    fn scalars<F: Real>(&self, _at: &StepContext) {}

    #[inline(always)]
    fn update<F: Real>((): &(), g: F, _s: &mut [F; 0]) -> F {
        g
    }

    fn zero_grad_step<F: Real>((): &()) -> Option<ZeroGradStep> {
        Some(ZeroGradStep { linear: Some([1.0, 0.0]), ..ZeroGradStep::new([], PendingUpdate::Nothing) })
    }
}

/// Φ(g) = m̂: m ← βm + (1−β)g, m̂ = m / (1−βᵗ).
///
/// The average remembers about 1/(1−β) gradients; dividing by 1−βᵗ repairs its start at 0.
#[derive(Clone, Copy, Debug)]
pub struct Ema {
    /// β, the decay.
    pub beta: f64,
    /// m before the first step.
    pub start: f64,
    /// Whether m is divided by 1−βᵗ.
    pub correction: BiasCorrection,
}

/// Whether an average is divided by 1−βᵗ to repair its start at 0.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum BiasCorrection {
    /// Divided by 1−βᵗ.
    #[default]
    On,
    /// Left as it is.
    Off,
}

impl BiasCorrection {
    /// 1 / (1−βᵗ), or 1.
    pub fn of(self, beta: f64, t: u64) -> f64 {
        match self {
            Self::On => bias_correction(beta, t),
            Self::Off => 1.0,
        }
    }
}

impl Ema {
    /// The bias-corrected average that starts at 0, as in Adam.
    pub const fn new(beta: f64) -> Self {
        Self { beta, start: 0.0, correction: BiasCorrection::On }
    }

    /// m̂ of a slot as it stands.
    #[inline(always)]
    pub fn value<F: Real>(&(_, _, scale): &(F, F, F), m: F) -> F {
        m * scale
    }
}

impl Moment for Ema {
    type Slots<F: Real> = [F; 1];
    type Scalars<F: Real> = (F, F, F);

    fn slots(&self) -> Vec<Slot> {
        vec![Slot { start: self.start, ..Slot::zero("m") }]
    }

    fn scalars<F: Real>(&self, at: &StepContext) -> Self::Scalars<F> {
        let scale = self.correction.of(self.beta, at.t);
        (F::of(self.beta), F::of(1.0 - self.beta), F::of(scale))
    }

    #[inline(always)]
    fn update<F: Real>(&(keep, take, scale): &Self::Scalars<F>, g: F, [m]: &mut [F; 1]) -> F {
        *m = keep * *m + take * g;
        Self::value(&(keep, take, scale), *m)
    }

    fn zero_grad_step<F: Real>(&(keep, _, scale): &Self::Scalars<F>) -> Option<ZeroGradStep> {
        let [keep, scale] = [keep, scale].map(F::to_f64);
        Some(ZeroGradStep::new([keep], PendingUpdate::Slot { slot: 0, scale: keep * scale }))
    }
}

/// Φ(g) = β₁m + (1−β₁)g with the memory m ← β₂m + (1−β₂)g: Lion's direction, which trusts the newest
/// gradient more than the memory it leaves behind.
#[derive(Clone, Copy, Debug)]
pub struct LionMomentum {
    /// β₁, the weight of the memory in the direction.
    pub beta1: f64,
    /// β₂, the decay of the memory.
    pub beta2: f64,
}

impl Moment for LionMomentum {
    type Slots<F: Real> = [F; 1];
    type Scalars<F: Real> = [F; 4];

    fn slots(&self) -> Vec<Slot> {
        vec![Slot::zero("m")]
    }

    fn scalars<F: Real>(&self, _at: &StepContext) -> [F; 4] {
        [self.beta1, 1.0 - self.beta1, self.beta2, 1.0 - self.beta2].map(F::of)
    }

    #[inline(always)]
    fn update<F: Real>(&[b1, a1, b2, a2]: &[F; 4], g: F, [m]: &mut [F; 1]) -> F {
        let direction = b1 * *m + a1 * g;
        *m = b2 * *m + a2 * g;
        direction
    }

    fn zero_grad_step<F: Real>(&[b1, _, b2, _]: &[F; 4]) -> Option<ZeroGradStep> {
        Some(ZeroGradStep::new([b2.to_f64()], PendingUpdate::Slot { slot: 0, scale: b1.to_f64() }))
    }
}

/// sign(Φ(g)): every coordinate moves by the rate, or rests.
#[derive(Clone, Copy, Debug)]
pub struct Sign<First>(pub First);

impl<First: Moment> Moment for Sign<First> {
    type Slots<F: Real> = First::Slots<F>;
    type Scalars<F: Real> = First::Scalars<F>;

    fn slots(&self) -> Vec<Slot> {
        self.0.slots()
    }

    fn scalars<F: Real>(&self, at: &StepContext) -> Self::Scalars<F> {
        self.0.scalars(at)
    }

    #[inline(always)]
    fn update<F: Real>(scalars: &Self::Scalars<F>, g: F, s: &mut Self::Slots<F>) -> F {
        First::update(scalars, g, s).sign()
    }

    fn zero_grad_step<F: Real>(scalars: &Self::Scalars<F>) -> Option<ZeroGradStep> {
        First::zero_grad_step(scalars).and_then(ZeroGradStep::sign)
    }

    fn carry(&self, t: u64, before: f64) -> f64 {
        self.0.carry(t, before)
    }
}

/// Φ(g) = (1−μₜ)g / (1−∏ᵗμ) + μₜ₊₁m / (1−∏ᵗ⁺¹μ), m ← β₁m + (1−β₁)g: Adam's average with Nesterov's
/// step taken one ahead (Dozat 2016). The product of the μ's is the rule's carried scalar.
#[derive(Clone, Copy, Debug)]
pub struct NesterovEma {
    /// β₁.
    pub beta: f64,
    /// How fast μₜ = β₁(1 − ½·0.96^(t·ψ)) warms up: ψ. `None`: μₜ = β₁ throughout.
    pub momentum_decay: Option<f64>,
}

impl NesterovEma {
    fn mu(&self, t: u64) -> f64 {
        let warming = self.momentum_decay.map_or(0.0, |psi| libm::pow(0.96, t as f64 * psi));
        self.beta * (1.0 - 0.5 * warming)
    }
}

impl Moment for NesterovEma {
    type Slots<F: Real> = [F; 1];
    type Scalars<F: Real> = [F; 4];

    fn slots(&self) -> Vec<Slot> {
        vec![Slot::zero("m")]
    }

    fn scalars<F: Real>(&self, at: &StepContext) -> [F; 4] {
        let (mu, next) = (self.mu(at.t), self.mu(at.t + 1));
        let of_gradient = (1.0 - mu) / (1.0 - at.carry);
        let of_average = next / (1.0 - at.carry * next);
        [self.beta, 1.0 - self.beta, of_gradient, of_average].map(F::of)
    }

    #[inline(always)]
    fn update<F: Real>(&[keep, take, of_gradient, of_average]: &[F; 4], g: F, [m]: &mut [F; 1]) -> F {
        *m = keep * *m + take * g;
        of_gradient * g + of_average * *m
    }

    fn zero_grad_step<F: Real>(&[keep, _, _, of_average]: &[F; 4]) -> Option<ZeroGradStep> {
        let [keep, of_average] = [keep, of_average].map(F::to_f64);
        Some(ZeroGradStep::new([keep], PendingUpdate::Slot { slot: 0, scale: keep * of_average }))
    }

    fn carry(&self, t: u64, before: f64) -> f64 {
        match self.momentum_decay {
            Some(_) => before * self.mu(t),
            None => power(self.beta, t),
        }
    }
}
