//! The training loop over epochs and mini-batches.

use std::time::Instant;

use thalweg::{Real, StopReason};

use super::callbacks::Callbacks;
use super::config::TrainingConfig;
use super::early_stopping::EarlyStopping;
use super::local_steps::WorkerInterrupts;
use super::memory::model_parts;
use super::monitor::Monitor;
use super::objective::EpochLosses;
use super::point::{Point, StepKind, StepsEnd};
use super::result::TrainingResult;
use super::run_parts::{Run, RunEnd, state_at};
use super::run_plan::Plan;
use super::shards::Shards;
use super::solver;
use super::sparse_steps::reason_for_dense_steps;
use super::state::{TrainingStart, TrainingState, check_state};
use super::stepper::Stepper;
use super::training_data::TrainingData;
use crate::error::Result;
use crate::interrupt::Interrupt;
use crate::memory;
use crate::model::{KeptMemory, Model};
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
    train_to_end(model, data, config, TrainingStart::Initialization, callbacks)
}

/// Trains from a given start, without the state at the end.
pub(super) fn train_to_end<M: Model>(
    model: &M,
    data: &TrainingData<'_>,
    config: &TrainingConfig,
    start: TrainingStart<TrainingState<M::F>>,
    callbacks: Callbacks<'_>,
) -> Result<TrainingResult> {
    let run = Run { model, data, config, start };
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
        let _kept = KeptMemory::new();
        let agreement = callbacks.agreement();
        let interrupt = agreement.interrupt();
        self.config.budget.check(self.data.validation)?;
        self.config.local_steps.check(&self.config.spec.method)?;
        if self.config.spec.method.is_solver() {
            return solver::train(self, interrupt, callbacks, keep);
        }
        let (Run { model, data, config, start }, start_time) = (self, Instant::now());
        // A limit of the caller is checked before the rows are read.
        memory::check(
            model_parts(model, data.train.sample(), config, (data.train.len(), interrupt.team().ranks()))?,
            None,
        )?;
        config.local_steps.check_rows(config.batch_size.of(data.train.len()))?;
        let state = match &start {
            TrainingStart::State(state) => {
                let batches_per_epoch = config.batch_size.batches(data.train.len());
                Some(check_state(state, data, batches_per_epoch, config.local_steps.optimizers())?)
            }
            TrainingStart::Initialization | TrainingStart::Parameters(_) => None,
        };
        let plan = Plan::new(config, data.train.len(), state);
        let losses =
            state.map_or_else(EpochLosses::default, |state| EpochLosses::at(state.finished.clone(), state.loss_sum));
        let (best, past) = state.map_or_else(Default::default, |state| {
            (state.best.clone(), (state.late_losses.clone(), state.history.clone(), state.rollbacks.clone()))
        });
        let parameters = match &start {
            TrainingStart::Initialization => model.init_parameters(config.init, config.seed),
            TrainingStart::Parameters(parameters) => parameters.iter().copied().map(M::F::of).collect(),
            TrainingStart::State(state) => state.parameters.clone(),
        };
        let dense_reason = reason_for_dense_steps(model, data.train.sample(), config)?;
        let shards = if dense_reason.is_some() {
            Shards::of((model, data.train.sample(), config), &parameters, interrupt)?
        } else {
            None
        };
        let requested = || interrupt.is_requested();
        let interrupts = WorkerInterrupts { of_all: interrupt, alone: Interrupt::when(&requested) };
        let (start_point, division) = ((&parameters[..], state), (dense_reason, shards.as_ref()));
        let mut stepper = Stepper::new((model, data, config), plan, start_point, division, interrupts)?;
        // The optimizers have their states now.
        drop(start);
        let monitor = Monitor::new(model, *data, config, interrupt);
        let mut early_stopping = EarlyStopping::new(monitor, &losses, plan.position, &parameters, best).after(past);
        if early_stopping.patience_ends() && config.epochs > 0 {
            let (optimizers, evaluations, steps) = (stepper.optimizers(), 1, StepKind::Batch);
            let point = Point { parameters, split_weights: Vec::new() };
            let end = RunEnd { early_stopping: &early_stopping, optimizers, point, evaluations, steps };
            let (kept, steps) = (keep(end)?, optimizers.steps());
            return Ok((early_stopping.finish_at_once(steps, stepper.dense_reason), kept));
        }
        let end = stepper.take_steps(parameters, &losses, &mut early_stopping, &mut callbacks)?;
        let StepsEnd { parameters, evaluations, reason } = end;
        let optimizers = stepper.optimizers();
        let steps = optimizers.steps();
        // Before the first step, no learning rate is the cause.
        if reason == StopReason::NotFinite
            && steps > 0
            && !interrupt.is_requested()
            && let Some(state) = early_stopping.rolled_back(stepper.new_optimizer()?.state()?, steps)
        {
            let config = TrainingConfig {
                epochs: plan.last_epoch - state.epoch,
                schedule_epochs: Some(plan.schedule_epochs),
                budget: config.budget.after(start_time.elapsed()),
                ..config.clone()
            };
            let again = Run { model, data, config: &config, start: TrainingStart::State(state) };
            return again.train(callbacks, keep);
        }
        let (point, kind) = (Point { parameters, split_weights: Vec::new() }, StepKind::Batch);
        let end = RunEnd { early_stopping: &early_stopping, optimizers, point, evaluations, steps: kind };
        let kept = keep(end)?;
        let stopped = early_stopping.stopped_by(reason);
        Ok((early_stopping.finish(steps, stopped, stepper.dense_reason), kept))
    }
}
