//! Hidden layers of a multilayer perceptron and their text form.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};
use thalweg::Error;

use super::matrix::MatrixElement;

/// Hidden layers of a multilayer perceptron.
///
/// In text form `mlp:128,64` (two layers), with `activation=tanh` and `dropout=0.2` after the layers; `mlp` is one
/// layer of 100 units, as in scikit-learn.
///
/// ```
/// use thalweg_learn::model::mlp::{Activation, MlpConfig};
/// let mlp: MlpConfig = "mlp:128,64,dropout=0.2".parse()?;
/// assert_eq!(mlp, MlpConfig { hidden: vec![128, 64], activation: Activation::Relu, dropout: 0.2 });
/// # Ok::<(), thalweg::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(into = "String", try_from = "String")]
pub struct MlpConfig {
    /// Number of units of each layer, from the inputs to the outputs; each at least 1.
    pub hidden: Vec<usize>,
    /// Activation function of the units. Default: `ReLU`.
    pub activation: Activation,
    /// Probability that a unit is zeroed in a training step, in [0, 1). Default: 0.
    pub dropout: f64,
}

/// Activation function φ of a unit.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Activation {
    /// max(0, z), with derivative 0 at 0.
    #[default]
    Relu,
    /// Hyperbolic tangent: tanh z.
    Tanh,
}

/// Maximum number of units in a layer.
const MAX_UNITS: usize = 1 << 16;

impl Activation {
    const ALL: [(&str, Self); 2] = [("relu", Self::Relu), ("tanh", Self::Tanh)];

    /// Replaces every z by φ(z). NaN is preserved.
    pub(super) fn activate<F: MatrixElement>(self, units: &mut [F]) {
        match self {
            Self::Relu => units.iter_mut().for_each(|z| *z = if *z < F::ZERO { F::ZERO } else { *z }),
            Self::Tanh => units.iter_mut().for_each(|z| *z = MatrixElement::tanh(*z)),
        }
    }

    /// Multiplies derivatives by φ′, where `values` times `keep_probability` are the values of φ.
    pub(super) fn activate_backward<F: MatrixElement>(self, values: &[F], keep_probability: F, derivatives: &mut [F]) {
        let pairs = derivatives.iter_mut().zip(values);
        match self {
            Self::Relu => {
                pairs
                    .for_each(|(derivative, value)| *derivative = if *value > F::ZERO { *derivative } else { F::ZERO });
            }
            Self::Tanh => pairs.for_each(|(derivative, value)| {
                let a = *value * keep_probability;
                *derivative = *derivative * (F::ONE - a * a);
            }),
        }
    }
}

impl Default for MlpConfig {
    fn default() -> Self {
        Self { hidden: vec![100], activation: Activation::default(), dropout: 0.0 }
    }
}

impl MlpConfig {
    /// Parses one item of the text: the number of units of a layer, or an option.
    fn read(&mut self, part: &str) -> Result<(), Error> {
        match part.split_once('=').map(|(key, value)| (key.trim(), value.trim())) {
            None => {
                let invalid = || Error::InvalidValue {
                    what: "a layer of mlp".into(),
                    expected: format!("a number of units from 1 to {MAX_UNITS}"),
                    found: part.into(),
                };
                let units = part.parse().ok().filter(|units| (1..=MAX_UNITS).contains(units));
                self.hidden.push(units.ok_or_else(invalid)?);
            }
            Some(("activation", name)) => {
                let found = Activation::ALL.iter().find(|(known, _)| *known == name);
                let invalid = || Error::unknown("activation", name, Activation::ALL.map(|(name, _)| name));
                self.activation = found.ok_or_else(invalid)?.1;
            }
            Some(("dropout", text)) => {
                let invalid =
                    || Error::InvalidValue { what: "dropout".into(), expected: "a number".into(), found: text.into() };
                self.dropout = text.parse().map_err(|_| invalid())?;
                Error::range("dropout", "in [0, 1)", self.dropout, (0.0..1.0).contains(&self.dropout))?;
            }
            Some((key, _)) => {
                return Err(Error::unknown("parameter of mlp", key, ["activation", "dropout"]));
            }
        }
        Ok(())
    }
}

impl fmt::Display for Activation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let name = Self::ALL.iter().find(|(_, activation)| activation == self);
        f.write_str(name.expect("every activation is listed").0)
    }
}

impl fmt::Display for MlpConfig {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let layers: Vec<String> = self.hidden.iter().map(usize::to_string).collect();
        write!(f, "mlp:{}", layers.join(","))?;
        if self.activation != Activation::default() {
            write!(f, ",activation={}", self.activation)?;
        }
        if self.dropout != 0.0 {
            write!(f, ",dropout={}", self.dropout)?;
        }
        Ok(())
    }
}

impl FromStr for MlpConfig {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self, Error> {
        let (name, rest) = text.split_once(':').unwrap_or((text, ""));
        if name.trim() != "mlp" {
            return Err(Error::unknown("model", name.trim(), ["mlp:128,64"]));
        }
        let mut mlp = Self { hidden: Vec::new(), ..Self::default() };
        let mut keys: Vec<&str> = Vec::new();
        for part in rest.split(',').map(str::trim).filter(|_| !rest.trim().is_empty()) {
            if let Some((key, _)) = part.split_once('=') {
                if keys.contains(&key.trim()) {
                    return Err(Error::Duplicate { what: "the parameters of mlp".into(), name: key.trim().into() });
                }
                keys.push(key.trim());
            }
            mlp.read(part)?;
        }
        if mlp.hidden.is_empty() {
            mlp.hidden = Self::default().hidden;
        }
        Ok(mlp)
    }
}

impl From<MlpConfig> for String {
    fn from(mlp: MlpConfig) -> Self {
        mlp.to_string()
    }
}

impl TryFrom<String> for MlpConfig {
    type Error = Error;

    fn try_from(text: String) -> Result<Self, Error> {
        text.parse()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_round_trip() {
        for (text, written) in [
            ("mlp", "mlp:100"),
            ("mlp:128", "mlp:128"),
            (" mlp : 128 , 64 ", "mlp:128,64"),
            ("mlp:5,activation=relu,dropout=0", "mlp:5"),
            ("mlp:dropout=0.25,8,activation=tanh,4", "mlp:8,4,activation=tanh,dropout=0.25"),
        ] {
            let mlp: MlpConfig = text.parse().expect(text);
            assert_eq!(mlp.to_string(), written);
            assert_eq!(written.parse::<MlpConfig>().expect(written), mlp);
        }
    }

    #[test]
    fn errors_name_the_mistake() {
        for (text, said) in [
            ("mpl:3", "unknown model 'mpl'"),
            ("mlp:0", "a layer of mlp must be a number of units from 1 to 65536, but is '0'"),
            ("mlp:128,,64", "a number of units from 1 to 65536, but is ''"),
            ("mlp:12.5", "but is '12.5'"),
            ("mlp:99999999999999999999", "but is '99999999999999999999'"),
            ("mlp:3,activation=tanhh", "unknown activation 'tanhh'"),
            ("mlp:3,dropout=1", "dropout must be in [0, 1), but is 1"),
            ("mlp:3,dropout=NaN", "dropout must be in [0, 1), but is NaN"),
            ("mlp:3,dropout=x", "dropout must be a number, but is 'x'"),
            ("mlp:3,drop=0.1", "unknown parameter of mlp 'drop'"),
            ("mlp:3,dropout=0.1,dropout=0.2", "duplicate name 'dropout' in the parameters of mlp"),
        ] {
            let message = text.parse::<MlpConfig>().expect_err(text).to_string();
            assert!(message.contains(said), "{text}: {message}");
        }
    }
}
