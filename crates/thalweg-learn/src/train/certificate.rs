//! Certificate of how near its minimum the objective of a linear model is.

use std::fmt;

use serde::Serialize;
use thalweg::Error::InvalidValue;
use thalweg::method::Lbfgs;

use super::callbacks::Callbacks;
use super::config::{BatchSize, TrainingConfig};
use super::local_steps::LocalSteps;
use super::penalty::Penalty;
use super::run_parts::Run;
use super::solver::{self, DualProblem};
use super::state::TrainingStart;
use super::training_data::TrainingData;
use crate::data::{RowStore, Rows};
use crate::error::Result;
use crate::interrupt::Interrupt;
use crate::model::{AnyModel, Batch, Linear, Model, TensorSpec};

/// Distance from the minimum, relative to the loss of the scores 0, from which L-BFGS looks for a better lower bound.
const RELATIVE_DISTANCE: f64 = 1e-6;

/// Number of evaluations of the reference at most.
const REFERENCE_EVALUATIONS: u64 = 3_000;

/// Objective of a linear model, with what is known of its minimum.
///
/// The objective is convex. `lower_bound` is that of the dual problem (Rockafellar, Convex Analysis, 1970, theorem
/// 31.1): no parameters have a smaller objective, up to rounding. Where the bound of the parameters themselves is far
/// below, or where there is none, L-BFGS minimizes the objective from these parameters: the reference.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Certificate {
    /// Objective: mean loss plus penalties.
    pub objective: f64,
    /// Part of the objective that is penalties.
    pub penalty: f64,
    /// Norm of the gradient of the objective, or of its subgradient of smallest norm with an L1 penalty, for the target
    /// as it is trained; `None` for losses with kinks.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub gradient_norm: Option<f64>,
    /// Lower bound of the minimum of the objective; `None` without penalties.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub lower_bound: Option<f64>,
    /// Objective that L-BFGS reached from these parameters; `None` where the lower bound is near without it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reference: Option<f64>,
}

impl Certificate {
    /// Returns by how much the objective exceeds its minimum at most, or without a lower bound that of the reference.
    pub fn distance(&self) -> f64 {
        let minimum = self.lower_bound.or(self.reference).unwrap_or(f64::NEG_INFINITY);
        (self.objective - minimum).max(0.0)
    }

    /// Returns the same certificate for an objective multiplied by `scale`.
    pub(crate) fn scaled(self, scale: f64) -> Self {
        Self {
            objective: self.objective * scale,
            penalty: self.penalty * scale,
            lower_bound: self.lower_bound.map(|bound| bound * scale),
            reference: self.reference.map(|reference| reference * scale),
            ..self
        }
    }
}

impl fmt::Display for Certificate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (distance, objective) = (self.distance(), self.objective);
        let than = if self.lower_bound.is_some() { "above the minimum at most" } else { "above that of L-BFGS" };
        write!(f, "objective {objective:.6}, {distance:.1e} {than}")?;
        self.gradient_norm.map_or(Ok(()), |norm| write!(f, ", gradient norm {norm:.1e}"))
    }
}

/// Returns the certificate of the parameters of a linear model for the objective of `config` on the training rows.
///
/// # Errors
/// A model that is not linear; rows on disk; [`Error::Interrupted`](crate::Error::Interrupted), if it is requested.
pub fn certify(
    model: &AnyModel,
    data: &TrainingData<'_>,
    config: &TrainingConfig,
    parameters: &[f64],
    interrupt: Interrupt<'_>,
) -> Result<Certificate> {
    let (model, rows) = certifiable(model, data.train)?;
    thalweg::Error::length(&"the parameters", model.tensors().iter().map(TensorSpec::len).sum(), parameters.len())?;
    let indices: Vec<u32> = (0..rows.len() as u32).collect();
    let batch = Batch { rows, indices: &indices, loss: data.loss, step: None, interrupt };
    let problem = DualProblem { model: *model, batch, penalty: &Penalty::new(config, model, rows) };
    let own = problem.certificate(parameters);
    interrupt.check()?;
    if own.lower_bound.is_some() && own.distance() <= RELATIVE_DISTANCE * problem.loss_of_zero_scores() {
        return Ok(own);
    }
    let reference_config = TrainingConfig {
        spec: Lbfgs::default().into(),
        batch_size: BatchSize::Full,
        local_steps: LocalSteps::default(),
        epochs: REFERENCE_EVALUATIONS,
        patience: 0,
        ..config.clone()
    };
    let start = TrainingStart::Parameters(parameters.to_vec());
    let run = Run { model, data, config: &reference_config, start };
    let (result, ()) = solver::train(run, interrupt, Callbacks::new(), |_| Ok(()))?;
    interrupt.check()?;
    let reference = problem.certificate(&result.parameters);
    let by_gap = result.duality_gap.map(|gap| reference.objective - gap);
    let bounds = [own.lower_bound, reference.lower_bound, by_gap];
    let lower_bound = bounds.into_iter().flatten().reduce(f64::max);
    Ok(Certificate { lower_bound, reference: Some(reference.objective), ..own })
}

/// Returns the model and the training rows of which there is a certificate.
///
/// # Errors
/// A model that is not linear; rows on disk.
pub(crate) fn certifiable<'a>(model: &'a AnyModel, train: &'a RowStore) -> Result<(&'a Linear, &'a Rows)> {
    let refuse = |what: &str, expected: &str, found: String| {
        Err(InvalidValue { what: what.into(), expected: format!("{expected} for a certificate"), found }.into())
    };
    match (model, train) {
        (AnyModel::Linear(model), RowStore::Memory(rows)) => Ok((model, rows)),
        (AnyModel::Linear(_), RowStore::Disk(rows)) => {
            refuse("the store of the training rows", "memory", format!("{} rows on disk", rows.len()))
        }
        _ => refuse("the model", "linear", "another one, whose objective is not convex".into()),
    }
}

impl DualProblem<'_> {
    /// Returns the certificate without a reference.
    fn certificate(&self, parameters: &[f64]) -> Certificate {
        let Self { model, batch, penalty } = self;
        let mut gradient = vec![0.0; parameters.len()];
        let loss = model.mean_loss(batch, parameters, &mut gradient);
        let objective = penalty.add_to(loss, parameters);
        let certificate = Certificate {
            objective,
            penalty: objective - loss,
            gradient_norm: None,
            lower_bound: None,
            reference: None,
        };
        if !batch.loss.is_smooth() {
            return certificate;
        }
        penalty.add_gradient(parameters, &mut gradient, &mut Vec::new());
        let norm = gradient.iter().map(|g| g * g).sum::<f64>().sqrt();
        let dual = self.value(self.derivatives(parameters));
        let lower_bound = (dual.violation == 0.0 && dual.value.is_finite()).then_some(dual.value);
        Certificate { gradient_norm: Some(norm), lower_bound, ..certificate }
    }

    /// Returns the derivatives of the losses by the scores.
    fn derivatives(&self, parameters: &[f64]) -> Vec<f64> {
        let Batch { rows, loss, .. } = self.batch;
        let scores = self.model.scores(rows, parameters);
        let mut derivatives = vec![0.0; scores.len()];
        let outputs = self.model.outputs;
        let of_rows = derivatives.chunks_exact_mut(outputs).zip(scores.chunks_exact(outputs)).zip(&rows.target);
        of_rows.for_each(|((derivatives, scores), y)| {
            loss.eval_row(scores, *y, derivatives);
        });
        derivatives
    }

    fn loss_of_zero_scores(&self) -> f64 {
        let Self { model, batch, .. } = self;
        let zeros = vec![0.0; model.tensors().iter().map(TensorSpec::len).sum()];
        model.mean_loss(batch, &zeros, &mut zeros.clone())
    }
}
