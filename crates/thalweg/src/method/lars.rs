use serde::{Deserialize, Serialize};

use super::{Preset, Recipe};
use crate::algebra::{At, Rule, Slot};
use crate::kernel::{Decay, Fused};
use crate::real::Real;

/// What LARS divides ‖x‖ by.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum LarsNorm {
    /// ‖g‖ + λ‖x‖ (the paper).
    Sum,
    /// ‖g + λx‖ (Optax).
    Joint,
}

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

impl Recipe for Lars {
    const FORMULA: &'static str = "r = trust·‖x‖/(‖g‖ + λ‖x‖), v ← μv + lr·r·(g + λx), x ← x − v";
    const SOURCE: &'static str = "You, Gitman & Ginsburg 2017, Alg. 1, arXiv:1708.03888";
    const DECAY: Decay = Decay::Own;

    fn fused<F: Real>(&self) -> Fused<F> {
        Box::new(Layerwise(*self))
    }

    fn preset(preset: Preset) -> Option<Self> {
        match preset {
            Preset::Torch | Preset::Keras => None,
            Preset::Optax => Some(Self { norm: LarsNorm::Joint, ..Self::default() }),
            Preset::Paper => Some(Self::default()),
        }
    }
}

/// The rule: two norms, one ratio, then momentum.
#[derive(Clone, Copy, Debug)]
struct Layerwise(Lars);

impl Rule for Layerwise {
    type Slots<F: Real> = [F; 1];
    /// μ, lr·r, λ, and λ of the measured gradient.
    type Now<F: Real> = [F; 4];
    const MEASURES: bool = true;

    fn slots(&self) -> Vec<Slot> {
        vec![Slot::zero("velocity")]
    }

    fn now<F: Real>(&self, at: &At) -> [F; 4] {
        let joint = if self.0.norm == LarsNorm::Joint { at.weight_decay } else { 0.0 };
        [self.0.momentum, at.lr, at.weight_decay, joint].map(F::of)
    }

    #[inline(always)]
    fn measure<F: Real>(&[.., joint]: &[F; 4], x: F, g: F, _s: &mut [F; 1]) -> [F; 2] {
        [x, g + joint * x]
    }

    fn measured<F: Real>(&self, [mu, _, decay, joint]: [F; 4], [x, g]: [f64; 2], at: &At) -> [F; 4] {
        let apart = if self.0.norm == LarsNorm::Sum { at.weight_decay * x } else { 0.0 };
        let ratio = if x > 0.0 && g > 0.0 { self.0.trust * x / (g + apart + self.0.eps) } else { 1.0 };
        [mu, F::of(at.lr * ratio), decay, joint]
    }

    #[inline(always)]
    fn fold<F: Real>(&[mu, rate, decay, _]: &[F; 4], x: F, g: F, [v]: &mut [F; 1]) -> F {
        *v = mu * *v + rate * (g + decay * x);
        *v
    }
}
