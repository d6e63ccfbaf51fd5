use super::{MethodDef, Preset};
use crate::algebra::{BiasCorrection, Ema, EpsForm, LambRule, RootEma};
use crate::kernel::{BoxedRule, Decay};
use crate::real::Real;

hyperparameters! {
    /// **LAMB**: Adam's direction, of which every tensor takes a share of its own norm, for very large batches.
    ///
    /// u = m̂ / (√v̂ + ε) + λx,  x ← x − lr·(‖x‖/‖u‖)·u for each tensor (ratio 1 where a norm is 0)
    ///
    /// Slots m, v = 0. `lr` is a share: a tensor moves by lr·‖x‖. Not for small batches, nor for tensors of one number.
    ///
    /// You et al. 2020, arXiv:1904.00962, Alg. 2. PyTorch has none. As Optax; Keras leaves λx outside the ratio.
    ///
    /// ```
    /// use thalweg::{Lamb, Optimizer};
    /// let mut opt = Optimizer::new(Lamb { lr: 0.1, ..Lamb::default() }, 2)?;
    /// let mut x = [3.0_f64, 4.0]; // ‖x‖ = 5, and Adam's first direction is (0, 1)
    /// opt.tell(&mut x, &[0.0, 100.0])?;
    /// assert!((x[1] - (4.0 - 0.1 * 5.0)).abs() < 1e-12);
    /// # Ok::<(), thalweg::Error>(())
    /// ```
    Lamb {
        /// Learning rate.
        lr: f64 = 1e-3,
        /// β₁.
        beta1: f64 = 0.9,
        /// β₂.
        beta2: f64 = 0.999,
        /// ε.
        eps: f64 = 1e-6,
        /// Where ε stands.
        eps_form: EpsForm = EpsForm::Outside,
        /// λ.
        weight_decay: f64 = 0.0,
    }
}

impl MethodDef for Lamb {
    const FORMULA: &'static str = "u = m̂/(√v̂ + ε) + λx, x ← x − lr·(‖x‖/‖u‖)·u";
    const SOURCE: &'static str = "You et al. 2020, Alg. 2, arXiv:1904.00962";
    const DECAY: Decay = Decay::Own;

    fn fused<F: Real>(&self) -> BoxedRule<F> {
        let Self { beta1, beta2: beta, eps, eps_form, .. } = *self;
        let root = RootEma { beta, eps, eps_form, correction: BiasCorrection::On };
        Box::new(LambRule { first: Ema::new(beta1), root })
    }

    fn preset(preset: Preset) -> Option<Self> {
        match preset {
            Preset::Torch => None,
            Preset::Optax => Some(Self::default()),
            Preset::Keras => Some(Self { eps: 1e-7, ..Self::default() }),
            Preset::Paper => Some(Self { weight_decay: 0.01, ..Self::default() }),
        }
    }
}
