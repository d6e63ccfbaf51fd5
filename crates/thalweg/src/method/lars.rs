use super::{MethodDef, Preset};
use crate::algebra::{LarsNorm, LarsRule};
use crate::kernel::{BoxedRule, Decay};
use crate::real::Real;

hyperparameters! {
    /// **LARS**: momentum in which every tensor moves by a share of its own norm, for very large batches.
    ///
    /// r = trust·‖x‖ / (‖g‖ + λ‖x‖ + ε) for each tensor (1 where a norm is 0),  v ← μv + lr·r·(g + λx),  x ← x − v
    ///
    /// Slot velocity = 0. `lr` is a share: with trust = 1e-3, a tensor moves by lr/1000 of its norm. Not for tensors of one
    /// number, whose norm is their size, nor for biases.
    ///
    /// You, Gitman & Ginsburg 2017, arXiv:1708.03888, Alg. 1. PyTorch and Keras have none; Optax divides by ‖g + λx‖
    /// (`norm=joint`).
    ///
    /// ```
    /// use thalweg::{Lars, Optimizer};
    /// let mut opt = Optimizer::new(Lars { trust: 0.1, ..Lars::default() }, 2)?;
    /// let mut x = [3.0_f64, 4.0]; // ‖x‖ = 5
    /// opt.tell(&mut x, &[0.0, 100.0])?;
    /// assert!((x[1] - (4.0 - 0.1 * 5.0)).abs() < 1e-12);
    /// # Ok::<(), thalweg::Error>(())
    /// ```
    Lars {
        /// Learning rate.
        lr: f64 = 1.0,
        /// μ.
        momentum: f64 = 0.9,
        /// Trust coefficient η.
        trust: f64 = 1e-3,
        /// ε.
        eps: f64 = 0.0,
        /// What ‖x‖ is divided by.
        norm: LarsNorm = LarsNorm::Sum,
        /// λ.
        weight_decay: f64 = 0.0,
    }
}

impl MethodDef for Lars {
    const FORMULA: &'static str = "r = trust·‖x‖/(‖g‖ + λ‖x‖), v ← μv + lr·r·(g + λx), x ← x − v";
    const SOURCE: &'static str = "You, Gitman & Ginsburg 2017, Alg. 1, arXiv:1708.03888";
    const DECAY: Decay = Decay::Own;

    fn fused<F: Real>(&self) -> BoxedRule<F> {
        let Self { momentum, trust, eps, norm, .. } = *self;
        Box::new(LarsRule { momentum, trust, eps, norm })
    }

    fn preset(preset: Preset) -> Option<Self> {
        match preset {
            Preset::Torch | Preset::Keras => None,
            Preset::Optax => Some(Self { norm: LarsNorm::Joint, ..Self::default() }),
            Preset::Paper => Some(Self::default()),
        }
    }
}
