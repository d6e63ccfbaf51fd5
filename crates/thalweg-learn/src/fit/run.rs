//! A whole fit, from the files to the report and the model.

use std::time::Instant;

use super::config::FitConfig;
use super::prepared_data::PreparedData;
use super::report::{FitReport, Timings};
use crate::data::DataSource;
use crate::error::Result;
use crate::model::ModelFile;
use crate::pool;
use crate::train::{AnyTrainingState, Callbacks, TrainingConfig, TrainingResult, TrainingStart};

/// Fit that can be continued.
#[derive(Debug)]
pub struct ContinuedFit {
    /// Report of the fit so far.
    pub report: FitReport,
    /// Model with the parameters of the best epoch.
    pub model: ModelFile,
    /// State from which the fit continues.
    pub state: AnyTrainingState,
}

impl FitConfig {
    /// Fits a model to data in files or in memory: [`FitConfig::prepare`], then [`FitConfig::fit`].
    ///
    /// # Errors
    /// See [`FitConfig::prepare`] and [`FitConfig::fit`]; [`Error::Interrupted`](crate::Error::Interrupted) if the
    /// interrupt of the callbacks is requested before the training begins.
    pub fn run<'a>(&self, data: impl Into<DataSource<'a>>, callbacks: Callbacks<'_>) -> Result<(FitReport, ModelFile)> {
        let data = data.into();
        pool::in_pool(data.rows_at_most(), || self.fit(&self.prepare_until(data, callbacks.interrupt)?, callbacks))
    }

    /// Fits the model to data that these settings prepared.
    ///
    /// `callbacks` receive losses as they are reported (see
    /// [`Loss::report_scale`](crate::model::Loss::report_scale)).
    ///
    /// # Errors
    /// A hyperparameter out of range; rows on disk that cannot be read.
    pub fn fit(&self, data: &PreparedData, callbacks: Callbacks<'_>) -> Result<(FitReport, ModelFile)> {
        let train = |config: &TrainingConfig, callbacks: Callbacks<'_>| Ok((data.train(config, callbacks)?, ()));
        pool::in_pool(data.train.len(), || Ok(self.fit_with(data, callbacks, train)?.0))
    }

    /// Fits from a given start, and returns the state from which the fit continues as well. `epochs` are those of this
    /// call, and `schedule_epochs` those of all calls: with them, k calls of one epoch equal one call of k epochs.
    ///
    /// # Errors
    /// As [`FitConfig::fit`]; a start of another model.
    pub fn fit_from(
        &self,
        data: &PreparedData,
        start: TrainingStart<AnyTrainingState>,
        callbacks: Callbacks<'_>,
    ) -> Result<ContinuedFit> {
        let train = |config: &TrainingConfig, callbacks: Callbacks<'_>| data.train_from(config, start, callbacks);
        let ((report, model), state) = pool::in_pool(data.train.len(), || self.fit_with(data, callbacks, train))?;
        Ok(ContinuedFit { report, model, state })
    }

    /// Fits by `train`, which returns something more than the result.
    fn fit_with<'c, T>(
        &self,
        data: &PreparedData,
        callbacks: Callbacks<'c>,
        train: impl FnOnce(&TrainingConfig, Callbacks<'c>) -> Result<(TrainingResult, T)>,
    ) -> Result<((FitReport, ModelFile), T)> {
        let start = Instant::now();
        let config = self.training_config(data)?;
        let callbacks = callbacks.with_loss_scale(data.report_scale());
        let interrupt = callbacks.interrupt;
        let training_start = Instant::now();
        let (result, more) = train(&config, callbacks)?;
        let fit = training_start.elapsed().as_secs_f64();

        let model = data.model_file(&config, self.penalties(data, &config), &result);
        let mut report = data.report(&result, &model, interrupt);
        report.weight.clone_from(&self.weight_column);
        let read = data.read_seconds;
        let report = report.with_timings(Timings { read, fit, total: read + start.elapsed().as_secs_f64() });
        Ok(((report, model), more))
    }
}
