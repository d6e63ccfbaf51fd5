use super::{MethodDef, Preset};
use crate::algebra::{BiasCorrection, Ema, Identity, Plain, Sign};
use crate::kernel::BoxedRule;
use crate::real::Real;

hyperparameters! {
    /// **signSGD**: the sign of the gradient, one bit per coordinate; with momentum, Signum.
    ///
    /// x ← x − lr·sign(g);  `momentum=μ`: m ← μm + (1−μ)g,  x ← x − lr·sign(m)
    ///
    /// Slot `m` (with momentum), initially 0. Every coordinate moves by exactly `lr` (in the unit of x), so the rate
    /// must fall for the run to settle. Not for sparse or skewed gradients: the sign of the mean is not the mean of
    /// the signs.
    ///
    /// Bernstein et al. 2018, arXiv:1802.04434, Alg. 1 and 2. As Optax's `sign_sgd` and `signum`; PyTorch and Keras
    /// have none.
    ///
    /// ```
    /// use thalweg::Optimizer;
    /// use thalweg::method::SignSgd;
    /// let mut opt = Optimizer::new(SignSgd { lr: 0.25, ..SignSgd::default() }, 2)?;
    /// let mut x = [1.0, 1.0];
    /// opt.step(&mut x, &[1e-300, -7.0])?;
    /// assert_eq!(x, [0.75, 1.25]);
    /// # Ok::<(), thalweg::Error>(())
    /// ```
    ///
    /// Reference (`momentum=0.9`):
    /// ```
    /// # use thalweg::method::SignSgd;
    /// let signum = SignSgd { momentum: 0.9, ..SignSgd::default() };
    /// let mut m = 0.0;
    /// let step = |_t, x: f64, g: f64| {
    ///     m = signum.momentum * m + (1.0 - signum.momentum) * g;
    ///     x - signum.lr * if m == 0.0 { 0.0 } else { m.signum() }
    /// };
    /// # thalweg::reference::assert_matches_reference(signum, step);
    /// ```
    SignSgd {
        lr: f64 = 1e-3,
        momentum: f64 = 0.0,
        weight_decay: f64 = 0.0,
    }
}

impl MethodDef for SignSgd {
    const FORMULA: &'static str = "x ← x − lr·sign(g); with momentum: lr·sign(m), m ← μm + (1−μ)g";
    const SOURCE: &'static str = "Bernstein et al. 2018, Alg. 1–2, arXiv:1802.04434";

    fn rule<F: Real>(&self) -> BoxedRule<F> {
        if self.momentum == 0.0 {
            return Box::new(Plain(Sign(Identity)));
        }
        // Correcting m for its start cannot change its sign.
        Box::new(Plain(Sign(Ema { correction: BiasCorrection::Off, ..Ema::new(self.momentum) })))
    }

    fn preset(preset: Preset) -> Option<Self> {
        match preset {
            Preset::Torch | Preset::Keras => None,
            Preset::Optax | Preset::Paper => Some(Self::default()),
        }
    }
}
