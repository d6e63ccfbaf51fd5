//! Data prepared for training.

use super::config::{ClassWeight, FitConfig};
use super::data_summary::DataSummary;
use super::penalties::Penalties;
use super::weights;
use crate::data::{EncodingPlan, RowStore, Rows, Schema, Standardization, Table, Target};
use crate::error::Result;
use crate::interrupt::Interrupt;
use crate::metrics::mean_of_losses;
use crate::model::{AnyModel, Architecture, Loss, ModelFile, NamedTensor, TensorSpec, row_losses};
use crate::pool;
use crate::team::Team;
use crate::train::{
    AnyTrainingState, Callbacks, LearningRateRangeTest, PenaltySearch, TrainingConfig, TrainingData, TrainingResult,
    TrainingStart, choose_l2_any, range_test_any, train_any, train_any_from, train_any_to_end,
};

/// Encoded rows of a table, split for training and validation.
#[derive(Debug)]
pub struct PreparedData {
    /// Loss in the units of the target.
    pub(super) loss: Loss,
    /// True if the classes have balanced weights.
    pub(super) balanced: bool,
    /// True if the model has an intercept.
    pub(super) intercept: bool,
    pub(super) architecture: Architecture,
    /// Summary of the data for the report.
    pub(super) summary: DataSummary,
    /// Encoding of the rows.
    pub(super) schema: Schema,
    /// Training rows, in memory or on disk.
    pub train: RowStore,
    /// Validation rows; may be empty.
    pub validation: Rows,
    /// All rows, those for validation included, for the last fit; `None` if there is none.
    pub(super) all_rows: Option<Box<PreparedData>>,
    /// Seconds spent on reading and encoding.
    pub(super) read_seconds: f64,
    /// Number of bytes of the data files that were read.
    pub(super) file_bytes_read: u64,
}

/// Detects the types of the columns from the rows of this table.
pub(super) fn plan(config: &FitConfig, table: &Table<'_>) -> Result<EncodingPlan> {
    let target_kind = config.loss.map_or(config.target_kind, Loss::target_kind);
    let mut column_options = config.column_options.clone();
    column_options.ignore.extend(config.weight_column.clone());
    let mut plan = EncodingPlan::infer(table, &config.target, target_kind, &column_options)?;
    let count_target = config.loss == Some(Loss::Poisson);
    if count_target {
        plan.check_counts(table, &plan.usable_rows)?;
    }
    plan.standardization = Standardization { center: config.intercept, count_target };
    plan.excluded_columns.retain(|exclusion| Some(&exclusion.column) != config.weight_column.as_ref());
    Ok(plan)
}

impl PreparedData {
    /// Applies the class weights, and checks that the loss and the architecture suit the target, and that the training
    /// on this number of ranks fits in the memory of each.
    pub(super) fn new(
        config: &FitConfig,
        summary: DataSummary,
        mut schema: Schema,
        (mut train, mut validation): (RowStore, Rows),
        ranks: usize,
    ) -> Result<Self> {
        use thalweg::Error::InvalidValue;
        let loss = config.loss.unwrap_or(Loss::default_for(&schema.target));
        let balanced = config.class_weight == ClassWeight::Balanced;
        if balanced {
            let classes = match &schema.target {
                Target::Label { .. } => 2,
                Target::Classes { labels, .. } => labels.len(),
                Target::Number { .. } => {
                    let (what, expected) = ("class_weight".into(), "equal if the target is a number".into());
                    return Err(InvalidValue { what, expected, found: "balanced".into() }.into());
                }
            };
            let weights = weights::balanced_class_weights(train.sample(), classes);
            train.set_class_weight(&weights);
            validation.class_weight = weights;
        }
        let architecture = config.architecture.clone();
        let single_output = matches!(architecture, Architecture::FactorizationMachine { .. });
        if single_output && schema.target.outputs() > 1 {
            let (what, expected) = ("model".into(), "linear or mlp for more than two classes".into());
            return Err(InvalidValue { what, expected, found: architecture.to_string() }.into());
        }
        config.check_memory(&schema, &train, &validation, ranks)?;
        if let (Loss::Huber { delta }, Target::Number { deviation, residual_scale, .. }) = (loss, &mut schema.target)
            && residual_scale.is_none()
        {
            *residual_scale = Some(*deviation * config.huber_scale(delta, &train)?.of(train.sample()));
        }
        let intercept = config.intercept;
        Ok(Self {
            loss,
            balanced,
            intercept,
            architecture,
            summary,
            schema,
            train,
            validation,
            all_rows: None,
            read_seconds: 0.0,
            file_bytes_read: 0,
        })
    }

    /// Divides rows on disk, which all ranks of a team can read, among them.
    pub fn divide(&mut self, team: &dyn Team) {
        if let RowStore::Disk(disk_rows) = &mut self.train {
            disk_rows.divide(team);
        }
        if let Some(all) = &mut self.all_rows {
            all.divide(team);
        }
    }

    /// Number of bytes of the data files that this process has read: the beginning, from which the types of the columns
    /// are detected, and all rows or, on one of several ranks, its part of them. 0 for data in memory or in a cache.
    pub fn file_bytes_read(&self) -> u64 {
        self.file_bytes_read
    }

    /// Encoding of the rows.
    pub fn schema(&self) -> &Schema {
        &self.schema
    }

    /// Returns the model to train.
    pub fn model(&self) -> AnyModel {
        self.architecture.model(self.train.sample().features, self.schema.target.outputs(), self.intercept)
    }

    /// Number of parameters of the model.
    pub(super) fn parameter_count(&self) -> usize {
        self.model().tensors().iter().map(TensorSpec::len).fold(0, usize::saturating_add)
    }

    /// Chooses the L2 penalty of a linear model by cross-validation on the training rows.
    pub(super) fn choose_l2(&self, config: &TrainingConfig, interrupt: Interrupt<'_>) -> Result<Option<PenaltySearch>> {
        choose_l2_any(&self.model(), self.train.sample(), self.loss(), config, interrupt)
    }

    /// Tests learning rates by a short training on the training rows, with the losses as they are reported.
    pub(super) fn range_test(
        &self,
        config: &TrainingConfig,
        interrupt: Interrupt<'_>,
    ) -> Result<Option<LearningRateRangeTest>> {
        let test = range_test_any(&self.model(), &self.training_data(), config, interrupt)?;
        Ok(test.map(|test| test.with_losses_times(self.report_scale())))
    }

    /// Returns the rows and the loss of the training.
    fn training_data(&self) -> TrainingData<'_> {
        TrainingData { train: &self.train, validation: &self.validation, loss: self.loss() }
    }

    /// Trains the model on the training rows; see [`train`](crate::train::train).
    ///
    /// # Errors
    /// A hyperparameter out of range; rows on disk that cannot be read.
    pub fn train(&self, config: &TrainingConfig, callbacks: Callbacks<'_>) -> Result<TrainingResult> {
        train_any(&self.model(), &self.training_data(), config, callbacks)
    }

    /// Trains from a given start, and returns the state from which the training continues as well; see
    /// [`train_from`](crate::train::train_from).
    ///
    /// # Errors
    /// As [`PreparedData::train`]; a start of another model.
    pub fn train_from(
        &self,
        config: &TrainingConfig,
        start: TrainingStart<AnyTrainingState>,
        callbacks: Callbacks<'_>,
    ) -> Result<(TrainingResult, AnyTrainingState)> {
        train_any_from(&self.model(), &self.training_data(), config, start, callbacks)
    }

    /// Trains to the end of the epochs of `config`, from a state of the same training where one is given.
    pub(super) fn train_to_end(
        &self,
        config: &TrainingConfig,
        state: Option<AnyTrainingState>,
        callbacks: Callbacks<'_>,
    ) -> Result<TrainingResult> {
        let Some(state) = state else { return self.train(config, callbacks) };
        let config = TrainingConfig {
            epochs: config.epochs.saturating_sub(state.epoch()),
            schedule_epochs: Some(config.schedule_epochs.unwrap_or(config.epochs)),
            ..config.clone()
        };
        train_any_to_end(&self.model(), &self.training_data(), &config, TrainingStart::State(state), callbacks)
    }

    /// Returns the weights of a model as the start of a training: a warm start.
    ///
    /// # Errors
    /// A model with another schema or architecture, or with an intercept where this one has none.
    pub fn start_of(&self, model: &ModelFile) -> Result<TrainingStart<AnyTrainingState>> {
        let other = |expected: String, found: String| thalweg::Error::InvalidValue {
            what: "the model of the warm start".into(),
            expected,
            found,
        };
        let (expected, found) = (&self.architecture, &model.training_info.architecture);
        if expected != found {
            return Err(other(expected.to_string(), found.to_string()).into());
        }
        if self.schema != model.schema {
            let expected = "a model with the schema of these rows".to_owned();
            return Err(other(expected, "one with other columns or statistics".to_owned()).into());
        }
        let mut parameters = model.parameters();
        let expected = self.parameter_count();
        // A model file has an intercept of 0 where the model has none.
        if !self.intercept && self.architecture == Architecture::Linear {
            if parameters.iter().skip(expected).any(|&intercept| intercept != 0.0) {
                return Err(other("a model without an intercept".to_owned(), "one with an intercept".to_owned()).into());
            }
            parameters.truncate(expected);
        }
        Ok(TrainingStart::Parameters(parameters))
    }

    /// Returns the loss of a row, for the target as it is trained. The δ of Huber's loss is then that of its residuals.
    pub fn loss(&self) -> Loss {
        self.loss.of_trained(&self.schema.target)
    }

    /// Returns the factor from the loss as it is trained to the loss as it is reported; see [`Loss::report_scale`].
    pub fn report_scale(&self) -> f64 {
        self.loss.report_scale(self.schema.target.inverse_transform().scale)
    }

    /// Returns the mean loss before the first step, as it is reported: on the validation rows, or without any on the
    /// training rows in memory.
    pub fn initial_loss(&self, config: &TrainingConfig) -> f64 {
        let rows = if self.validation.is_empty() { self.train.sample() } else { &self.validation };
        let model = self.model();
        let start = model.init_parameters(config.init, config.seed);
        let loss = pool::in_pool(rows.len(), || self.mean_loss(rows, &model.scores(rows, &start), Interrupt::NEVER));
        loss.expect("nothing interrupts")
    }

    /// Returns the mean loss of scores of rows, as it is reported.
    ///
    /// # Errors
    /// [`Error::Interrupted`](crate::Error::Interrupted), if it is requested.
    pub(super) fn mean_loss(&self, rows: &Rows, scores: &[f64], interrupt: Interrupt<'_>) -> Result<f64> {
        let losses = row_losses(rows, scores, self.loss(), interrupt)?;
        Ok(mean_of_losses(rows, &losses, interrupt)? * self.report_scale())
    }

    /// Returns the model file of a training.
    pub(super) fn model_file(
        &self,
        config: &TrainingConfig,
        penalties: Penalties,
        result: &TrainingResult,
    ) -> ModelFile {
        let (mut tensors, mut start) = (Vec::new(), 0);
        for tensor in self.model().tensors() {
            let values = result.parameters[start..start + tensor.len()].to_vec();
            start += values.len();
            tensors.push(NamedTensor { name: tensor.name, shape: tensor.shape, values });
        }
        if !self.intercept && self.architecture == Architecture::Linear {
            let values = vec![0.0; self.schema.target.outputs()];
            tensors.push(NamedTensor { name: "intercept".into(), shape: vec![values.len()], values });
        }
        ModelFile { schema: self.schema.clone(), tensors, training_info: self.training_info(config, penalties, result) }
    }
}
