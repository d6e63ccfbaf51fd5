//! Evaluation of a trained model.

use thalweg::Seed;

use super::prepared_data::PreparedData;
use super::report::{FitReport, SplitMetrics, Timings};
use super::row_handling::ShuffleMode;
use crate::data::{Rows, Target};
use crate::error::{Error, Result};
use crate::interrupt::Interrupt;
use crate::metrics::{
    Diagnostics, EvaluatedRows, MetricIntervals, Metrics, ScoredRows, VisitScores, intervals, visit_constant,
};
use crate::model::{Loss, ModelFile};
use crate::pool;
use crate::train::TrainingResult;

/// Maximum number of coefficients in the report of features without names; the model file has all of them.
const MAX_LISTED_COEFFICIENTS: usize = 1000;

/// Maximum number of coefficients that are listed after an interrupt: their order takes less than a second.
const COEFFICIENTS_AFTER_INTERRUPT: usize = 1 << 20;

/// Maximum number of rows of each part that are evaluated after an interrupt.
const ROWS_AFTER_INTERRUPT: usize = 50_000;

/// Multiplications for the rows of each part that are evaluated after an interrupt: less than a second of one thread.
const MAX_WORK_AFTER_INTERRUPT: usize = 1 << 29;

/// Quality of a model and of the best constant prediction.
struct Evaluation {
    metrics: SplitMetrics,
    baseline: SplitMetrics,
    /// Intervals of the metrics on the validation rows.
    intervals: Option<MetricIntervals>,
    /// Curves and residuals of the model on the validation rows.
    diagnostics: Option<Diagnostics>,
}

/// Function that calls another one with some of the rows after others, and their scores.
pub(super) type VisitParts<'a> = dyn Fn(&Rows, &mut VisitScores<'_>) -> Result<()> + Sync + 'a;

impl PreparedData {
    /// Evaluates a trained model on the training and validation rows; after an interrupt, on the first of them.
    pub(super) fn report(&self, result: &TrainingResult, model: &ModelFile, interrupt: Interrupt<'_>) -> FitReport {
        let intercepts = model.intercepts();
        let most = if self.schema.indexed_features.is_some() { MAX_LISTED_COEFFICIENTS } else { usize::MAX };
        let coefficients = model.largest_coefficients(most, interrupt).or_else(|_| {
            let is_short = model.weights().len() <= COEFFICIENTS_AFTER_INTERRUPT;
            if is_short { model.largest_coefficients(most, Interrupt::NEVER) } else { Ok(Vec::new()) }
        });
        let seed = Seed::new(model.training_info.seed);
        let (evaluation, metrics_rows) = self.evaluate(&result.parameters, seed, interrupt);
        let Evaluation { metrics, baseline, intervals, diagnostics } = evaluation;
        let info = &model.training_info;
        FitReport {
            target: self.schema.target.name().into(),
            labels: self.schema.target.reported_labels(),
            rows: self.train.len() + self.validation.len(),
            train_rows: self.train.len(),
            validation_rows: self.validation.len(),
            target_missing: self.summary.target_missing,
            skipped_rows: self.summary.skipped_rows.clone(),
            notes: self.summary.notes.clone(),
            cache: self.summary.cache.clone(),
            hashed: self.summary.hashed,
            outliers: self.summary.outliers.clone(),
            first_feature: self.schema.indexed_features.map(|indexed_features| indexed_features.first),
            shuffle: ShuffleMode::of(&self.train),
            features: self.train.sample().features,
            model: info.model,
            architecture: info.architecture.clone(),
            parameters: result.parameters.len(),
            loss: self.loss,
            residual_scale: match self.loss {
                Loss::Huber { .. } => self.schema.target.residual_scale(),
                _ => None,
            },
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
            sync_every: info.sync_every,
            workers: info.workers,
            l1: info.l1,
            l2: info.l2,
            factor_l2: self.architecture.has_factors().then_some(info.factor_l2),
            penalty_search: None,
            range_test: None,
            zeros: model.weights().iter().filter(|weight| **weight == 0.0).count(),
            epochs: result.epochs,
            steps: result.steps,
            samples: result.samples,
            objective: None,
            gradient_norm: result.gradient_norm,
            duality_gap: result.duality_gap.map(|gap| gap * self.objective_scale()),
            certificate: None,
            late_decrease: result.late_decrease,
            refit: None,
            omitted: Vec::new(),
            dense_reason: result.dense_reason.clone(),
            rollbacks: result.rollbacks.clone(),
            history: result.history.scaled(self.report_scale()),
            best_epoch: result.best_epoch,
            stopped: result.stopped,
            train: metrics.train,
            validation: metrics.validation,
            metrics_rows,
            baseline,
            intervals,
            cross_validation: None,
            diagnostics,
            seconds: Timings::default(),
            rows_per_second: 0.0,
            // A network has no intercept of its own.
            intercept: intercepts.first().copied().unwrap_or(0.0),
            intercepts: if intercepts.len() > 1 { intercepts } else { Vec::new() },
            coefficients: coefficients.expect("nothing interrupts"),
            warnings: Vec::new(),
            whole_number_values: self.summary.whole_number_values,
            possible_levels: self.summary.possible_levels.clone(),
            text_as_missing: self.summary.text_as_missing.clone(),
            excluded_columns: self.summary.excluded_columns.clone(),
        }
    }

    /// Evaluates the model and the best constant prediction, which is 0 without an intercept. After an interrupt, only
    /// the first rows are evaluated, whose number is returned if there are more.
    fn evaluate(&self, parameters: &[f64], seed: Seed, interrupt: Interrupt<'_>) -> (Evaluation, Option<usize>) {
        let (train, validation) = (self.train.sample(), &self.validation);
        if let Ok(evaluation) = self.evaluate_rows([train, validation], parameters, seed, interrupt) {
            return (evaluation, None);
        }
        let most = (MAX_WORK_AFTER_INTERRUPT / self.model().row_work(train)).clamp(1, ROWS_AFTER_INTERRUPT);
        let first = |rows: &Rows| rows.range(0..rows.len().min(most));
        let evaluated = self.evaluate_rows([&first(train), &first(validation)], parameters, seed, Interrupt::NEVER);
        let is_limited = train.len().max(validation.len()) > most;
        (evaluated.expect("nothing interrupts"), is_limited.then_some(most))
    }

    fn evaluate_rows(
        &self,
        [train, validation]: [&Rows; 2],
        parameters: &[f64],
        seed: Seed,
        interrupt: Interrupt<'_>,
    ) -> Result<Evaluation> {
        let (model, constant) = (self.model(), self.best_constant_of(train, interrupt)?);
        let of_model: &VisitParts<'_> = &|rows, visit| model.score_parts(rows, parameters, interrupt, visit);
        let of_constant: &VisitParts<'_> = &|rows, visit| visit_constant(rows, &constant, visit);
        let metrics = |rows: &Rows, visit_parts: &VisitParts<'_>| -> Result<(EvaluatedRows, Metrics)> {
            let evaluated = self.evaluated(rows, visit_parts, interrupt)?;
            let metrics = evaluated.metrics(interrupt)?;
            Ok((evaluated, metrics))
        };
        let on_train = |visit_parts| -> Result<SplitMetrics> {
            Ok(SplitMetrics { train: metrics(train, visit_parts)?.1, validation: None })
        };
        // One after the other: the predictions of the training rows take memory.
        let on_train = || Ok::<_, Error>((on_train(of_model)?, on_train(of_constant)?));
        let on_validation = || {
            let (model, constant) = pool::join(|| metrics(validation, of_model), || metrics(validation, of_constant));
            let ((model, model_metrics), (constant, constant_metrics)) = (model?, constant?);
            let (intervals, diagnostics) =
                pool::join(|| intervals(&model, &constant, seed, interrupt), || model.diagnostics(interrupt));
            Ok::<_, Error>((model_metrics, constant_metrics, intervals?, diagnostics?))
        };
        if validation.is_empty() {
            let (metrics, baseline) = on_train()?;
            return Ok(Evaluation { metrics, baseline, intervals: None, diagnostics: None });
        }
        let (on_train, on_validation) = pool::join(on_train, on_validation);
        let ((mut metrics, mut baseline), on_validation) = (on_train?, on_validation?);
        let (model_metrics, constant_metrics, intervals, diagnostics) = on_validation;
        (metrics.validation, baseline.validation) = (Some(model_metrics), Some(constant_metrics));
        Ok(Evaluation { metrics, baseline, intervals: Some(intervals), diagnostics: Some(diagnostics) })
    }

    /// Returns the scores of the best constant prediction for the training rows, which is 0 without an intercept.
    pub(super) fn best_constant(&self, interrupt: Interrupt<'_>) -> Result<Vec<f64>> {
        self.best_constant_of(self.train.sample(), interrupt)
    }

    fn best_constant_of(&self, train: &Rows, interrupt: Interrupt<'_>) -> Result<Vec<f64>> {
        let outputs = self.schema.target.outputs();
        if self.intercept {
            self.loss().best_constant_until(outputs, &train.target, |row| train.loss_weight(row), interrupt)
        } else {
            Ok(vec![0.0; outputs])
        }
    }

    /// Returns the predictions of rows; `visit_parts` computes their scores.
    pub(super) fn evaluated(
        &self,
        rows: &Rows,
        visit_parts: &VisitParts<'_>,
        interrupt: Interrupt<'_>,
    ) -> Result<EvaluatedRows> {
        let mut scored = ScoredRows::new(&self.schema.target, self.loss, rows.len());
        visit_parts(rows, &mut |part, scores| scored.add(part, scores, interrupt))?;
        scored.evaluated(rows, interrupt)
    }
}
