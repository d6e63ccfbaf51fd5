use super::{MethodDef, Preset};
use crate::algebra::{
    Adaptive, BiasCorrection, Centered, EpsForm, HeavyBall, Identity, Moment, MomentumForm, RootEma, Variance,
};
use crate::kernel::BoxedRule;
use crate::real::Real;

hyperparameters! {
    /// **RMSProp**: AdaGrad that forgets, so that the rate follows the terrain.
    ///
    /// v ← ρv + (1−ρ)g²,  x ← x − lr·g / (√v + ε)
    /// `variance=centered`: ḡ ← ρḡ + (1−ρ)g, and √(v − ḡ²) for √v
    /// `momentum=μ`: d = g / (√v + ε), u ← μu + d, x ← x − lr·u
    ///
    /// Slots v (or c = v − ḡ² and `g_mean`, centered), velocity (with momentum) = 0. `lr` is in units of x. Not with
    /// large ρ and few steps: v starts at 0 and is not corrected, so the first steps are long.
    ///
    /// Tieleman & Hinton 2012, lecture 6e; centered: Graves 2013, arXiv:1308.0850, eq. 38–45. As PyTorch (ρ is its
    /// `alpha`); Optax and Keras have ρ = 0.9, ε inside the root and the rate inside the momentum. PyTorch subtracts
    /// ḡ² from v, which rounding can make negative, hence NaN; here the difference is one average and cannot.
    ///
    /// ```
    /// use thalweg::{Optimizer, RmsProp};
    /// let mut opt = Optimizer::new(RmsProp { momentum: 0.9, ..RmsProp::default() }, 1)?;
    /// let mut x = [1.0];
    /// opt.tell(&mut x, &[2.0])?;
    /// assert!((x[0] - 0.9_f64).abs() < 1e-8); // v = 0.01·2², so g/√v = 10
    /// # Ok::<(), thalweg::Error>(())
    /// ```
    RmsProp {
        /// Learning rate.
        lr: f64 = 0.01,
        /// ρ.
        rho: f64 = 0.99,
        /// ε.
        eps: f64 = 1e-8,
        /// Where ε stands.
        eps_form: EpsForm = EpsForm::Outside,
        /// What is under the root.
        variance: Variance = Variance::Raw,
        /// μ; 0 for none.
        momentum: f64 = 0.0,
        /// Where the rate stands in the momentum.
        rate: MomentumForm = MomentumForm::LrOutside,
        /// λ.
        weight_decay: f64 = 0.0,
    }
}

impl MethodDef for RmsProp {
    const FORMULA: &'static str = "v ← ρv + (1−ρ)g², x ← x − lr·g / (√v + ε)";
    const SOURCE: &'static str = "Tieleman & Hinton 2012, lecture 6e; centered: Graves 2013, arXiv:1308.0850";

    fn fused<F: Real>(&self) -> BoxedRule<F> {
        let Self { rho: beta, eps, eps_form, .. } = *self;
        let root = RootEma { beta, eps, eps_form, correction: BiasCorrection::Off };
        match self.variance {
            Variance::Raw => self.with_momentum(root),
            Variance::Centered => self.with_momentum(Centered(root)),
        }
    }

    fn preset(preset: Preset) -> Option<Self> {
        let inside = Self { rho: 0.9, eps_form: EpsForm::Inside, rate: MomentumForm::LrInside, ..Self::default() };
        match preset {
            Preset::Torch => Some(Self::default()),
            Preset::Keras => Some(Self { lr: 1e-3, eps: 1e-7, ..inside }),
            Preset::Optax => Some(inside),
            Preset::Paper => Some(Self { rho: 0.9, ..Self::default() }),
        }
    }
}

impl RmsProp {
    fn with_momentum<F: Real>(&self, second: impl Moment) -> BoxedRule<F> {
        let (inner, Self { momentum, rate, .. }) = (Adaptive(Identity, second), *self);
        if momentum == 0.0 { Box::new(inner) } else { Box::new(HeavyBall::new(inner, momentum, rate)) }
    }
}
