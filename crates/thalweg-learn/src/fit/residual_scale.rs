//! Scale of the residuals, in units of which Huber's loss bounds the influence of a row.

use thalweg::Seed;
use thalweg::optimizer::dot;

use crate::data::Rows;
use crate::interrupt::Interrupt;
use crate::model::{Batch, Init, Linear, Loss, Model};

/// Largest number of values in the rows that the scale is computed from: less than a second of one thread.
const MAX_VALUES: usize = 1 << 21;

/// Largest number of updates of the weights and the scale.
const MAX_UPDATES: usize = 50;

/// Largest number of conjugate gradient steps in an update.
const MAX_STEPS: usize = 30;

/// Smallest scale, in units of the target as it is trained: below it are the rounding errors of the numbers.
const MIN_SCALE: f64 = 1e-6;

/// Penalty Σw²/2 of the fit whose residuals are measured.
#[derive(Clone, Copy, Debug)]
pub(super) enum ScalePenalty {
    /// This coefficient, for the target as it is trained.
    Fixed(f64),
    /// This coefficient times the scale.
    Relative(f64),
}

/// Linear regression with Huber's loss, whose weights and scale of the residuals are fitted together.
///
/// The scale σ solves mean min(r²/σ², δ²) = 1 for the residuals r of the weights that minimize the loss with the bound
/// δσ. These are the optimality conditions of Huber's joint estimate (Huber & Ronchetti, Robust Statistics, 2009,
/// §7.7), as of scikit-learn's `HuberRegressor`. If there are more weights than rows, they are 0, since residuals
/// could vanish.
#[derive(Clone, Copy, Debug)]
pub(super) struct HuberScale {
    /// Bound δ > 1 in units of the scale.
    pub(super) delta: f64,
    /// Penalty of the weights.
    pub(super) penalty: ScalePenalty,
    /// If true, the model has an intercept.
    pub(super) intercept: bool,
}

impl HuberScale {
    /// Returns the scale for the target as it is trained. Of many rows, every k-th is used.
    pub(super) fn of(self, rows: &Rows) -> f64 {
        let most = (MAX_VALUES / rows.numbers_in_a_row().max(1)).max(1);
        let step = rows.len().div_ceil(most).max(1);
        let indices: Vec<u32> = (0..rows.len()).step_by(step).map(|row| row as u32).collect();
        let mut rows = rows.pick(&indices);
        let (target, base) = (rows.target.clone(), row_shares(&rows));
        if target.is_empty() {
            return 1.0;
        }
        let model = Linear { features: rows.features, outputs: 1, intercept: self.intercept };
        let mut problem = WeightedSquares { model, indices: (0..).take(rows.len()).collect(), l2: 0.0 };
        let mut parameters = model.init_parameters(Init::Zero, Seed::new(0));
        let mut residuals = target.clone();
        let mut scale = f64::INFINITY;
        for _ in 0..MAX_UPDATES {
            let before = std::mem::replace(&mut scale, self.scale_of(&residuals, &base));
            if (scale - before).abs() <= 1e-7 * scale {
                break;
            }
            let bound = self.delta * scale;
            rows.weight = residuals.iter().zip(&base).map(|(r, w)| w * (bound / r.abs()).min(1.0)).collect();
            problem.l2 = match self.penalty {
                ScalePenalty::Fixed(l2) => l2,
                ScalePenalty::Relative(l2) => l2 * scale,
            };
            problem.descend(&mut rows, &target, &mut parameters);
            residuals = target.iter().zip(model.scores(&rows, &parameters)).map(|(y, z)| y - z).collect();
        }
        scale
    }

    /// Returns σ with mean min(r²/σ², δ²) = 1, by bisection: the mean decreases with σ, and is at most 1 at the root
    /// mean square.
    fn scale_of(self, residuals: &[f64], shares: &[f64]) -> f64 {
        let mean = |of: &dyn Fn(f64) -> f64| residuals.iter().zip(shares).map(|(&r, share)| share * of(r)).sum::<f64>();
        let n = residuals.len() as f64;
        let (mut low, mut high) = (MIN_SCALE, (mean(&|r| r * r) / n).sqrt().max(MIN_SCALE));
        let limit = self.delta * self.delta;
        while high - low > 1e-12 * high {
            let middle = 0.5 * (low + high);
            let is_below = mean(&|r| (r / middle * (r / middle)).min(limit)) > n;
            *(if is_below { &mut low } else { &mut high }) = middle;
        }
        high
    }
}

/// Returns the weights of the rows with the mean 1.
fn row_shares(rows: &Rows) -> Vec<f64> {
    let factor = rows.len() as f64 / rows.weight_sum().max(f64::MIN_POSITIVE);
    (0..rows.len()).map(|row| rows.weight(row) * factor).collect()
}

/// Weighted least squares with a penalty.
struct WeightedSquares {
    model: Linear,
    indices: Vec<u32>,
    /// Coefficient of the penalty Σw²/2.
    l2: f64,
}

impl WeightedSquares {
    /// Moves the parameters to a lower sum of squares with the weights of `rows`, by conjugate gradients.
    fn descend(&self, rows: &mut Rows, target: &[f64], parameters: &mut [f64]) {
        rows.target.copy_from_slice(target);
        let mut residual = self.gradient(rows, parameters);
        for g in &mut residual {
            *g = -*g;
        }
        // The gradient of a quadratic without a target is its product with the Hessian.
        rows.target.fill(0.0);
        let mut direction = residual.clone();
        let mut squares = dot(&residual, &residual);
        let end = 1e-8 * squares;
        for _ in 0..MAX_STEPS {
            let product = self.gradient(rows, &direction);
            let curvature = dot(&direction, &product);
            if squares <= end || curvature <= 0.0 {
                break;
            }
            let step = squares / curvature;
            for (((x, r), d), p) in parameters.iter_mut().zip(&mut residual).zip(&direction).zip(&product) {
                *x += step * d;
                *r -= step * p;
            }
            let before = std::mem::replace(&mut squares, dot(&residual, &residual));
            direction.iter_mut().zip(&residual).for_each(|(d, r)| *d = r + squares / before * *d);
        }
    }

    /// Returns the gradient of the weighted mean of squares, halved, and of the penalty.
    fn gradient(&self, rows: &Rows, parameters: &[f64]) -> Vec<f64> {
        let mut gradient = vec![0.0; parameters.len()];
        let batch =
            Batch { rows, indices: &self.indices, loss: Loss::Squared, step: None, interrupt: Interrupt::NEVER };
        self.model.mean_loss(&batch, parameters, &mut gradient);
        let features = self.model.features;
        if features > rows.len() {
            gradient[..features].fill(0.0);
        }
        gradient.iter_mut().zip(&parameters[..features]).for_each(|(g, w)| *g += self.l2 * w);
        gradient
    }
}
