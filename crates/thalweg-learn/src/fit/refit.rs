//! The last fit of a model, to all rows.

use super::checkpoint::{FitCheckpoints, FitProgress};
use super::chosen_settings::ChosenSettings;
use super::clock::{FitClock, FitStage};
use super::config::{DefaultMethod, FitConfig};
use super::prepared_data::PreparedData;
use super::refit_policy::RefitPolicy;
use super::report::{FitReport, Refit};
use super::validation::Validation;
use crate::error::Result;
use crate::interrupt::Interrupt;
use crate::model::ModelFile;
use crate::train::{AnyTrainingState, Callbacks, PenaltySearch, TrainingBudget, TrainingConfig, TrainingStopReason};

/// Number of rows below which a model is fitted once more to all rows.
const MAX_ROWS: usize = 10_000;

/// Number of rows below which the L2 penalty is chosen anew for all of them.
const FEW_ROWS: usize = 2_000;

/// The last fit before it begins.
pub(super) struct LastFit<'a> {
    /// Settings of the fit before.
    pub(super) before: &'a TrainingConfig,
    /// State from which the training continues, if it has begun.
    pub(super) state: Option<AnyTrainingState>,
    pub(super) checkpoints: Option<FitCheckpoints<'a>>,
    /// Content of its checkpoints besides the state, with the maximum number of epochs of the fit before.
    pub(super) progress: FitProgress,
    pub(super) interrupt: Interrupt<'a>,
    pub(super) clock: FitClock,
}

impl FitConfig {
    /// Returns the settings of the preparation for the last fit; `None` if there is none for this number of rows.
    pub(super) fn refit_config(&self, rows: usize) -> Option<Self> {
        let is_small = match self.refit {
            RefitPolicy::Auto => rows < MAX_ROWS,
            RefitPolicy::Always => true,
            RefitPolicy::Never => false,
        };
        let holds_out = self.validation.fraction() > 0.0;
        (is_small && holds_out).then(|| self.without_division())
    }

    /// Returns the settings of a preparation that holds out no rows.
    pub(super) fn without_division(&self) -> Self {
        Self { validation: Validation::None, ..self.clone() }
    }

    /// Fits the model to all rows with the settings found, adds the fit to the report, and returns the model. Returns
    /// `None` if the fit to the training rows is no basis for it, and if it is interrupted.
    pub(super) fn fit_again(
        &self,
        data: &PreparedData,
        last: LastFit<'_>,
        report: &mut FitReport,
    ) -> Result<Option<ModelFile>> {
        let LastFit { before, state, mut checkpoints, progress, interrupt, clock } = last;
        let is_basis = |stopped| !matches!(stopped, TrainingStopReason::Interrupted | TrainingStopReason::Diverged);
        // The initial parameters may be the optimum already.
        let has_learned = report.best_epoch > 0 || report.stopped == TrainingStopReason::Converged;
        let Some(all) = data.all_rows.as_deref().filter(|_| is_basis(report.stopped) && has_learned) else {
            return Ok(None);
        };
        if report.stopped == TrainingStopReason::MaxTime || interrupt.any_rank(clock.is_over()) {
            report.omitted.push(FitStage::LastFit);
            return Ok(None);
        }
        let (penalty_search, config) = clock.until(FitClock::is_over, interrupt, |interrupt| {
            self.settings_of_all(data, all, before, report, interrupt)
        })?;
        let config = clock.limit(config);
        let callbacks = Callbacks::new().interrupt(interrupt);
        let callbacks = match &mut checkpoints {
            Some(checkpoints) => {
                callbacks.checkpoints(checkpoints.of_training(FitProgress { epochs: config.epochs, ..progress }, clock))
            }
            None => callbacks,
        };
        let result = all.train_to_end(&config, state, callbacks)?;
        if result.stopped == TrainingStopReason::MaxTime {
            report.omitted.push(FitStage::LastFit);
            return Ok(None);
        }
        if !is_basis(result.stopped) {
            if result.stopped == TrainingStopReason::Interrupted {
                report.stopped = result.stopped;
            }
            return Ok(None);
        }
        let model = all.model_file(&config, self.penalties(all, &config), &result);
        let of_all = all.report(&result, &model, interrupt);
        report.refit = Some(Refit {
            rows: all.train.len(),
            epochs: result.epochs,
            steps: result.steps,
            l2: of_all.l2,
            penalty_search,
            stopped: result.stopped,
            gradient_norm: result.gradient_norm,
            duality_gap: of_all.duality_gap,
            certificate: self.certificate(all, &config, &result, interrupt)?,
            metrics: of_all.train,
        });
        // What is said of the model is said of the one that is kept.
        (report.intercept, report.intercepts, report.coefficients) =
            (of_all.intercept, of_all.intercepts, of_all.coefficients);
        (report.features, report.parameters, report.zeros) = (of_all.features, of_all.parameters, of_all.zeros);
        (report.excluded_columns, report.hashed, report.outliers) =
            (of_all.excluded_columns, of_all.hashed, of_all.outliers);
        report.text_as_missing = of_all.text_as_missing;
        Ok(Some(model))
    }

    /// Returns the settings of the last fit, and its search for an L2 penalty if there was one.
    fn settings_of_all(
        &self,
        data: &PreparedData,
        all: &PreparedData,
        before: &TrainingConfig,
        report: &FitReport,
        interrupt: Interrupt<'_>,
    ) -> Result<(Option<PenaltySearch>, TrainingConfig)> {
        let is_solver = before.spec.method.is_solver();
        let (search, config) = if !is_solver {
            (None, self.training_config_of(all, DefaultMethod::Steps)?)
        } else if all.train.len() < FEW_ROWS {
            let ChosenSettings { config, penalty_search, .. } = self.choose_settings(all, interrupt)?;
            (penalty_search, config)
        } else {
            // The penalty that suits four fifths of many rows suits all of them.
            let (defaults, of_all) = (self.training_config(data)?, self.training_config(all)?);
            let factor = if defaults.l2 > 0.0 { before.l2 / defaults.l2 } else { 1.0 };
            (None, TrainingConfig { l2: of_all.l2 * factor, ..of_all })
        };
        let has_goal = report.stopped == TrainingStopReason::Until;
        let runs_to_the_optimum = is_solver && before.patience == 0 && !has_goal;
        let config = TrainingConfig {
            l1: config.l1,
            l2: config.l2,
            factor_l2: config.factor_l2,
            epochs: if runs_to_the_optimum { before.epochs } else { report.best_epoch },
            schedule_epochs: Some(before.schedule_epochs.unwrap_or(before.epochs)),
            patience: 0,
            // The goal is one of the validation rows, and reached.
            budget: TrainingBudget { until: None, ..before.budget },
            ..before.clone()
        };
        Ok((search, config))
    }
}
