//! What is wrong with a score.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};
use thalweg::Error;

use super::ModelKind;
use crate::data::TargetChoice;

/// What is wrong with a score z where the target is y.
///
/// As text `squared`, `huber:delta=1.35`, `quantile:q=0.9`, `poisson`, `logistic`, `hinge`.
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
}

/// All losses as they are typed.
const KNOWN: &str = "squared, huber:delta=1.35, quantile:q=0.5, poisson, logistic, hinge";

impl Loss {
    /// The loss and its derivative at score `z`.
    #[inline]
    pub fn at(self, z: f64, y: f64) -> (f64, f64) {
        match self {
            Self::Squared => (0.5 * (z - y) * (z - y), z - y),
            Self::Huber { delta } => {
                let (r, clipped) = (z - y, (z - y).clamp(-delta, delta));
                (clipped * (r - 0.5 * clipped), clipped)
            }
            Self::Quantile { q } if y > z => (q * (y - z), -q),
            Self::Quantile { q } => ((1.0 - q) * (z - y), if z > y { 1.0 - q } else { 0.0 }),
            Self::Poisson => {
                let mean = libm::exp(z);
                let of_count = if y > 0.0 { y * (z - libm::log(y)) } else { 0.0 };
                (mean - y - of_count, mean - y)
            }
            Self::Logistic => (softplus(z) - y * z, sigmoid(z) - y),
            Self::Hinge => {
                let s = 2.0 * y - 1.0;
                if s * z < 1.0 { (1.0 - s * z, -s) } else { (0.0, 0.0) }
            }
        }
    }

    /// What the target must be.
    pub fn target(self) -> TargetChoice {
        match self {
            Self::Squared | Self::Huber { .. } | Self::Quantile { .. } | Self::Poisson => TargetChoice::Number,
            Self::Logistic | Self::Hinge => TargetChoice::Label,
        }
    }

    /// The kind of model that it makes.
    pub fn kind(self) -> ModelKind {
        match self {
            Self::Squared | Self::Huber { .. } | Self::Quantile { .. } => ModelKind::Linear,
            Self::Poisson => ModelKind::Poisson,
            Self::Logistic => ModelKind::Logistic,
            Self::Hinge => ModelKind::Svm,
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
    pub fn unit(self, scale: f64) -> f64 {
        match self {
            Self::Squared => 2.0 * scale * scale,
            Self::Huber { .. } => scale * scale,
            Self::Quantile { .. } => scale,
            Self::Poisson => 2.0 * scale,
            Self::Logistic | Self::Hinge => 1.0,
        }
    }

    /// The prediction of a number at score `z`, for a target that was divided by `scale` after `shift` was taken away.
    pub fn prediction(self, z: f64, (scale, shift): (f64, f64)) -> f64 {
        if self == Self::Poisson { libm::exp(z) * scale } else { z * scale + shift }
    }

    /// The score of the best constant, or nearly: what any model must beat. `weight` is that of a row.
    pub fn constant(self, target: &[f64], weight: impl Fn(usize) -> f64) -> f64 {
        let all: f64 = (0..target.len()).map(&weight).sum();
        let mean = target.iter().enumerate().map(|(i, y)| weight(i) * y).sum::<f64>() / all;
        match self {
            Self::Squared => mean,
            Self::Huber { .. } => quantile(target, weight, 0.5),
            Self::Quantile { q } => quantile(target, weight, q),
            Self::Poisson => libm::log(mean),
            Self::Logistic => libm::log(mean / (1.0 - mean)),
            Self::Hinge => (2.0 * mean - 1.0).signum(),
        }
    }

    /// What it is called where it is reported.
    pub fn name(self) -> &'static str {
        match self {
            Self::Squared => "mse",
            Self::Huber { .. } => "huber",
            Self::Quantile { .. } => "pinball",
            Self::Poisson => "deviance",
            Self::Logistic => "log loss",
            Self::Hinge => "hinge",
        }
    }

    fn check(self) -> Result<Self, Error> {
        match self {
            Self::Huber { delta } => Error::positive("delta", delta)?,
            Self::Quantile { q } => Error::range("q", "between 0 and 1", q, q > 0.0 && q < 1.0)?,
            _ => {}
        }
        Ok(self)
    }
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

/// log(1 + eᶻ) without overflow.
fn softplus(z: f64) -> f64 {
    z.max(0.0) + libm::log1p(libm::exp(-z.abs()))
}

/// 1/(1 + e⁻ᶻ): the probability of the positive label at score `z`.
pub fn sigmoid(z: f64) -> f64 {
    let e = libm::exp(-z.abs());
    if z >= 0.0 { 1.0 / (1.0 + e) } else { e / (1.0 + e) }
}

impl fmt::Display for Loss {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Squared => f.write_str("squared"),
            Self::Huber { delta } => write!(f, "huber:delta={delta}"),
            Self::Quantile { q } => write!(f, "quantile:q={q}"),
            Self::Poisson => f.write_str("poisson"),
            Self::Logistic => f.write_str("logistic"),
            Self::Hinge => f.write_str("hinge"),
        }
    }
}

impl FromStr for Loss {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self, Error> {
        let (name, rest) = text.split_once(':').unwrap_or((text, ""));
        let number = |key: &str, default: f64| match rest.trim() {
            "" => Ok(default),
            rest => rest
                .split_once('=')
                .filter(|(name, _)| name.trim() == key)
                .map_or(Err(()), |(_, value)| value.trim().parse::<f64>().map_err(|_| ())),
        };
        let wrong = |must: &str| Error::Text { what: "the loss".into(), must: must.into(), found: text.into() };
        let loss = match (name.trim(), rest.is_empty()) {
            ("squared", true) => Self::Squared,
            ("huber", _) => Self::Huber { delta: number("delta", 1.35).map_err(|()| wrong("huber:delta=NUMBER"))? },
            ("quantile", _) => Self::Quantile { q: number("q", 0.5).map_err(|()| wrong("quantile:q=NUMBER"))? },
            ("poisson", true) => Self::Poisson,
            ("logistic", true) => Self::Logistic,
            ("hinge", true) => Self::Hinge,
            (name, _) => return Err(Error::Unknown { what: "loss".into(), name: name.into(), known: KNOWN.into() }),
        };
        loss.check()
    }
}

impl From<Loss> for String {
    fn from(loss: Loss) -> Self {
        loss.to_string()
    }
}

impl TryFrom<String> for Loss {
    type Error = Error;

    fn try_from(text: String) -> Result<Self, Error> {
        text.parse()
    }
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
                let slope = (loss.at(z + 1e-6, y).0 - loss.at(z - 1e-6, y).0) / 2e-6;
                assert!((loss.at(z, y).1 - slope).abs() < 1e-8, "{loss} at {z}, {y}: {slope}");
            }
        }
    }

    #[test]
    fn values_by_hand() {
        assert_eq!(Loss::Huber { delta: 2.0 }.at(5.0, 0.0), (2.0 * (5.0 - 1.0), 2.0));
        assert_eq!(Loss::Huber { delta: 2.0 }.at(1.0, 0.0), (0.5, 1.0));
        assert_eq!(Loss::Poisson.at(0.0, 0.0), (1.0, 1.0));
        // Half the deviance of 3 seen where 1 was expected: 3·log 3 − 2.
        assert!((Loss::Poisson.at(0.0, 3.0).0 - (3.0 * 3.0_f64.ln() - 2.0)).abs() < 1e-15);
        assert_eq!([Loss::Hinge.at(0.5, 1.0), Loss::Hinge.at(0.5, 0.0)], [(0.5, -1.0), (1.5, 1.0)]);
        assert_eq!(Loss::Logistic.at(1000.0, 0.0), (1000.0, 1.0));
        assert_eq!(Loss::Logistic.at(-1000.0, 1.0), (1000.0, -1.0));
        assert_eq!(Loss::Logistic.at(1000.0, 1.0), (0.0, 0.0));
    }

    #[test]
    fn scaling_the_target_scales_the_loss() {
        // Of predictions and targets in units, against the same divided by 4.
        for loss in [Loss::Squared, Loss::Huber { delta: 3.0 }, Loss::Quantile { q: 0.3 }] {
            for (p, y) in [(1.0, 2.0), (9.0, 2.0), (-8.0, 4.0)] {
                let (inside, outside) = (loss.scaled(4.0).at(p / 4.0, y / 4.0).0, loss.at(p, y).0);
                let reported = if loss == Loss::Squared { 2.0 * outside } else { outside };
                assert!((inside * loss.unit(4.0) - reported).abs() < 1e-12, "{loss}");
            }
        }
        let (mean, y) = (8.0_f64, 12.0_f64);
        let deviance = 2.0 * (y * (y / mean).ln() - (y - mean));
        assert!((Loss::Poisson.at((mean / 4.0).ln(), y / 4.0).0 * Loss::Poisson.unit(4.0) - deviance).abs() < 1e-12);
    }

    #[test]
    fn constants_are_the_best() {
        for loss in ALL {
            let most = if loss.target() == TargetChoice::Label { 1.0 } else { 9.0 };
            let target = [0.0, 1.0, 1.0, 3.0, 0.0, 1.0, 1.0, 0.0_f64].map(|y| y.min(most));
            let cost = |z: f64| target.iter().map(|&y| loss.at(z, y).0).sum::<f64>();
            let best = loss.constant(&target, |_| 1.0);
            // Huber's is a good guess only.
            let slack = if matches!(loss, Loss::Huber { .. }) { 0.3 } else { 1e-12 };
            for z in [-1.0, -0.3, 0.0, 0.2, 0.7, 1.0, 1.5, 2.5] {
                assert!(cost(best) <= cost(z) + slack, "{loss}: {} at {best}, {} at {z}", cost(best), cost(z));
            }
        }
    }

    #[test]
    fn texts_round_trip_and_mistakes_are_told() {
        for loss in ALL {
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
