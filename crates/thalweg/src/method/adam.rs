use super::{MethodDef, Preset};
use crate::algebra::{Adaptive, BiasCorrection, Ema, EpsForm, RootEma};
use crate::kernel::BoxedRule;
use crate::real::Real;

hyperparameters! {
    /// **Adam**: momentum divided by RMSProp's root mean square, both corrected for their start at 0.
    ///
    /// m ← β₁m + (1−β₁)g,  v ← β₂v + (1−β₂)g²,  m̂ = m/(1−β₁ᵗ),  v̂ = v/(1−β₂ᵗ)
    /// x ← x − lr·m̂ / (√v̂ + ε)
    ///
    /// Slots `m` and `v`, initially 0. `lr` has the unit of x: no coordinate moves much more than that in a step. A
    /// good first choice. Not where well-tuned momentum generalizes better; and its weight decay is better decoupled
    /// ([`AdamW`](super::AdamW)).
    ///
    /// Kingma & Ba 2015, arXiv:1412.6980, Alg. 1. As PyTorch and Optax: ε outside the root, after the correction.
    /// Keras adds ε = 1e-7 before the correction (`eps_form=hat`, the form of the paper's §2).
    ///
    /// ```
    /// use thalweg::Optimizer;
    /// use thalweg::method::Adam;
    /// let mut adam = Optimizer::new(Adam::default(), 1)?;
    /// let mut x = [1.0_f64];
    /// adam.step(&mut x, &[1e6])?; // the first step is lr, whatever the gradient
    /// assert!((x[0] - 0.999).abs() < 1e-12);
    /// # Ok::<(), thalweg::Error>(())
    /// ```
    ///
    /// Reference:
    /// ```
    /// # use thalweg::method::Adam;
    /// let Adam { lr, beta1, beta2, eps, .. } = Adam::default();
    /// let (mut m, mut v) = (0.0, 0.0);
    /// let step = |t, x: f64, g: f64| {
    ///     m = beta1 * m + (1.0 - beta1) * g;
    ///     v = beta2 * v + (1.0 - beta2) * g * g;
    ///     let (m_hat, v_hat) = (m / (1.0 - beta1.powi(t)), v / (1.0 - beta2.powi(t)));
    ///     x - lr * m_hat / (v_hat.sqrt() + eps)
    /// };
    /// # thalweg::reference::assert_matches_reference(Adam::default(), step);
    /// ```
    Adam {
        lr: f64 = 1e-3,
        beta1: f64 = 0.9,
        beta2: f64 = 0.999,
        eps: f64 = 1e-8,
        eps_form: EpsForm = EpsForm::Outside,
        weight_decay: f64 = 0.0,
    }
}

impl MethodDef for Adam {
    const FORMULA: &'static str = "x ← x − lr·m̂ / (√v̂ + ε)";
    const SOURCE: &'static str = "Kingma & Ba 2015, Alg. 1, arXiv:1412.6980";

    fn rule<F: Real>(&self) -> BoxedRule<F> {
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
