//! RAdam's rectification.

use super::{Moment, Root, RootEma, Slot, StepContext, ZeroGradStep};
use crate::real::{Real, power};

/// RAdam's factor r of the adaptive step at step t, or `None` while the variance of v̂ is not yet
/// tractable (ρₜ ≤ threshold) and the step is the plain average's (Liu et al. 2020, Alg. 2).
pub fn rectified(beta2: f64, threshold: f64, t: u64) -> Option<f64> {
    let infinite = 2.0 / (1.0 - beta2) - 1.0;
    let decayed = power(beta2, t);
    let rho = infinite - 2.0 * t as f64 * decayed / (1.0 - decayed);
    (rho > threshold).then(|| {
        let (a, b) = ((rho - 4.0) * (rho - 2.0), (infinite - 4.0) * (infinite - 2.0));
        (a * infinite / (b * rho)).sqrt()
    })
}

/// Ψ of RAdam: √v̂ / r, and 1 while r is not defined.
#[derive(Clone, Copy, Debug)]
pub struct Rectified {
    /// The root that is rectified.
    pub root: RootEma,
    /// ρₜ from which it is used: 4 in the paper, 5 in PyTorch.
    pub threshold: f64,
}

impl Moment for Rectified {
    type Slots<F: Real> = [F; 1];
    type Scalars<F: Real> = (F, F, Root<F>);

    fn slots(&self) -> Vec<Slot> {
        self.root.slots()
    }

    fn scalars<F: Real>(&self, at: &StepContext) -> Self::Scalars<F> {
        let (keep, take, root) = self.root.scalars::<F>(at);
        (keep, take, root.rectified(rectified(self.root.beta, self.threshold, at.t)))
    }

    #[inline(always)]
    fn update<F: Real>(scalars: &Self::Scalars<F>, g: F, s: &mut [F; 1]) -> F {
        RootEma::update(scalars, g, s)
    }

    fn zero_grad_step<F: Real>(scalars: &Self::Scalars<F>) -> Option<ZeroGradStep> {
        RootEma::zero_grad_step(scalars)
    }
}

impl<F: Real> Root<F> {
    /// Divided by r; without r, 1 whatever v is.
    fn rectified(self, r: Option<f64>) -> Self {
        match r {
            Some(r) => Self {
                scale: F::of(self.scale.to_f64() / (r * r)),
                inside: F::of(self.inside.to_f64() / (r * r)),
                outside: F::of(self.outside.to_f64() / r),
            },
            None => Self { scale: F::ZERO, inside: F::ZERO, outside: F::ONE },
        }
    }
}
