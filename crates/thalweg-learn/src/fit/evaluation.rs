//! Evaluation of a trained model.

use super::prepared_data::PreparedData;
use super::report::{FitReport, ShuffleMode, SplitMetrics, Timings};
use crate::data::{Rows, Target};
use crate::error::Result;
use crate::interrupt::Interrupt;
use crate::metrics::Metrics;
use crate::model::ModelFile;
use crate::train::{TrainingConfig, TrainingResult};

/// Maximum number of coefficients in the report of features without names; the model file has all of them.
const MAX_LISTED_COEFFICIENTS: usize = 1000;

/// Maximum number of rows of each part that are evaluated after an interrupt.
const ROWS_AFTER_INTERRUPT: usize = 50_000;

impl PreparedData {
    /// Evaluates a trained model on the training and validation rows; after an interrupt, on the first of them.
    pub(super) fn report(
        &self,
        config: &TrainingConfig,
        result: &TrainingResult,
        model: &ModelFile,
        interrupt: Interrupt<'_>,
    ) -> FitReport {
        let labels = match &self.schema.target {
            Target::Number { .. } => None,
            Target::Label { negative, positive, .. } => Some(vec![positive.clone(), negative.clone()]),
            Target::Classes { labels, .. } => Some(labels.clone()),
        };
        let intercepts = model.intercepts();
        let mut coefficients = model.coefficients();
        // The coefficients of hash buckets come last; several levels share each, so they have no meaning of their own.
        coefficients
            .truncate(coefficients.len().saturating_sub(self.schema.hashed_count() * self.schema.target.outputs()));
        coefficients.sort_by(|a, b| b.weight.abs().total_cmp(&a.weight.abs()));
        if self.schema.indexed_features.is_some() {
            coefficients.truncate(MAX_LISTED_COEFFICIENTS);
        }
        let (metrics, baseline) = self.evaluate(&result.parameters, interrupt);
        let info = &model.training_info;
        FitReport {
            target: self.schema.target.name().into(),
            labels,
            rows: self.train.len() + self.validation.len(),
            train_rows: self.train.len(),
            validation_rows: self.validation.len(),
            target_missing: self.summary.target_missing,
            skipped_rows: self.summary.skipped_rows.clone(),
            cache: self.summary.cache.clone(),
            hashed: self.summary.hashed,
            first_feature: self.schema.indexed_features.map(|indexed_features| indexed_features.first),
            shuffle: ShuffleMode::of(&self.train),
            features: self.train.sample().features,
            model: info.model,
            architecture: info.architecture.clone(),
            parameters: result.parameters.len(),
            loss: self.loss,
            class_weight: self.balanced.then(|| {
                let mut weights = self.train.sample().class_weight.clone();
                if let Target::Label { .. } = self.schema.target {
                    weights.reverse();
                }
                weights
            }),
            weight: None,
            method: info.method.clone(),
            schedule: info.schedule.clone(),
            batch_size: info.batch_size,
            l1: config.l1,
            l2: config.l2,
            zeros: model.weights().iter().filter(|weight| **weight == 0.0).count(),
            epochs: result.epochs,
            steps: result.steps,
            dense_reason: result.dense_reason.clone(),
            best_epoch: result.best_epoch,
            stopped: result.stopped,
            train: metrics.train,
            validation: metrics.validation,
            baseline,
            seconds: Timings::default(),
            rows_per_second: 0.0,
            // A network has no intercept of its own.
            intercept: intercepts.first().copied().unwrap_or(0.0),
            intercepts: if intercepts.len() > 1 { intercepts } else { Vec::new() },
            coefficients,
            excluded_columns: self.summary.excluded_columns.clone(),
        }
    }

    /// Returns the metrics of the model and of the best constant prediction, which is 0 without an intercept. After an
    /// interrupt, they are those of the first rows only.
    fn evaluate(&self, parameters: &[f64], interrupt: Interrupt<'_>) -> (SplitMetrics, SplitMetrics) {
        let (train, validation) = (self.train.sample(), &self.validation);
        self.evaluate_rows(train, validation, parameters, interrupt).unwrap_or_else(|_| {
            let first = |rows: &Rows| {
                let mut first = rows.empty_like();
                first.take_from(rows, 0..rows.len().min(ROWS_AFTER_INTERRUPT));
                first
            };
            let evaluated = self.evaluate_rows(&first(train), &first(validation), parameters, Interrupt::NEVER);
            evaluated.expect("nothing interrupts")
        })
    }

    fn evaluate_rows(
        &self,
        train: &Rows,
        validation: &Rows,
        parameters: &[f64],
        interrupt: Interrupt<'_>,
    ) -> Result<(SplitMetrics, SplitMetrics)> {
        let (model, outputs) = (self.model(), self.schema.target.outputs());
        let on_both = |scores: &dyn Fn(&Rows) -> Result<Vec<f64>>| -> Result<SplitMetrics> {
            let metrics = |rows: &Rows| self.metrics(rows, &scores(rows)?, interrupt);
            let validation = (!validation.is_empty()).then(|| metrics(validation)).transpose()?;
            Ok(SplitMetrics { train: metrics(train)?, validation })
        };
        let of_model = on_both(&|rows| model.scores_until(rows, parameters, interrupt))?;
        let constant = if self.intercept {
            self.loss().best_constant(outputs, &train.target, |row| train.loss_weight(row))
        } else {
            vec![0.0; outputs]
        };
        Ok((of_model, on_both(&|rows| Ok(constant.repeat(rows.len())))?))
    }

    /// Returns the metrics of the scores of rows.
    fn metrics(&self, rows: &Rows, scores: &[f64], interrupt: Interrupt<'_>) -> Result<Metrics> {
        let transform = self.schema.target.inverse_transform();
        let mean_loss = self.mean_loss(rows, scores, interrupt)?;
        let weight = |row| rows.repetitions(row);
        match &self.schema.target {
            Target::Number { .. } => {
                let predicted: Vec<f64> = scores.iter().map(|&z| self.loss.prediction(z, transform)).collect();
                let target: Vec<f64> = rows.target.iter().map(|&y| transform.apply(y)).collect();
                Metrics::regression_until(&predicted, &target, weight, mean_loss, interrupt)
            }
            Target::Label { .. } => {
                Metrics::binary_until(scores, &rows.target, weight, self.loss, mean_loss, interrupt)
            }
            Target::Classes { labels, .. } => {
                Metrics::multiclass_until(labels.len(), scores, &rows.target, weight, mean_loss, interrupt)
            }
        }
    }
}
