use super::{MethodDef, Preset};
use crate::algebra::{AdanRule, BiasCorrection};
use crate::kernel::{BoxedRule, Decay};
use crate::real::Real;

hyperparameters! {
    /// **Adan**: Nesterov's momentum in Adam's clothes, from the differences of successive gradients.
    ///
    /// d = g − g₋₁ (0 at the first step),  m ← β₁m + (1−β₁)g,  v ← β₂v + (1−β₂)d,  n ← β₃n + (1−β₃)(g + β₂d)²
    /// x ← (x − lr·(m̂ + β₂v̂) / (√n̂ + ε)) / (1 + lr·λ)
    ///
    /// Slots m, v, n, `g_before` = 0. `lr` in units of x; 5 to 10 times Adam's is often right. Not where memory is short:
    /// four slots.
    ///
    /// Xie et al. 2022, arXiv:2208.06677, Alg. 1, whose β are 1 minus these. As the authors' code, which corrects for
    /// the start at 0 where the paper does not (`preset=paper`). PyTorch and Keras have none; Optax uses 1−β₂ where the paper has β₂, which is an error there and not a preset here.
    ///
    /// ```
    /// use thalweg::{Adan, Optimizer};
    /// let mut opt = Optimizer::new(Adan::default(), 1)?;
    /// let mut x = [1.0_f64];
    /// opt.tell(&mut x, &[3.0])?;
    /// assert!((x[0] - 0.999).abs() < 1e-9);
    /// # Ok::<(), thalweg::Error>(())
    /// ```
    Adan {
        /// Learning rate.
        lr: f64 = 1e-3,
        /// β₁.
        beta1: f64 = 0.98,
        /// β₂.
        beta2: f64 = 0.92,
        /// β₃.
        beta3: f64 = 0.99,
        /// ε.
        eps: f64 = 1e-8,
        /// Whether the averages are divided by 1−βᵗ.
        correction: BiasCorrection = BiasCorrection::On,
        /// λ.
        weight_decay: f64 = 0.0,
    }
}

impl MethodDef for Adan {
    const FORMULA: &'static str = "x ← (x − lr·(m̂ + β₂v̂) / (√n̂ + ε)) / (1 + lr·λ)";
    const SOURCE: &'static str = "Xie et al. 2022, Alg. 1, arXiv:2208.06677";
    const DECAY: Decay = Decay::Proximal;

    fn fused<F: Real>(&self) -> BoxedRule<F> {
        let Self { beta1, beta2, beta3, eps, correction, .. } = *self;
        Box::new(AdanRule { betas: [beta1, beta2, beta3], eps, correction })
    }

    fn preset(preset: Preset) -> Option<Self> {
        (preset == Preset::Paper).then(|| Self { correction: BiasCorrection::Off, ..Self::default() })
    }
}
