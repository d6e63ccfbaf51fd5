use super::{MethodDef, Preset};
use crate::algebra::{Rule, Slot, StepContext};
use crate::kernel::{BoxedRule, Decay};
use crate::real::Real;
use crate::text::choices;

choices! {
    /// Norm that LARS divides ‖x‖ by.
    pub enum LarsNorm {
        /// ‖g‖ + λ‖x‖, the sum of two norms (the paper).
        Sum = "sum",
        /// ‖g + λx‖, the norm of the decayed gradient (Optax).
        Joint = "joint",
    }
}

hyperparameters! {
    /// **LARS**: momentum in which every tensor moves by a fraction of its own norm, for very large batches.
    ///
    /// r = trust·‖x‖ / (‖g‖ + λ‖x‖ + ε) for each tensor (1 where a norm is 0),  v ← μv + lr·r·(g + λx),  x ← x − v
    ///
    /// Slot `velocity`, initially 0. `lr` is a fraction: with trust = 1e-3, a tensor moves by lr/1000 of its norm.
    /// Not for tensors of one number, whose norm is their magnitude, nor for biases.
    ///
    /// You, Gitman & Ginsburg 2017, arXiv:1708.03888, Alg. 1. PyTorch and Keras have none; Optax divides by ‖g + λx‖
    /// (`norm=joint`).
    ///
    /// Reference (a tensor of one coordinate):
    /// ```
    /// # use thalweg::method::Lars;
    /// let Lars { lr, momentum, trust, eps, .. } = Lars::default();
    /// let lambda = 0.01;
    /// let mut v = 0.0;
    /// let step = |_t, x: f64, g: f64| {
    ///     let (norm_x, norm_g) = (x.abs(), g.abs());
    ///     let positive = norm_x > 0.0 && norm_g > 0.0;
    ///     let r = if positive { trust * norm_x / (norm_g + lambda * norm_x + eps) } else { 1.0 };
    ///     v = momentum * v + lr * r * (g + lambda * x);
    ///     x - v
    /// };
    /// # thalweg::reference::assert_matches_reference(Lars { weight_decay: lambda, ..Lars::default() }, step);
    /// ```
    Lars {
        lr: f64 = 1.0,
        momentum: f64 = 0.9,
        trust: f64 = 1e-3,
        eps: f64 = 0.0,
        norm: LarsNorm = LarsNorm::Sum,
        weight_decay: f64 = 0.0,
    }
}

/// Update rule of [`Lars`]: two norms, one ratio, then momentum.
#[derive(Clone, Copy, Debug)]
pub(super) struct LarsRule(Lars);

/// Scalars of one step of [`LarsRule`].
#[derive(Clone, Copy, Debug)]
pub(super) struct LarsScalars<F> {
    momentum: F,
    /// lr, and lr·r once the norms are known.
    lr: F,
    weight_decay: F,
    /// λ in the gradient whose norm is taken.
    norm_decay: F,
}

impl Rule for LarsRule {
    type Slots<F: Real> = [F; 1];
    type Scalars<F: Real> = LarsScalars<F>;
    const NEEDS_NORMS: bool = true;

    fn slots(&self) -> Vec<Slot> {
        vec![Slot::zero("velocity")]
    }

    fn scalars<F: Real>(&self, step: &StepContext) -> LarsScalars<F> {
        let norm_decay = if self.0.norm == LarsNorm::Joint { step.weight_decay } else { 0.0 };
        let [momentum, lr, weight_decay, norm_decay] =
            [self.0.momentum, step.lr, step.weight_decay, norm_decay].map(F::of);
        LarsScalars { momentum, lr, weight_decay, norm_decay }
    }

    #[inline(always)]
    fn norm_terms<F: Real>(s: &LarsScalars<F>, x: F, g: F, _slots: &mut [F; 1]) -> [F; 2] {
        [x, g + s.norm_decay * x]
    }

    fn with_norms<F: Real>(&self, s: LarsScalars<F>, [x, g]: [f64; 2], step: &StepContext) -> LarsScalars<F> {
        let Lars { trust, eps, norm, .. } = self.0;
        let decay = if norm == LarsNorm::Sum { step.weight_decay * x } else { 0.0 };
        let ratio = if x > 0.0 && g > 0.0 { trust * x / (g + decay + eps) } else { 1.0 };
        LarsScalars { lr: F::of(step.lr * ratio), ..s }
    }

    #[inline(always)]
    fn update<F: Real>(s: &LarsScalars<F>, x: F, g: F, [v]: &mut [F; 1]) -> F {
        *v = s.momentum * *v + s.lr * (g + s.weight_decay * x);
        *v
    }
}

impl MethodDef for Lars {
    const FORMULA: &'static str = "r = trust·‖x‖/(‖g‖ + λ‖x‖), v ← μv + lr·r·(g + λx), x ← x − v";
    const SOURCE: &'static str = "You, Gitman & Ginsburg 2017, Alg. 1, arXiv:1708.03888";
    const DECAY: Decay = Decay::Own;

    fn rule<F: Real>(&self) -> BoxedRule<F> {
        Box::new(LarsRule(*self))
    }

    fn preset(preset: Preset) -> Option<Self> {
        match preset {
            Preset::Torch | Preset::Keras => None,
            Preset::Optax => Some(Self { norm: LarsNorm::Joint, ..Self::default() }),
            Preset::Paper => Some(Self::default()),
        }
    }
}
