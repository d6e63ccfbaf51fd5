//! Text form of losses.

use std::fmt;
use std::str::FromStr;

use thalweg::Error;
use thalweg::text::NamedParams;

use super::Loss;

/// Text forms of all losses with their defaults.
const KNOWN_LOSSES: [&str; 7] =
    ["squared", "huber:delta=1.35", "quantile:q=0.5", "poisson", "logistic", "hinge", "softmax"];

impl Loss {
    /// Checks the parameters of the loss.
    fn check(self) -> Result<Self, Error> {
        match self {
            Self::Huber { delta } => Error::positive("delta", delta)?,
            Self::Quantile { q } => Error::range("q", "between 0 and 1", q, q > 0.0 && q < 1.0)?,
            _ => {}
        }
        Ok(self)
    }
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
            Self::Softmax => f.write_str("softmax"),
        }
    }
}

impl FromStr for Loss {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self, Error> {
        let NamedParams { name, params } = NamedParams::parse(text)?;
        let number = |key: &str, default: f64| match params[..] {
            [] => Ok(default),
            [(found, value)] if found == key => value.parse::<f64>().map_err(|_| ()),
            _ => Err(()),
        };
        let invalid = |expected: &str| Error::InvalidValue {
            what: "the loss".into(),
            expected: expected.into(),
            found: text.into(),
        };
        let loss = match (name, params.is_empty()) {
            ("squared", true) => Self::Squared,
            ("huber", _) => Self::Huber { delta: number("delta", 1.35).map_err(|()| invalid("huber:delta=NUMBER"))? },
            ("quantile", _) => Self::Quantile { q: number("q", 0.5).map_err(|()| invalid("quantile:q=NUMBER"))? },
            ("poisson", true) => Self::Poisson,
            ("logistic", true) => Self::Logistic,
            ("hinge", true) => Self::Hinge,
            ("softmax", true) => Self::Softmax,
            (name, _) => return Err(Error::unknown("loss", name, KNOWN_LOSSES)),
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
