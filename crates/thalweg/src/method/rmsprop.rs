use super::{MethodDef, Preset};
use crate::algebra::{
    Adaptive, BiasCorrection, Centered, EpsForm, HeavyBall, Identity, Moment, MomentumForm, RootEma, Variance,
};
use crate::kernel::BoxedRule;
use crate::real::Real;

hyperparameters! {
    /// **RMSProp**: AdaGrad with an exponential moving average of squared gradients, so that the rate can recover.
    ///
    /// v ← ρv + (1−ρ)g²,  x ← x − lr·g / (√v + ε)
    /// `variance=centered`: ḡ ← ρḡ + (1−ρ)g, and √(v − ḡ²) in place of √v
    /// `momentum=μ`: d = g / (√v + ε), u ← μu + d, x ← x − lr·u
    ///
    /// Slots `v` (centered: `c` = v − ḡ² and `g_mean`) and, with momentum, `velocity`, initially 0. `lr` has the unit
    /// of x. Not with large ρ and few steps: v starts at 0 and is not bias-corrected, so the first steps are long.
    ///
    /// Tieleman & Hinton 2012, lecture 6e; centered: Graves 2013, arXiv:1308.0850, eq. 38–45. As PyTorch (ρ is its
    /// `alpha`); Optax and Keras have ρ = 0.9, ε inside the root and `form=lr_inside`. PyTorch subtracts ḡ² from v,
    /// which rounding can make negative, hence NaN; here the difference is one average and cannot be.
    ///
    /// ```
    /// use thalweg::Optimizer;
    /// use thalweg::method::RmsProp;
    /// let mut opt = Optimizer::new(RmsProp { momentum: 0.9, ..RmsProp::default() }, 1)?;
    /// let mut x = [1.0];
    /// opt.step(&mut x, &[2.0])?;
    /// assert!((x[0] - 0.9_f64).abs() < 1e-8); // v = 0.01·2², so g/√v = 10
    /// # Ok::<(), thalweg::Error>(())
    /// ```
    ///
    /// Reference (`momentum=0`):
    /// ```
    /// # use thalweg::method::RmsProp;
    /// let rmsprop = RmsProp::default();
    /// let mut v = 0.0;
    /// let step = |_t, x: f64, g: f64| {
    ///     v = rmsprop.rho * v + (1.0 - rmsprop.rho) * g * g;
    ///     x - rmsprop.lr * g / (v.sqrt() + rmsprop.eps)
    /// };
    /// # thalweg::reference::assert_matches_reference(rmsprop, step);
    /// ```
    RmsProp {
        lr: f64 = 0.01,
        rho: f64 = 0.99,
        eps: f64 = 1e-8,
        eps_form: EpsForm = EpsForm::Outside,
        variance: Variance = Variance::Raw,
        momentum: f64 = 0.0,
        #[serde(alias = "rate")]
        form: MomentumForm = MomentumForm::LrOutside,
        weight_decay: f64 = 0.0,
    }
}

impl MethodDef for RmsProp {
    const FORMULA: &'static str = "v ← ρv + (1−ρ)g², x ← x − lr·g / (√v + ε)";
    const SOURCE: &'static str = "Tieleman & Hinton 2012, lecture 6e; centered: Graves 2013, arXiv:1308.0850";

    fn rule<F: Real>(&self) -> BoxedRule<F> {
        let Self { rho: beta, eps, eps_form, .. } = *self;
        let root = RootEma { beta, eps, eps_form, correction: BiasCorrection::Off };
        match self.variance {
            Variance::Raw => self.with_momentum(root),
            Variance::Centered => self.with_momentum(Centered(root)),
        }
    }

    fn preset(preset: Preset) -> Option<Self> {
        let inside = Self { rho: 0.9, eps_form: EpsForm::Inside, form: MomentumForm::LrInside, ..Self::default() };
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
        let (inner, Self { momentum, form, .. }) = (Adaptive(Identity, second), *self);
        if momentum == 0.0 { Box::new(inner) } else { Box::new(HeavyBall::new(inner, momentum, form)) }
    }
}
