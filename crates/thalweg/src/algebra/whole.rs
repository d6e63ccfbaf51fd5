//! Rules that do not fit Φ/Ψ: they are written whole.

use super::{
    BiasCorrection, PendingUpdate, Rule, Slot, StepContext, ZeroGradStep, bias_correction, floor_eps, rectified,
};
use crate::real::Real;

/// AdaDelta's rule: the ratio of two roots, the upper one of past steps.
#[derive(Clone, Copy, Debug)]
pub struct AdaDeltaRule {
    /// ρ.
    pub rho: f64,
    /// ε.
    pub eps: f64,
}

impl Rule for AdaDeltaRule {
    type Slots<F: Real> = [F; 2];
    type Scalars<F: Real> = [F; 5];

    fn slots(&self) -> Vec<Slot> {
        vec![Slot::positive("v", 0.0), Slot::positive("u", 0.0)]
    }

    fn scalars<F: Real>(&self, at: &StepContext) -> [F; 5] {
        let [rho, zero_grad_step, eps, lr] = [self.rho, 1.0 - self.rho, self.eps, at.lr].map(F::of);
        [rho, zero_grad_step, eps, floor_eps(self.eps), lr]
    }

    #[inline(always)]
    fn update<F: Real>(&[rho, zero_grad_step, above, below, lr]: &[F; 5], _x: F, g: F, [v, u]: &mut [F; 2]) -> F {
        *v = rho * *v + zero_grad_step * (g * g);
        let delta = (*u + above).sqrt() / (*v + below).sqrt() * g;
        *u = rho * *u + zero_grad_step * (delta * delta);
        lr * delta
    }

    fn zero_grad_step<F: Real>(&[rho, ..]: &[F; 5]) -> Option<ZeroGradStep> {
        Some(ZeroGradStep::new([rho.to_f64(); 2], PendingUpdate::Nothing))
    }
}

/// AdaBelief's rule: its second moment is of g − m, so it needs the first.
#[derive(Clone, Copy, Debug)]
pub struct AdaBeliefRule {
    /// β₁.
    pub beta1: f64,
    /// β₂.
    pub beta2: f64,
    /// ε.
    pub eps: f64,
    /// Whether the step is rectified as RAdam's.
    pub rectify: BiasCorrection,
}

impl Rule for AdaBeliefRule {
    type Slots<F: Real> = [F; 2];
    type Scalars<F: Real> = [F; 8];

    fn slots(&self) -> Vec<Slot> {
        vec![Slot::zero("m"), Slot::positive("s", 0.0)]
    }

    fn scalars<F: Real>(&self, at: &StepContext) -> [F; 8] {
        let Self { beta1: b1, beta2: b2, eps, rectify } = *self;
        let step = at.lr * bias_correction(b1, at.t);
        let (scale, outside) = (bias_correction(b2, at.t), eps);
        let (step, scale, outside) = match (rectify, rectified(b2, 5.0, at.t)) {
            (BiasCorrection::Off, _) => (step, scale, outside),
            (BiasCorrection::On, Some(r)) => (step * r, scale, eps * scale.sqrt()),
            (BiasCorrection::On, None) => (step, 0.0, 1.0),
        };
        let [b1, a1, b2, a2, eps, step, scale] = [b1, 1.0 - b1, b2, 1.0 - b2, eps, step, scale].map(F::of);
        [b1, a1, b2, a2, eps, step, scale, floor_eps(outside)]
    }

    #[inline(always)]
    fn update<F: Real>(&[b1, a1, b2, a2, eps, step, scale, outside]: &[F; 8], _: F, g: F, [m, s]: &mut [F; 2]) -> F {
        *m = b1 * *m + a1 * g;
        let surprise = g - *m;
        *s = b2 * *s + a2 * (surprise * surprise) + eps;
        step * *m / ((*s * scale).sqrt() + outside)
    }
}

/// Adan's rule: averages of the gradients, of their differences, and of the squares of both together.
#[derive(Clone, Copy, Debug)]
pub struct AdanRule {
    /// β₁, β₂, β₃.
    pub betas: [f64; 3],
    /// ε.
    pub eps: f64,
    /// Whether the averages are divided by 1−βᵗ.
    pub correction: BiasCorrection,
}

impl Rule for AdanRule {
    type Slots<F: Real> = [F; 4];
    type Scalars<F: Real> = [F; 11];

    fn slots(&self) -> Vec<Slot> {
        vec![Slot::zero("m"), Slot::zero("v"), Slot::positive("n", 0.0), Slot::zero("g_before")]
    }

    fn scalars<F: Real>(&self, at: &StepContext) -> [F; 11] {
        let Self { betas: [b1, b2, b3], eps, correction } = *self;
        let [m, v, n] = [b1, b2, b3].map(|beta| correction.of(beta, at.t));
        // Before the first gradient there is none to differ from.
        let seen = if at.t == 1 { 0.0 } else { 1.0 };
        let decays = [b1, 1.0 - b1, b2, 1.0 - b2, b3, 1.0 - b3].map(F::of);
        let [of_m, of_v, scale, seen] = [at.lr * m, at.lr * b2 * v, n, seen].map(F::of);
        let [b1, a1, b2, a2, b3, a3] = decays;
        [b1, a1, b2, a2, b3, a3, floor_eps(eps), of_m, of_v, scale, seen]
    }

    #[inline(always)]
    fn update<F: Real>(scalars: &[F; 11], _x: F, g: F, [m, v, n, before]: &mut [F; 4]) -> F {
        let &[b1, a1, b2, a2, b3, a3, eps, of_m, of_v, scale, seen] = scalars;
        let d = seen * (g - *before);
        let ahead = g + b2 * d;
        *m = b1 * *m + a1 * g;
        *v = b2 * *v + a2 * d;
        *n = b3 * *n + a3 * (ahead * ahead);
        *before = g;
        (of_m * *m + of_v * *v) / ((*n * scale).sqrt() + eps)
    }
}
