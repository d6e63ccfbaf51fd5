//! Rules that need norms of their whole tensor first: reduce, then a scalar, then apply.

use serde::{Deserialize, Serialize};

use super::{Ema, Moment, Root, RootEma, Rule, Slot, StepContext};
use crate::real::Real;

/// What LARS divides ‖x‖ by.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum LarsNorm {
    /// ‖g‖ + λ‖x‖ (the paper).
    Sum,
    /// ‖g + λx‖ (Optax).
    Joint,
}

/// LARS's rule: two norms, one ratio, then momentum.
#[derive(Clone, Copy, Debug)]
pub struct LarsRule {
    /// μ.
    pub momentum: f64,
    /// Trust coefficient η.
    pub trust: f64,
    /// ε.
    pub eps: f64,
    /// What ‖x‖ is divided by.
    pub norm: LarsNorm,
}

impl Rule for LarsRule {
    type Slots<F: Real> = [F; 1];
    /// μ, lr·r, λ, and λ of the measured gradient.
    type Scalars<F: Real> = [F; 4];
    const NEEDS_NORMS: bool = true;

    fn slots(&self) -> Vec<Slot> {
        vec![Slot::zero("velocity")]
    }

    fn scalars<F: Real>(&self, at: &StepContext) -> [F; 4] {
        let joint = if self.norm == LarsNorm::Joint { at.weight_decay } else { 0.0 };
        [self.momentum, at.lr, at.weight_decay, joint].map(F::of)
    }

    #[inline(always)]
    fn norm_terms<F: Real>(&[.., joint]: &[F; 4], x: F, g: F, _s: &mut [F; 1]) -> [F; 2] {
        [x, g + joint * x]
    }

    fn with_norms<F: Real>(&self, [mu, _, decay, joint]: [F; 4], [x, g]: [f64; 2], at: &StepContext) -> [F; 4] {
        let apart = if self.norm == LarsNorm::Sum { at.weight_decay * x } else { 0.0 };
        let ratio = if x > 0.0 && g > 0.0 { self.trust * x / (g + apart + self.eps) } else { 1.0 };
        [mu, F::of(at.lr * ratio), decay, joint]
    }

    #[inline(always)]
    fn update<F: Real>(&[mu, rate, decay, _]: &[F; 4], x: F, g: F, [v]: &mut [F; 1]) -> F {
        *v = mu * *v + rate * (g + decay * x);
        *v
    }
}

/// LAMB's rule: the first pass folds the gradient and measures the direction, the second takes it again from the slots.
#[derive(Clone, Copy, Debug)]
pub struct LambRule {
    /// Φ.
    pub first: Ema,
    /// Ψ.
    pub root: RootEma,
}

impl Rule for LambRule {
    type Slots<F: Real> = [F; 2];
    type Scalars<F: Real> = (<Ema as Moment>::Scalars<F>, <RootEma as Moment>::Scalars<F>, F, F);
    const NEEDS_NORMS: bool = true;

    fn slots(&self) -> Vec<Slot> {
        [self.first.slots(), self.root.slots()].concat()
    }

    fn scalars<F: Real>(&self, at: &StepContext) -> Self::Scalars<F> {
        (self.first.scalars(at), self.root.scalars(at), F::of(at.weight_decay), F::of(at.lr))
    }

    #[inline(always)]
    fn norm_terms<F: Real>((first, root, decay, _): &Self::Scalars<F>, x: F, g: F, [m, v]: &mut [F; 2]) -> [F; 2] {
        let up = Ema::update(first, g, std::array::from_mut(m));
        let down = RootEma::update(root, g, std::array::from_mut(v));
        [x, up / down + *decay * x]
    }

    fn with_norms<F: Real>(&self, scalars: Self::Scalars<F>, [x, u]: [f64; 2], at: &StepContext) -> Self::Scalars<F> {
        let ratio = if x > 0.0 && u > 0.0 { x / u } else { 1.0 };
        (scalars.0, scalars.1, scalars.2, F::of(at.lr * ratio))
    }

    #[inline(always)]
    fn update<F: Real>((first, root, decay, rate): &Self::Scalars<F>, x: F, _g: F, [m, v]: &mut [F; 2]) -> F {
        *rate * (Ema::value(first, *m) / Root::of(&root.2, *v) + *decay * x)
    }
}
