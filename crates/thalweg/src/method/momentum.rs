use super::{MethodDef, Preset};
use crate::algebra::{HeavyBall, Identity, MomentumForm, NesterovForm, Plain};
use crate::kernel::BoxedRule;
use crate::real::Real;

hyperparameters! {
    /// **Momentum** (the heavy ball): a velocity gathers the directions that agree and cancels those that alternate.
    ///
    /// v ← μv + (1−d)g,  x ← x − lr·v   (`rate=outside`; the first step takes g whole)
    /// v ← μv + (1−d)lr·g,  x ← x − v   (`rate=inside`)
    /// v ← μv + (1−d)(1−μ)g,  x ← x − lr·v   (`rate=average`)
    ///
    /// Slot velocity = 0. `lr` as for gradient descent, but steps grow up to 1/(1−μ) of it. Not where the
    /// valley turns sharply: it overshoots.
    ///
    /// Polyak 1964. As PyTorch's SGD with `momentum` and `dampening`, and Optax; Keras has the rate inside.
    ///
    /// ```
    /// use thalweg::{Momentum, Optimizer};
    /// let mut ball = Optimizer::new(Momentum { lr: 0.1, ..Momentum::default() }, 1)?;
    /// let mut x = [1.0];
    /// ball.tell(&mut x, &[1.0])?; // v = 1
    /// ball.tell(&mut x, &[1.0])?; // v = 1.9
    /// assert!((x[0] - (1.0 - 0.1 - 0.19_f64)).abs() < 1e-15);
    /// # Ok::<(), thalweg::Error>(())
    /// ```
    Momentum {
        /// Learning rate.
        lr: f64 = 1e-3,
        /// μ.
        momentum: f64 = 0.9,
        /// d.
        dampening: f64 = 0.0,
        /// Where the rate stands.
        rate: MomentumForm = MomentumForm::LrOutside,
        /// λ.
        weight_decay: f64 = 0.0,
    }
}

impl MethodDef for Momentum {
    const FORMULA: &'static str = "v ← μv + (1−d)g, x ← x − lr·v";
    const SOURCE: &'static str = "Polyak 1964";

    fn fused<F: Real>(&self) -> BoxedRule<F> {
        let Self { momentum, dampening, rate, .. } = *self;
        Box::new(HeavyBall { inner: Plain(Identity), momentum, dampening, rate, nesterov: NesterovForm::Off })
    }

    fn preset(preset: Preset) -> Option<Self> {
        match preset {
            Preset::Torch | Preset::Optax => Some(Self::default()),
            Preset::Keras => Some(Self { lr: 0.01, rate: MomentumForm::LrInside, ..Self::default() }),
            Preset::Paper => Some(Self { rate: MomentumForm::LrInside, ..Self::default() }),
        }
    }
}
