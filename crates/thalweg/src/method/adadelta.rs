use super::{MethodDef, Preset};
use crate::algebra::AdaDeltaRule;
use crate::kernel::BoxedRule;
use crate::real::Real;

hyperparameters! {
    /// **AdaDelta**: the step is measured in past steps, so that there is no rate to choose.
    ///
    /// v ← ρv + (1−ρ)g²,  Δ = √(u + ε) / √(v + ε) · g,  u ← ρu + (1−ρ)Δ²,  x ← x − lr·Δ
    ///
    /// Slots v, u = 0. `lr` has no unit; the paper has none (1). Not where a quick start matters: u starts at 0, so the
    /// first steps have a length of about √ε.
    ///
    /// Zeiler 2012, arXiv:1212.5701, Alg. 1. As PyTorch and Optax; Keras's defaults are lr = 0.001, ρ = 0.95, ε = 1e-7.
    ///
    /// ```
    /// use thalweg::{AdaDelta, Optimizer};
    /// let mut opt = Optimizer::new(AdaDelta::default(), 1)?;
    /// let mut x = [1.0_f64];
    /// opt.tell(&mut x, &[1.0])?; // Δ = √1e-6 / √(0.1 + 1e-6)
    /// assert!((x[0] - (1.0 - 1e-3 / 0.100001_f64.sqrt())).abs() < 1e-15);
    /// # Ok::<(), thalweg::Error>(())
    /// ```
    AdaDelta {
        /// Learning rate.
        lr: f64 = 1.0,
        /// ρ.
        rho: f64 = 0.9,
        /// ε.
        eps: f64 = 1e-6,
        /// λ.
        weight_decay: f64 = 0.0,
    }
}

impl MethodDef for AdaDelta {
    const FORMULA: &'static str = "v ← ρv + (1−ρ)g², Δ = √(u+ε)/√(v+ε)·g, u ← ρu + (1−ρ)Δ², x ← x − lr·Δ";
    const SOURCE: &'static str = "Zeiler 2012, Alg. 1, arXiv:1212.5701";

    fn fused<F: Real>(&self) -> BoxedRule<F> {
        Box::new(AdaDeltaRule { rho: self.rho, eps: self.eps })
    }

    fn preset(preset: Preset) -> Option<Self> {
        match preset {
            Preset::Torch | Preset::Optax => Some(Self::default()),
            Preset::Keras => Some(Self { lr: 1e-3, rho: 0.95, eps: 1e-7, ..Self::default() }),
            Preset::Paper => Some(Self { rho: 0.95, ..Self::default() }),
        }
    }
}
