use super::{MethodDef, Preset};
use crate::algebra::{HeavyBall, Identity, MomentumForm, NesterovForm, Plain};
use crate::kernel::BoxedRule;
use crate::real::Real;

hyperparameters! {
    /// **Nesterov's accelerated gradient**: momentum whose gradient is evaluated where the velocity leads.
    ///
    /// `nesterov=lookahead`: g = ∇f(x − lr·μv),  v ← μv + g,  x ← x − lr·v
    /// `nesterov=simplified`: g = ∇f(x),  v ← μv + g,  x ← x − lr·(g + μv)
    ///
    /// (`form=lr_inside` has lr in the velocity, as in [`Momentum`](super::Momentum).) Slot `velocity`, initially 0.
    /// `lr` as for momentum. Not with very noisy gradients: the correction then follows the noise.
    ///
    /// Nesterov 1983; Sutskever et al. 2013, eq. 3–4. As PyTorch's `SGD(nesterov=True)` and Optax; Keras has
    /// `form=lr_inside`.
    ///
    /// ```
    /// use thalweg::Optimizer;
    /// use thalweg::method::{Nag, NesterovForm};
    /// let lookahead = Nag { lr: 0.1, nesterov: NesterovForm::Lookahead, ..Nag::default() };
    /// let mut nag = Optimizer::new(lookahead, 1)?;
    /// let mut x = [1.0_f64];
    /// for _ in 0..100 {
    ///     let g = nag.eval_point(&x)?.to_vec(); // f = x²/2, at the lookahead point
    ///     nag.step(&mut x, &g)?;
    /// }
    /// assert!(x[0].abs() < 1e-2);
    /// # Ok::<(), thalweg::Error>(())
    /// ```
    ///
    /// Reference (`nesterov=simplified`):
    /// ```
    /// # use thalweg::method::Nag;
    /// let nag = Nag::default();
    /// let mut v = 0.0;
    /// let step = |_t, x: f64, g: f64| {
    ///     v = nag.momentum * v + g;
    ///     x - nag.lr * (g + nag.momentum * v)
    /// };
    /// # thalweg::reference::assert_matches_reference(nag, step);
    /// ```
    Nag {
        lr: f64 = 1e-3,
        momentum: f64 = 0.9,
        nesterov: NesterovForm = NesterovForm::Simplified,
        #[serde(alias = "rate")]
        form: MomentumForm = MomentumForm::LrOutside,
        weight_decay: f64 = 0.0,
    }
}

impl MethodDef for Nag {
    const FORMULA: &'static str = "v ← μv + g, x ← x − lr·(g + μv); lookahead: g = ∇f(x − lr·μv), x ← x − lr·v";
    const SOURCE: &'static str = "Nesterov 1983; Sutskever et al. 2013, eq. 3–4";

    fn rule<F: Real>(&self) -> BoxedRule<F> {
        let Self { momentum, form, nesterov, .. } = *self;
        Box::new(HeavyBall { inner: Plain(Identity), momentum, dampening: 0.0, form, nesterov })
    }

    fn preset(preset: Preset) -> Option<Self> {
        match preset {
            Preset::Torch | Preset::Optax => Some(Self::default()),
            Preset::Keras => Some(Self { lr: 0.01, form: MomentumForm::LrInside, ..Self::default() }),
            Preset::Paper => {
                Some(Self { nesterov: NesterovForm::Lookahead, form: MomentumForm::LrInside, ..Self::default() })
            }
        }
    }
}
