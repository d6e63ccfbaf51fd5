//! Modifications of a step that are the same around every method: clipping, ascent and weight decay, as scalars of
//! the same pass.

use crate::real::Real;
use crate::text::choices;

choices! {
    /// Form of weight decay.
    pub enum Decay {
        /// g ← g + λx before the method sees it: the gradient of (λ/2)‖x‖² (L2 regularization).
        Coupled = "coupled",
        /// x ← x − lr·λx in addition to the step, outside the moments (Loshchilov & Hutter 2019, arXiv:1711.05101).
        Decoupled = "decoupled",
        /// x ← (x − step) / (1 + lr·λ): decay as a proximal step (Adan).
        Proximal = "proximal",
        /// Left to the method, whose formula contains λ (LARS and LAMB: inside the trust ratio).
        Own = "own",
    }
}

/// Modifications of a step that are the same around any rule, as scalars of one pass:
/// g' = clamp(scale·g, ±bound) + couple·x, then x ← (keep·x − update(g')) · shrink.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct StepModifiers {
    /// Factor of the gradient: −1 for ascent, times the factor of norm clipping.
    pub scale: f64,
    /// Limit of each gradient coordinate's magnitude; infinite for none.
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
    /// Adds weight decay λ at learning rate `lr`.
    #[must_use]
    pub(crate) fn with_decay(self, decay: Decay, weight_decay: f64, lr: f64) -> Self {
        match decay {
            Decay::Coupled => Self { couple: weight_decay, ..self },
            Decay::Decoupled => Self { keep: 1.0 - lr * weight_decay, ..self },
            Decay::Proximal => Self { shrink: 1.0 / (1.0 + lr * weight_decay), ..self },
            Decay::Own => self,
        }
    }

    /// Rounds the scalars to the element type.
    pub(super) fn rounded<F: Real>(&self) -> Self {
        let round = |v| F::of(v).to_f64();
        let Self { scale, bound, couple, keep, shrink } = *self;
        let [scale, bound, couple, keep, shrink] = [scale, bound, couple, keep, shrink].map(round);
        Self { scale, bound, couple, keep, shrink }
    }

    pub(super) fn scalars<F: Real>(&self) -> ModifierScalars<F> {
        ModifierScalars {
            scale: F::of(self.scale),
            bound: F::of(self.bound),
            couple: F::of(self.couple),
            keep: F::of(self.keep),
            shrink: F::of(self.shrink),
        }
    }
}

/// [`StepModifiers`] in the element type.
#[derive(Clone, Copy)]
pub(super) struct ModifierScalars<F> {
    scale: F,
    bound: F,
    couple: F,
    keep: F,
    shrink: F,
}

impl<F: Real> ModifierScalars<F> {
    /// Returns `true` if nothing but decoupled decay modifies the step.
    pub(super) fn are_trivial(&self) -> bool {
        let Self { scale, bound, couple, keep: _, shrink } = *self;
        scale == F::ONE && bound.to_f64() == f64::INFINITY && couple == F::ZERO && shrink == F::ONE
    }

    /// The gradient after scaling, clipping and coupled decay.
    #[inline(always)]
    pub(super) fn gradient(&self, x: F, g: F) -> F {
        (self.scale * g).max(-self.bound).min(self.bound) + self.couple * x
    }

    /// x after decoupled decay, before the update.
    #[inline(always)]
    pub(super) fn decayed(&self, x: F) -> F {
        self.keep * x
    }

    /// x after the step.
    #[inline(always)]
    pub(super) fn apply(&self, x: F, update: F) -> F {
        (self.decayed(x) - update) * self.shrink
    }
}
