//! A whole fit, from the files to the report and the model.

use std::collections::BTreeMap;
use std::time::Instant;

use super::checkpoint::{FitCheckpoint, FitCheckpoints, FitProgress};
use super::chosen_settings::ChosenSettings;
use super::clock::FitClock;
use super::config::FitConfig;
use super::prepared_data::PreparedData;
use super::refit::LastFit;
use super::report::FitReport;
use super::warnings::FitEvidence;
use crate::data::DataSource;
use crate::error::Result;
use crate::model::ModelFile;
use crate::pool;
use crate::train::{AnyTrainingState, Callbacks, TrainingConfig, TrainingResult, TrainingStart, TrainingStopReason};

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
        let (rows, team, interrupt) = (data.rows_at_most(), callbacks.team, callbacks.interrupt);
        pool::in_pool(rows, || self.fit(&self.prepare_on(data, team, interrupt)?, callbacks))
    }

    /// Fits the model to data that these settings prepared, and once more to all their rows where
    /// [`refit`](Self::refit) says so.
    ///
    /// `callbacks` receive losses of the first of these fits, as they are reported (see
    /// [`Loss::report_scale`](crate::model::Loss::report_scale)).
    ///
    /// # Errors
    /// A hyperparameter out of range; rows on disk that cannot be read.
    pub fn fit(&self, data: &PreparedData, callbacks: Callbacks<'_>) -> Result<(FitReport, ModelFile)> {
        pool::in_pool(data.train.len(), || self.fit_in_stages(data, None, None, callbacks))
    }

    /// Fits as [`FitConfig::fit`], from a checkpoint where one is given, and passes on checkpoints. The model is the
    /// same as without them, byte for byte, wherever the fit continued. The settings and the data must be those of the
    /// checkpoint: [`FitCheckpoint::check`].
    ///
    /// # Errors
    /// As [`FitConfig::fit`]; a checkpoint whose state is not that of this training.
    pub fn fit_with_checkpoints(
        &self,
        data: &PreparedData,
        start: Option<FitCheckpoint>,
        checkpoints: FitCheckpoints<'_>,
        callbacks: Callbacks<'_>,
    ) -> Result<(FitReport, ModelFile)> {
        pool::in_pool(data.train.len(), || self.fit_in_stages(data, start, Some(checkpoints), callbacks))
    }

    /// Fits to the training rows, then to all.
    fn fit_in_stages(
        &self,
        data: &PreparedData,
        start: Option<FitCheckpoint>,
        mut checkpoints: Option<FitCheckpoints<'_>>,
        callbacks: Callbacks<'_>,
    ) -> Result<(FitReport, ModelFile)> {
        let (start_time, agreement) = (Instant::now(), callbacks.agreement());
        let interrupt = agreement.interrupt();
        let callbacks = callbacks.interrupt(interrupt);
        self.check_certifiable(data)?;
        self.budget.check(&data.validation)?;
        let clock = FitClock::start(self.budget, start.as_ref().map_or(0.0, |start| start.progress.seconds));
        let settings = match &start {
            Some(checkpoint) => checkpoint.settings_of(self.training_config(data)?),
            None => {
                clock.until(FitClock::search_is_over, interrupt, |interrupt| self.choose_settings(data, interrupt))?
            }
        };
        let omitted_search = self.budget.max_time.and_then(|_| self.omitted_search(data, &settings));
        let ChosenSettings { config, penalty_search, range_test } = settings;
        let config = clock.limit(config);
        let has_checkpoints = checkpoints.is_some();
        let progress = FitProgress {
            fingerprint: if has_checkpoints { self.fingerprint(data)? } else { BTreeMap::new() },
            epochs: config.epochs,
            l1: config.l1,
            l2: config.l2,
            seconds: 0.0,
            penalty_search: penalty_search.clone(),
            range_test: range_test.clone(),
            first: None,
        };
        let (first_state, first_result, last_state) = match start {
            None => (None, None, None),
            Some(FitCheckpoint { progress: FitProgress { first: None, .. }, state }) => (Some(state), None, None),
            Some(FitCheckpoint { progress: FitProgress { first, .. }, state }) => (None, first, Some(state)),
        };
        if let Some(TrainingResult { parameters, .. }) = &first_result {
            thalweg::Error::length(&"the parameters of the checkpoint", data.parameter_count(), parameters.len())?;
        }
        let callbacks = match &mut checkpoints {
            Some(checkpoints) => callbacks.checkpoints(checkpoints.of_training(progress.clone(), clock)),
            None => callbacks,
        };
        let train = |callbacks: Callbacks<'_>| {
            let result = match first_result {
                Some(result) => result,
                None => data.train_to_end(&config, first_state, callbacks)?,
            };
            let (parameters, first) = (result.parameters.clone(), has_checkpoints.then(|| result.clone()));
            Ok((result, (parameters, first)))
        };
        let ((mut report, model), (parameters, first)) = self.fit_with(data, &config, callbacks, train)?;
        (report.penalty_search, report.range_test) = (penalty_search, range_test);
        if report.stopped != TrainingStopReason::Interrupted {
            report.omitted.extend(omitted_search);
        }
        let evidence = FitEvidence { data, config: &config, report: &report, parameters: &parameters };
        report.warnings = evidence.warnings(interrupt);
        let progress = FitProgress { first, ..progress };
        let last = LastFit { before: &config, state: last_state, checkpoints, progress, interrupt, clock };
        let model = self.fit_again(data, last, &mut report)?.unwrap_or(model);
        Ok((report.with_timings(data.read_seconds, start_time.elapsed().as_secs_f64()), model))
    }

    /// Fits from a given start, and returns the state from which the fit continues as well. `epochs` are those of this
    /// call, and `schedule_epochs` those of all calls: with them, k calls of one epoch equal one call of k epochs. The
    /// default method is one of steps, at its own learning rate, and there is no last fit to all rows.
    ///
    /// # Errors
    /// As [`FitConfig::fit`]; a start of another model; the learning rate `auto`.
    pub fn fit_from(
        &self,
        data: &PreparedData,
        start: TrainingStart<AnyTrainingState>,
        callbacks: Callbacks<'_>,
    ) -> Result<ContinuedFit> {
        let start_time = Instant::now();
        let config = self.settings_of_continued(data)?;
        let train = |callbacks: Callbacks<'_>| data.train_from(&config, start, callbacks);
        let fit = || self.fit_with(data, &config, callbacks, train);
        let ((report, model), state) = pool::in_pool(data.train.len(), fit)?;
        let report = report.with_timings(data.read_seconds, start_time.elapsed().as_secs_f64());
        Ok(ContinuedFit { report, model, state })
    }

    /// Fits by `train`, which returns something more than the result.
    fn fit_with<'c, T>(
        &self,
        data: &PreparedData,
        config: &TrainingConfig,
        callbacks: Callbacks<'c>,
        train: impl FnOnce(Callbacks<'c>) -> Result<(TrainingResult, T)>,
    ) -> Result<((FitReport, ModelFile), T)> {
        let interrupt = callbacks.interrupt;
        let training_start = Instant::now();
        let (result, more) = train(callbacks.with_loss_scale(data.report_scale()))?;
        let fit = training_start.elapsed().as_secs_f64();
        let model = data.model_file(config, self.penalties(data, config), &result);
        let mut report = data.report(&result, &model, interrupt);
        if report.metrics_rows.is_none() {
            report.objective = data.objective(config, &result, &report.train, interrupt);
        }
        report.certificate = self.certificate(data, config, &result, interrupt)?;
        report.weight.clone_from(&self.weight_column);
        report.seconds.fit = fit;
        Ok(((report, model), more))
    }
}
