use serde::{Deserialize, Serialize};

use super::{Preset, Recipe};
use crate::algebra::{Adaptive, Correction, Ema, EpsForm, RootEma};
use crate::kernel::{Decay, Fused};
use crate::real::Real;

/// **Adam**: momentum over the root of a forgetting average of squares, both repaired for their start at 0.
///
/// m ← β₁m + (1−β₁)g,  v ← β₂v + (1−β₂)g²,  m̂ = m/(1−β₁ᵗ),  v̂ = v/(1−β₂ᵗ)
/// x ← x − lr·m̂ / (√v̂ + ε)
///
/// Slots m, v = 0. `lr` is in units of x: no coordinate moves much more than that in a step. A good first choice.
/// Not where plain momentum, well tuned, generalizes better; and its weight decay is better decoupled ([`AdamW`]).
///
/// Kingma & Ba 2015, arXiv:1412.6980, Alg. 1. As PyTorch and Optax: ε outside the root, after the correction. Keras
/// adds ε = 1e-7 before the correction (`eps_form=hat`, the form of the paper's §2).
///
/// ```
/// use thalweg::{Adam, Optimizer};
/// let mut adam = Optimizer::new(Adam { lr: 0.1, ..Adam::default() }, 2)?;
/// let mut x = [1.0, 1.0];
/// adam.tell(&mut x, &[1e-4, 1e4])?; // the first step is ±lr at any scale of gradient
/// assert!((x[0] - 0.9_f64).abs() < 1e-4 && (x[1] - 0.9_f64).abs() < 1e-12);
/// # Ok::<(), thalweg::Error>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Adam {
    /// Learning rate.
    pub lr: f64,
    /// β₁.
    pub beta1: f64,
    /// β₂.
    pub beta2: f64,
    /// ε.
    pub eps: f64,
    /// Where ε stands.
    pub eps_form: EpsForm,
    /// λ.
    pub weight_decay: f64,
}

impl Default for Adam {
    fn default() -> Self {
        Self { lr: 1e-3, beta1: 0.9, beta2: 0.999, eps: 1e-8, eps_form: EpsForm::Outside, weight_decay: 0.0 }
    }
}

impl Recipe for Adam {
    const FORMULA: &'static str = "x ← x − lr·m̂ / (√v̂ + ε)";
    const SOURCE: &'static str = "Kingma & Ba 2015, Alg. 1, arXiv:1412.6980";

    fn fused<F: Real>(&self) -> Fused<F> {
        let Self { beta1, beta2: beta, eps, eps_form, .. } = *self;
        Box::new(Adaptive(Ema::new(beta1), RootEma { beta, eps, eps_form, correction: Correction::On }))
    }

    fn preset(preset: Preset) -> Option<Self> {
        match preset {
            Preset::Torch | Preset::Optax | Preset::Paper => Some(Self::default()),
            Preset::Keras => Some(Self { eps: 1e-7, eps_form: EpsForm::Hat, ..Self::default() }),
        }
    }
}

/// **AdamW**: Adam whose weight decay stands beside the step instead of inside the moments.
///
/// x ← x − lr·λx − lr·m̂ / (√v̂ + ε)
///
/// Slots and unit of `lr` as [`Adam`]; λ is multiplied by lr, so a schedule fades both. With λ = 0 it is Adam.
///
/// Loshchilov & Hutter 2019, arXiv:1711.05101, Alg. 2. As PyTorch (λ = 0.01; Optax 1e-4, Keras 0.004 with ε-hat).
///
/// ```
/// use thalweg::{AdamW, Optimizer};
/// let mut opt = Optimizer::new(AdamW { lr: 0.1, weight_decay: 0.5, ..AdamW::default() }, 1)?;
/// let mut x = [1.0_f64];
/// opt.tell(&mut x, &[0.0])?; // decay alone
/// assert_eq!(x, [1.0 - 0.1 * 0.5]);
/// # Ok::<(), thalweg::Error>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct AdamW {
    /// Learning rate.
    pub lr: f64,
    /// β₁.
    pub beta1: f64,
    /// β₂.
    pub beta2: f64,
    /// ε.
    pub eps: f64,
    /// Where ε stands.
    pub eps_form: EpsForm,
    /// λ.
    pub weight_decay: f64,
}

impl Default for AdamW {
    fn default() -> Self {
        Self { weight_decay: 0.01, ..Adam::default().into() }
    }
}

impl From<Adam> for AdamW {
    fn from(adam: Adam) -> Self {
        let Adam { lr, beta1, beta2, eps, eps_form, weight_decay } = adam;
        Self { lr, beta1, beta2, eps, eps_form, weight_decay }
    }
}

impl Recipe for AdamW {
    const FORMULA: &'static str = "x ← x − lr·λx − lr·m̂ / (√v̂ + ε)";
    const SOURCE: &'static str = "Loshchilov & Hutter 2019, Alg. 2, arXiv:1711.05101";
    const DECAY: Decay = Decay::Decoupled;

    fn fused<F: Real>(&self) -> Fused<F> {
        let Self { lr, beta1, beta2, eps, eps_form, weight_decay } = *self;
        Adam { lr, beta1, beta2, eps, eps_form, weight_decay }.fused()
    }

    fn preset(preset: Preset) -> Option<Self> {
        let weight_decay = match preset {
            Preset::Torch => 0.01,
            Preset::Optax => 1e-4,
            Preset::Keras => 0.004,
            Preset::Paper => 0.025,
        };
        Adam::preset(preset).map(|adam| Self { weight_decay, ..adam.into() })
    }
}
