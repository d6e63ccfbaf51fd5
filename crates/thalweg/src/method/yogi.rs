use serde::{Deserialize, Serialize};

use super::{Preset, Recipe};
use crate::algebra::{Adaptive, Correction, Ema, EpsForm, RootEma, RootYogi};
use crate::kernel::Fused;
use crate::real::Real;

/// **Yogi**: Adam whose scale moves by g² at most, so that it cannot collapse after large gradients.
///
/// v ← v − (1−β₂)·sign(v − g²)·g²,  m as Adam's,  x ← x − lr·m̂ / (√v̂ + ε)
///
/// Slots m, v = `initial_accumulator` (m = 0 without correction). `lr` in units of x. Not where gradients shrink fast: v follows slowly.
///
/// Zaheer et al. 2018, NeurIPS, Alg. 2, which corrects no bias (`correction=off`, the preset `paper`). PyTorch and
/// Keras have none; the defaults are Optax's (m and v start at 1e-6 and are corrected all the same).
///
/// ```
/// use thalweg::{Optimizer, Yogi};
/// let mut opt = Optimizer::new(Yogi::default(), 1)?;
/// let mut x = [1.0_f64];
/// opt.tell(&mut x, &[1.0])?;
/// assert!((x[0] - 0.99).abs() < 1e-4);
/// # Ok::<(), thalweg::Error>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Yogi {
    /// Learning rate.
    pub lr: f64,
    /// β₁.
    pub beta1: f64,
    /// β₂.
    pub beta2: f64,
    /// ε.
    pub eps: f64,
    /// v before the first step, and m with correction.
    pub initial_accumulator: f64,
    /// Whether m and v are divided by 1−βᵗ.
    pub correction: Correction,
    /// λ.
    pub weight_decay: f64,
}

impl Default for Yogi {
    fn default() -> Self {
        Self {
            lr: 0.01,
            beta1: 0.9,
            beta2: 0.999,
            eps: 1e-3,
            initial_accumulator: 1e-6,
            correction: Correction::On,
            weight_decay: 0.0,
        }
    }
}

impl Recipe for Yogi {
    const FORMULA: &'static str = "v ← v − (1−β₂)·sign(v − g²)·g², x ← x − lr·m̂ / (√v̂ + ε)";
    const SOURCE: &'static str = "Zaheer et al. 2018, NeurIPS, Alg. 2";

    fn fused<F: Real>(&self) -> Fused<F> {
        let Self { beta1, beta2, eps, initial_accumulator: start, correction, .. } = *self;
        let start_m = if correction == Correction::On { start } else { 0.0 };
        let ema = RootEma { beta: beta2, eps, eps_form: EpsForm::Outside, correction };
        Box::new(Adaptive(Ema { beta: beta1, start: start_m, correction }, RootYogi { ema, start }))
    }

    fn preset(preset: Preset) -> Option<Self> {
        match preset {
            Preset::Torch | Preset::Keras => None,
            Preset::Optax => Some(Self::default()),
            Preset::Paper => Some(Self { correction: Correction::Off, ..Self::default() }),
        }
    }
}
