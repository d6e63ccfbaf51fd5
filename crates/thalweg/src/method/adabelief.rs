use super::{MethodDef, Preset};
use crate::algebra::{AdaBeliefRule, BiasCorrection};
use crate::kernel::{BoxedRule, Decay};
use crate::real::Real;

hyperparameters! {
    /// **AdaBelief**: Adam scaled by how far gradients fall from what was expected: long steps where they agree.
    ///
    /// m as Adam's,  s ← β₂s + (1−β₂)(g−m)² + ε,  x ← x − lr·m̂ / (√ŝ + ε)
    ///
    /// Slots m, s = 0. `lr` in units of x. Not with ε far from its default: it is added to s at every step and stays.
    ///
    /// Zhuang et al. 2020, arXiv:2010.07468, Alg. 2. PyTorch and Keras have none; as the authors' code 0.2, whose
    /// rectified step is `rectify=on` (the authors' default there), and Optax (`rectify=off`).
    ///
    /// ```
    /// use thalweg::{AdaBelief, Optimizer};
    /// let mut opt = Optimizer::new(AdaBelief::default(), 1)?;
    /// let mut x = [1.0_f64];
    /// opt.tell(&mut x, &[1.0])?; // |g − m| = 0.9|g|: a step of lr/0.9
    /// assert!((x[0] - (1.0 - 1e-3 / 0.9)).abs() < 1e-9);
    /// # Ok::<(), thalweg::Error>(())
    /// ```
    AdaBelief {
        /// Learning rate.
        lr: f64 = 1e-3,
        /// β₁.
        beta1: f64 = 0.9,
        /// β₂.
        beta2: f64 = 0.999,
        /// ε.
        eps: f64 = 1e-16,
        /// Whether the step is rectified as [`RAdam`](super::RAdam)'s.
        rectify: BiasCorrection = BiasCorrection::Off,
        /// λ.
        weight_decay: f64 = 0.0,
    }
}

impl MethodDef for AdaBelief {
    const FORMULA: &'static str = "s ← β₂s + (1−β₂)(g−m)² + ε, x ← x − lr·m̂ / (√ŝ + ε)";
    const SOURCE: &'static str = "Zhuang et al. 2020, Alg. 2, arXiv:2010.07468";
    const DECAY: Decay = Decay::Decoupled;

    fn fused<F: Real>(&self) -> BoxedRule<F> {
        let Self { beta1, beta2, eps, rectify, .. } = *self;
        Box::new(AdaBeliefRule { beta1, beta2, eps, rectify })
    }

    fn preset(preset: Preset) -> Option<Self> {
        match preset {
            Preset::Torch | Preset::Keras => None,
            Preset::Optax => Some(Self::default()),
            Preset::Paper => Some(Self { eps: 1e-8, ..Self::default() }),
        }
    }
}
