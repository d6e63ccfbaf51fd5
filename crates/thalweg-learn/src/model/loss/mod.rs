//! What is wrong with a score.

mod text;

use serde::{Deserialize, Serialize};

use super::ModelKind;
use super::exp::{exp, exp_array, log1p_array};
use crate::data::{AffineTransform, Target, TargetChoice};

/// What is wrong with a score z where the target is y.
///
/// As text `squared`, `huber:delta=1.35`, `quantile:q=0.9`, `poisson`, `logistic`, `hinge`, `softmax_cross_entropy`.
///
/// ```
/// use thalweg_learn::model::Loss;
/// let pinball: Loss = "quantile:q=0.9".parse()?;
/// // A prediction that is too low costs nine times as much as one that is too high.
/// assert_eq!((pinball.at(0.0, 1.0).0, pinball.at(0.0, -1.0).0), (0.9, 1.0 - 0.9));
/// # Ok::<(), thalweg::Error>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(into = "String", try_from = "String")]
pub enum Loss {
    /// (z − y)²/2: the mean.
    Squared,
    /// r²/2 for |r| ≤ δ, else δ(|r| − δ/2), r = z − y: the mean, but far outliers weigh no more than at δ. Huber 1964.
    Huber {
        /// δ, in the target's units.
        delta: f64,
    },
    /// q(y − z) where the prediction is too low, (1 − q)(z − y) where it is too high: the quantile q. Koenker & Bassett 1978.
    Quantile {
        /// q, between 0 and 1.
        q: f64,
    },
    /// eᶻ − y − y(z − log y): half the Poisson deviance of the mean eᶻ, for counts.
    Poisson,
    /// log(1 + eᶻ) − y·z for y in {0, 1}: the negative log-likelihood of a label.
    Logistic,
    /// max(0, 1 − sz), s = ±1: a linear support vector machine. Cortes & Vapnik 1995.
    Hinge,
    /// log Σⱼ exp zⱼ − z(y) over one score for each class: the negative log-likelihood of the class y.
    Softmax,
}

impl Loss {
    /// The loss of one row and its derivatives by the row's scores, one for each class or a single one.
    ///
    /// ```
    /// use thalweg_learn::model::Loss;
    /// let mut slopes = [0.0; 3];
    /// let loss = Loss::Softmax.of_row(&[0.0, 0.0, 0.0], 2.0, &mut slopes);
    /// assert!((loss - 3.0_f64.ln()).abs() < 1e-15);
    /// assert!((slopes[0] - 1.0 / 3.0).abs() < 1e-15 && (slopes[2] + 2.0 / 3.0).abs() < 1e-15);
    /// ```
    ///
    /// # Panics
    ///
    /// If there is no score, or no slope for each, as a slice does.
    #[inline]
    pub fn eval_row(self, z: &[f64], y: f64, slopes: &mut [f64]) -> f64 {
        if self == Self::Softmax {
            return softmax_cross_entropy(z, y as usize, slopes);
        }
        let (loss, slope) = self.eval(z[0], y);
        slopes[0] = slope;
        loss
    }

    /// The losses of several rows of `outputs` scores each, and their derivatives.
    #[inline(always)]
    pub(super) fn eval_rows(self, outputs: usize, z: &[f64], y: &[f64], values: &mut [f64], slopes: &mut [f64]) {
        if self == Self::Logistic {
            // Loops, not closures: these are surely compiled for the instruction set at hand.
            let whole = z.len() / ABREAST * ABREAST;
            let groups = z.as_chunks::<ABREAST>().0.iter().zip(y.as_chunks().0);
            let out = values.as_chunks_mut().0.iter_mut().zip(slopes.as_chunks_mut().0);
            for ((z, y), (values, slopes)) in groups.zip(out) {
                (*values, *slopes) = logistic::<ABREAST>(z, y);
            }
            for k in whole..z.len() {
                (values[k], slopes[k]) = self.eval(z[k], y[k]);
            }
            return;
        }
        let rows = z.chunks_exact(outputs).zip(y).zip(values).zip(slopes.chunks_exact_mut(outputs));
        rows.for_each(|(((z, &y), value), slopes)| *value = self.eval_row(z, y, slopes));
    }

    /// The loss of a single score `z` and its derivative.
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
                let ([value], [slope]) = logistic(&[z], &[y]);
                (value, slope)
            }
            Self::Hinge => {
                let s = 2.0 * y - 1.0;
                if s * z < 1.0 { (1.0 - s * z, -s) } else { (0.0, 0.0) }
            }
            // Of one class alone the probability is 1.
            Self::Softmax => (0.0, 0.0),
        }
    }

    /// The one that is meant where nothing is said.
    pub fn default_for(target: &Target) -> Self {
        match target {
            Target::Number { .. } => Self::Squared,
            Target::Label { .. } => Self::Logistic,
            Target::Classes { .. } => Self::Softmax,
        }
    }

    /// What the target must be.
    pub fn target_kind(self) -> TargetChoice {
        match self {
            Self::Squared | Self::Huber { .. } | Self::Quantile { .. } | Self::Poisson => TargetChoice::Number,
            Self::Logistic | Self::Hinge => TargetChoice::Label,
            Self::Softmax => TargetChoice::Classes,
        }
    }

    /// The kind of model that it makes.
    pub fn model_kind(self) -> ModelKind {
        match self {
            Self::Squared | Self::Huber { .. } | Self::Quantile { .. } => ModelKind::Linear,
            Self::Poisson => ModelKind::Poisson,
            Self::Logistic => ModelKind::Logistic,
            Self::Hinge => ModelKind::Svm,
            Self::Softmax => ModelKind::Softmax,
        }
    }

    /// The same loss for a target that is divided by `scale`.
    pub fn scaled(self, scale: f64) -> Self {
        match self {
            Self::Huber { delta } => Self::Huber { delta: delta / scale },
            other => other,
        }
    }

    /// What a loss of the target divided by `scale` is multiplied by to be as reported: mean squared error, Huber's and the
    /// pinball loss in the target's units, the Poisson deviance, log loss, hinge loss.
    pub fn report_scale(self, scale: f64) -> f64 {
        match self {
            Self::Squared => 2.0 * scale * scale,
            Self::Huber { .. } => scale * scale,
            Self::Quantile { .. } => scale,
            Self::Poisson => 2.0 * scale,
            Self::Logistic | Self::Hinge | Self::Softmax => 1.0,
        }
    }

    /// The prediction of a number at score `z`, for a target that was divided by `scale` after `shift` was taken away.
    pub fn prediction(self, z: f64, transform: AffineTransform) -> f64 {
        if self == Self::Poisson { exp(z) * transform.scale } else { transform.apply(z) }
    }

    /// The scores of the best constant, or nearly: what any model must beat. `weight` is that of a row.
    pub fn best_constant(self, outputs: usize, target: &[f64], weight: impl Fn(usize) -> f64) -> Vec<f64> {
        let all: f64 = (0..target.len()).map(&weight).sum();
        if self == Self::Softmax {
            let mut shares = vec![0.0; outputs];
            target.iter().enumerate().for_each(|(i, &y)| shares[y as usize] += weight(i) / all);
            // A class without a row has no logarithm; this one is never seen in a loss.
            return shares.into_iter().map(|share: f64| libm::log(share.max(f64::MIN_POSITIVE))).collect();
        }
        let mean = target.iter().enumerate().map(|(i, y)| weight(i) * y).sum::<f64>() / all;
        vec![match self {
            Self::Squared => mean,
            Self::Huber { .. } => quantile(target, weight, 0.5),
            Self::Quantile { q } => quantile(target, weight, q),
            Self::Poisson => libm::log(mean),
            Self::Logistic => libm::log(mean / (1.0 - mean)),
            Self::Hinge => (2.0 * mean - 1.0).signum(),
            Self::Softmax => 0.0,
        }]
    }

    /// What it is called where it is reported.
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

/// Rows whose logistic losses are worked out side by side.
const ABREAST: usize = 16;

/// softplus(z) − y·z and sigmoid(z) − y, of one exponential.
#[inline(always)]
fn logistic<const N: usize>(z: &[f64; N], y: &[f64; N]) -> ([f64; N], [f64; N]) {
    let e = exp_array(&z.map(|z| -z.abs()));
    let (mut values, mut slopes) = (log1p_array(&e), [0.0; N]);
    for k in 0..N {
        let likelier = 1.0 / (1.0 + e[k]);
        let p = if z[k] >= 0.0 { likelier } else { e[k] * likelier };
        values[k] = z[k].max(0.0) + values[k] - y[k] * z[k];
        slopes[k] = p - y[k];
    }
    (values, slopes)
}

/// The least number that a share q of the weight is at most.
fn quantile(numbers: &[f64], weight: impl Fn(usize) -> f64, q: f64) -> f64 {
    let mut order: Vec<usize> = (0..numbers.len()).collect();
    order.sort_by(|&a, &b| numbers[a].total_cmp(&numbers[b]));
    let all: f64 = order.iter().map(|&i| weight(i)).sum();
    let mut below = 0.0;
    let reached = |&&i: &&usize| {
        below += weight(i);
        below >= q * all
    };
    order.iter().find(reached).or(order.last()).map_or(0.0, |&i| numbers[i])
}

/// log Σⱼ exp zⱼ − z(y), and the probabilities less 1 at y; the largest score is taken away first, so that nothing overflows.
fn softmax_cross_entropy(z: &[f64], y: usize, slopes: &mut [f64]) -> f64 {
    let log_sum = softmax(z, slopes);
    slopes[y] -= 1.0;
    log_sum - z[y]
}

/// Writes the probabilities e^zⱼ / Σ e^z of the scores z; returns log Σ e^z.
pub fn softmax(z: &[f64], out: &mut [f64]) -> f64 {
    let most = z.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    let mut sum = 0.0;
    for (out, &z) in out.iter_mut().zip(z) {
        *out = exp(z - most);
        sum += *out;
    }
    for p in out {
        *p /= sum;
    }
    libm::log(sum) + most
}

/// 1/(1 + e⁻ᶻ): the probability of the positive label at score `z`.
#[inline(always)]
pub fn sigmoid(z: f64) -> f64 {
    let e = exp(-z.abs());
    let likelier = 1.0 / (1.0 + e);
    if z >= 0.0 { likelier } else { e * likelier }
}

#[cfg(test)]
#[allow(clippy::float_cmp)] // by hand, the numbers are exact
mod tests {
    use super::*;

    const ALL: [Loss; 6] = [
        Loss::Squared,
        Loss::Huber { delta: 0.65 },
        Loss::Quantile { q: 0.8 },
        Loss::Poisson,
        Loss::Logistic,
        Loss::Hinge,
    ];

    #[test]
    fn slopes_are_those_of_the_losses() {
        for loss in ALL {
            for (z, y) in [(0.3, 1.0), (-1.2, 0.0), (1.7, 1.0), (0.1, 0.0), (2.5, 0.0), (-0.4, 1.0)] {
                let slope = (loss.eval(z + 1e-6, y).0 - loss.eval(z - 1e-6, y).0) / 2e-6;
                assert!((loss.eval(z, y).1 - slope).abs() < 1e-8, "{loss} at {z}, {y}: {slope}");
            }
        }
    }

    #[test]
    fn values_by_hand() {
        assert_eq!(Loss::Huber { delta: 2.0 }.eval(5.0, 0.0), (2.0 * (5.0 - 1.0), 2.0));
        assert_eq!(Loss::Huber { delta: 2.0 }.eval(1.0, 0.0), (0.5, 1.0));
        assert_eq!(Loss::Poisson.eval(0.0, 0.0), (1.0, 1.0));
        // Half the deviance of 3 seen where 1 was expected: 3·log 3 − 2.
        assert!((Loss::Poisson.eval(0.0, 3.0).0 - (3.0 * 3.0_f64.ln() - 2.0)).abs() < 1e-15);
        assert_eq!([Loss::Hinge.eval(0.5, 1.0), Loss::Hinge.eval(0.5, 0.0)], [(0.5, -1.0), (1.5, 1.0)]);
        assert_eq!(Loss::Logistic.eval(1000.0, 0.0), (1000.0, 1.0));
        assert_eq!(Loss::Logistic.eval(-1000.0, 1.0), (1000.0, -1.0));
        assert_eq!(Loss::Logistic.eval(1000.0, 1.0), (0.0, 0.0));
    }

    #[test]
    fn scaling_the_target_scales_the_loss() {
        // Of predictions and targets in units, against the same divided by 4.
        for loss in [Loss::Squared, Loss::Huber { delta: 3.0 }, Loss::Quantile { q: 0.3 }] {
            for (p, y) in [(1.0, 2.0), (9.0, 2.0), (-8.0, 4.0)] {
                let (inside, outside) = (loss.scaled(4.0).eval(p / 4.0, y / 4.0).0, loss.eval(p, y).0);
                let reported = if loss == Loss::Squared { 2.0 * outside } else { outside };
                assert!((inside * loss.report_scale(4.0) - reported).abs() < 1e-12, "{loss}");
            }
        }
        let (mean, y) = (8.0_f64, 12.0_f64);
        let deviance = 2.0 * (y * (y / mean).ln() - (y - mean));
        assert!(
            (Loss::Poisson.eval((mean / 4.0).ln(), y / 4.0).0 * Loss::Poisson.report_scale(4.0) - deviance).abs()
                < 1e-12
        );
    }

    #[test]
    fn constants_are_the_best() {
        for loss in ALL {
            let most = if loss.target_kind() == TargetChoice::Label { 1.0 } else { 9.0 };
            let target = [0.0, 1.0, 1.0, 3.0, 0.0, 1.0, 1.0, 0.0_f64].map(|y| y.min(most));
            let cost = |z: f64| target.iter().map(|&y| loss.eval(z, y).0).sum::<f64>();
            let best = loss.best_constant(1, &target, |_| 1.0)[0];
            // Huber's is a good guess only.
            let slack = if matches!(loss, Loss::Huber { .. }) { 0.3 } else { 1e-12 };
            for z in [-1.0, -0.3, 0.0, 0.2, 0.7, 1.0, 1.5, 2.5] {
                assert!(cost(best) <= cost(z) + slack, "{loss}: {} at {best}, {} at {z}", cost(best), cost(z));
            }
        }
    }

    #[test]
    fn softmax_by_hand() {
        let (z, mut slopes) = ([0.3, -1.2, 2.0, 700.0_f64.ln()], [0.0; 4]);
        let sum: f64 = z.iter().map(|z| z.exp()).sum();
        let loss = Loss::Softmax.eval_row(&z, 1.0, &mut slopes);
        assert!((loss - (sum.ln() + 1.2)).abs() < 1e-14);
        for (j, slope) in slopes.iter().enumerate() {
            let wanted = z[j].exp() / sum - if j == 1 { 1.0 } else { 0.0 };
            assert!((slope - wanted).abs() < 1e-15, "{slope} is not {wanted}");
        }
        let far = Loss::Softmax.eval_row(&[1000.0, 0.0, -1000.0], 2.0, &mut slopes[..3]);
        assert_eq!((far, &slopes[..3]), (2000.0, [1.0, 0.0, -1.0].as_slice()));
        // Of two classes it is the logistic loss of the difference.
        let two = Loss::Softmax.eval_row(&[0.4, 1.1], 1.0, &mut slopes[..2]);
        assert!((two - Loss::Logistic.eval(1.1 - 0.4, 1.0).0).abs() < 1e-15);
        let shares = Loss::Softmax.best_constant(3, &[0.0, 2.0, 2.0, 1.0], |i| if i == 0 { 5.0 } else { 1.0 });
        assert!(shares.iter().zip([5.0, 1.0, 2.0_f64]).all(|(z, n)| (z - (n / 8.0).ln()).abs() < 1e-15));
    }

    #[test]
    fn texts_round_trip_and_mistakes_are_told() {
        for loss in ALL.into_iter().chain([Loss::Softmax]) {
            assert_eq!(loss.to_string().parse::<Loss>().expect("a loss"), loss);
        }
        assert_eq!("huber".parse::<Loss>().expect("a loss"), Loss::Huber { delta: 1.35 });
        for (text, said) in [
            ("hubert", "unknown loss 'hubert'"),
            ("quantile:q=1", "q must be between 0 and 1, but is 1"),
            ("huber:delta=-1", "delta must be positive"),
            ("huber:q=1", "the loss must be huber:delta=NUMBER"),
            ("poisson:q=1", "unknown loss"),
        ] {
            let message = text.parse::<Loss>().expect_err(text).to_string();
            assert!(message.contains(said), "{text}: {message}");
        }
    }
}
