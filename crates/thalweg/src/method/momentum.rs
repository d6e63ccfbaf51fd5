use super::{MethodDef, Preset};
use crate::algebra::{HeavyBall, Identity, MomentumForm, NesterovForm, Plain};
use crate::kernel::BoxedRule;
use crate::real::Real;

hyperparameters! {
    /// **Momentum** (the heavy ball): a velocity accumulates gradients that agree and cancels those that alternate.
    ///
    /// v ← μv + (1−d)g,  x ← x − lr·v   (`form=lr_outside`; the first step takes g undampened)
    /// v ← μv + (1−d)lr·g,  x ← x − v   (`form=lr_inside`)
    /// v ← μv + (1−d)(1−μ)g,  x ← x − lr·v   (`form=ema`)
    ///
    /// Slot `velocity`, initially 0. `lr` as for gradient descent, but steps grow to up to 1/(1−μ) times its length.
    /// Not where the valley turns sharply: it overshoots.
    ///
    /// Polyak 1964. As PyTorch's SGD with `momentum` and `dampening`, and Optax; Keras has `form=lr_inside`.
    ///
    /// ```
    /// use thalweg::Optimizer;
    /// use thalweg::method::Momentum;
    /// let mut optimizer = Optimizer::new(Momentum { lr: 0.1, ..Momentum::default() }, 1)?;
    /// let mut x = [1.0];
    /// optimizer.step(&mut x, &[1.0])?; // v = 1
    /// optimizer.step(&mut x, &[1.0])?; // v = 1.9
    /// assert!((x[0] - (1.0 - 0.1 - 0.19_f64)).abs() < 1e-15);
    /// # Ok::<(), thalweg::Error>(())
    /// ```
    ///
    /// Reference (`form=lr_outside`):
    /// ```
    /// # use thalweg::method::Momentum;
    /// let momentum = Momentum { dampening: 0.3, ..Momentum::default() };
    /// let mut v = 0.0;
    /// let step = |t, x: f64, g: f64| {
    ///     let gain = if t == 1 { 1.0 } else { 1.0 - momentum.dampening };
    ///     v = momentum.momentum * v + gain * g;
    ///     x - momentum.lr * v
    /// };
    /// # thalweg::reference::assert_matches_reference(momentum, step);
    /// ```
    Momentum {
        lr: f64 = 1e-3,
        momentum: f64 = 0.9,
        dampening: f64 = 0.0,
        #[serde(alias = "rate")]
        form: MomentumForm = MomentumForm::LrOutside,
        weight_decay: f64 = 0.0,
    }
}

impl MethodDef for Momentum {
    const FORMULA: &'static str = "v ← μv + (1−d)g, x ← x − lr·v";
    const SOURCE: &'static str = "Polyak 1964";

    fn rule<F: Real>(&self) -> BoxedRule<F> {
        let Self { momentum, dampening, form, .. } = *self;
        Box::new(HeavyBall { inner: Plain(Identity), momentum, dampening, form, nesterov: NesterovForm::Off })
    }

    fn preset(preset: Preset) -> Option<Self> {
        match preset {
            Preset::Torch | Preset::Optax => Some(Self::default()),
            Preset::Keras => Some(Self { lr: 0.01, form: MomentumForm::LrInside, ..Self::default() }),
            Preset::Paper => Some(Self { form: MomentumForm::LrInside, ..Self::default() }),
        }
    }
}
