//! Φ: first moments, the numerator of an update.

use super::{Moment, PendingUpdate, Slot, StepContext, ZeroGradStep};
use crate::real::{Real, power};
use crate::text::choices;

/// Φ(g) = g: the gradient itself, without memory.
#[derive(Clone, Copy, Debug)]
pub struct Identity;

impl Moment for Identity {
    type Slots<F: Real> = [F; 0];
    type Scalars<F: Real> = ();

    fn slots(&self) -> Vec<Slot> {
        Vec::new()
    }

    fn scalars<F: Real>(&self, _step: &StepContext) {}

    #[inline(always)]
    fn update<F: Real>((): &(), g: F, _slots: &mut [F; 0]) -> F {
        g
    }

    fn zero_grad_step<F: Real>((): &()) -> Option<ZeroGradStep> {
        Some(ZeroGradStep { linear: Some([1.0, 0.0]), ..ZeroGradStep::new([], PendingUpdate::Nothing) })
    }
}

choices! {
    /// Bias correction of an average that starts at 0: division by 1 − βᵗ.
    #[derive(Default)]
    pub enum BiasCorrection {
        /// The average is divided by 1 − βᵗ.
        #[default]
        On = "on",
        /// The average is used as it is.
        Off = "off",
    }
}

impl BiasCorrection {
    /// Returns the factor of the average: 1 / (1 − βᵗ), or 1.
    pub fn factor(self, beta: f64, t: u64) -> f64 {
        match self {
            Self::On => bias_correction(beta, t),
            Self::Off => 1.0,
        }
    }
}

/// Returns 1 / (1 − βᵗ), the bias correction of an exponential moving average that starts at 0.
///
/// ```
/// assert_eq!(thalweg::algebra::bias_correction(0.5, 1), 2.0);
/// ```
pub fn bias_correction(beta: f64, t: u64) -> f64 {
    // Then βᵗ ≤ exp(−t·(1−β)) < 2⁻⁵⁷, and 1 − βᵗ rounds to 1: the power is the larger part of a step of few numbers.
    if (1.0 - beta) * t as f64 > 40.0 {
        return 1.0;
    }
    1.0 / (1.0 - power(beta, t))
}

#[cfg(test)]
#[test]
fn a_bias_correction_that_is_not_computed_is_one() {
    for beta in [0.0, 0.5, 0.9, 0.99, 0.999, 0.9999, 0.999_999] {
        for t in (0..60).flat_map(|bits| [1_u64 << bits.min(50), (1 << bits.min(50)) + 12_345]) {
            let computed = 1.0 / (1.0 - power(beta, t));
            assert_eq!(bias_correction(beta, t).to_bits(), computed.to_bits(), "β = {beta}, t = {t}");
        }
    }
}

/// Φ(g) = m̂: exponential moving average m ← βm + (1−β)g, m̂ = m / (1−βᵗ).
///
/// It averages over about 1/(1−β) gradients; the division by 1−βᵗ corrects the bias of its start at 0.
#[derive(Clone, Copy, Debug)]
pub struct Ema {
    /// Decay rate β, in [0, 1).
    pub beta: f64,
    /// Value of m before the first step.
    pub start: f64,
    /// Bias correction of m.
    pub correction: BiasCorrection,
}

/// Scalars of one step of [`Ema`].
#[derive(Clone, Copy, Debug)]
pub struct EmaScalars<F> {
    beta: F,
    one_minus_beta: F,
    correction: F,
}

impl Ema {
    /// The bias-corrected average that starts at 0, as in Adam.
    pub const fn new(beta: f64) -> Self {
        Self { beta, start: 0.0, correction: BiasCorrection::On }
    }

    /// Returns m̂ for the value `m` of the slot.
    #[inline(always)]
    pub(crate) fn corrected<F: Real>(scalars: &EmaScalars<F>, m: F) -> F {
        m * scalars.correction
    }
}

impl Moment for Ema {
    type Slots<F: Real> = [F; 1];
    type Scalars<F: Real> = EmaScalars<F>;

    fn slots(&self) -> Vec<Slot> {
        vec![Slot { start: self.start, ..Slot::zero("m") }]
    }

    fn scalars<F: Real>(&self, step: &StepContext) -> EmaScalars<F> {
        EmaScalars {
            beta: F::of(self.beta),
            one_minus_beta: F::of(1.0 - self.beta),
            correction: F::of(self.correction.factor(self.beta, step.t)),
        }
    }

    #[inline(always)]
    fn update<F: Real>(scalars: &EmaScalars<F>, g: F, [m]: &mut [F; 1]) -> F {
        *m = scalars.beta * *m + scalars.one_minus_beta * g;
        Self::corrected(scalars, *m)
    }

    fn zero_grad_step<F: Real>(scalars: &EmaScalars<F>) -> Option<ZeroGradStep> {
        let [beta, correction] = [scalars.beta, scalars.correction].map(F::to_f64);
        Some(ZeroGradStep::new([beta], PendingUpdate::Slot { slot: 0, scale: beta * correction }))
    }
}

/// Φ(g) = β₁m + (1−β₁)g with m ← β₂m + (1−β₂)g: Lion's direction, in which the newest gradient weighs more than in
/// the average that is kept.
#[derive(Clone, Copy, Debug)]
pub struct LionMomentum {
    /// Weight β₁ of the average in the direction, in [0, 1).
    pub beta1: f64,
    /// Decay rate β₂ of the average, in [0, 1).
    pub beta2: f64,
}

/// Scalars of one step of [`LionMomentum`].
#[derive(Clone, Copy, Debug)]
pub struct LionScalars<F> {
    beta1: F,
    one_minus_beta1: F,
    beta2: F,
    one_minus_beta2: F,
}

impl Moment for LionMomentum {
    type Slots<F: Real> = [F; 1];
    type Scalars<F: Real> = LionScalars<F>;

    fn slots(&self) -> Vec<Slot> {
        vec![Slot::zero("m")]
    }

    fn scalars<F: Real>(&self, _step: &StepContext) -> LionScalars<F> {
        LionScalars {
            beta1: F::of(self.beta1),
            one_minus_beta1: F::of(1.0 - self.beta1),
            beta2: F::of(self.beta2),
            one_minus_beta2: F::of(1.0 - self.beta2),
        }
    }

    #[inline(always)]
    fn update<F: Real>(scalars: &LionScalars<F>, g: F, [m]: &mut [F; 1]) -> F {
        let direction = scalars.beta1 * *m + scalars.one_minus_beta1 * g;
        *m = scalars.beta2 * *m + scalars.one_minus_beta2 * g;
        direction
    }

    fn zero_grad_step<F: Real>(scalars: &LionScalars<F>) -> Option<ZeroGradStep> {
        let [beta1, beta2] = [scalars.beta1, scalars.beta2].map(F::to_f64);
        Some(ZeroGradStep::new([beta2], PendingUpdate::Slot { slot: 0, scale: beta1 }))
    }
}

/// sign(Φ(g)): every coordinate moves by the learning rate, or not at all where Φ is 0.
#[derive(Clone, Copy, Debug)]
pub struct Sign<First>(pub First);

impl<First: Moment> Moment for Sign<First> {
    type Slots<F: Real> = First::Slots<F>;
    type Scalars<F: Real> = First::Scalars<F>;

    fn slots(&self) -> Vec<Slot> {
        self.0.slots()
    }

    fn scalars<F: Real>(&self, step: &StepContext) -> Self::Scalars<F> {
        self.0.scalars(step)
    }

    #[inline(always)]
    fn update<F: Real>(scalars: &Self::Scalars<F>, g: F, slots: &mut Self::Slots<F>) -> F {
        First::update(scalars, g, slots).sign()
    }

    fn zero_grad_step<F: Real>(scalars: &Self::Scalars<F>) -> Option<ZeroGradStep> {
        First::zero_grad_step(scalars).and_then(ZeroGradStep::sign)
    }

    fn carry(&self, t: u64, before: f64) -> f64 {
        self.0.carry(t, before)
    }
}
