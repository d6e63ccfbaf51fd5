use super::{MethodDef, Preset};
use crate::algebra::{BiasCorrection, Rule, Slot, StepContext, floor_eps};
use crate::kernel::{BoxedRule, Decay};
use crate::real::Real;

hyperparameters! {
    /// **Adan**: Adam with Nesterov's momentum, estimated from the differences of successive gradients.
    ///
    /// d = g − g₋₁ (0 at the first step),  m ← β₁m + (1−β₁)g,  v ← β₂v + (1−β₂)d,  n ← β₃n + (1−β₃)(g + β₂d)²
    /// x ← (x − lr·(m̂ + β₂v̂) / (√n̂ + ε)) / (1 + lr·λ)
    ///
    /// Slots `m`, `v`, `n`, `g_before`, initially 0. `lr` has the unit of x; 5 to 10 times Adam's is often right. Not
    /// where memory is scarce: four slots.
    ///
    /// Xie et al. 2022, arXiv:2208.06677, Alg. 1, whose β are 1 minus these. As the authors' code, which corrects the
    /// bias of the start at 0 where the paper does not (`preset=paper`). PyTorch and Keras have none; Optax uses 1−β₂
    /// where the paper has β₂, which is an error there and not a preset here.
    ///
    /// Reference:
    /// ```
    /// # use thalweg::method::Adan;
    /// let Adan { lr, beta1, beta2, beta3, eps, .. } = Adan::default();
    /// let (mut m, mut v, mut n, mut g_before) = (0.0, 0.0, 0.0, 0.0);
    /// let step = |t, x: f64, g: f64| {
    ///     let d = if t == 1 { 0.0 } else { g - g_before };
    ///     m = beta1 * m + (1.0 - beta1) * g;
    ///     v = beta2 * v + (1.0 - beta2) * d;
    ///     n = beta3 * n + (1.0 - beta3) * (g + beta2 * d) * (g + beta2 * d);
    ///     g_before = g;
    ///     let [m_hat, v_hat, n_hat] = [(m, beta1), (v, beta2), (n, beta3)].map(|(a, beta)| a / (1.0 - beta.powi(t)));
    ///     x - lr * (m_hat + beta2 * v_hat) / (n_hat.sqrt() + eps)
    /// };
    /// # thalweg::reference::assert_matches_reference(Adan::default(), step);
    /// ```
    Adan {
        lr: f64 = 1e-3,
        beta1: f64 = 0.98,
        beta2: f64 = 0.92,
        beta3: f64 = 0.99,
        eps: f64 = 1e-8,
        correction: BiasCorrection = BiasCorrection::On,
        weight_decay: f64 = 0.0,
    }
}

/// Update rule of [`Adan`]: averages of the gradients, of their differences, and of the squares of both together.
#[derive(Clone, Copy, Debug)]
pub(super) struct AdanRule(Adan);

/// Scalars of one step of [`AdanRule`].
#[derive(Clone, Copy, Debug)]
pub(super) struct AdanScalars<F> {
    beta1: F,
    one_minus_beta1: F,
    beta2: F,
    one_minus_beta2: F,
    beta3: F,
    one_minus_beta3: F,
    eps: F,
    /// Factor of m in the update: lr with its bias correction.
    of_m: F,
    /// Factor of v in the update: lr·β₂ with its bias correction.
    of_v: F,
    /// Bias correction of n.
    correction: F,
    /// 0 at the first step, which has no difference, else 1.
    has_before: F,
}

impl Rule for AdanRule {
    type Slots<F: Real> = [F; 4];
    type Scalars<F: Real> = AdanScalars<F>;

    fn slots(&self) -> Vec<Slot> {
        vec![Slot::zero("m"), Slot::zero("v"), Slot::nonnegative("n", 0.0), Slot::zero("g_before")]
    }

    fn scalars<F: Real>(&self, step: &StepContext) -> AdanScalars<F> {
        let Adan { beta1, beta2, beta3, eps, correction, .. } = self.0;
        let [m, v, n] = [beta1, beta2, beta3].map(|beta| correction.factor(beta, step.t));
        AdanScalars {
            beta1: F::of(beta1),
            one_minus_beta1: F::of(1.0 - beta1),
            beta2: F::of(beta2),
            one_minus_beta2: F::of(1.0 - beta2),
            beta3: F::of(beta3),
            one_minus_beta3: F::of(1.0 - beta3),
            eps: floor_eps(eps),
            of_m: F::of(step.lr * m),
            of_v: F::of(step.lr * beta2 * v),
            correction: F::of(n),
            has_before: if step.t == 1 { F::ZERO } else { F::ONE },
        }
    }

    #[inline(always)]
    fn update<F: Real>(s: &AdanScalars<F>, _x: F, g: F, [m, v, n, before]: &mut [F; 4]) -> F {
        let d = s.has_before * (g - *before);
        let ahead = g + s.beta2 * d;
        *m = s.beta1 * *m + s.one_minus_beta1 * g;
        *v = s.beta2 * *v + s.one_minus_beta2 * d;
        *n = s.beta3 * *n + s.one_minus_beta3 * (ahead * ahead);
        *before = g;
        (s.of_m * *m + s.of_v * *v) / ((*n * s.correction).sqrt() + s.eps)
    }
}

impl MethodDef for Adan {
    const FORMULA: &'static str = "x ← (x − lr·(m̂ + β₂v̂) / (√n̂ + ε)) / (1 + lr·λ)";
    const SOURCE: &'static str = "Xie et al. 2022, Alg. 1, arXiv:2208.06677";
    const DECAY: Decay = Decay::Proximal;

    fn rule<F: Real>(&self) -> BoxedRule<F> {
        Box::new(AdanRule(*self))
    }

    fn preset(preset: Preset) -> Option<Self> {
        (preset == Preset::Paper).then(|| Self { correction: BiasCorrection::Off, ..Self::default() })
    }
}
