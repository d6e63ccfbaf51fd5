//! The dress of a step: what is the same around every method, as scalars of one pass.

use serde::{Deserialize, Serialize};

use crate::real::Real;
use crate::text;

/// How weight decay enters a step.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Decay {
    /// g ← g + λx before the method sees it: the gradient of (λ/2)‖x‖² (L2 regularization).
    Coupled,
    /// x ← x − lr·λx beside the step, outside the moments (Loshchilov & Hutter 2019, arXiv:1711.05101).
    Decoupled,
    /// x ← (x − step) / (1 + lr·λ): decay as a proximal step (Adan).
    Proximal,
    /// Left to the method, whose formula holds λ (LARS and LAMB: inside the trust ratio).
    Own,
}

impl Decay {
    /// All forms by name.
    pub const ALL: [(&'static str, Self); 4] =
        [("coupled", Self::Coupled), ("decoupled", Self::Decoupled), ("proximal", Self::Proximal), ("own", Self::Own)];

    /// The form's name.
    pub fn name(self) -> &'static str {
        text::name_of(&self, &Self::ALL)
    }
}

/// The scalars of one pass around any rule:
/// g' = clamp(scale·g, ±bound) + couple·x, then x ← (keep·x − step(g')) · shrink.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct StepModifiers {
    /// Multiplies the gradient: −1 for ascent, the factor of norm clipping.
    pub scale: f64,
    /// Clips each gradient coordinate to ±bound.
    pub bound: f64,
    /// λ of coupled decay.
    pub couple: f64,
    /// 1 − lr·λ of decoupled decay.
    pub keep: f64,
    /// 1 / (1 + lr·λ) of proximal decay.
    pub shrink: f64,
}

impl Default for StepModifiers {
    fn default() -> Self {
        Self { scale: 1.0, bound: f64::INFINITY, couple: 0.0, keep: 1.0, shrink: 1.0 }
    }
}

impl StepModifiers {
    /// With weight decay λ at rate `lr`.
    #[must_use]
    pub fn decayed(self, decay: Decay, weight_decay: f64, lr: f64) -> Self {
        match decay {
            Decay::Coupled => Self { couple: weight_decay, ..self },
            Decay::Decoupled => Self { keep: 1.0 - lr * weight_decay, ..self },
            Decay::Proximal => Self { shrink: 1.0 / (1.0 + lr * weight_decay), ..self },
            Decay::Own => self,
        }
    }

    /// As the element type has it.
    pub(super) fn rounded<F: Real>(&self) -> Self {
        let round = |v| F::of(v).to_f64();
        let Self { scale, bound, couple, keep, shrink } = *self;
        let [scale, bound, couple, keep, shrink] = [scale, bound, couple, keep, shrink].map(round);
        Self { scale, bound, couple, keep, shrink }
    }

    pub(super) fn of<F: Real>(&self) -> ModifierScalars<F> {
        ModifierScalars {
            scale: F::of(self.scale),
            bound: F::of(self.bound),
            couple: F::of(self.couple),
            keep: F::of(self.keep),
            shrink: F::of(self.shrink),
        }
    }
}

/// A [`StepModifiers`] in the element type.
#[derive(Clone, Copy)]
pub(super) struct ModifierScalars<F> {
    scale: F,
    bound: F,
    couple: F,
    keep: F,
    shrink: F,
}

impl<F: Real> ModifierScalars<F> {
    /// Whether all is left as it is but for decoupled decay.
    pub(super) fn is_bare(&self) -> bool {
        let Self { scale, bound, couple, keep: _, shrink } = *self;
        scale == F::ONE && bound.to_f64() == f64::INFINITY && couple == F::ZERO && shrink == F::ONE
    }

    #[inline(always)]
    pub(super) fn gradient(&self, x: F, g: F) -> F {
        (self.scale * g).max(-self.bound).min(self.bound) + self.couple * x
    }

    /// x after decoupled decay, before the step.
    #[inline(always)]
    pub(super) fn kept(&self, x: F) -> F {
        self.keep * x
    }

    #[inline(always)]
    pub(super) fn moved(&self, x: F, lost: F) -> F {
        (self.kept(x) - lost) * self.shrink
    }
}
