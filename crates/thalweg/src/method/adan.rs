use super::{Preset, Recipe};
use crate::algebra::{At, Rule, Slot, unbias};
use crate::kernel::{Decay, Fused};
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
    /// Xie et al. 2022, arXiv:2208.06677, Alg. 1, whose β are 1 minus these. As the authors' code (PyTorch and Keras have
    /// none); Optax uses 1−β₂ where the paper has β₂, which is an error there and not a preset here.
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
        /// λ.
        weight_decay: f64 = 0.0,
    }
}

impl Recipe for Adan {
    const FORMULA: &'static str = "x ← (x − lr·(m̂ + β₂v̂) / (√n̂ + ε)) / (1 + lr·λ)";
    const SOURCE: &'static str = "Xie et al. 2022, Alg. 1, arXiv:2208.06677";
    const DECAY: Decay = Decay::Proximal;

    fn fused<F: Real>(&self) -> Fused<F> {
        Box::new(Differences(*self))
    }

    fn preset(preset: Preset) -> Option<Self> {
        (preset == Preset::Paper).then(Self::default)
    }
}

/// The rule.
#[derive(Clone, Copy, Debug)]
struct Differences(Adan);

impl Rule for Differences {
    type Slots<F: Real> = [F; 4];
    type Now<F: Real> = [F; 11];

    fn slots(&self) -> Vec<Slot> {
        ["m", "v", "n", "g_before"].map(Slot::zero).to_vec()
    }

    fn now<F: Real>(&self, at: &At) -> [F; 11] {
        let Self(Adan { beta1: b1, beta2: b2, beta3: b3, eps, .. }) = *self;
        let (m, v, n) = (unbias(b1, at.t), b2 * unbias(b2, at.t), unbias(b3, at.t));
        // Before the first gradient there is none to differ from.
        let seen = if at.t == 1 { 0.0 } else { 1.0 };
        [b1, 1.0 - b1, b2, 1.0 - b2, b3, 1.0 - b3, eps, at.lr * m, at.lr * v, n, seen].map(F::of)
    }

    #[inline(always)]
    fn fold<F: Real>(now: &[F; 11], _x: F, g: F, [m, v, n, before]: &mut [F; 4]) -> F {
        let &[b1, a1, b2, a2, b3, a3, eps, of_m, of_v, scale, seen] = now;
        let d = seen * (g - *before);
        let ahead = g + b2 * d;
        *m = b1 * *m + a1 * g;
        *v = b2 * *v + a2 * d;
        *n = b3 * *n + a3 * (ahead * ahead);
        *before = g;
        (of_m * *m + of_v * *v) / ((*n * scale).sqrt() + eps).max(F::TINY)
    }
}
