//! A whole fit, from the files to the report and the model.

use std::ops::ControlFlow;
use std::sync::atomic::AtomicBool;
use std::time::Instant;

use super::config::FitConfig;
use super::prepared_data::PreparedData;
use super::report::{FitReport, Timings};
use crate::data::Files;
use crate::error::Result;
use crate::model::ModelFile;
use crate::train::EpochReport;

impl FitConfig {
    /// Reads the files as one table and fits the model: [`FitConfig::prepare`], then [`FitConfig::fit`].
    ///
    /// # Errors
    /// See [`FitConfig::prepare`] and [`FitConfig::fit`].
    pub fn run(
        &self,
        files: impl Into<Files>,
        interrupt: &AtomicBool,
        on_epoch: &mut (dyn FnMut(&EpochReport) -> ControlFlow<()> + Send),
    ) -> Result<(FitReport, ModelFile)> {
        self.fit(&self.prepare(files)?, interrupt, on_epoch)
    }

    /// Fits the model to data that these settings prepared.
    ///
    /// `on_epoch` receives the losses of each epoch as they are reported (see
    /// [`Loss::report_scale`](crate::model::Loss::report_scale)) and may end the training. Setting `interrupt` ends it
    /// before the next step; a flag that is set already ends it before the first. The flag is only read.
    ///
    /// # Errors
    /// A hyperparameter out of range; rows on disk that cannot be read.
    pub fn fit(
        &self,
        data: &PreparedData,
        interrupt: &AtomicBool,
        on_epoch: &mut (dyn FnMut(&EpochReport) -> ControlFlow<()> + Send),
    ) -> Result<(FitReport, ModelFile)> {
        let start = Instant::now();
        let config = self.training_config(&data.train)?;
        let scale = data.report_scale();
        let training_start = Instant::now();
        let mut on_epoch_scaled = |epoch: &EpochReport| {
            let train_loss = epoch.train_loss * scale;
            on_epoch(&EpochReport { train_loss, validation: epoch.validation.map(|loss| loss * scale), ..*epoch })
        };
        let result = data.train(&config, interrupt, &mut on_epoch_scaled)?;
        let fit = training_start.elapsed().as_secs_f64();

        let model = data.model_file(&config, &result);
        let mut report = data.report(&config, &result, &model);
        report.weight.clone_from(&self.weight_column);
        let read = data.read_seconds;
        Ok((report.with_timings(Timings { read, fit, total: read + start.elapsed().as_secs_f64() }), model))
    }
}
