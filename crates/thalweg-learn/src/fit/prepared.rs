//! A table made ready for training.

use crate::data::{Plan, Rows, Scale, Schema, Table, Target, Weighted, WithTarget, split, split_stratified};
use crate::error::Result;
use crate::model::{About, Loss, ModelFile, scores};
use crate::train::{Batch, Trained, Training};

use super::{ClassWeight, Fit, weights};

/// A table's rows as numbers, split for training and validation.
#[derive(Clone, Debug)]
pub struct Prepared {
    pub(super) loss: Loss,
    pub(super) balanced: bool,
    intercept: bool,
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
        let mut choices = fit.choices.clone();
        choices.ignore.extend(fit.weight.clone());
        let mut plan = Schema::plan(table, &fit.target, kind, &choices)?;
        let (train, validation) = match plan.labels(table) {
            Some(labels) => split_stratified(&plan.usable_rows, &labels, fit.val_fraction, fit.seed),
            None => split(&plan.usable_rows, fit.val_fraction, fit.seed),
        };
        let count = fit.loss == Some(Loss::Poisson);
        if count {
            plan.refuse_negative(table)?;
        }
        plan.scale = Scale { intercept: fit.intercept, count };
        plan.left_out.retain(|(name, _)| Some(name) != fit.weight.as_ref());
        let weights = |rows: &[usize]| match &fit.weight {
            Some(column) => weights::of_rows(table, column, &fit.target, rows),
            None => Ok(Vec::new()),
        };
        let (of_train, of_validation) = (weights(&train)?, weights(&validation)?);
        let schema = plan.schema(table, Weighted { rows: &train, weights: &of_train })?;
        let usual = match schema.target {
            Target::Number { .. } => Loss::Squared,
            Target::Label { .. } => Loss::Logistic,
        };
        let loss = fit.loss.unwrap_or(usual);
        let mut train = schema.encode(table, &train, WithTarget::Yes)?;
        let mut validation = schema.encode(table, &validation, WithTarget::Yes)?;
        (train.weight, validation.weight) = (of_train, of_validation);
        let balanced = fit.class_weight == ClassWeight::Balanced;
        if balanced {
            if let Target::Number { .. } = schema.target {
                let (what, must) = ("class-weight".into(), "equal where the target is a number".into());
                return Err(thalweg::Error::Text { what, must, found: "balanced".into() }.into());
            }
            train.class_weight = weights::balanced(&train);
            validation.class_weight = train.class_weight;
        }
        Ok(Self { loss, balanced, intercept: fit.intercept, plan, schema, train, validation })
    }

    /// How many numbers are trained: a weight for each coefficient, and the intercept.
    pub fn parameters(&self) -> usize {
        self.train.features + usize::from(self.intercept)
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
        let pairs = scores.iter().zip(&rows.target).enumerate();
        let sum: f64 = pairs.map(|(i, (&z, &y))| rows.loss_weight(i) * loss.at(z, y).0).sum();
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
