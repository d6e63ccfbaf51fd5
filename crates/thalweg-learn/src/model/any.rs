//! The models that can be asked for by name.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};
use thalweg::{Error, Real};

use super::net::Mlp;
use super::{FactorMachine, Init, Linear, Model, Perceptron, Tensor};
use crate::data::Rows;

/// How scores come about.
///
/// As text `linear`, `fm:rank=8`, `mlp:128,64` (see [`Mlp`]).
///
/// ```
/// use thalweg_learn::model::Architecture;
/// assert_eq!("fm".parse::<Architecture>()?, Architecture::Factor { rank: 8 });
/// assert_eq!("mlp:128,64".parse::<Architecture>()?.to_string(), "mlp:128,64");
/// # Ok::<(), thalweg::Error>(())
/// ```
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(into = "String", try_from = "String")]
pub enum Architecture {
    /// A weight for each feature.
    #[default]
    Linear,
    /// A factorization machine: for each pair of features too, from so many factors of each.
    Factor {
        /// Factors of a feature.
        rank: usize,
    },
    /// A multilayer perceptron.
    Mlp(Mlp),
}

/// A model of one of these architectures, of known size. What goes in and out is `f64`, whatever it works in.
#[derive(Debug)]
pub enum AnyModel {
    /// Linear.
    Linear(Linear),
    /// A factorization machine.
    Factor(FactorMachine),
    /// A multilayer perceptron.
    Net(Box<Perceptron>),
}

impl Architecture {
    /// The model for so many features and scores; all but the linear one have an intercept.
    pub fn model(&self, features: usize, outputs: usize, intercept: bool) -> AnyModel {
        match self {
            Self::Linear => AnyModel::Linear(Linear { features, outputs, intercept }),
            Self::Factor { rank } => AnyModel::Factor(FactorMachine { features, rank: *rank }),
            Self::Mlp(mlp) => AnyModel::Net(Box::new(Perceptron::new(mlp.clone().net(features.max(1), outputs)))),
        }
    }
}

impl AnyModel {
    /// Its parameters, tensor by tensor.
    pub fn tensors(&self) -> Vec<Tensor> {
        match self {
            Self::Linear(model) => model.tensors(),
            Self::Factor(model) => Model::tensors(model),
            Self::Net(model) => model.tensors(),
        }
    }

    /// The parameters before the first step.
    pub fn start(&self, init: Init, seed: u64) -> Vec<f64> {
        match self {
            Self::Linear(model) => model.start(init, seed),
            Self::Factor(model) => Model::start(model, init, seed),
            Self::Net(model) => model.start(init, seed).into_iter().map(f64::from).collect(),
        }
    }

    /// The scores of all rows, row by row.
    pub fn scores(&self, rows: &Rows, parameters: &[f64]) -> Vec<f64> {
        match self {
            Self::Linear(model) => model.scores(rows, parameters),
            Self::Factor(model) => model.scores(rows, parameters),
            Self::Net(model) => {
                let parameters: Vec<f32> = parameters.iter().map(|&w| f32::of(w)).collect();
                model.scores(rows, &parameters)
            }
        }
    }
}

impl fmt::Display for Architecture {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Linear => f.write_str("linear"),
            Self::Factor { rank } => write!(f, "fm:rank={rank}"),
            Self::Mlp(mlp) => mlp.fmt(f),
        }
    }
}

/// More factors are a mistake.
const MOST: usize = 4096;

impl FromStr for Architecture {
    type Err = Error;

    fn from_str(text: &str) -> std::result::Result<Self, Error> {
        let (name, rest) = text.split_once(':').unwrap_or((text, ""));
        match name.trim() {
            "linear" if rest.is_empty() => Ok(Self::Linear),
            "fm" if rest.is_empty() => Ok(Self::Factor { rank: 8 }),
            "fm" => {
                let rank = rest.trim().strip_prefix("rank=").and_then(|rank| rank.parse().ok());
                let wrong = || {
                    let expected = format!("fm:rank=NUMBER, of at most {MOST}");
                    Error::InvalidValue { what: "the model".into(), expected, found: text.into() }
                };
                rank.filter(|rank| *rank <= MOST).map(|rank| Self::Factor { rank }).ok_or_else(wrong)
            }
            "mlp" => text.parse().map(Self::Mlp),
            name => {
                let known = "linear, fm:rank=8, mlp:128,64".into();
                Err(Error::Unknown { what: "model".into(), name: name.into(), known })
            }
        }
    }
}

impl From<Architecture> for String {
    fn from(architecture: Architecture) -> Self {
        architecture.to_string()
    }
}

impl TryFrom<String> for Architecture {
    type Error = Error;

    fn try_from(text: String) -> std::result::Result<Self, Error> {
        text.parse()
    }
}
