//! The training loop over epochs and mini-batches.

use std::time::Instant;

use thalweg::minimize::{Progress, TrackBest};
use thalweg::{Minimize, Optimizer, Real, StopCriteria, StopReason};

use super::callbacks::Callbacks;
use super::config::{SparseSteps, TrainingConfig, batch_is_sparse};
use super::early_stopping::EarlyStopping;
use super::memory::model_parts;
use super::monitor::Monitor;
use super::objective::{EpochLosses, MiniBatchObjective};
use super::point::{Point, StepKind};
use super::result::TrainingResult;
use super::run_parts::{Run, RunEnd, state_at, unwrap_objective_error};
use super::sampler::{BatchSampler, SamplerPosition};
use super::solver;
use super::sparse_objective::SparseMiniBatchObjective;
use super::state::{TrainingStart, TrainingState, check_state};
use super::training_data::TrainingData;
use crate::data::RowStore;
use crate::error::Result;
use crate::memory;
use crate::model::Model;
use crate::pool;

/// Trains `model` and returns the parameters of the best epoch. `callbacks` receive the progress and may end the
/// training; see [`Callbacks`].
///
/// # Errors
/// A hyperparameter out of range; rows on disk that cannot be read.
pub fn train<M: Model>(
    model: &M,
    data: &TrainingData<'_>,
    config: &TrainingConfig,
    callbacks: Callbacks<'_>,
) -> Result<TrainingResult> {
    let run = Run { model, data, config, start: TrainingStart::Initialization };
    pool::in_pool(run.rows(), || Ok(run.train(callbacks, |_| Ok(()))?.0))
}

/// Trains as [`train`] from a given start, and returns the state from which the training continues as well.
///
/// ```
/// use thalweg_learn::model::{Linear, Loss};
/// use thalweg_learn::Callbacks;
/// use thalweg_learn::train::{BatchSize, TrainingConfig, TrainingData, TrainingStart, train_from};
/// use thalweg_learn::data::{RowMatrix, Rows};
/// let numbers = RowMatrix::new(1, &[1.0, -1.0]);
/// let rows = Rows { numbers, features: 1, target: vec![2.0, 0.0], ..Rows::default() };
/// let data = TrainingData { train: &rows.clone().into(), validation: &rows, loss: Loss::Squared };
/// let model = Linear { features: 1, outputs: 1, intercept: true };
/// let config = TrainingConfig::new("adam:lr=0.1".parse()?, BatchSize::Rows(1), 1);
/// let config = TrainingConfig { schedule_epochs: Some(2), ..config };
/// let (_, state) = train_from(&model, &data, &config, TrainingStart::Initialization, Callbacks::new())?;
/// let (twice, _) = train_from(&model, &data, &config, TrainingStart::State(state), Callbacks::new())?;
/// let two_epochs = TrainingConfig { epochs: 2, ..config };
/// let (whole, _) = train_from(&model, &data, &two_epochs, TrainingStart::Initialization, Callbacks::new())?;
/// assert_eq!(twice, whole);
/// # Ok::<(), thalweg_learn::Error>(())
/// ```
///
/// # Errors
/// As [`train`]; a state of another version, method or model, or of other validation rows.
pub fn train_from<M: Model>(
    model: &M,
    data: &TrainingData<'_>,
    config: &TrainingConfig,
    start: TrainingStart<TrainingState<M::F>>,
    callbacks: Callbacks<'_>,
) -> Result<(TrainingResult, TrainingState<M::F>)> {
    let run = Run { model, data, config, start };
    pool::in_pool(run.rows(), || run.train(callbacks, state_at))
}

impl<M: Model> Run<'_, M> {
    /// Number of rows that the training reads at most.
    fn rows(&self) -> usize {
        usize::try_from(self.config.epochs).unwrap_or(usize::MAX).saturating_mul(self.data.train.len())
    }

    /// Trains, and returns the result with what `keep` takes of the end.
    fn train<T>(
        self,
        mut callbacks: Callbacks<'_>,
        keep: impl FnOnce(RunEnd<'_, '_, M>) -> Result<T>,
    ) -> Result<(TrainingResult, T)> {
        let agreement = callbacks.agreement();
        let interrupt = agreement.interrupt();
        self.config.budget.check(self.data.validation)?;
        if self.config.spec.method.is_solver() {
            return solver::train(self, interrupt, callbacks, keep);
        }
        let (Run { model, data, config, start }, start_time) = (self, Instant::now());
        // A limit of the caller is checked before the rows are read.
        memory::check(model_parts(model, data.train.sample(), config, data.train.len())?, None)?;
        let batches_per_epoch = config.batch_size.batches(data.train.len());
        let state = match &start {
            TrainingStart::State(state) => Some(check_state(state, data, batches_per_epoch)?),
            TrainingStart::Initialization | TrainingStart::Parameters(_) => None,
        };
        let position = state.map_or_else(SamplerPosition::default, |state| SamplerPosition {
            epoch: state.epoch,
            batch: state.batch,
            batches: state.batches,
        });
        let last_epoch = position.epoch.saturating_add(config.epochs);
        let schedule_epochs = config.schedule_epochs.unwrap_or(last_epoch);
        let last_batch = last_batch(config, data.train.len());
        let schedule_batches = batches_per_epoch.saturating_mul(schedule_epochs).min(last_batch);
        let new_optimizer = || optimizer(model, config, schedule_batches);
        let mut optimizer = new_optimizer()?;
        if let Some(state) = state {
            optimizer.load_state(&state.optimizer)?;
        }
        let steps_before = optimizer.steps();
        // The last evaluation is that of the final point.
        let batches = batches_per_epoch.saturating_mul(config.epochs).saturating_sub(position.batch);
        let batches = batches.min(last_batch.saturating_sub(position.batches));
        let stop = StopCriteria {
            max_steps: None,
            max_evaluations: Some(batches.saturating_add(1)),
            track_best: TrackBest::Off,
            ..StopCriteria::default()
        };
        let losses =
            state.map_or_else(EpochLosses::default, |state| EpochLosses::at(state.finished.clone(), state.loss_sum));
        let (best, past) = state.map_or_else(Default::default, |state| {
            (state.best.clone(), (state.late_losses.clone(), state.history.clone(), state.rollbacks.clone()))
        });
        let parameters = match start {
            TrainingStart::Initialization => model.init_parameters(config.init, config.seed),
            TrainingStart::Parameters(parameters) => parameters.into_iter().map(M::F::of).collect(),
            TrainingStart::State(state) => state.parameters,
        };
        thalweg::Error::length(&"the start", optimizer.len(), parameters.len())?;
        let monitor = Monitor::new(model, *data, config, interrupt);
        let mut early_stopping = EarlyStopping::new(monitor, &losses, position, &parameters, best).after(past);
        let dense_reason = sparse_unsupported(model, data.train, config, &optimizer);
        if early_stopping.patience_ends() && config.epochs > 0 {
            let (evaluations, steps) = (1, StepKind::Batch);
            let point = Point { parameters, split_weights: Vec::new() };
            let end = RunEnd { early_stopping: &early_stopping, optimizer: &optimizer, point, evaluations, steps };
            let kept = keep(end)?;
            return Ok((early_stopping.finish_at_once(steps_before, dense_reason), kept));
        }
        let sampler = BatchSampler::at(data.train, config.batch_size, config.seed, position, interrupt);
        let sampler = sampler.map_err(unwrap_objective_error)?;
        let mut callback = |progress: &mut Progress<'_, M::F>| early_stopping.observe(progress, &mut callbacks);
        let mut run = Minimize::with_optimizer(&mut optimizer).criteria(stop).callback(&mut callback);
        let outcome = if dense_reason.is_none() {
            std::thread::scope(|scope| {
                let mut objective =
                    SparseMiniBatchObjective::new(model, data, config, sampler, &losses, interrupt, scope);
                run.run_sparse(&mut objective, &parameters)
            })
        } else {
            let mut objective = MiniBatchObjective::new(model, data, config, sampler, &losses, interrupt);
            run.run(&mut objective, &parameters)
        };
        let outcome = outcome.map_err(unwrap_objective_error)?;
        let steps = steps_before + outcome.steps;
        // Before the first step, no learning rate is the cause.
        if outcome.reason == StopReason::NotFinite
            && steps > 0
            && !interrupt.is_requested()
            && let Some(state) = early_stopping.rolled_back(new_optimizer()?.state()?, steps)
        {
            let config = TrainingConfig {
                epochs: last_epoch - state.epoch,
                schedule_epochs: Some(schedule_epochs),
                budget: config.budget.after(start_time.elapsed()),
                ..config.clone()
            };
            let again = Run { model, data, config: &config, start: TrainingStart::State(state) };
            return again.train(callbacks, keep);
        }
        let (point, evaluations) = (Point { parameters: outcome.x, split_weights: Vec::new() }, outcome.evaluations);
        let kind = StepKind::Batch;
        let end = RunEnd { early_stopping: &early_stopping, optimizer: &optimizer, point, evaluations, steps: kind };
        let kept = keep(end)?;
        let stopped = early_stopping.stopped_by(outcome.reason);
        Ok((early_stopping.finish(steps, stopped, dense_reason), kept))
    }
}

/// Returns the number of batches that the budget allows on this number of rows.
fn last_batch(config: &TrainingConfig, rows: usize) -> u64 {
    let TrainingConfig { spec, batch_size, budget, .. } = config;
    let last = budget.last_batch(rows, batch_size.of(rows), spec.options.accumulate);
    last.map_or(u64::MAX, |(batches, _)| batches)
}

/// Creates the optimizer of a training whose schedule runs over `batches` batches.
fn optimizer<M: Model>(model: &M, config: &TrainingConfig, batches: u64) -> Result<Optimizer<M::F>> {
    let mut spec = config.spec.clone();
    let accumulate = spec.options.accumulate;
    if accumulate > batches {
        let expected = "at most the number of batches in all epochs";
        return Err(thalweg::Error::Range { name: "accumulate".into(), expected, found: accumulate as f64 }.into());
    }
    spec.options.schedule = spec.options.schedule.with_total_steps(batches / accumulate.max(1));
    // Stochastic rounding uses the seed of the training unless it has one of its own.
    spec.options.seed = spec.options.seed.or(Some(config.seed.value()));
    Ok(Optimizer::new(spec, model.layout())?)
}

/// Returns the reason why the steps must be dense, or `None` if they can be sparse.
fn sparse_unsupported<M: Model>(
    model: &M,
    train: &RowStore,
    config: &TrainingConfig,
    optimizer: &Optimizer<M::F>,
) -> Option<String> {
    if config.sparse_steps == SparseSteps::Never {
        return Some("sparse steps are switched off".into());
    }
    if !batch_is_sparse(train.sample(), config.batch_size) {
        return Some("a batch touches most of the parameters".into());
    }
    if config.l1 > 0.0 || config.l2 > 0.0 || config.factor_l2 > 0.0 {
        return Some("a penalty moves all weights".into());
    }
    if model.restrict(&[], &mut Vec::new()).is_none() {
        return Some("the model moves all its parameters".into());
    }
    optimizer.sparse_unsupported()
}
