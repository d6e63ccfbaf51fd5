use super::{MethodDef, Preset};
use crate::algebra::{PendingUpdate, Rule, Slot, StepContext, ZeroGradStep, floor_eps};
use crate::kernel::BoxedRule;
use crate::real::Real;

hyperparameters! {
    /// **AdaDelta**: steps in the unit of past steps, so that no learning rate has to be chosen.
    ///
    /// v ← ρv + (1−ρ)g²,  Δ = √(u + ε) / √(v + ε) · g,  u ← ρu + (1−ρ)Δ²,  x ← x − lr·Δ
    ///
    /// Slots `v` and `u`, initially 0. `lr` has no unit; the paper has none (1). Not where a quick start matters: u
    /// starts at 0, so the first steps have a length of about √ε.
    ///
    /// Zeiler 2012, arXiv:1212.5701, Alg. 1. As PyTorch and Optax; Keras's defaults are lr = 0.001, ρ = 0.95, ε =
    /// 1e-7.
    ///
    /// Reference:
    /// ```
    /// # use thalweg::method::AdaDelta;
    /// let AdaDelta { lr, rho, eps, .. } = AdaDelta::default();
    /// let (mut v, mut u) = (0.0, 0.0);
    /// let step = |_t, x: f64, g: f64| {
    ///     v = rho * v + (1.0 - rho) * g * g;
    ///     let delta = (u + eps).sqrt() / (v + eps).sqrt() * g;
    ///     u = rho * u + (1.0 - rho) * delta * delta;
    ///     x - lr * delta
    /// };
    /// # thalweg::reference::assert_matches_reference(AdaDelta::default(), step);
    /// ```
    AdaDelta {
        lr: f64 = 1.0,
        rho: f64 = 0.9,
        eps: f64 = 1e-6,
        weight_decay: f64 = 0.0,
    }
}

/// Update rule of [`AdaDelta`]: the ratio of two roots, that of past steps and that of past gradients.
#[derive(Clone, Copy, Debug)]
pub(super) struct AdaDeltaRule {
    rho: f64,
    eps: f64,
}

/// Scalars of one step of [`AdaDeltaRule`].
#[derive(Clone, Copy, Debug)]
pub(super) struct AdaDeltaScalars<F> {
    rho: F,
    one_minus_rho: F,
    eps: F,
    /// ε in the denominator, which must stay positive where ε is 0.
    eps_below: F,
    lr: F,
}

impl Rule for AdaDeltaRule {
    type Slots<F: Real> = [F; 2];
    type Scalars<F: Real> = AdaDeltaScalars<F>;

    fn slots(&self) -> Vec<Slot> {
        vec![Slot::nonnegative("v", 0.0), Slot::nonnegative("u", 0.0)]
    }

    fn scalars<F: Real>(&self, step: &StepContext) -> AdaDeltaScalars<F> {
        let [rho, one_minus_rho, eps, lr] = [self.rho, 1.0 - self.rho, self.eps, step.lr].map(F::of);
        AdaDeltaScalars { rho, one_minus_rho, eps, eps_below: floor_eps(self.eps), lr }
    }

    #[inline(always)]
    fn update<F: Real>(s: &AdaDeltaScalars<F>, _x: F, g: F, [v, u]: &mut [F; 2]) -> F {
        *v = s.rho * *v + s.one_minus_rho * (g * g);
        let delta = (*u + s.eps).sqrt() / (*v + s.eps_below).sqrt() * g;
        *u = s.rho * *u + s.one_minus_rho * (delta * delta);
        s.lr * delta
    }

    fn zero_grad_step<F: Real>(s: &AdaDeltaScalars<F>) -> Option<ZeroGradStep> {
        Some(ZeroGradStep::new([s.rho.to_f64(); 2], PendingUpdate::Nothing))
    }
}

impl MethodDef for AdaDelta {
    const FORMULA: &'static str = "v ← ρv + (1−ρ)g², Δ = √(u+ε)/√(v+ε)·g, u ← ρu + (1−ρ)Δ², x ← x − lr·Δ";
    const SOURCE: &'static str = "Zeiler 2012, Alg. 1, arXiv:1212.5701";

    fn rule<F: Real>(&self) -> BoxedRule<F> {
        Box::new(AdaDeltaRule { rho: self.rho, eps: self.eps })
    }

    fn preset(preset: Preset) -> Option<Self> {
        match preset {
            Preset::Torch | Preset::Optax => Some(Self::default()),
            Preset::Keras => Some(Self { lr: 1e-3, rho: 0.95, eps: 1e-7, ..Self::default() }),
            Preset::Paper => Some(Self { rho: 0.95, ..Self::default() }),
        }
    }
}
