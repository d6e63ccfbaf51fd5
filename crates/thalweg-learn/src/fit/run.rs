//! A whole fit, from the files to the report and the model.

use std::time::Instant;

use super::config::FitConfig;
use super::prepared_data::PreparedData;
use super::report::{FitReport, Timings};
use crate::data::Files;
use crate::error::Result;
use crate::model::ModelFile;
use crate::train::Callbacks;

impl FitConfig {
    /// Reads the files as one table and fits the model: [`FitConfig::prepare`], then [`FitConfig::fit`].
    ///
    /// # Errors
    /// See [`FitConfig::prepare`] and [`FitConfig::fit`]; [`Error::Interrupted`](crate::Error::Interrupted) if the
    /// interrupt of the callbacks is requested before the training begins.
    pub fn run(&self, files: impl Into<Files>, callbacks: Callbacks<'_>) -> Result<(FitReport, ModelFile)> {
        self.fit(&self.prepare_until(files, callbacks.interrupt)?, callbacks)
    }

    /// Fits the model to data that these settings prepared.
    ///
    /// `callbacks` receive losses as they are reported (see
    /// [`Loss::report_scale`](crate::model::Loss::report_scale)).
    ///
    /// # Errors
    /// A hyperparameter out of range; rows on disk that cannot be read.
    pub fn fit(&self, data: &PreparedData, callbacks: Callbacks<'_>) -> Result<(FitReport, ModelFile)> {
        let start = Instant::now();
        let config = self.training_config(&data.train)?;
        let callbacks = callbacks.with_loss_scale(data.report_scale());
        let training_start = Instant::now();
        let result = data.train(&config, callbacks)?;
        let fit = training_start.elapsed().as_secs_f64();

        let model = data.model_file(&config, &result);
        let mut report = data.report(&config, &result, &model);
        report.weight.clone_from(&self.weight_column);
        let read = data.read_seconds;
        Ok((report.with_timings(Timings { read, fit, total: read + start.elapsed().as_secs_f64() }), model))
    }
}
