use super::{MethodDef, Preset};
use crate::algebra::{Adaptive, EpsForm, Identity, InverseTimeDecay, RootSumSquares};
use crate::kernel::BoxedRule;
use crate::real::Real;

hyperparameters! {
    /// **AdaGrad**: a learning rate per coordinate, which falls with the sum of its squared gradients.
    ///
    /// v ← v + g²,  x ← x − lrₜ·g / (√v + ε),  lrₜ = lr / (1 + (t−1)·`lr_decay`)
    ///
    /// Slot `v`, initially `initial_accumulator`. `lr` has the unit of x: the first step of a coordinate has that
    /// length. For sparse features. Not for long runs on non-convex problems: the rate never recovers.
    ///
    /// Duchi, Hazan & Singer 2011, JMLR 12, Fig. 1. As PyTorch (ε outside the root, start at 0); Keras and Optax have
    /// ε = 1e-7 inside and start at 0.1.
    ///
    /// ```
    /// use thalweg::Optimizer;
    /// use thalweg::method::AdaGrad;
    /// let mut opt = Optimizer::new(AdaGrad { lr: 0.5, ..AdaGrad::default() }, 2)?;
    /// let mut x = [1.0, 1.0];
    /// opt.step(&mut x, &[100.0, 0.01])?; // any scale of gradient: the same first step
    /// assert!((x[0] - 0.5_f64).abs() < 1e-8 && (x[1] - 0.5_f64).abs() < 1e-8);
    /// # Ok::<(), thalweg::Error>(())
    /// ```
    ///
    /// Reference:
    /// ```
    /// # use thalweg::method::AdaGrad;
    /// let adagrad = AdaGrad { lr_decay: 0.01, ..AdaGrad::default() };
    /// let mut v = adagrad.initial_accumulator;
    /// let step = |t, x: f64, g: f64| {
    ///     v += g * g;
    ///     let lr = adagrad.lr / (1.0 + f64::from(t - 1) * adagrad.lr_decay);
    ///     x - lr * g / (v.sqrt() + adagrad.eps)
    /// };
    /// # thalweg::reference::assert_matches_reference(adagrad, step);
    /// ```
    AdaGrad {
        lr: f64 = 0.01,
        lr_decay: f64 = 0.0,
        initial_accumulator: f64 = 0.0,
        eps: f64 = 1e-10,
        eps_form: EpsForm = EpsForm::Outside,
        weight_decay: f64 = 0.0,
    }
}

impl MethodDef for AdaGrad {
    const FORMULA: &'static str = "v ← v + g², x ← x − lr·g / (√v + ε)";
    const SOURCE: &'static str = "Duchi, Hazan & Singer 2011, JMLR 12, Fig. 1";

    fn rule<F: Real>(&self) -> BoxedRule<F> {
        let root = RootSumSquares { start: self.initial_accumulator, eps: self.eps, eps_form: self.eps_form };
        Box::new(InverseTimeDecay { inner: Adaptive(Identity, root), decay: self.lr_decay })
    }

    fn preset(preset: Preset) -> Option<Self> {
        let inside = Self { initial_accumulator: 0.1, eps: 1e-7, eps_form: EpsForm::Inside, ..Self::default() };
        match preset {
            Preset::Torch | Preset::Paper => Some(Self::default()),
            Preset::Keras => Some(Self { lr: 1e-3, ..inside }),
            Preset::Optax => Some(inside),
        }
    }
}
