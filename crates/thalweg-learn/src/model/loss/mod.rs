//! Loss functions of scores and targets, with their derivatives.

mod conjugate;
mod functions;
mod penalty_factors;
#[cfg(test)]
mod tests;
mod text;

pub(crate) use conjugate::PiecewiseLinear;
pub use functions::{sigmoid, softmax};
pub(crate) use penalty_factors::PenaltyFactors;

use serde::{Deserialize, Serialize};

use super::exp::exp;
use super::kind::ModelKind;
use crate::data::{AffineTransform, Target, TargetChoice};
use crate::error::Result;
use crate::interrupt::{Interrupt, ROWS_PER_LOOK, UNINTERRUPTED};
use functions::{LOGISTIC_LANES, logistic, quantile, softmax_cross_entropy};

/// Loss function of a score z and a target y.
///
/// In text form `squared`, `huber:delta=1.35`, `quantile:q=0.9`, `poisson`, `logistic`, `hinge`,
/// `softmax_cross_entropy`.
///
/// ```
/// use thalweg_learn::model::Loss;
/// let pinball: Loss = "quantile:q=0.9".parse()?;
/// // A prediction that is too low costs nine times as much as one that is too high.
/// assert_eq!((pinball.eval(0.0, 1.0).0, pinball.eval(0.0, -1.0).0), (0.9, 1.0 - 0.9));
/// # Ok::<(), thalweg::Error>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(into = "String", try_from = "String")]
pub enum Loss {
    /// (z − y)²/2, which estimates the mean.
    Squared,
    /// r²/2 for |r| ≤ δ, else δ(|r| − δ/2), r = z − y: estimates the mean with bounded influence of outliers (Huber
    /// 1964).
    Huber {
        /// δ > 0, in the units of z and y. Default: 1.35.
        ///
        /// A fit takes it in units of σ, the scale of the residuals, which it estimates together with the weights of a
        /// linear model, as scikit-learn's `HuberRegressor` does with its `epsilon`; there it must exceed 1.
        delta: f64,
    },
    /// q(y − z) if y > z, else (1 − q)(z − y), which estimates the quantile q (Koenker & Bassett 1978).
    Quantile {
        /// q in (0, 1). Default: 0.5, the median.
        q: f64,
    },
    /// eᶻ − y − y(z − log y): half the Poisson deviance for counts with the mean eᶻ.
    Poisson,
    /// log(1 + eᶻ) − y·z for y in {0, 1}: the negative log-likelihood of a binary label.
    Logistic,
    /// max(0, 1 − sz), s = 2y − 1: the hinge loss of support vector machines (Cortes & Vapnik 1995).
    Hinge,
    /// log Σⱼ exp zⱼ − z(y) with one score for each class: the negative log-likelihood of the class y.
    Softmax,
}

impl Loss {
    /// Returns the loss of one row, and writes its derivatives by the scores of the row: one, or one for each class.
    ///
    /// ```
    /// use thalweg_learn::model::Loss;
    /// let mut derivatives = [0.0; 3];
    /// let loss = Loss::Softmax.eval_row(&[0.0, 0.0, 0.0], 2.0, &mut derivatives);
    /// assert!((loss - 3.0_f64.ln()).abs() < 1e-15);
    /// assert!((derivatives[0] - 1.0 / 3.0).abs() < 1e-15 && (derivatives[2] + 2.0 / 3.0).abs() < 1e-15);
    /// ```
    ///
    /// # Panics
    ///
    /// If `z` is empty or `derivatives` is shorter.
    #[inline(always)]
    pub fn eval_row(self, z: &[f64], y: f64, derivatives: &mut [f64]) -> f64 {
        if self == Self::Softmax {
            return softmax_cross_entropy(z, y as usize, derivatives);
        }
        let (loss, derivative) = self.eval(z[0], y);
        derivatives[0] = derivative;
        loss
    }

    /// Writes the losses of several rows of `outputs` scores each, and their derivatives.
    #[inline(always)]
    pub(super) fn eval_rows(self, outputs: usize, z: &[f64], y: &[f64], values: &mut [f64], derivatives: &mut [f64]) {
        if self == Self::Logistic {
            // Loops instead of closures: closures might not be compiled for the instruction set of the caller.
            let whole = z.len() / LOGISTIC_LANES * LOGISTIC_LANES;
            let groups = z.as_chunks::<LOGISTIC_LANES>().0.iter().zip(y.as_chunks().0);
            let out = values.as_chunks_mut().0.iter_mut().zip(derivatives.as_chunks_mut().0);
            for ((z, y), (values, derivatives)) in groups.zip(out) {
                (*values, *derivatives) = logistic::<LOGISTIC_LANES>(z, y);
            }
            for k in whole..z.len() {
                (values[k], derivatives[k]) = self.eval(z[k], y[k]);
            }
            return;
        }
        let rows = z.chunks_exact(outputs).zip(y).zip(values).zip(derivatives.chunks_exact_mut(outputs));
        for (((z, &y), value), derivatives) in rows {
            *value = self.eval_row(z, y, derivatives);
        }
    }

    /// Returns the loss of a single score `z` and its derivative.
    #[inline(always)]
    pub fn eval(self, z: f64, y: f64) -> (f64, f64) {
        match self {
            Self::Squared => (0.5 * (z - y) * (z - y), z - y),
            Self::Huber { delta } => {
                let (r, clipped) = (z - y, (z - y).clamp(-delta, delta));
                (clipped * (r - 0.5 * clipped), clipped)
            }
            Self::Quantile { q } if y > z => (q * (y - z), -q),
            Self::Quantile { q } => ((1.0 - q) * (z - y), if z > y { 1.0 - q } else { 0.0 }),
            Self::Poisson => {
                let mean = exp(z);
                let of_count = if y > 0.0 { y * (z - libm::log(y)) } else { 0.0 };
                (mean - y - of_count, mean - y)
            }
            Self::Logistic => {
                let ([value], [derivative]) = logistic(&[z], &[y]);
                (value, derivative)
            }
            Self::Hinge => {
                let s = 2.0 * y - 1.0;
                if s * z < 1.0 { (1.0 - s * z, -s) } else { (0.0, 0.0) }
            }
            // The probability of a single class is 1.
            Self::Softmax => (0.0, 0.0),
        }
    }

    /// Returns the default loss of a target: squared, logistic or softmax.
    pub fn default_for(target: &Target) -> Self {
        match target {
            Target::Number { .. } => Self::Squared,
            Target::Label { .. } => Self::Logistic,
            Target::Classes { .. } => Self::Softmax,
        }
    }

    /// Returns `true` if the loss has a derivative everywhere, as a solver needs.
    pub fn is_smooth(self) -> bool {
        match self {
            Self::Squared | Self::Huber { .. } | Self::Poisson | Self::Logistic | Self::Softmax => true,
            Self::Quantile { .. } | Self::Hinge => false,
        }
    }

    /// Returns the largest second derivative of the loss in any direction of the scores; `None` where it is unbounded
    /// or there is a kink.
    pub fn max_curvature(self) -> Option<f64> {
        match self {
            Self::Squared | Self::Huber { .. } => Some(1.0),
            Self::Logistic => Some(0.25),
            // The largest eigenvalue of diag(p) − ppᵀ, at p = (1/2, 1/2, 0, …).
            Self::Softmax => Some(0.5),
            Self::Quantile { .. } | Self::Poisson | Self::Hinge => None,
        }
    }

    /// Returns the kind of target that the loss requires.
    pub fn target_kind(self) -> TargetChoice {
        match self {
            Self::Squared | Self::Huber { .. } | Self::Quantile { .. } | Self::Poisson => TargetChoice::Number,
            Self::Logistic | Self::Hinge => TargetChoice::Label,
            Self::Softmax => TargetChoice::Classes,
        }
    }

    /// Returns the kind of model that the loss makes.
    pub fn model_kind(self) -> ModelKind {
        match self {
            Self::Squared | Self::Huber { .. } | Self::Quantile { .. } => ModelKind::Linear,
            Self::Poisson => ModelKind::Poisson,
            Self::Logistic => ModelKind::Logistic,
            Self::Hinge => ModelKind::Svm,
            Self::Softmax => ModelKind::Softmax,
        }
    }

    /// Returns the loss for a target as it is trained. The δ of Huber's loss is then that of its residuals.
    pub(crate) fn of_trained(self, target: &Target) -> Self {
        let loss = match (self, target.residual_scale()) {
            (Self::Huber { delta }, Some(scale)) => Self::Huber { delta: delta * scale },
            (loss, _) => loss,
        };
        loss.scaled(target.inverse_transform().scale)
    }

    /// Returns the same loss for a target divided by `scale`.
    pub fn scaled(self, scale: f64) -> Self {
        match self {
            Self::Huber { delta } => Self::Huber { delta: delta / scale },
            other => other,
        }
    }

    /// Returns the factor from the loss of a target divided by `scale` to the reported one: mean squared error, Huber
    /// loss and pinball loss in the units of the target, Poisson deviance, log loss, hinge loss.
    pub fn report_scale(self, scale: f64) -> f64 {
        match self {
            Self::Squared => 2.0 * scale * scale,
            Self::Huber { .. } => scale * scale,
            Self::Quantile { .. } => scale,
            Self::Poisson => 2.0 * scale,
            Self::Logistic | Self::Hinge | Self::Softmax => 1.0,
        }
    }

    /// Returns the predicted number for the score `z`, where `transform` maps the target as it is trained to its units.
    pub fn prediction(self, z: f64, transform: AffineTransform) -> f64 {
        if self == Self::Poisson { exp(z) * transform.scale } else { transform.apply(z) }
    }

    /// Returns the scores of the best constant prediction (approximately for Huber's loss), the baseline of a model.
    /// `weight` returns the weight of a row.
    pub fn best_constant(self, outputs: usize, target: &[f64], weight: impl Fn(usize) -> f64) -> Vec<f64> {
        self.best_constant_until(outputs, target, weight, Interrupt::NEVER).expect(UNINTERRUPTED)
    }

    /// Returns the scores as [`Loss::best_constant`] unless the caller requests an end.
    pub(crate) fn best_constant_until(
        self,
        outputs: usize,
        target: &[f64],
        weight: impl Fn(usize) -> f64,
        interrupt: Interrupt<'_>,
    ) -> Result<Vec<f64>> {
        let total = interrupt.sum_rows(target.len(), &weight)?;
        if self == Self::Softmax {
            let mut fractions = vec![0.0; outputs];
            for (i, &y) in target.iter().enumerate() {
                if i % ROWS_PER_LOOK == 0 {
                    interrupt.check()?;
                }
                fractions[y as usize] += weight(i) / total;
            }
            // The logarithm of the fraction 0 would be infinite; the score of a class without rows enters no loss.
            return Ok(fractions.into_iter().map(|p: f64| libm::log(p.max(f64::MIN_POSITIVE))).collect());
        }
        let mean = interrupt.sum_rows(target.len(), |i| weight(i) * target[i])? / total;
        Ok(vec![match self {
            Self::Squared => mean,
            Self::Huber { .. } => quantile(target, weight, 0.5, interrupt)?,
            Self::Quantile { q } => quantile(target, weight, q, interrupt)?,
            // The logarithm of 0 would be infinite, and 0 times it no number.
            Self::Poisson => libm::log(mean.max(f64::MIN_POSITIVE)),
            Self::Logistic if mean <= 0.0 => libm::log(f64::MIN_POSITIVE),
            Self::Logistic if mean >= 1.0 => -libm::log(f64::MIN_POSITIVE),
            Self::Logistic => libm::log(mean / (1.0 - mean)),
            Self::Hinge => (2.0 * mean - 1.0).signum(),
            Self::Softmax => unreachable!("softmax has one constant for each class"),
        }])
    }

    /// Returns the name of the loss in reports.
    pub fn name(self) -> &'static str {
        match self {
            Self::Squared => "mse",
            Self::Huber { .. } => "huber",
            Self::Quantile { .. } => "pinball",
            Self::Poisson => "deviance",
            Self::Logistic | Self::Softmax => "log loss",
            Self::Hinge => "hinge",
        }
    }
}
