use super::{MethodDef, Preset};
use crate::algebra::{Adaptive, Ema, EpsForm, InfNormEma};
use crate::kernel::BoxedRule;
use crate::real::Real;

hyperparameters! {
    /// **AdaMax**: Adam with the decaying maximum of |g| in place of the root mean square.
    ///
    /// m ← β₁m + (1−β₁)g,  u ← max(β₂u, |g| + ε),  x ← x − lr·m̂ / u
    ///
    /// Slots `m` and `u`, initially 0. `lr` has the unit of x. Not with heavy-tailed gradients: one outlier keeps the
    /// rate low for 1/(1−β₂) steps.
    ///
    /// Kingma & Ba 2015, arXiv:1412.6980, Alg. 2. As PyTorch and Optax (ε inside the maximum, where the paper has
    /// none); Keras adds ε = 1e-7 to u in the denominator (`eps_form=outside`).
    ///
    /// ```
    /// use thalweg::Optimizer;
    /// use thalweg::method::AdaMax;
    /// let mut opt = Optimizer::new(AdaMax::default(), 1)?;
    /// let mut x = [1.0_f64];
    /// opt.step(&mut x, &[-3.0])?;
    /// assert!((x[0] - 1.002).abs() < 1e-10);
    /// # Ok::<(), thalweg::Error>(())
    /// ```
    ///
    /// Reference:
    /// ```
    /// # use thalweg::method::AdaMax;
    /// let AdaMax { lr, beta1, beta2, eps, .. } = AdaMax::default();
    /// let (mut m, mut u) = (0.0, 0.0_f64);
    /// let step = |t, x: f64, g: f64| {
    ///     m = beta1 * m + (1.0 - beta1) * g;
    ///     u = (beta2 * u).max(g.abs() + eps);
    ///     x - lr * m / (1.0 - beta1.powi(t)) / u
    /// };
    /// # thalweg::reference::assert_matches_reference(AdaMax::default(), step);
    /// ```
    AdaMax {
        lr: f64 = 2e-3,
        beta1: f64 = 0.9,
        beta2: f64 = 0.999,
        eps: f64 = 1e-8,
        eps_form: EpsForm = EpsForm::Inside,
        weight_decay: f64 = 0.0,
    }
}

impl MethodDef for AdaMax {
    const FORMULA: &'static str = "u ← max(β₂u, |g| + ε), x ← x − lr·m̂ / u";
    const SOURCE: &'static str = "Kingma & Ba 2015, Alg. 2, arXiv:1412.6980";

    fn rule<F: Real>(&self) -> BoxedRule<F> {
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
