//! Learning rate of a fit.

use std::fmt;
use std::str::FromStr;

/// Learning rate of a fit.
///
/// ```
/// use thalweg_learn::fit::LearningRate;
///
/// assert_eq!("0.01".parse::<LearningRate>()?, LearningRate::Fixed(0.01));
/// assert_eq!("auto".parse::<LearningRate>()?, LearningRate::Auto);
/// assert_eq!(LearningRate::from(0.5).to_string(), "0.5");
/// # Ok::<(), thalweg::Error>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum LearningRate {
    /// This learning rate, at least 0.
    Fixed(f64),
    /// The learning rate that a range test chooses before the training; see
    /// [`LearningRateRangeTest`](crate::train::LearningRateRangeTest). If it chooses none, that of the method.
    Auto,
}

/// Text form of [`LearningRate::Auto`], which is no number.
const AUTO: &str = "auto";

impl From<f64> for LearningRate {
    fn from(lr: f64) -> Self {
        Self::Fixed(lr)
    }
}

impl fmt::Display for LearningRate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Fixed(lr) => lr.fmt(f),
            Self::Auto => f.write_str(AUTO),
        }
    }
}

impl FromStr for LearningRate {
    type Err = thalweg::Error;

    /// Parses a number, or `auto`.
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        if text == AUTO {
            return Ok(Self::Auto);
        }
        text.parse().map(Self::Fixed).map_err(|_| thalweg::Error::InvalidValue {
            what: "lr".into(),
            expected: "a number, or auto".into(),
            found: text.into(),
        })
    }
}
