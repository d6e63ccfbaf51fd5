use super::{Preset, Recipe};
use crate::algebra::{At, Correction, Rule, Slot, rectified, unbias};
use crate::kernel::{Decay, Fused};
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
        rectify: Correction = Correction::Off,
        /// λ.
        weight_decay: f64 = 0.0,
    }
}

impl Recipe for AdaBelief {
    const FORMULA: &'static str = "s ← β₂s + (1−β₂)(g−m)² + ε, x ← x − lr·m̂ / (√ŝ + ε)";
    const SOURCE: &'static str = "Zhuang et al. 2020, Alg. 2, arXiv:2010.07468";
    const DECAY: Decay = Decay::Decoupled;

    fn fused<F: Real>(&self) -> Fused<F> {
        Box::new(Belief(*self))
    }

    fn preset(preset: Preset) -> Option<Self> {
        match preset {
            Preset::Torch | Preset::Keras => None,
            Preset::Optax => Some(Self::default()),
            Preset::Paper => Some(Self { eps: 1e-8, ..Self::default() }),
        }
    }
}

/// The rule: its second moment is of g − m, so it needs the first.
#[derive(Clone, Copy, Debug)]
struct Belief(AdaBelief);

impl Rule for Belief {
    type Slots<F: Real> = [F; 2];
    type Now<F: Real> = [F; 8];

    fn slots(&self) -> Vec<Slot> {
        vec![Slot::zero("m"), Slot::zero("s")]
    }

    fn now<F: Real>(&self, at: &At) -> [F; 8] {
        let Self(AdaBelief { beta1: b1, beta2: b2, eps, .. }) = *self;
        let step = at.lr * unbias(b1, at.t);
        let (scale, outside) = (unbias(b2, at.t), eps);
        let (step, scale, outside) = match (self.0.rectify, rectified(b2, at.t)) {
            (Correction::Off, _) => (step, scale, outside),
            (Correction::On, Some(r)) => (step * r, scale, eps * scale.sqrt()),
            (Correction::On, None) => (step, 0.0, 1.0),
        };
        [b1, 1.0 - b1, b2, 1.0 - b2, eps, step, scale, outside].map(F::of)
    }

    #[inline(always)]
    fn fold<F: Real>(&[b1, a1, b2, a2, eps, step, scale, outside]: &[F; 8], _: F, g: F, [m, s]: &mut [F; 2]) -> F {
        *m = b1 * *m + a1 * g;
        let surprise = g - *m;
        *s = b2 * *s + a2 * (surprise * surprise) + eps;
        step * *m / ((*s * scale).sqrt() + outside).max(F::TINY)
    }
}
