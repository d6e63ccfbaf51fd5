use super::{MethodDef, Preset};
use crate::algebra::{Rule, Slot, StepContext, bias_correction, floor_eps, rectification};
use crate::kernel::{BoxedRule, Decay};
use crate::real::Real;
use crate::text::choices;

choices! {
    /// Variance rectification of [`AdaBelief`]'s step, as in [`RAdam`](super::RAdam) with threshold 5.
    pub enum Rectification {
        /// The step is rectified.
        On = "on",
        /// The step is Adam's.
        Off = "off",
    }
}

hyperparameters! {
    /// **AdaBelief**: Adam whose denominator is the deviation of the gradient from its average: long steps where they
    /// agree.
    ///
    /// m as Adam's,  s ← β₂s + (1−β₂)(g−m)² + ε,  x ← x − lr·m̂ / (√ŝ + ε)
    ///
    /// Slots `m` and `s`, initially 0. `lr` has the unit of x. Not with ε far from its default: it is added to s at
    /// every step and accumulates.
    ///
    /// Zhuang et al. 2020, arXiv:2010.07468, Alg. 2. PyTorch and Keras have none; as the authors' code 0.2, whose
    /// rectified step is `rectify=on` (the authors' default there), and Optax (`rectify=off`).
    ///
    /// Reference:
    /// ```
    /// # use thalweg::method::AdaBelief;
    /// let AdaBelief { lr, beta1, beta2, eps, .. } = AdaBelief::default();
    /// let (mut m, mut s) = (0.0, 0.0);
    /// let step = |t, x: f64, g: f64| {
    ///     m = beta1 * m + (1.0 - beta1) * g;
    ///     s = beta2 * s + (1.0 - beta2) * (g - m) * (g - m) + eps;
    ///     let (m_hat, s_hat) = (m / (1.0 - beta1.powi(t)), s / (1.0 - beta2.powi(t)));
    ///     x - lr * m_hat / (s_hat.sqrt() + eps)
    /// };
    /// # thalweg::reference::assert_matches_reference(AdaBelief::default(), step);
    /// ```
    AdaBelief {
        lr: f64 = 1e-3,
        beta1: f64 = 0.9,
        beta2: f64 = 0.999,
        eps: f64 = 1e-16,
        rectify: Rectification = Rectification::Off,
        weight_decay: f64 = 0.0,
    }
}

/// Update rule of [`AdaBelief`]: its second moment is that of g − m, so it needs the first.
#[derive(Clone, Copy, Debug)]
pub(super) struct AdaBeliefRule(AdaBelief);

/// Scalars of one step of [`AdaBeliefRule`].
#[derive(Clone, Copy, Debug)]
pub(super) struct AdaBeliefScalars<F> {
    beta1: F,
    one_minus_beta1: F,
    beta2: F,
    one_minus_beta2: F,
    eps: F,
    /// lr with the bias correction of m, and the rectification.
    lr: F,
    /// Bias correction of s.
    correction: F,
    eps_outside: F,
}

impl Rule for AdaBeliefRule {
    type Slots<F: Real> = [F; 2];
    type Scalars<F: Real> = AdaBeliefScalars<F>;

    fn slots(&self) -> Vec<Slot> {
        vec![Slot::zero("m"), Slot::nonnegative("s", 0.0)]
    }

    fn scalars<F: Real>(&self, step: &StepContext) -> AdaBeliefScalars<F> {
        let AdaBelief { beta1, beta2, eps, rectify, .. } = self.0;
        let (lr, correction) = (step.lr * bias_correction(beta1, step.t), bias_correction(beta2, step.t));
        let (lr, correction, eps_outside) = match (rectify, rectification(beta2, 5.0, step.t)) {
            (Rectification::Off, _) => (lr, correction, eps),
            (Rectification::On, Some(r)) => (lr * r, correction, eps * correction.sqrt()),
            (Rectification::On, None) => (lr, 0.0, 1.0),
        };
        AdaBeliefScalars {
            beta1: F::of(beta1),
            one_minus_beta1: F::of(1.0 - beta1),
            beta2: F::of(beta2),
            one_minus_beta2: F::of(1.0 - beta2),
            eps: F::of(eps),
            lr: F::of(lr),
            correction: F::of(correction),
            eps_outside: floor_eps(eps_outside),
        }
    }

    #[inline(always)]
    fn update<F: Real>(k: &AdaBeliefScalars<F>, _x: F, g: F, [m, s]: &mut [F; 2]) -> F {
        *m = k.beta1 * *m + k.one_minus_beta1 * g;
        let deviation = g - *m;
        *s = k.beta2 * *s + k.one_minus_beta2 * (deviation * deviation) + k.eps;
        k.lr * *m / ((*s * k.correction).sqrt() + k.eps_outside)
    }
}

impl MethodDef for AdaBelief {
    const FORMULA: &'static str = "s ← β₂s + (1−β₂)(g−m)² + ε, x ← x − lr·m̂ / (√ŝ + ε)";
    const SOURCE: &'static str = "Zhuang et al. 2020, Alg. 2, arXiv:2010.07468";
    const DECAY: Decay = Decay::Decoupled;

    fn rule<F: Real>(&self) -> BoxedRule<F> {
        Box::new(AdaBeliefRule(*self))
    }

    fn preset(preset: Preset) -> Option<Self> {
        match preset {
            Preset::Torch | Preset::Keras => None,
            Preset::Optax => Some(Self::default()),
            Preset::Paper => Some(Self { eps: 1e-8, ..Self::default() }),
        }
    }
}
