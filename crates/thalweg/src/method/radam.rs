use super::{MethodDef, Preset};
use crate::algebra::{Adaptive, BiasCorrection, Ema, EpsForm, Rectified, RootEma};
use crate::kernel::BoxedRule;
use crate::real::Real;

hyperparameters! {
    /// **RAdam**: Adam that starts as momentum and becomes adaptive once the variance of v̂ is tractable: a warm-up
    /// without tuning.
    ///
    /// ρₜ = ρ∞ − 2tβ₂ᵗ/(1−β₂ᵗ),  ρ∞ = 2/(1−β₂) − 1
    /// ρₜ > 5:  x ← x − lr·rₜ·m̂·√(1−β₂ᵗ) / (√v + ε),  rₜ² = (ρₜ−4)(ρₜ−2)ρ∞ / ((ρ∞−4)(ρ∞−2)ρₜ);  else  x ← x − lr·m̂
    ///
    /// Slots `m` and `v`, initially 0. `lr` has the unit of x once adaptive, that of gradient descent before. Not
    /// where the first gradients are huge: the first steps do not scale them.
    ///
    /// Liu et al. 2020, arXiv:1908.03265, Alg. 2 (threshold 4, no ε). As PyTorch (threshold 5, ε-hat); Optax adds ε
    /// after the correction (`eps_form=outside`); Keras has none.
    ///
    /// ```
    /// use thalweg::Optimizer;
    /// use thalweg::method::RAdam;
    /// let mut opt = Optimizer::new(RAdam::default(), 1)?;
    /// let mut x = [1.0_f64];
    /// opt.step(&mut x, &[2.0])?; // the first steps are gradient descent's
    /// assert!((x[0] - (1.0 - 1e-3 * 2.0)).abs() < 1e-15);
    /// # Ok::<(), thalweg::Error>(())
    /// ```
    ///
    /// Reference:
    /// ```
    /// # use thalweg::method::RAdam;
    /// let RAdam { lr, beta1, beta2, eps, threshold, .. } = RAdam::default();
    /// let (mut m, mut v) = (0.0, 0.0);
    /// let step = |t, x: f64, g: f64| {
    ///     m = beta1 * m + (1.0 - beta1) * g;
    ///     v = beta2 * v + (1.0 - beta2) * g * g;
    ///     let (m_hat, bias) = (m / (1.0 - beta1.powi(t)), 1.0 - beta2.powi(t));
    ///     let limit = 2.0 / (1.0 - beta2) - 1.0;
    ///     let rho = limit - 2.0 * f64::from(t) * beta2.powi(t) / bias;
    ///     if rho <= threshold {
    ///         return x - lr * m_hat;
    ///     }
    ///     let (a, b) = ((rho - 4.0) * (rho - 2.0), (limit - 4.0) * (limit - 2.0));
    ///     let r = (a * limit / (b * rho)).sqrt();
    ///     x - lr * r * m_hat * bias.sqrt() / (v.sqrt() + eps)
    /// };
    /// # thalweg::reference::assert_matches_reference(RAdam::default(), step);
    /// ```
    RAdam {
        lr: f64 = 1e-3,
        beta1: f64 = 0.9,
        beta2: f64 = 0.999,
        eps: f64 = 1e-8,
        eps_form: EpsForm = EpsForm::Hat,
        threshold: f64 = 5.0,
        weight_decay: f64 = 0.0,
    }
}

impl MethodDef for RAdam {
    const FORMULA: &'static str = "x ← x − lr·r·m̂ / (√v̂ + ε); x ← x − lr·m̂ while ρₜ ≤ 5";
    const SOURCE: &'static str = "Liu et al. 2020, Alg. 2, arXiv:1908.03265";

    fn rule<F: Real>(&self) -> BoxedRule<F> {
        let Self { beta1, beta2: beta, eps, eps_form, .. } = *self;
        let root = RootEma { beta, eps, eps_form, correction: BiasCorrection::On };
        Box::new(Adaptive(Ema::new(beta1), Rectified { root, threshold: self.threshold }))
    }

    fn preset(preset: Preset) -> Option<Self> {
        match preset {
            Preset::Torch => Some(Self::default()),
            Preset::Optax => Some(Self { eps_form: EpsForm::Outside, ..Self::default() }),
            Preset::Paper => Some(Self { eps: 0.0, threshold: 4.0, ..Self::default() }),
            Preset::Keras => None,
        }
    }
}
