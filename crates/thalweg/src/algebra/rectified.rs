//! Variance rectification of the adaptive learning rate, as in RAdam.

use super::{Moment, Root, RootEma, RootEmaScalars, Slot, StepContext, ZeroGradStep};
use crate::real::{Real, power};

/// Returns RAdam's factor rₜ of the adaptive step at step `t`; `None` while the variance of v̂ is not yet tractable
/// (ρₜ ≤ `threshold`) and the step is the plain average's (Liu et al. 2020, Alg. 2).
///
/// ```
/// use thalweg::algebra::rectification;
/// assert_eq!(rectification(0.999, 5.0, 5), None);
/// assert!(rectification(0.999, 5.0, 100_000).is_some_and(|r| (r - 1.0).abs() < 1e-3));
/// ```
pub fn rectification(beta2: f64, threshold: f64, t: u64) -> Option<f64> {
    let limit = 2.0 / (1.0 - beta2) - 1.0;
    let decayed = power(beta2, t);
    let rho = limit - 2.0 * t as f64 * decayed / (1.0 - decayed);
    (rho > threshold).then(|| {
        let (a, b) = ((rho - 4.0) * (rho - 2.0), (limit - 4.0) * (limit - 2.0));
        (a * limit / (b * rho)).sqrt()
    })
}

/// Ψ of RAdam: √v̂ / rₜ, and 1 while rₜ is not defined.
#[derive(Clone, Copy, Debug)]
pub struct Rectified {
    /// Root that is rectified.
    pub root: RootEma,
    /// Value of ρₜ above which the step is adaptive: 4 in the paper, 5 in PyTorch.
    pub threshold: f64,
}

impl Moment for Rectified {
    type Slots<F: Real> = [F; 1];
    type Scalars<F: Real> = RootEmaScalars<F>;

    fn slots(&self) -> Vec<Slot> {
        self.root.slots()
    }

    fn scalars<F: Real>(&self, step: &StepContext) -> Self::Scalars<F> {
        let scalars = self.root.scalars::<F>(step);
        let r = rectification(self.root.beta, self.threshold, step.t);
        RootEmaScalars { root: scalars.root.rectified(r), ..scalars }
    }

    #[inline(always)]
    fn update<F: Real>(scalars: &Self::Scalars<F>, g: F, slots: &mut [F; 1]) -> F {
        RootEma::update(scalars, g, slots)
    }

    fn zero_grad_step<F: Real>(scalars: &Self::Scalars<F>) -> Option<ZeroGradStep> {
        RootEma::zero_grad_step(scalars)
    }
}

impl<F: Real> Root<F> {
    /// Divides the root by `r`; without `r`, it is 1 for every v.
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
