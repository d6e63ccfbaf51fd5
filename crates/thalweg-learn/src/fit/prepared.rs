//! A table made ready for training.

use crate::data::{Plan, Rows, Scale, Schema, Table, Target, WithTarget, split, split_stratified};
use crate::error::Result;
use crate::model::{About, Loss, ModelFile, scores};
use crate::train::{Batch, Trained, Training};

use super::Fit;

/// A table's rows as numbers, split for training and validation.
#[derive(Clone, Debug)]
pub struct Prepared {
    pub(super) loss: Loss,
    pub(super) plan: Plan,
    pub(super) schema: Schema,
    /// The rows to train on.
    pub train: Rows,
    /// The rows held out; there may be none.
    pub validation: Rows,
}

impl Prepared {
    pub(super) fn of(fit: &Fit, table: &Table) -> Result<Self> {
        let kind = fit.loss.map_or(fit.kind, Loss::target);
        let mut plan = Schema::plan(table, &fit.target, kind, &fit.choices)?;
        let (train, validation) = match plan.labels(table) {
            Some(labels) => split_stratified(&plan.usable_rows, &labels, fit.val_fraction, fit.seed),
            None => split(&plan.usable_rows, fit.val_fraction, fit.seed),
        };
        if fit.loss == Some(Loss::Poisson) {
            plan.refuse_negative(table)?;
            plan.scale = Scale::Mean;
        }
        let schema = plan.schema(table, &train)?;
        let usual = match schema.target {
            Target::Number { .. } => Loss::Squared,
            Target::Label { .. } => Loss::Logistic,
        };
        let loss = fit.loss.unwrap_or(usual);
        let train = schema.encode(table, &train, WithTarget::Yes)?;
        let validation = schema.encode(table, &validation, WithTarget::Yes)?;
        Ok(Self { loss, plan, schema, train, validation })
    }

    /// The loss of a row, for the target as it is trained.
    pub fn loss(&self) -> Loss {
        self.loss.scaled(self.schema.target.units().0)
    }

    /// What a loss as trained is multiplied by to be as reported ([`Loss::unit`]).
    pub fn unit(&self) -> f64 {
        self.loss.unit(self.schema.target.units().0)
    }

    /// The mean loss of these weights and this intercept, as reported: on the validation rows, or without any on the
    /// training rows.
    pub fn watched(&self, parameters: &[f64]) -> f64 {
        let rows = if self.validation.is_empty() { &self.train } else { &self.validation };
        self.mean_loss(rows, &scores(rows, parameters))
    }

    /// The mean loss of scores of rows, as reported.
    pub(super) fn mean_loss(&self, rows: &Rows, scores: &[f64]) -> f64 {
        let loss = self.loss();
        let sum: f64 = scores.iter().zip(&rows.target).map(|(&z, &y)| loss.at(z, y).0).sum();
        sum / rows.len().max(1) as f64 * self.unit()
    }

    pub(super) fn model(&self, training: &Training, trained: &Trained, seed: u64) -> ModelFile {
        let (weights, intercept) = trained.parameters.split_at(self.train.features);
        ModelFile {
            schema: self.schema.clone(),
            weights: weights.to_vec(),
            intercept: intercept.iter().sum(),
            about: About {
                version: env!("CARGO_PKG_VERSION").into(),
                model: self.loss.kind(),
                loss: (!matches!(self.loss, Loss::Squared | Loss::Logistic)).then_some(self.loss),
                method: training.spec.to_string(),
                schedule: training.spec.around.schedule.to_string(),
                batch_size: match training.batch {
                    Batch::Full => self.train.len(),
                    Batch::Rows(size) => size.min(self.train.len()),
                } as u64,
                rows: self.train.len() as u64,
                epochs: trained.epochs,
                steps: trained.steps,
                seed,
                l1: training.l1,
                l2: training.l2,
            },
        }
    }
}
