use super::{MethodDef, Preset};
use crate::algebra::{PendingUpdate, Rule, Slot, StepContext, ZeroGradStep, floor_eps};
use crate::kernel::BoxedRule;
use crate::real::Real;

hyperparameters! {
    /// **FTRL-Proximal**: AdaGrad's rate per coordinate with an L1 penalty that keeps coordinates at exactly 0.
    ///
    /// n ← n + g²,  z ← z + lrₜ·g − (√n − √n₋)·x,  n₋ the n before the step
    /// x ← 0 where |z| ≤ lr·λ₁, else −(z − sign(z)·lr·λ₁) / (√n + β + lr·λ₂)
    ///
    /// λ₁ = `l1`, λ₂ = `l2`. Slots `z`, initially 0, and `n`, initially `initial_accumulator`. `lr` has the unit of x;
    /// λ₁ has the unit of a sum of gradients. The penalties count once, not once for each step: x minimizes
    /// Σgₛ·x + λ₁|x| + λ₂x²/2 and terms that keep it near the points so far. A coordinate whose gradient is 0 does not
    /// move, so sparse rows cost their own entries alone. Not from a start far from 0: x follows from z, and z starts
    /// at 0. Not with narrow slots: x is as coarse as z.
    ///
    /// McMahan et al. 2013, KDD, Alg. 1; z is lr times that of the paper, so that a schedule weighs gradients (lrₜ is
    /// the rate of the step, lr that without the schedule). As Keras at a constant rate, with its
    /// `l2_regularization_strength` half of λ₂ and `initial_accumulator` 0.1; its `learning_rate_power` is always −½.
    ///
    /// ```
    /// use thalweg::Optimizer;
    /// use thalweg::method::Ftrl;
    /// let mut opt = Optimizer::new(Ftrl { lr: 0.5, l1: 2.0, ..Ftrl::default() }, 2)?;
    /// let mut x = [0.0_f64; 2];
    /// opt.step(&mut x, &[-3.0, 1.0])?;
    /// assert!((x[0] - 0.5 * (3.0 - 2.0) / (3.0 + 1.0)).abs() < 1e-15);
    /// assert_eq!(x[1], 0.0); // its gradient is within the penalty
    /// # Ok::<(), thalweg::Error>(())
    /// ```
    ///
    /// Reference:
    /// ```
    /// # use thalweg::method::Ftrl;
    /// let ftrl = Ftrl { l1: 0.3, l2: 0.2, ..Ftrl::default() };
    /// let Ftrl { lr: alpha, beta, l1, l2, .. } = ftrl;
    /// let (mut z, mut n) = (0.0_f64, 0.0_f64);
    /// let step = |_t, x: f64, g: f64| {
    ///     let sigma = ((n + g * g).sqrt() - n.sqrt()) / alpha;
    ///     z += g - sigma * x;
    ///     n += g * g;
    ///     if z.abs() <= l1 { 0.0 } else { -(z - z.signum() * l1) / ((beta + n.sqrt()) / alpha + l2) }
    /// };
    /// # thalweg::reference::assert_matches_reference(ftrl, step);
    /// ```
    Ftrl {
        lr: f64 = 0.1,
        beta: f64 = 1.0,
        l1: f64 = 0.0,
        l2: f64 = 0.0,
        initial_accumulator: f64 = 0.0,
        weight_decay: f64 = 0.0,
    }
}

/// Update rule of [`Ftrl`].
#[derive(Clone, Copy, Debug)]
pub(super) struct FtrlRule(Ftrl);

/// Scalars of one step of [`FtrlRule`].
#[derive(Clone, Copy, Debug)]
pub(super) struct FtrlScalars<F> {
    lr: F,
    /// Largest |z| at which x is 0: lr·λ₁.
    threshold: F,
    /// Added to √n: β + lr·λ₂.
    offset: F,
}

impl Rule for FtrlRule {
    type Slots<F: Real> = [F; 2];
    type Scalars<F: Real> = FtrlScalars<F>;

    fn slots(&self) -> Vec<Slot> {
        vec![Slot::zero("z"), Slot::nonnegative("n", self.0.initial_accumulator)]
    }

    // A penalty by the rate of the step would vanish at the end of a schedule, and with it the zeros.
    fn scalars<F: Real>(&self, step: &StepContext) -> FtrlScalars<F> {
        let Ftrl { beta, l1, l2, .. } = self.0;
        FtrlScalars {
            lr: F::of(step.lr),
            threshold: F::of(step.base_lr * l1),
            offset: floor_eps(beta + step.base_lr * l2),
        }
    }

    #[inline(always)]
    fn update<F: Real>(s: &FtrlScalars<F>, x: F, g: F, [z, n]: &mut [F; 2]) -> F {
        let before = n.sqrt();
        *n = *n + g * g;
        let root = n.sqrt();
        // The difference of the same rounded roots that divide: other values of it would add up to a drift of x.
        *z = *z + (s.lr * g - (root - before) * x);
        let above = (z.abs() - s.threshold).max(F::ZERO);
        let update = x + above.times_sign_of(*z) / (root + s.offset);
        // Sparse steps leave such coordinates alone, to the bit.
        if g == F::ZERO { F::ZERO } else { update }
    }

    fn zero_grad_step<F: Real>(_scalars: &FtrlScalars<F>) -> Option<ZeroGradStep> {
        Some(ZeroGradStep::new([1.0, 1.0], PendingUpdate::Nothing))
    }
}

impl MethodDef for Ftrl {
    const FORMULA: &'static str = "n ← n + g², z ← z + lr·g − (√n − √n₋)·x, x ← −soft(z, lr·λ₁) / (√n + β + lr·λ₂)";
    const SOURCE: &'static str = "McMahan et al. 2013, KDD, Alg. 1";

    fn rule<F: Real>(&self) -> BoxedRule<F> {
        Box::new(FtrlRule(*self))
    }

    fn preset(preset: Preset) -> Option<Self> {
        match preset {
            Preset::Keras => Some(Self { lr: 1e-3, beta: 0.0, initial_accumulator: 0.1, ..Self::default() }),
            Preset::Paper => Some(Self::default()),
            Preset::Torch | Preset::Optax => None,
        }
    }
}
