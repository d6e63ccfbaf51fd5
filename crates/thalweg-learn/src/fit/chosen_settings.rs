//! Settings of a training that are chosen by short trainings before it.

use super::clock::FitStage;
use super::config::FitConfig;
use super::learning_rate::LearningRate;
use super::prepared_data::PreparedData;
use crate::error::Result;
use crate::interrupt::Interrupt;
use crate::model::Architecture;
use crate::train::{LearningRateRangeTest, PenaltySearch, TrainingConfig};

/// Number of rows for each parameter from which the L2 penalty has its default: it hardly changes the model any more.
const MAX_ROWS_PER_PARAMETER: usize = 100;

/// Number of rows below which the L2 penalty has its default, since too few are held out to choose it.
const MIN_SEARCH_ROWS: usize = 50;

/// Settings of a training, with what chose some of them. Penalties and losses are in the units of the report.
#[derive(Clone, Debug)]
pub(super) struct ChosenSettings {
    pub(super) config: TrainingConfig,
    /// Search for the L2 penalty; `None` where it was given or has its default.
    pub(super) penalty_search: Option<PenaltySearch>,
    /// Test that chose the learning rate; `None` where the rate was given or has its default.
    pub(super) range_test: Option<LearningRateRangeTest>,
}

impl FitConfig {
    /// Returns the settings of the training: of a method of steps, with the learning rate of a range test where it is
    /// not given; of a solver, with the L2 penalty of a search where there is one. After an interrupt, with their
    /// defaults.
    pub(super) fn choose_settings(&self, data: &PreparedData, interrupt: Interrupt<'_>) -> Result<ChosenSettings> {
        let config = self.training_config(data)?;
        if self.tests_learning_rate() {
            let range_test = data.range_test(&config, interrupt)?;
            return Ok(ChosenSettings { config, penalty_search: None, range_test: None }.with_range_test(range_test));
        }
        let search = if self.searches_penalty(data, &config) { data.choose_l2(&config, interrupt)? } else { None };
        let config = TrainingConfig { l2: search.as_ref().map_or(config.l2, |search| search.chosen), ..config };
        let penalty_search = search.map(|search| search.in_units_of(data.penalty_factors().l2, data.report_scale()));
        Ok(ChosenSettings { config, penalty_search, range_test: None })
    }

    /// Returns the part of the choice of settings that is missing; `None` if there is none.
    pub(super) fn omitted_search(&self, data: &PreparedData, settings: &ChosenSettings) -> Option<FitStage> {
        if self.tests_learning_rate() {
            return settings.range_test.is_none().then_some(FitStage::RangeTest);
        }
        let is_omitted = settings.penalty_search.is_none() && self.searches_penalty(data, &settings.config);
        is_omitted.then_some(FitStage::PenaltySearch)
    }

    /// Returns `true` if a range test chooses the learning rate: where that is asked for, and for perceptrons without
    /// a method and a learning rate.
    pub(super) fn tests_learning_rate(&self) -> bool {
        match self.lr {
            Some(LearningRate::Auto) => true,
            Some(LearningRate::Fixed(_)) => false,
            None => self.method.is_none() && matches!(self.architecture, Architecture::Mlp(_)),
        }
    }

    /// Returns `true` if the L2 penalty is chosen by a search.
    fn searches_penalty(&self, data: &PreparedData, config: &TrainingConfig) -> bool {
        let is_given = self.l2.is_some() || self.l1 > 0.0 || !config.spec.method.is_solver();
        let rows = data.train.len();
        let few = rows < MAX_ROWS_PER_PARAMETER.saturating_mul(data.parameter_count());
        !is_given && few && rows >= MIN_SEARCH_ROWS
    }
}

impl ChosenSettings {
    /// Returns the settings with a range test and the learning rate that it chose, if there was one.
    pub(super) fn with_range_test(mut self, range_test: Option<LearningRateRangeTest>) -> Self {
        if let Some(lr) = range_test.as_ref().and_then(|test| test.chosen) {
            self.config.spec.method = self.config.spec.method.with_lr(lr);
        }
        Self { range_test, ..self }
    }
}
