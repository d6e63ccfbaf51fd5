use super::{MethodDef, Preset};
use crate::algebra::{Adaptive, BiasCorrection, Ema, EpsForm, RootEma, RootYogi};
use crate::kernel::BoxedRule;
use crate::real::Real;

hyperparameters! {
    /// **Yogi**: Adam whose second moment changes by at most (1−β₂)g² per step, so that it cannot collapse after
    /// large gradients.
    ///
    /// v ← v − (1−β₂)·sign(v − g²)·g²,  m ← β₁m + (1−β₁)g,  x ← x − lr·m / (√v + ε)
    ///
    /// Slots `m`, initially 0, and `v`, initially `initial_accumulator` (as `m` with bias correction). `lr` has the
    /// unit of x. Not where gradients shrink fast: v follows slowly.
    ///
    /// Zaheer et al. 2018, NeurIPS, Alg. 2. PyTorch and Keras have none. Optax corrects m and v for a start at 0
    /// though both start at `initial_accumulator` (`correction=on` does the same; a coordinate then moves without a
    /// gradient).
    ///
    /// ```
    /// use thalweg::Optimizer;
    /// use thalweg::method::Yogi;
    /// let mut opt = Optimizer::new(Yogi::default(), 1)?;
    /// let mut x = [1.0_f64];
    /// opt.step(&mut x, &[1.0])?; // v = 1e-6 + 0.001
    /// assert!((x[0] - (1.0 - 0.01 * 0.1 / (0.001001_f64.sqrt() + 1e-3))).abs() < 1e-12);
    /// # Ok::<(), thalweg::Error>(())
    /// ```
    ///
    /// Reference:
    /// ```
    /// # use thalweg::method::Yogi;
    /// let Yogi { lr, beta1, beta2, eps, initial_accumulator, .. } = Yogi::default();
    /// let (mut m, mut v) = (0.0, initial_accumulator);
    /// let step = |_t, x: f64, g: f64| {
    ///     m = beta1 * m + (1.0 - beta1) * g;
    ///     let square = g * g;
    ///     v += if v > square { -(1.0 - beta2) * square } else { (1.0 - beta2) * square };
    ///     x - lr * m / (v.sqrt() + eps)
    /// };
    /// # thalweg::reference::assert_matches_reference(Yogi::default(), step);
    /// ```
    Yogi {
        lr: f64 = 0.01,
        beta1: f64 = 0.9,
        beta2: f64 = 0.999,
        eps: f64 = 1e-3,
        initial_accumulator: f64 = 1e-6,
        correction: BiasCorrection = BiasCorrection::Off,
        weight_decay: f64 = 0.0,
    }
}

impl MethodDef for Yogi {
    const FORMULA: &'static str = "v ← v − (1−β₂)·sign(v − g²)·g², x ← x − lr·m / (√v + ε)";
    const SOURCE: &'static str = "Zaheer et al. 2018, NeurIPS, Alg. 2";

    fn rule<F: Real>(&self) -> BoxedRule<F> {
        let Self { beta1, beta2, eps, initial_accumulator: start, correction, .. } = *self;
        let start_m = if correction == BiasCorrection::On { start } else { 0.0 };
        let ema = RootEma { beta: beta2, eps, eps_form: EpsForm::Outside, correction };
        Box::new(Adaptive(Ema { beta: beta1, start: start_m, correction }, RootYogi { ema, start }))
    }

    fn preset(preset: Preset) -> Option<Self> {
        match preset {
            Preset::Torch | Preset::Keras => None,
            Preset::Optax => Some(Self { correction: BiasCorrection::On, ..Self::default() }),
            Preset::Paper => Some(Self::default()),
        }
    }
}
