use super::{MethodDef, Preset};
use crate::algebra::{Adaptive, AmsGradForm, BiasCorrection, Ema, EpsForm, RootEma, RootMaxEma};
use crate::kernel::BoxedRule;
use crate::real::Real;

hyperparameters! {
    /// **AMSGrad**: Adam with a denominator that never shrinks, so that a rare large gradient is not forgotten.
    ///
    /// m, v as [`Adam`](super::Adam);  w ← max(w, v),  x ← x − lr·m̂ / (√(w/(1−β₂ᵗ)) + ε)
    ///
    /// Slots `m`, `v`, `v_max` (w), initially 0. `lr` has the unit of x. Not where the first gradients are the
    /// largest: the rate stays small.
    ///
    /// Reddi, Kale & Kumar 2018, arXiv:1904.09237, Alg. 2. The paper has neither bias correction nor ε
    /// (`preset=paper`). As PyTorch's `amsgrad=True` and Keras (maximum of v, corrected afterwards); Optax takes the
    /// maximum of the corrected v̂ (`maximum=corrected`).
    ///
    /// ```
    /// use thalweg::Optimizer;
    /// use thalweg::method::AmsGrad;
    /// let mut opt = Optimizer::new(AmsGrad::default(), 1)?;
    /// let mut x = [1.0_f64];
    /// opt.step(&mut x, &[5.0])?;
    /// assert!((x[0] - 0.999).abs() < 1e-9);
    /// # Ok::<(), thalweg::Error>(())
    /// ```
    ///
    /// Reference:
    /// ```
    /// # use thalweg::method::AmsGrad;
    /// let AmsGrad { lr, beta1, beta2, eps, .. } = AmsGrad::default();
    /// let (mut m, mut v, mut v_max) = (0.0, 0.0, 0.0_f64);
    /// let step = |t, x: f64, g: f64| {
    ///     m = beta1 * m + (1.0 - beta1) * g;
    ///     v = beta2 * v + (1.0 - beta2) * g * g;
    ///     v_max = v_max.max(v);
    ///     let (m_hat, v_hat) = (m / (1.0 - beta1.powi(t)), v_max / (1.0 - beta2.powi(t)));
    ///     x - lr * m_hat / (v_hat.sqrt() + eps)
    /// };
    /// # thalweg::reference::assert_matches_reference(AmsGrad::default(), step);
    /// ```
    AmsGrad {
        lr: f64 = 1e-3,
        beta1: f64 = 0.9,
        beta2: f64 = 0.999,
        eps: f64 = 1e-8,
        eps_form: EpsForm = EpsForm::Outside,
        maximum: AmsGradForm = AmsGradForm::Raw,
        correction: BiasCorrection = BiasCorrection::On,
        weight_decay: f64 = 0.0,
    }
}

impl MethodDef for AmsGrad {
    const FORMULA: &'static str = "w ← max(w, v), x ← x − lr·m̂ / (√ŵ + ε)";
    const SOURCE: &'static str = "Reddi, Kale & Kumar 2018, Alg. 2, arXiv:1904.09237";

    fn rule<F: Real>(&self) -> BoxedRule<F> {
        let Self { beta1, beta2: beta, eps, eps_form, maximum, correction, .. } = *self;
        let ema = RootEma { beta, eps, eps_form, correction };
        Box::new(Adaptive(Ema { correction, ..Ema::new(beta1) }, RootMaxEma { ema, maximum }))
    }

    fn preset(preset: Preset) -> Option<Self> {
        match preset {
            Preset::Torch => Some(Self::default()),
            Preset::Paper => Some(Self { correction: BiasCorrection::Off, eps: 0.0, ..Self::default() }),
            Preset::Keras => Some(Self { eps: 1e-7, eps_form: EpsForm::Hat, ..Self::default() }),
            Preset::Optax => Some(Self { maximum: AmsGradForm::Corrected, ..Self::default() }),
        }
    }
}
