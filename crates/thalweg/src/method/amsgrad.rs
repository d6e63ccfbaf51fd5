use super::{MethodDef, Preset};
use crate::algebra::{Adaptive, AmsGradForm, BiasCorrection, Ema, EpsForm, RootEma, RootMaxEma};
use crate::kernel::BoxedRule;
use crate::real::Real;

hyperparameters! {
    /// **AMSGrad**: Adam whose scale never shrinks, so that a rare large gradient is not forgotten.
    ///
    /// m, v as [`Adam`](super::Adam);  w ← max(w, v),  x ← x − lr·m̂ / (√(w/(1−β₂ᵗ)) + ε)
    ///
    /// Slots m, v, `v_max` = 0. `lr` in units of x. Not where the first gradients are the largest: the rate stays small.
    ///
    /// Reddi, Kale & Kumar 2018, arXiv:1904.09237, Alg. 2. The paper corrects no bias and has no ε (`preset=paper`).
    /// As PyTorch's `amsgrad=True` and Keras (maximum of v, corrected
    /// afterwards); Optax takes the maximum of the corrected v̂ (`maximum=corrected`).
    ///
    /// ```
    /// use thalweg::{AmsGrad, Optimizer};
    /// let mut opt = Optimizer::new(AmsGrad::default(), 1)?;
    /// let mut x = [1.0_f64];
    /// opt.tell(&mut x, &[5.0])?;
    /// assert!((x[0] - 0.999).abs() < 1e-9);
    /// # Ok::<(), thalweg::Error>(())
    /// ```
    AmsGrad {
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
        /// Of which average the maximum is kept.
        maximum: AmsGradForm = AmsGradForm::Raw,
        /// Whether m and the maximum are divided by 1−βᵗ.
        correction: BiasCorrection = BiasCorrection::On,
        /// λ.
        weight_decay: f64 = 0.0,
    }
}

impl MethodDef for AmsGrad {
    const FORMULA: &'static str = "w ← max(w, v), x ← x − lr·m̂ / (√ŵ + ε)";
    const SOURCE: &'static str = "Reddi, Kale & Kumar 2018, Alg. 2, arXiv:1904.09237";

    fn fused<F: Real>(&self) -> BoxedRule<F> {
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
