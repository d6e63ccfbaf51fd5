//! A table made ready for training.

use std::ops::ControlFlow;
use std::sync::atomic::AtomicBool;

use serde::{Deserialize, Serialize};

use crate::data::{
    EncodingPlan, HashingStats, RowStore, Rows, Schema, SkippedRows, Standardization, Table, Target, WeightedRows,
    WithTarget, split, split_stratified,
};
use crate::error::Result;
use crate::model::{AnyModel, Architecture, Loss, ModelFile, NamedTensor, TrainingInfo, row_losses};
use crate::train::{BatchSize, EpochReport, TrainingConfig, TrainingResult, train_any};

use super::report::{CacheUsage, ExcludedColumn};
use super::{ClassWeight, FitConfig, weights};

/// A table's rows as numbers, split for training and validation.
#[derive(Debug)]
pub struct PreparedData {
    pub(super) loss: Loss,
    pub(super) balanced: bool,
    pub(super) intercept: bool,
    architecture: Architecture,
    pub(super) found: DataSummary,
    pub(super) schema: Schema,
    /// The rows to train on.
    pub train: RowStore,
    /// The rows held out; there may be none.
    pub validation: Rows,
}

/// What the report tells of the data.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct DataSummary {
    #[serde(rename = "left_out")]
    pub(super) excluded_columns: Vec<ExcludedColumn>,
    pub(super) target_missing: usize,
    #[serde(rename = "faults")]
    pub(super) skipped_rows: SkippedRows,
    pub(super) hashed: Option<HashingStats>,
    /// The cache that it is from or in.
    #[serde(skip)]
    pub(super) cache: Option<CacheUsage>,
}

impl From<EncodingPlan> for DataSummary {
    fn from(plan: EncodingPlan) -> Self {
        let EncodingPlan { excluded_columns, target_missing, skipped_rows, hashed, .. } = plan;
        Self {
            excluded_columns: excluded_columns.iter().map(ExcludedColumn::new).collect(),
            target_missing,
            skipped_rows,
            hashed,
            cache: None,
        }
    }
}

/// What each column is, decided from the rows of this table.
pub(super) fn plan(fit: &FitConfig, table: &Table) -> Result<EncodingPlan> {
    let kind = fit.loss.map_or(fit.kind, Loss::target);
    let mut column_options = fit.column_options.clone();
    column_options.ignore.extend(fit.weight.clone());
    let mut plan = EncodingPlan::infer(table, &fit.target, kind, &column_options)?;
    let count = fit.loss == Some(Loss::Poisson);
    if count {
        plan.check_counts(table, &plan.usable_rows)?;
    }
    plan.standardization = Standardization { center: fit.intercept, count_target: count };
    plan.excluded_columns.retain(|exclusion| Some(&exclusion.column) != fit.weight.as_ref());
    Ok(plan)
}

impl PreparedData {
    /// Of a table that holds the whole file.
    pub(super) fn of(fit: &FitConfig, table: &Table) -> Result<Self> {
        let mut plan = plan(fit, table)?;
        let (train, validation) = match plan.classes(table) {
            Some(classes) => split_stratified(&plan.usable_rows, &classes, fit.val_fraction, fit.seed),
            None => split(&plan.usable_rows, fit.val_fraction, fit.seed),
        };
        let weights = |rows: &[usize]| match &fit.weight {
            Some(column) => weights::of_rows(table, column, &fit.target, rows),
            None => Ok(Vec::new()),
        };
        let (of_train, of_validation) = (weights(&train)?, weights(&validation)?);
        let schema = plan.schema(table, WeightedRows { rows: &train, weights: &of_train })?;
        let mut train = schema.encode(table, &train, WithTarget::Yes)?;
        let mut validation = schema.encode(table, &validation, WithTarget::Yes)?;
        (train.weight, validation.weight) = (of_train, of_validation);
        Self::new(fit, plan.into(), schema, RowStore::Memory(train), validation)
    }

    pub(super) fn new(
        fit: &FitConfig,
        found: DataSummary,
        schema: Schema,
        mut train: RowStore,
        mut validation: Rows,
    ) -> Result<Self> {
        let loss = fit.loss.unwrap_or(Loss::default_for(&schema.target));
        let balanced = fit.class_weight == ClassWeight::Balanced;
        if balanced {
            let classes = match &schema.target {
                Target::Label { .. } => 2,
                Target::Classes { labels, .. } => labels.len(),
                Target::Number { .. } => {
                    let (what, expected) = ("class-weight".into(), "equal where the target is a number".into());
                    return Err(thalweg::Error::InvalidValue { what, expected, found: "balanced".into() }.into());
                }
            };
            let weights = weights::balanced(train.sample(), classes);
            train.set_class_weight(&weights);
            validation.class_weight = weights;
        }
        let architecture = fit.architecture.clone();
        let unable = matches!(architecture, Architecture::FactorizationMachine { .. }) && schema.target.outputs() > 1;
        if unable {
            let expected = "linear or mlp where there are several classes".into();
            return Err(thalweg::Error::InvalidValue {
                what: "model".into(),
                expected,
                found: architecture.to_string(),
            }
            .into());
        }
        Ok(Self { loss, balanced, intercept: fit.intercept, architecture, found, schema, train, validation })
    }

    /// The model to train.
    pub fn model(&self) -> AnyModel {
        self.architecture.model(self.train.sample().features, self.schema.target.outputs(), self.intercept)
    }

    /// Trains the model on the training rows. `see` is called after each epoch and may end the training; so does
    /// `interrupt`, at the next step.
    ///
    /// # Errors
    /// Hyperparameters out of their range.
    pub fn train(
        &self,
        training: &TrainingConfig,
        interrupt: &AtomicBool,
        see: &mut (dyn FnMut(&EpochReport) -> ControlFlow<()> + Send),
    ) -> Result<TrainingResult> {
        train_any(&self.model(), &self.train, &self.validation, self.loss(), training, interrupt, see)
    }

    /// The loss of a row, for the target as it is trained.
    pub fn loss(&self) -> Loss {
        self.loss.scaled(self.schema.target.units().0)
    }

    /// What a loss as trained is multiplied by to be as reported ([`Loss::report_scale`]).
    pub fn report_scale(&self) -> f64 {
        self.loss.report_scale(self.schema.target.units().0)
    }

    /// The mean loss before the first step, as reported: on the validation rows, or without any on the training rows.
    pub fn watched_at_start(&self, training: &TrainingConfig) -> f64 {
        let rows = if self.validation.is_empty() { self.train.sample() } else { &self.validation };
        let model = self.model();
        let start = model.init_parameters(training.init, training.seed);
        self.mean_loss(rows, &model.scores(rows, &start))
    }

    /// The mean loss of scores of rows, as reported.
    pub(super) fn mean_loss(&self, rows: &Rows, scores: &[f64]) -> f64 {
        let sum: f64 = row_losses(rows, scores, self.loss()).iter().sum();
        sum / rows.len().max(1) as f64 * self.report_scale()
    }

    pub(super) fn file(&self, training: &TrainingConfig, trained: &TrainingResult, seed: u64) -> ModelFile {
        let (mut tensors, mut start) = (Vec::new(), 0);
        for tensor in self.model().tensors() {
            let values = trained.parameters[start..start + tensor.len()].to_vec();
            start += values.len();
            tensors.push(NamedTensor { name: tensor.name, shape: tensor.shape, values });
        }
        if !self.intercept && self.architecture == Architecture::Linear {
            // Without an intercept it is 0.
            let values = vec![0.0; self.schema.target.outputs()];
            tensors.push(NamedTensor { name: "intercept".into(), shape: vec![values.len()], values });
        }
        ModelFile {
            schema: self.schema.clone(),
            tensors,
            training_info: TrainingInfo {
                version: env!("CARGO_PKG_VERSION").into(),
                model: self.loss.kind(),
                architecture: self.architecture.clone(),
                loss: (self.loss != Loss::default_for(&self.schema.target)).then_some(self.loss),
                method: training.spec.to_string(),
                schedule: training.spec.options.schedule.to_string(),
                batch_size: match training.batch {
                    BatchSize::Full => self.train.len(),
                    BatchSize::Rows(size) => size.min(self.train.len()),
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
