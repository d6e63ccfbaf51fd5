use super::{MethodDef, Preset};
use crate::algebra::{LionMomentum, Plain, Sign};
use crate::kernel::{BoxedRule, Decay};
use crate::real::Real;

hyperparameters! {
    /// **Lion**: the sign of a momentum, found by a search over programs.
    ///
    /// c = β₁m + (1−β₁)g,  m ← β₂m + (1−β₂)g,  x ← x − lr·λx − lr·sign(c)
    ///
    /// Slot `m`, initially 0: half of Adam's memory. Every coordinate moves by exactly `lr` (in the unit of x): take
    /// 3 to 10 times less than Adam's, and λ as many times more. Not for small batches, whose noise decides the
    /// signs.
    ///
    /// Chen et al. 2023, arXiv:2302.06675, Alg. 2. PyTorch has none. Keras's default rate is 1e-3; Optax's λ is 1e-3.
    ///
    /// ```
    /// use thalweg::Optimizer;
    /// use thalweg::method::Lion;
    /// let mut opt = Optimizer::new(Lion { lr: 0.5, ..Lion::default() }, 3)?;
    /// let mut x = [1.0, 1.0, 1.0];
    /// opt.step(&mut x, &[1e-9, -1e9, 0.0])?;
    /// assert_eq!(x, [0.5, 1.5, 1.0]);
    /// # Ok::<(), thalweg::Error>(())
    /// ```
    ///
    /// Reference:
    /// ```
    /// # use thalweg::method::Lion;
    /// let Lion { lr, beta1, beta2, weight_decay } = Lion { weight_decay: 0.1, ..Lion::default() };
    /// let mut m = 0.0;
    /// let step = |_t, x: f64, g: f64| {
    ///     let direction = beta1 * m + (1.0 - beta1) * g;
    ///     m = beta2 * m + (1.0 - beta2) * g;
    ///     let sign = if direction == 0.0 { 0.0 } else { direction.signum() };
    ///     x - lr * weight_decay * x - lr * sign
    /// };
    /// # thalweg::reference::assert_matches_reference(Lion { weight_decay, ..Lion::default() }, step);
    /// ```
    Lion {
        lr: f64 = 1e-4,
        beta1: f64 = 0.9,
        beta2: f64 = 0.99,
        weight_decay: f64 = 0.0,
    }
}

impl MethodDef for Lion {
    const FORMULA: &'static str = "x ← x − lr·λx − lr·sign(β₁m + (1−β₁)g), m ← β₂m + (1−β₂)g";
    const SOURCE: &'static str = "Chen et al. 2023, Alg. 2, arXiv:2302.06675";
    const DECAY: Decay = Decay::Decoupled;

    fn rule<F: Real>(&self) -> BoxedRule<F> {
        Box::new(Plain(Sign(LionMomentum { beta1: self.beta1, beta2: self.beta2 })))
    }

    fn preset(preset: Preset) -> Option<Self> {
        match preset {
            Preset::Torch => None,
            Preset::Paper => Some(Self::default()),
            Preset::Keras => Some(Self { lr: 1e-3, ..Self::default() }),
            Preset::Optax => Some(Self { weight_decay: 1e-3, ..Self::default() }),
        }
    }
}
