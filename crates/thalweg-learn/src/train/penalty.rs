//! L1 and L2 penalties on the weights.

use std::ops::Range;

use thalweg::Element;

use super::config::TrainingConfig;
use super::factor_penalty::FactorPenalty;
use crate::data::Rows;
use crate::model::{Model, penalized_ranges};

/// Penalty `l1`·Σ|w| + `l2`/2·Σw² on the weights, and that on the factors in each row; biases are not penalized.
#[derive(Clone, Debug)]
pub(super) struct Penalty {
    l1: f64,
    l2: f64,
    ranges: Vec<Range<usize>>,
    factors: Option<FactorPenalty>,
}

impl Penalty {
    /// Creates the penalty of a model that is trained on `rows`, or on more rows like these.
    pub(super) fn new<M: Model>(config: &TrainingConfig, model: &M, rows: &Rows) -> Self {
        let factors = FactorPenalty::new(config.factor_l2, model, rows);
        Self { l1: config.l1, l2: config.l2, ranges: penalized_ranges(&model.layout()), factors }
    }

    pub(super) fn is_zero(&self) -> bool {
        self.l1 <= 0.0 && self.l2 <= 0.0 && self.factors.is_none()
    }

    /// Coefficient of the penalty Σ|w|.
    pub(super) fn l1(&self) -> f64 {
        self.l1
    }

    /// Coefficient of the penalty Σw²/2.
    pub(super) fn l2(&self) -> f64 {
        self.l2
    }

    /// Indices of the parameters with a penalty, ascending.
    pub(super) fn indices(&self) -> impl Iterator<Item = usize> {
        self.ranges.iter().cloned().flatten()
    }

    /// Returns the penalties but for `l1`·Σ|w| and adds their gradient to `gradient`.
    pub(super) fn add_smooth_gradient<F: Element>(&self, x: &[F], gradient: &mut [F]) -> f64 {
        let mut square_sum = 0.0;
        for range in self.ranges.iter().cloned() {
            for (g, w) in gradient[range.clone()].iter_mut().zip(&x[range]) {
                let w = w.to_f64();
                square_sum += w * w;
                *g = F::of(g.to_f64() + self.l2 * w);
            }
        }
        0.5 * self.l2 * square_sum + self.add_factor_gradient(x, gradient)
    }

    fn add_factor_gradient<F: Element>(&self, x: &[F], gradient: &mut [F]) -> f64 {
        self.factors.as_ref().map_or(0.0, |factors| factors.add_gradient(x, gradient))
    }

    /// Returns `loss` plus the penalty of these parameters.
    pub(super) fn add_to<F: Element>(&self, loss: f64, parameters: &[F]) -> f64 {
        let weights = || self.ranges.iter().flat_map(|range| &parameters[range.clone()]).map(|w| w.to_f64());
        let absolute_sum: f64 = weights().map(f64::abs).sum();
        let square_sum: f64 = weights().map(|w| w * w).sum();
        let of_factors = self.factors.as_ref().map_or(0.0, |factors| factors.value(parameters));
        loss + self.l1 * absolute_sum + 0.5 * self.l2 * square_sum + of_factors
    }

    /// Returns the penalty and adds its gradient to `gradient`. With an L1 penalty, the pseudo-gradient replaces the
    /// gradient, and `orthant` receives the sign that each weight may have after the step: 0 for any, NaN for neither.
    pub(super) fn add_gradient<F: Element>(&self, x: &[F], gradient: &mut [F], orthant: &mut Vec<f64>) -> f64 {
        let mut penalty = self.add_factor_gradient(x, gradient);
        if self.l1 > 0.0 {
            orthant.resize(x.len(), 0.0);
        }
        for range in self.ranges.iter().cloned() {
            for (i, (g, w)) in range.clone().zip(gradient[range.clone()].iter_mut().zip(&x[range])) {
                let (w, loss_gradient) = (w.to_f64(), g.to_f64());
                penalty += self.l1 * w.abs() + 0.5 * self.l2 * w * w;
                let smooth = loss_gradient + self.l2 * w;
                if self.l1 > 0.0 {
                    let (pseudo, sign) = pseudo_gradient(smooth, w, self.l1);
                    *g = F::of(pseudo);
                    orthant[i] = sign;
                } else {
                    *g = F::of(smooth);
                }
            }
        }
        penalty
    }
}

/// Returns the steepest descent direction of f(w) + `l1`·|w|, where `g` is the derivative of f, and the sign that w
/// may have after the step: at w = 0 the penalty keeps w at 0 unless |g| > `l1`.
///
/// Andrew & Gao, "Scalable training of L1-regularized log-linear models", ICML 2007, equations 4 and 5. They use it
/// with L-BFGS, but it is independent of the method.
fn pseudo_gradient(g: f64, w: f64, l1: f64) -> (f64, f64) {
    match w {
        _ if w > 0.0 => (g + l1, 1.0),
        _ if w < 0.0 => (g - l1, -1.0),
        _ if g < -l1 => (g + l1, 1.0),
        _ if g > l1 => (g - l1, -1.0),
        // Neither sign: w stays at 0.
        _ => (0.0, f64::NAN),
    }
}
