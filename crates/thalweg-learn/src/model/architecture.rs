//! Architectures by name, and models of any of them.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};
use thalweg::text::NamedParams;
use thalweg::{Error, Real, Seed};

use super::mlp::{MlpConfig, MlpModel};
use super::{FactorizationMachine, Init, Linear, Model, TensorSpec, row_work, score_parts};
use crate::data::Rows;
use crate::interrupt::Interrupt;

/// Architecture of a model.
///
/// In text form `linear`, `fm:rank=8`, `mlp:128,64` (see [`MlpConfig`]).
///
/// ```
/// use thalweg_learn::model::Architecture;
/// assert_eq!("fm".parse::<Architecture>()?, Architecture::FactorizationMachine { rank: 8 });
/// assert_eq!("mlp:128,64".parse::<Architecture>()?.to_string(), "mlp:128,64");
/// # Ok::<(), thalweg::Error>(())
/// ```
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(into = "String", try_from = "String")]
pub enum Architecture {
    /// Linear model: a weight for each feature.
    #[default]
    Linear,
    /// Factorization machine: also a weight for each pair of features.
    FactorizationMachine {
        /// Number of factors of each feature, at most 4096. Default: 8.
        rank: usize,
    },
    /// Multilayer perceptron with these hidden layers.
    Mlp(MlpConfig),
}

/// Model of any architecture. Parameters and scores are `f64`, whatever the model computes in.
#[derive(Debug)]
pub enum AnyModel {
    /// Linear model, computed in `f64`.
    Linear(Linear),
    /// Factorization machine, computed in `f64`.
    FactorizationMachine(FactorizationMachine),
    /// Multilayer perceptron, computed in `f32`.
    Mlp(Box<MlpModel>),
}

impl Architecture {
    /// Returns `true` if the features have factors.
    pub(crate) fn has_factors(&self) -> bool {
        matches!(self, Self::FactorizationMachine { .. })
    }

    /// Returns the model for this number of features and outputs. `intercept` applies to linear models; the others
    /// always have biases.
    pub fn model(&self, features: usize, outputs: usize, intercept: bool) -> AnyModel {
        match self {
            Self::Linear => AnyModel::Linear(Linear { features, outputs, intercept }),
            Self::FactorizationMachine { rank } => {
                AnyModel::FactorizationMachine(FactorizationMachine { features, rank: *rank })
            }
            Self::Mlp(mlp) => AnyModel::Mlp(Box::new(MlpModel::new(mlp.clone().network(features.max(1), outputs)))),
        }
    }
}

impl AnyModel {
    /// Returns the tensors of the parameter vector in their order.
    pub fn tensors(&self) -> Vec<TensorSpec> {
        match self {
            Self::Linear(model) => model.tensors(),
            Self::FactorizationMachine(model) => Model::tensors(model),
            Self::Mlp(model) => model.tensors(),
        }
    }

    /// Returns the parameters before the first step.
    pub fn init_parameters(&self, init: Init, seed: Seed) -> Vec<f64> {
        match self {
            Self::Linear(model) => model.init_parameters(init, seed),
            Self::FactorizationMachine(model) => Model::init_parameters(model, init, seed),
            Self::Mlp(model) => model.init_parameters(init, seed).into_iter().map(f64::from).collect(),
        }
    }

    /// Returns the number of multiplications that the scores of a row take.
    pub(crate) fn row_work(&self, rows: &Rows) -> usize {
        let parameters = self.tensors().iter().map(TensorSpec::len).sum();
        match self {
            Self::Linear(model) => row_work(model, rows, parameters),
            Self::FactorizationMachine(model) => row_work(model, rows, parameters),
            Self::Mlp(model) => row_work(&**model, rows, parameters),
        }
    }

    /// Returns the scores of all rows, row by row.
    pub fn scores(&self, rows: &Rows, parameters: &[f64]) -> Vec<f64> {
        match self {
            Self::Linear(model) => model.scores(rows, parameters),
            Self::FactorizationMachine(model) => model.scores(rows, parameters),
            Self::Mlp(model) => {
                let parameters: Vec<f32> = parameters.iter().map(|&w| f32::of(w)).collect();
                model.scores(rows, &parameters)
            }
        }
    }

    /// Calls `visit` with some of the rows after others, and their scores; see [`score_parts`].
    ///
    /// # Errors
    /// The errors of `visit`; [`Error::Interrupted`](crate::Error::Interrupted), if it is requested.
    pub(crate) fn score_parts(
        &self,
        rows: &Rows,
        parameters: &[f64],
        interrupt: Interrupt<'_>,
        visit: &mut dyn FnMut(&Rows, Vec<f64>) -> crate::Result<()>,
    ) -> crate::Result<()> {
        match self {
            Self::Linear(model) => score_parts(model, rows, parameters, interrupt, visit),
            Self::FactorizationMachine(model) => score_parts(model, rows, parameters, interrupt, visit),
            Self::Mlp(model) => {
                let parameters: Vec<f32> = parameters.iter().map(|&w| f32::of(w)).collect();
                score_parts(&**model, rows, &parameters, interrupt, visit)
            }
        }
    }
}

impl fmt::Display for Architecture {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Linear => f.write_str("linear"),
            Self::FactorizationMachine { rank } => write!(f, "fm:rank={rank}"),
            Self::Mlp(mlp) => mlp.fmt(f),
        }
    }
}

/// Default number of factors of a feature.
const DEFAULT_RANK: usize = 8;

/// Maximum number of factors of a feature.
const MAX_RANK: usize = 4096;

impl FromStr for Architecture {
    type Err = Error;

    fn from_str(text: &str) -> std::result::Result<Self, Error> {
        let invalid_rank = || invalid(format!("fm:rank=NUMBER with a number of at most {MAX_RANK}"), text);
        match text.split_once(':').map_or(text, |(name, _)| name).trim() {
            "linear" => match NamedParams::parse(text)?.params[..] {
                [] => Ok(Self::Linear),
                _ => Err(invalid("linear, which has no parameters".into(), text)),
            },
            "fm" => match NamedParams::parse(text)?.params[..] {
                [] => Ok(Self::FactorizationMachine { rank: DEFAULT_RANK }),
                [("rank", rank)] => {
                    let rank = rank.parse().ok().filter(|rank| *rank <= MAX_RANK);
                    rank.map(|rank| Self::FactorizationMachine { rank }).ok_or_else(invalid_rank)
                }
                _ => Err(invalid_rank()),
            },
            // Its text has numbers without a key.
            "mlp" => text.parse().map(Self::Mlp),
            name => Err(Error::unknown("model", name, ["linear", "fm:rank=8", "mlp:128,64"])),
        }
    }
}

fn invalid(expected: String, found: &str) -> Error {
    Error::InvalidValue { what: "the model".into(), expected, found: found.into() }
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
