use super::{MethodDef, Preset};
use crate::algebra::{Identity, Plain};
use crate::kernel::BoxedRule;
use crate::real::Real;

hyperparameters! {
    /// **Gradient descent**: a step against the gradient. Batch, stochastic or mini-batch, depending on the gradient.
    ///
    /// x ← x − lr·g
    ///
    /// No slots. `lr` has the unit of x per unit of gradient: on a quadratic of curvature c it converges for lr <
    /// 2/c. Not for ill-conditioned problems: the direction of largest curvature limits the rate of all others.
    ///
    /// Cauchy 1847; Robbins & Monro 1951 for noisy gradients. As PyTorch and Optax; Keras's default rate is 0.01.
    ///
    /// ```
    /// use thalweg::Optimizer;
    /// use thalweg::method::Sgd;
    /// let mut sgd = Optimizer::new(Sgd { lr: 0.1, ..Sgd::default() }, 1)?;
    /// let mut x = [1.0];
    /// let g = [x[0]]; // f = x²/2
    /// sgd.step(&mut x, &g)?;
    /// assert_eq!(x, [0.9]);
    /// # Ok::<(), thalweg::Error>(())
    /// ```
    ///
    /// Reference:
    /// ```
    /// # use thalweg::method::Sgd;
    /// let sgd = Sgd::default();
    /// let step = |_t, x: f64, g: f64| x - sgd.lr * g;
    /// # thalweg::reference::assert_matches_reference(sgd, step);
    /// ```
    Sgd {
        lr: f64 = 1e-3,
        weight_decay: f64 = 0.0,
    }
}

impl MethodDef for Sgd {
    const FORMULA: &'static str = "x ← x − lr·g";
    const SOURCE: &'static str = "Cauchy 1847; Robbins & Monro 1951";

    fn rule<F: Real>(&self) -> BoxedRule<F> {
        Box::new(Plain(Identity))
    }

    fn preset(preset: Preset) -> Option<Self> {
        match preset {
            Preset::Torch | Preset::Optax | Preset::Paper => Some(Self::default()),
            Preset::Keras => Some(Self { lr: 0.01, ..Self::default() }),
        }
    }
}
