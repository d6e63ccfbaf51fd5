use super::{MethodDef, Preset};
use crate::algebra::{HeavyBall, Identity, MomentumForm, NesterovForm, Plain};
use crate::kernel::BoxedRule;
use crate::real::Real;

hyperparameters! {
    /// **Nesterov's accelerated gradient**: momentum that looks where it is going before it corrects itself.
    ///
    /// `form=shifted`: g = ∇f(x − lr·μv),  v ← μv + g,  x ← x − lr·v
    /// `form=lookahead_free`: g = ∇f(x),  v ← μv + g,  x ← x − lr·(g + μv)
    ///
    /// (`rate=inside` has lr in the velocity, as [`Momentum`](super::Momentum).) Slot velocity = 0. `lr` as for momentum.
    /// Not with very noisy gradients: the correction then corrects noise.
    ///
    /// Nesterov 1983; Sutskever et al. 2013, eq. 3–4. As PyTorch's `SGD(nesterov=True)` and Optax; Keras
    /// has the rate inside.
    ///
    /// ```
    /// use thalweg::{Nag, NesterovForm, Optimizer};
    /// let shifted = Nag { lr: 0.1, form: NesterovForm::Lookahead, ..Nag::default() };
    /// let mut nag = Optimizer::new(shifted, 1)?;
    /// let mut x = [1.0_f64];
    /// for _ in 0..100 {
    ///     let g = nag.ask(&x)?.to_vec(); // f = x²/2, at the shifted point
    ///     nag.tell(&mut x, &g)?;
    /// }
    /// assert!(x[0].abs() < 1e-2);
    /// # Ok::<(), thalweg::Error>(())
    /// ```
    Nag {
        /// Learning rate.
        lr: f64 = 1e-3,
        /// μ.
        momentum: f64 = 0.9,
        /// Where the gradient is taken.
        form: NesterovForm = NesterovForm::Simplified,
        /// Where the rate stands.
        rate: MomentumForm = MomentumForm::LrOutside,
        /// λ.
        weight_decay: f64 = 0.0,
    }
}

impl MethodDef for Nag {
    const FORMULA: &'static str = "v ← μv + g, x ← x − lr·(g + μv); shifted: g = ∇f(x − lr·μv), x ← x − lr·v";
    const SOURCE: &'static str = "Nesterov 1983; Sutskever et al. 2013, eq. 3–4";

    fn fused<F: Real>(&self) -> BoxedRule<F> {
        let nesterov = self.form;
        let Self { momentum, rate, .. } = *self;
        Box::new(HeavyBall { inner: Plain(Identity), momentum, dampening: 0.0, rate, nesterov })
    }

    fn preset(preset: Preset) -> Option<Self> {
        match preset {
            Preset::Torch | Preset::Optax => Some(Self::default()),
            Preset::Keras => Some(Self { lr: 0.01, rate: MomentumForm::LrInside, ..Self::default() }),
            Preset::Paper => {
                Some(Self { form: NesterovForm::Lookahead, rate: MomentumForm::LrInside, ..Self::default() })
            }
        }
    }
}
