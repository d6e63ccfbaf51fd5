use super::{MethodDef, Preset};
use crate::algebra::{Adaptive, Ema, EpsForm, InfNormEma};
use crate::kernel::BoxedRule;
use crate::real::Real;

hyperparameters! {
    /// **AdaMax**: Adam with the largest recent gradient for the root of their mean square.
    ///
    /// m ← β₁m + (1−β₁)g,  u ← max(β₂u, |g| + ε),  x ← x − lr·m̂ / u
    ///
    /// Slots m, u = 0. `lr` in units of x. Not with heavy-tailed gradients: one outlier holds the rate down for 1/(1−β₂)
    /// steps.
    ///
    /// Kingma & Ba 2015, arXiv:1412.6980, Alg. 2. As PyTorch and Optax (ε inside the maximum, where the paper has none);
    /// Keras adds ε = 1e-7 to u in the denominator (`eps_form=outside`).
    ///
    /// ```
    /// use thalweg::{AdaMax, Optimizer};
    /// let mut opt = Optimizer::new(AdaMax::default(), 1)?;
    /// let mut x = [1.0_f64];
    /// opt.tell(&mut x, &[-3.0])?;
    /// assert!((x[0] - 1.002).abs() < 1e-10);
    /// # Ok::<(), thalweg::Error>(())
    /// ```
    AdaMax {
        /// Learning rate.
        lr: f64 = 2e-3,
        /// β₁.
        beta1: f64 = 0.9,
        /// β₂.
        beta2: f64 = 0.999,
        /// ε.
        eps: f64 = 1e-8,
        /// Inside the maximum, or outside.
        eps_form: EpsForm = EpsForm::Inside,
        /// λ.
        weight_decay: f64 = 0.0,
    }
}

impl MethodDef for AdaMax {
    const FORMULA: &'static str = "u ← max(β₂u, |g| + ε), x ← x − lr·m̂ / u";
    const SOURCE: &'static str = "Kingma & Ba 2015, Alg. 2, arXiv:1412.6980";

    fn fused<F: Real>(&self) -> BoxedRule<F> {
        let Self { beta1, beta2: beta, eps, eps_form, .. } = *self;
        Box::new(Adaptive(Ema::new(beta1), InfNormEma { beta, eps, eps_form }))
    }

    fn preset(preset: Preset) -> Option<Self> {
        match preset {
            Preset::Torch | Preset::Optax => Some(Self::default()),
            Preset::Keras => Some(Self { lr: 1e-3, eps: 1e-7, eps_form: EpsForm::Outside, ..Self::default() }),
            Preset::Paper => Some(Self { eps: 0.0, ..Self::default() }),
        }
    }
}
