//! The square root in the denominator of an update, with ε in any position.

use crate::real::Real;
use crate::text::choices;

/// Rounds ε to the element type, at least [`Real::TINY`], so that 0/0 is 0 even where ε is 0 or underflows. As one of
/// the scalars of a step it costs nothing per coordinate.
pub fn floor_eps<F: Real>(eps: f64) -> F {
    F::of(eps).max(F::TINY)
}

choices! {
    /// Position of ε in the root of a second moment: libraries differ, and it matters where gradients are small.
    pub enum EpsForm {
        /// √v̂ + ε: the papers' algorithms, PyTorch.
        Outside = "outside",
        /// √(v̂ + ε): ε is added under the root (Keras's RMSProp and AdaGrad, Optax).
        Inside = "inside",
        /// (√v + ε) / √(1−β₂ᵗ): ε is added before the bias correction, Keras's and the papers' "ε-hat" form.
        Hat = "hat",
    }
}

/// Three scalars that express every form of a root with ε: √(scale·v + inside) + outside.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Root<F> {
    pub(crate) scale: F,
    pub(crate) inside: F,
    pub(crate) outside: F,
}

impl<F: Real> Root<F> {
    /// The root of a moment with the given bias correction (1 for none).
    pub(super) fn new(correction: f64, eps: f64, form: EpsForm) -> Self {
        let (inside, outside) = match form {
            EpsForm::Outside => (0.0, eps),
            EpsForm::Inside => (eps, 0.0),
            EpsForm::Hat => (0.0, eps * correction.sqrt()),
        };
        Self { scale: F::of(correction), inside: F::of(inside), outside: floor_eps(outside) }
    }

    /// Returns the root of `v` ≥ 0, which is never 0.
    #[inline(always)]
    pub fn of(&self, v: F) -> F {
        (v * self.scale + self.inside).sqrt() + self.outside
    }
}
