//! Scores of single rows on the calling thread.

use thalweg::Real;

use super::architecture::AnyModel;
use super::interface::Model;
use super::mlp::{MlpModel, RowActivations};
use super::{FactorizationMachine, Linear};
use crate::data::{Row, Rows};

/// Model with its parameters, in the numbers that it computes in.
#[derive(Debug)]
pub(crate) enum RowScorer {
    /// Linear model with its coefficients.
    Linear(Linear, Vec<f64>),
    /// Factorization machine with its factors.
    FactorizationMachine(FactorizationMachine, Vec<f64>),
    /// Multilayer perceptron in single precision.
    Mlp(Box<MlpModel>, Vec<f32>),
}

/// Scratch memory for scores of single rows.
#[derive(Debug, Default)]
pub(crate) struct RowScratch {
    /// Sums of a factorization machine.
    sums: Vec<f64>,
    activations: RowActivations,
}

impl RowScorer {
    pub(crate) fn new(model: AnyModel, parameters: Vec<f64>) -> Self {
        match model {
            AnyModel::Linear(model) => Self::Linear(model, parameters),
            AnyModel::FactorizationMachine(model) => Self::FactorizationMachine(model, parameters),
            AnyModel::Mlp(model) => Self::Mlp(model, parameters.into_iter().map(f32::of).collect()),
        }
    }

    /// Writes the scores of one row to `z`, with the bits of [`RowScorer::scores`].
    pub(crate) fn score(&self, row: &Row<'_>, scratch: &mut RowScratch, z: &mut [f64]) {
        match self {
            Self::Linear(model, parameters) => model.score_row(row, parameters, z),
            Self::FactorizationMachine(model, parameters) => {
                scratch.sums.resize(model.rank, 0.0);
                z[0] = model.score(row.features(), parameters, &mut scratch.sums);
            }
            Self::Mlp(model, parameters) => model.score_row(row, parameters, &mut scratch.activations, z),
        }
    }

    /// Returns the scores of all rows, row by row, computed in parallel.
    pub(crate) fn scores(&self, rows: &Rows) -> Vec<f64> {
        match self {
            Self::Linear(model, parameters) => model.scores(rows, parameters),
            Self::FactorizationMachine(model, parameters) => model.scores(rows, parameters),
            Self::Mlp(model, parameters) => model.scores(rows, parameters),
        }
    }
}
