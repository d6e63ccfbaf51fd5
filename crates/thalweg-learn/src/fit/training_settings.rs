//! Settings of the training on prepared data.

use thalweg::OptimizerSpec;
use thalweg::method::{Clip, Lbfgs};

use super::config::{DefaultMethod, FitConfig, TrainingRows};
use super::defaults::{DefaultSettings, factor_init, factor_l2, patience};
use super::learning_rate::LearningRate;
use super::penalties::Penalties;
use super::prepared_data::PreparedData;
use crate::data::RowStore;
use crate::error::Result;
use crate::model::{Architecture, Loss, PenaltyFactors};
use crate::train::{BatchSize, SparseSteps, TrainingConfig, batch_is_sparse};

/// Number of parameters up to which a solver is the default method: its state has 20 numbers for each.
const MAX_SOLVER_PARAMETERS: usize = 1 << 20;

/// Number of rows up to which a solver is the default method of factorization machines, for which it needs hundreds of
/// evaluations.
const MAX_SOLVER_ROWS_OF_FACTORS: usize = 1 << 20;

impl FitConfig {
    /// Returns the settings of the training on these data: those of this fit, and for the others defaults that suit
    /// the training rows. The learning rate is that of the method where [`FitConfig::fit`] tests which one to train
    /// with. The penalties are those for the target as it is trained.
    ///
    /// # Errors
    /// A learning rate out of range.
    pub fn training_config(&self, data: &PreparedData) -> Result<TrainingConfig> {
        let method = if self.solver_suits(data) { DefaultMethod::Solver } else { DefaultMethod::Steps };
        self.training_config_of(data, method)
    }

    /// Returns the settings of a part of a training that is continued by the caller, with a method of steps.
    ///
    /// # Errors
    /// A learning rate out of range, or `auto`: a later part would have another one.
    pub(super) fn settings_of_continued(&self, data: &PreparedData) -> Result<TrainingConfig> {
        if self.lr == Some(LearningRate::Auto) {
            return Err(auto_lr_error("a number in a continued fit".into()));
        }
        self.training_config_of(data, DefaultMethod::Steps)
    }

    /// As [`training_config`](Self::training_config) with another choice of the default method.
    pub(super) fn training_config_of(&self, data: &PreparedData, method: DefaultMethod) -> Result<TrainingConfig> {
        let train = &data.train;
        let rows = TrainingRows { sample: train.sample(), len: train.len(), weight: train.total_weight() };
        let mut config = self.training_config_for(rows, method, data.penalty_factors())?;
        config.budget = config.budget.for_losses_times(data.report_scale());
        if self.l2.is_none() {
            config.l2 *= data.relative_residual_scale();
            config.factor_l2 *= self.factor_l2.map_or(data.relative_residual_scale(), |_| 1.0);
        }
        Ok(config)
    }

    /// Returns the settings of the training on this number of rows, some of which are the sample.
    pub(super) fn training_config_for(
        &self,
        rows: TrainingRows<'_>,
        method: DefaultMethod,
        factors: PenaltyFactors,
    ) -> Result<TrainingConfig> {
        let width = rows.sample.numbers_in_a_row();
        let defaults = DefaultSettings::of_weighted(rows.len, rows.weight, width, self.batch_size);
        let defaults = if self.architecture == Architecture::Linear { defaults } else { defaults.with_adam() };
        let default_spec = match method {
            DefaultMethod::Solver => Lbfgs::default().into(),
            DefaultMethod::Steps => defaults.spec.clone(),
        };
        let defaults = DefaultSettings { spec: self.optimizer_spec(default_spec)?, ..defaults };
        let is_solver = defaults.spec.method.is_solver();
        let defaults = if is_solver { defaults.with_full_batch(self.batch_size) } else { defaults };
        let has_rounds = is_solver && self.loss.is_some_and(|loss| !loss.is_smooth());
        let defaults = if has_rounds { defaults.with_rounds() } else { defaults };
        let solves_factors = is_solver && self.architecture.has_factors();
        // With a given L2 penalty, the objective is the stated one.
        let factor_l2 =
            if solves_factors && self.l2.is_none() { factor_l2(rows.sample.features, defaults.l2) } else { 0.0 };
        let defaults = if solves_factors { defaults.with_factors() } else { defaults };
        // A schedule lasts as long as the epochs: the rate of a long fit is high for long.
        let of_budget =
            self.budget.epochs(rows.len, defaults.batch_size.of(rows.len), defaults.spec.options.accumulate);
        let epochs = self.epochs.or(of_budget.filter(|_| !is_solver));
        let planned_epochs = self.schedule_epochs.or(epochs).filter(|_| !is_solver || solves_factors);
        // Weight decay is a penalty already; and with a penalty, steps cannot be sparse.
        let sparse = !is_solver && batch_is_sparse(rows.sample, defaults.batch_size);
        let l2 = if sparse || defaults.spec.method.weight_decay() > 0.0 { 0.0 } else { defaults.l2 };
        Ok(TrainingConfig {
            spec: defaults.spec,
            batch_size: defaults.batch_size,
            local_steps: self.local_steps,
            epochs: epochs.unwrap_or(defaults.epochs),
            schedule_epochs: self.schedule_epochs,
            budget: self.budget,
            patience: self.patience.unwrap_or(planned_epochs.map_or(defaults.patience, patience)),
            min_delta: self.min_delta,
            l1: self.l1 * factors.l1,
            l2: self.l2.map_or(l2, |l2| l2 * factors.l2),
            factor_l2: self.factor_l2.unwrap_or(factor_l2),
            init: if solves_factors { factor_init(self.init, width) } else { self.init },
            seed: self.seed,
            sparse_steps: SparseSteps::Auto,
            on_divergence: self.on_divergence,
        })
    }

    /// Returns the method with the learning rate and the schedule of this fit.
    pub(super) fn optimizer_spec(&self, default: OptimizerSpec) -> Result<OptimizerSpec> {
        let mut spec = self.method.clone().unwrap_or(default);
        match self.lr {
            Some(LearningRate::Fixed(lr)) => {
                thalweg::Error::not_negative("lr", lr)?;
                spec.method = spec.method.with_lr(lr);
            }
            Some(LearningRate::Auto) if spec.method.is_solver() => {
                let name = spec.method.name();
                return Err(auto_lr_error(format!("a number for {name}, which chooses its steps itself")));
            }
            Some(LearningRate::Auto) | None => {}
        }
        if let Some(norm) = self.clip_norm {
            thalweg::Error::range("clip_norm", "greater than 0", norm, norm > 0.0)?;
            spec.options.clip = Clip::GlobalNorm(norm);
        }
        if let Some(schedule) = &self.schedule {
            spec.options.schedule = schedule.clone();
        }
        Ok(spec)
    }

    /// Returns `true` if a solver is the default method: the objective is convex, or smooth and of factors, all
    /// rows and the state of the solver fit in memory, and no setting of steps is given.
    fn solver_suits(&self, data: &PreparedData) -> bool {
        let steps_are_set = self.lr.is_some()
            || self.schedule.is_some()
            || self.clip_norm.is_some()
            || self.local_steps.are_on()
            || matches!(self.batch_size, Some(BatchSize::Rows(_)));
        let suits_model = match self.architecture {
            Architecture::Linear => true,
            Architecture::FactorizationMachine { .. } => data.train.len() <= MAX_SOLVER_ROWS_OF_FACTORS,
            Architecture::Mlp(_) => false,
        };
        let suits_loss = data.loss.is_smooth() || self.architecture == Architecture::Linear;
        suits_model
            && suits_loss
            && matches!(data.train, RowStore::Memory(_))
            && data.parameter_count() <= MAX_SOLVER_PARAMETERS
            && !steps_are_set
    }

    /// Returns the penalties of a training, in the units of the objective.
    pub(super) fn penalties(&self, data: &PreparedData, training: &TrainingConfig) -> Penalties {
        Penalties { l1: self.l1, l2: self.l2.unwrap_or(training.l2 / data.penalty_factors().l2) }
    }
}

fn auto_lr_error(expected: String) -> crate::Error {
    thalweg::Error::InvalidValue { what: "lr".into(), expected, found: LearningRate::Auto.to_string() }.into()
}

impl PreparedData {
    /// Returns the scale of the residuals in Huber's loss, for the target as it is trained; 1 for other losses.
    pub(super) fn relative_residual_scale(&self) -> f64 {
        let target = &self.schema.target;
        match self.loss {
            Loss::Huber { .. } => target.residual_scale().map_or(1.0, |s| s / target.inverse_transform().scale),
            _ => 1.0,
        }
    }

    /// Returns the factor from the objective of the target as it is trained to the objective in its units.
    pub(super) fn objective_scale(&self) -> f64 {
        match self.architecture {
            Architecture::Linear => self.loss.objective_scale(self.schema.target.inverse_transform().scale),
            Architecture::FactorizationMachine { .. } | Architecture::Mlp(_) => 1.0,
        }
    }

    /// Returns the factors from the penalties of the objective to those of the target as it is trained. The objective
    /// of models that are not linear is that of the target as it is trained.
    pub(super) fn penalty_factors(&self) -> PenaltyFactors {
        match self.architecture {
            Architecture::Linear => self.loss.penalty_factors(self.schema.target.inverse_transform().scale),
            Architecture::FactorizationMachine { .. } | Architecture::Mlp(_) => PenaltyFactors::ONE,
        }
    }
}
