use super::{MethodDef, Preset};
use crate::algebra::{Adaptive, BiasCorrection, Ema, EpsForm, RootEma};
use crate::kernel::BoxedRule;
use crate::real::Real;

hyperparameters! {
    /// **Adam**: momentum over the root of a forgetting average of squares, both repaired for their start at 0.
    ///
    /// m ← β₁m + (1−β₁)g,  v ← β₂v + (1−β₂)g²,  m̂ = m/(1−β₁ᵗ),  v̂ = v/(1−β₂ᵗ)
    /// x ← x − lr·m̂ / (√v̂ + ε)
    ///
    /// Slots m, v = 0. `lr` is in units of x: no coordinate moves much more than that in a step. A good first choice.
    /// Not where plain momentum, well tuned, generalizes better; and its weight decay is better decoupled ([`AdamW`](super::AdamW)).
    ///
    /// Kingma & Ba 2015, arXiv:1412.6980, Alg. 1. As PyTorch and Optax: ε outside the root, after the correction. Keras
    /// adds ε = 1e-7 before the correction (`eps_form=hat`, the form of the paper's §2).
    ///
    /// ```
    /// use thalweg::{Adam, Optimizer};
    /// let mut adam = Optimizer::new(Adam { lr: 0.1, ..Adam::default() }, 2)?;
    /// let mut x = [1.0, 1.0];
    /// adam.tell(&mut x, &[1e-4, 1e4])?; // the first step is ±lr at any scale of gradient
    /// assert!((x[0] - 0.9_f64).abs() < 1e-4 && (x[1] - 0.9_f64).abs() < 1e-12);
    /// # Ok::<(), thalweg::Error>(())
    /// ```
    Adam {
        /// Learning rate.
        lr: f64 = 1e-3,
        /// β₁.
        beta1: f64 = 0.9,
        /// β₂.
        beta2: f64 = 0.999,
        /// ε.
        eps: f64 = 1e-8,
        /// Where ε stands.
        eps_form: EpsForm = EpsForm::Outside,
        /// λ.
        weight_decay: f64 = 0.0,
    }
}

impl MethodDef for Adam {
    const FORMULA: &'static str = "x ← x − lr·m̂ / (√v̂ + ε)";
    const SOURCE: &'static str = "Kingma & Ba 2015, Alg. 1, arXiv:1412.6980";

    fn fused<F: Real>(&self) -> BoxedRule<F> {
        let Self { beta1, beta2: beta, eps, eps_form, .. } = *self;
        Box::new(Adaptive(Ema::new(beta1), RootEma { beta, eps, eps_form, correction: BiasCorrection::On }))
    }

    fn preset(preset: Preset) -> Option<Self> {
        match preset {
            Preset::Torch | Preset::Optax | Preset::Paper => Some(Self::default()),
            Preset::Keras => Some(Self { eps: 1e-7, eps_form: EpsForm::Hat, ..Self::default() }),
        }
    }
}
