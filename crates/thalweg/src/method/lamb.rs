use super::{MethodDef, Preset};
use crate::algebra::{
    BiasCorrection, Ema, EmaScalars, EpsForm, Moment, RootEma, RootEmaScalars, Rule, Slot, StepContext,
};
use crate::kernel::{BoxedRule, Decay};
use crate::real::Real;

hyperparameters! {
    /// **LAMB**: Adam's direction, scaled in every tensor to a fraction of its own norm, for very large batches.
    ///
    /// u = m̂ / (√v̂ + ε) + λx,  x ← x − lr·(‖x‖/‖u‖)·u for each tensor (ratio 1 where a norm is 0)
    ///
    /// Slots `m` and `v`, initially 0. `lr` is a fraction: a tensor moves by lr·‖x‖. Not for small batches, nor for
    /// tensors of one number.
    ///
    /// You et al. 2020, arXiv:1904.00962, Alg. 2. PyTorch has none. As Optax; Keras leaves λx outside the ratio.
    ///
    /// Reference (a tensor of one coordinate):
    /// ```
    /// # use thalweg::method::Lamb;
    /// let Lamb { lr, beta1, beta2, eps, .. } = Lamb::default();
    /// let lambda = 0.01;
    /// let (mut m, mut v) = (0.0, 0.0);
    /// let step = |t, x: f64, g: f64| {
    ///     m = beta1 * m + (1.0 - beta1) * g;
    ///     v = beta2 * v + (1.0 - beta2) * g * g;
    ///     let (m_hat, v_hat) = (m / (1.0 - beta1.powi(t)), v / (1.0 - beta2.powi(t)));
    ///     let u = m_hat / (v_hat.sqrt() + eps) + lambda * x;
    ///     let ratio = if x != 0.0 && u != 0.0 { x.abs() / u.abs() } else { 1.0 };
    ///     x - lr * ratio * u
    /// };
    /// # thalweg::reference::assert_matches_reference(Lamb { weight_decay: lambda, ..Lamb::default() }, step);
    /// ```
    Lamb {
        lr: f64 = 1e-3,
        beta1: f64 = 0.9,
        beta2: f64 = 0.999,
        eps: f64 = 1e-6,
        eps_form: EpsForm = EpsForm::Outside,
        weight_decay: f64 = 0.0,
    }
}

/// Update rule of [`Lamb`]: the first pass updates the slots and takes the norms of x and of the direction, the
/// second computes the direction again from the slots.
#[derive(Clone, Copy, Debug)]
pub(super) struct LambRule {
    first: Ema,
    second: RootEma,
}

/// Scalars of one step of [`LambRule`].
#[derive(Clone, Copy, Debug)]
pub(super) struct LambScalars<F> {
    first: EmaScalars<F>,
    second: RootEmaScalars<F>,
    weight_decay: F,
    /// lr, and lr·‖x‖/‖u‖ once the norms are known.
    lr: F,
}

impl Rule for LambRule {
    type Slots<F: Real> = [F; 2];
    type Scalars<F: Real> = LambScalars<F>;
    const NEEDS_NORMS: bool = true;

    fn slots(&self) -> Vec<Slot> {
        [self.first.slots(), self.second.slots()].concat()
    }

    fn scalars<F: Real>(&self, step: &StepContext) -> LambScalars<F> {
        LambScalars {
            first: self.first.scalars(step),
            second: self.second.scalars(step),
            weight_decay: F::of(step.weight_decay),
            lr: F::of(step.lr),
        }
    }

    #[inline(always)]
    fn norm_terms<F: Real>(s: &LambScalars<F>, x: F, g: F, [m, v]: &mut [F; 2]) -> [F; 2] {
        let m_hat = Ema::update(&s.first, g, std::array::from_mut(m));
        let root = RootEma::update(&s.second, g, std::array::from_mut(v));
        [x, m_hat / root + s.weight_decay * x]
    }

    fn with_norms<F: Real>(&self, s: LambScalars<F>, [x, u]: [f64; 2], step: &StepContext) -> LambScalars<F> {
        let ratio = if x > 0.0 && u > 0.0 { x / u } else { 1.0 };
        LambScalars { lr: F::of(step.lr * ratio), ..s }
    }

    #[inline(always)]
    fn update<F: Real>(s: &LambScalars<F>, x: F, _g: F, [m, v]: &mut [F; 2]) -> F {
        s.lr * (Ema::corrected(&s.first, *m) / s.second.root_of(*v) + s.weight_decay * x)
    }
}

impl MethodDef for Lamb {
    const FORMULA: &'static str = "u = m̂/(√v̂ + ε) + λx, x ← x − lr·(‖x‖/‖u‖)·u";
    const SOURCE: &'static str = "You et al. 2020, Alg. 2, arXiv:1904.00962";
    const DECAY: Decay = Decay::Own;

    fn rule<F: Real>(&self) -> BoxedRule<F> {
        let Self { beta1, beta2: beta, eps, eps_form, .. } = *self;
        let second = RootEma { beta, eps, eps_form, correction: BiasCorrection::On };
        Box::new(LambRule { first: Ema::new(beta1), second })
    }

    fn preset(preset: Preset) -> Option<Self> {
        match preset {
            Preset::Torch => None,
            Preset::Optax => Some(Self::default()),
            Preset::Keras => Some(Self { eps: 1e-7, ..Self::default() }),
            Preset::Paper => Some(Self { weight_decay: 0.01, ..Self::default() }),
        }
    }
}
