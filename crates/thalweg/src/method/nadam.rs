use serde::{Deserialize, Serialize};

use super::{MethodDef, Preset};
use crate::algebra::{Adaptive, BiasCorrection, EpsForm, NesterovEma, RootEma};
use crate::kernel::BoxedRule;
use crate::real::Real;

/// How Nadam's momentum μₜ goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Mu {
    /// μₜ = β₁(1 − ½·0.96^(t·ψ)): from about β₁/2 up to β₁.
    Scheduled,
    /// μₜ = β₁.
    Constant,
}

hyperparameters! {
    /// **Nadam**: Adam with Nesterov's momentum.
    ///
    /// m, v as [`Adam`](super::Adam);  μₜ = β₁(1 − ½·0.96^(t·ψ)), ψ = `momentum_decay`
    /// x ← x − lr·[ (1−μₜ)g / (1−∏ᵗμ) + μₜ₊₁m / (1−∏ᵗ⁺¹μ) ] / (√v̂ + ε)
    ///
    /// Slots m, v = 0; the product ∏μ is carried from step to step. `lr` in units of x. Not with very noisy gradients:
    /// the newest one weighs more than in Adam.
    ///
    /// Dozat 2016, ICLR workshop, Alg. 2, but for its factor β₂ before v̂, which no library has. As PyTorch (ψ = 0.004). Keras has ψ = 1, so its schedule is over after about 100
    /// steps, and ε = 1e-7; Optax has no schedule (`mu=constant`).
    ///
    /// ```
    /// use thalweg::{Nadam, Optimizer};
    /// let mut opt = Optimizer::new(Nadam::default(), 1)?;
    /// let mut x = [1.0_f64];
    /// opt.tell(&mut x, &[1.0])?; // a little more than Adam's lr, for the step ahead
    /// assert!((x[0] - (1.0 - 0.002 * 1.0565)).abs() < 1e-6);
    /// # Ok::<(), thalweg::Error>(())
    /// ```
    Nadam {
        /// Learning rate.
        lr: f64 = 2e-3,
        /// β₁.
        beta1: f64 = 0.9,
        /// β₂.
        beta2: f64 = 0.999,
        /// ε.
        eps: f64 = 1e-8,
        /// Where ε stands.
        eps_form: EpsForm = EpsForm::Outside,
        /// How μₜ goes.
        mu: Mu = Mu::Scheduled,
        /// ψ.
        momentum_decay: f64 = 4e-3,
        /// λ.
        weight_decay: f64 = 0.0,
    }
}

impl MethodDef for Nadam {
    const FORMULA: &'static str = "x ← x − lr·[(1−μₜ)g/(1−∏ᵗμ) + μₜ₊₁m/(1−∏ᵗ⁺¹μ)] / (√v̂ + ε)";
    const SOURCE: &'static str = "Dozat 2016, ICLR workshop, Alg. 2";

    fn fused<F: Real>(&self) -> BoxedRule<F> {
        let Self { beta2, eps, eps_form, .. } = *self;
        let momentum_decay = (self.mu == Mu::Scheduled).then_some(self.momentum_decay);
        let first = NesterovEma { beta: self.beta1, momentum_decay };
        Box::new(Adaptive(first, RootEma { beta: beta2, eps, eps_form, correction: BiasCorrection::On }))
    }

    fn preset(preset: Preset) -> Option<Self> {
        match preset {
            Preset::Torch => Some(Self::default()),
            Preset::Paper => None,
            Preset::Keras => Some(Self { lr: 1e-3, eps: 1e-7, momentum_decay: 1.0, ..Self::default() }),
            Preset::Optax => Some(Self { mu: Mu::Constant, ..Self::default() }),
        }
    }
}
