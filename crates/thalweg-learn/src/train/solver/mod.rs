//! Training by a solver: full-batch steps to the optimum of the objective.

mod dual_problem;
mod full_batch;
mod linear_sum;
mod problem;
mod proximal_loss;
mod split_weights;

pub(super) use dual_problem::DualProblem;
pub(super) use full_batch::FullBatchObjective;
pub(super) use proximal_loss::{ProximalLoss, ProximalState};
pub(super) use split_weights::SplitWeights;

use std::ops::ControlFlow;
use std::time::Instant;

use thalweg::minimize::Progress;
use thalweg::{Layout, Optimizer, Real, StopReason};

use super::best_checkpoint::{BestCheckpoint, Keep};
use super::callbacks::Callbacks;
use super::config::{BatchSize, TrainingConfig};
use super::early_stopping::EarlyStopping;
use super::history::TrainingHistory;
use super::memory::model_parts;
use super::monitor::Monitor;
use super::objective::EpochLosses;
use super::point::{Point, StepKind};
use super::result::{TrainingResult, TrainingStopReason};
use super::rollback::Rollback;
use super::run_parts::{Run, RunEnd};
use super::sampler::SamplerPosition;
use super::state::{TrainingStart, check_state};
use crate::data::RowStore;
use crate::error::Result;
use crate::interrupt::{Agreement, Interrupt};
use crate::memory;
use crate::model::{Batch, Model};
use problem::{Problem, RoundLimits};

/// Checks that a solver can train with these settings.
fn check(config: &TrainingConfig, train: &RowStore) -> Result<()> {
    let refuse = |what: &str, expected: &str, found: String| {
        let expected = format!("{expected} for {}", config.spec.method.name());
        Err(thalweg::Error::InvalidValue { what: what.into(), expected, found }.into())
    };
    match (config.batch_size, train) {
        (BatchSize::Rows(rows), _) => refuse("batch_size", "full", rows.to_string()),
        (BatchSize::Full, RowStore::Disk(rows)) => {
            refuse("the rows", "in memory", format!("{} rows on disk", rows.len()))
        }
        (BatchSize::Full, RowStore::Memory(_)) => Ok(()),
    }
}

/// Where a training by a solver begins.
struct Start<F> {
    parameters: Vec<F>,
    /// Variables of the solver.
    x: Vec<F>,
    position: SamplerPosition,
    best: Option<BestCheckpoint<F>>,
    past: (Vec<f64>, TrainingHistory, Vec<Rollback>),
}

impl<M: Model> Run<'_, M> {
    /// Returns where the training begins. A state is loaded into the optimizer and the problem.
    fn begin(self, optimizer: &mut Optimizer<M::F>, problem: &mut Problem<'_, M>) -> Result<Start<M::F>> {
        let Run { model, data, config, start } = self;
        let (mut position, mut best) = (SamplerPosition::default(), None);
        let (mut past, mut x) = Default::default();
        let parameters = match start {
            TrainingStart::Initialization => model.init_parameters(config.init, config.seed),
            TrainingStart::Parameters(parameters) => parameters.into_iter().map(M::F::of).collect(),
            TrainingStart::State(state) => {
                check_state(&state, data, 1, 1)?;
                optimizer.load_state(&state.optimizer)?;
                position = SamplerPosition { epoch: state.epoch, batch: 0, batches: state.batches };
                (best, past) = (state.best, (state.late_losses, state.history, state.rollbacks));
                problem.continue_at(state.proximal)?;
                x = state.split_weights;
                state.parameters
            }
        };
        let split = &problem.split;
        thalweg::Error::length(&"the start", split.parameters(), parameters.len())?;
        if x.is_empty() {
            x = split.split(&parameters);
        }
        thalweg::Error::length(&"the variables of the state", split.len(), x.len())?;
        Ok(Start { parameters, x, position, best, past })
    }
}

/// Trains until the gradient or the duality gap is small, and returns the result with what `keep` takes of the end.
pub(super) fn train<M: Model, T>(
    run: Run<'_, M>,
    interrupt: Interrupt<'_>,
    mut callbacks: Callbacks<'_>,
    keep: impl FnOnce(RunEnd<'_, '_, M>) -> Result<T>,
) -> Result<(TrainingResult, T)> {
    let Run { model, data, config, .. } = run;
    check(config, data.train)?;
    memory::check(
        model_parts(model, data.train.sample(), config, (data.train.len(), interrupt.team().ranks()))?,
        None,
    )?;
    let deadline = config.budget.max_time.and_then(|time| Instant::now().checked_add(time));
    let is_late = || deadline.is_some_and(|deadline| Instant::now() >= deadline);
    let deadline = Agreement::with_reason(interrupt, &is_late);
    let rows = data.train.sample();
    let indices: Vec<u32> = (0..rows.len() as u32).collect();
    let batch = Batch { rows, indices: &indices, loss: data.loss, step: None, interrupt: deadline.interrupt() };
    let mut problem = Problem::new(model, batch, config)?;
    let mut spec = config.spec.clone();
    spec.options.seed = spec.options.seed.or(Some(config.seed.value()));
    let mut optimizer = Optimizer::new(spec, Layout::from(problem.split.len()))?;
    let Start { parameters, mut x, position, best, past } = run.begin(&mut optimizer, &mut problem)?;
    let mut steps = optimizer.steps();
    let losses = EpochLosses::default();
    let kept = if config.patience == 0 { Keep::Last } else { Keep::Best };
    let monitor = Monitor::new(model, *data, config, interrupt);
    let early_stopping = EarlyStopping::new(monitor, &losses, position, &parameters, best);
    let mut early_stopping = early_stopping.keeping(kept).after(past);
    let last_evaluation = config.budget.last_evaluation(rows.len()).unwrap_or(u64::MAX);
    let max_evaluations = config.epochs.min(last_evaluation.saturating_sub(position.epoch));
    let (mut evaluations, mut is_spent) = (0, false);
    let (outcome, optimality) = loop {
        early_stopping.begin_round(evaluations, problem.state());
        let mut observe = |progress: &mut Progress<'_, M::F>, weights: &[M::F], train_loss| -> ControlFlow<()> {
            early_stopping.observe_iterate(progress, weights, train_loss, &mut callbacks)
        };
        let limits = RoundLimits {
            evaluations: max_evaluations.saturating_add(1) - evaluations,
            steps: config.budget.max_steps.map(|most| most.saturating_sub(steps)),
        };
        let outcome = problem.minimize(&mut optimizer, &x, limits, &mut observe)?;
        steps += outcome.steps;
        let round_end = problem.end_round(&outcome);
        if round_end.is_last {
            break (outcome, round_end);
        }
        evaluations += outcome.evaluations - 1;
        if evaluations >= max_evaluations {
            is_spent = true;
            break (outcome, round_end);
        }
        x = outcome.x;
    };
    let stopped = match outcome.reason {
        _ if interrupt.is_requested() => TrainingStopReason::Interrupted,
        _ if early_stopping.stopped() == TrainingStopReason::Until => TrainingStopReason::Until,
        _ if optimality.is_optimal => TrainingStopReason::Converged,
        StopReason::Callback if early_stopping.stopped() != TrainingStopReason::Epochs => early_stopping.stopped(),
        StopReason::MaxSteps => TrainingStopReason::MaxSteps,
        // Also between two rounds, and within an epoch of a method that draws single rows.
        reason if !is_spent && reason != StopReason::MaxEvaluations && deadline.is_reached() => {
            TrainingStopReason::MaxTime
        }
        StopReason::NotFinite => TrainingStopReason::Diverged,
        reason if !is_spent && reason != StopReason::MaxEvaluations => TrainingStopReason::Stalled,
        _ if max_evaluations < config.epochs => TrainingStopReason::MaxSamples,
        _ => TrainingStopReason::Epochs,
    };
    let of_last = |number: Option<f64>| number.filter(|number| kept == Keep::Last && number.is_finite());
    let (gradient_norm, duality_gap) = (of_last(optimality.gradient_norm), of_last(optimality.duality_gap));
    let point = Point::new(&problem.split.join(&outcome.x), &outcome.x);
    let kind = StepKind::Solver;
    let end = RunEnd {
        early_stopping: &early_stopping,
        optimizers: &optimizer,
        point,
        evaluations: outcome.evaluations,
        steps: kind,
    };
    let more = keep(end)?;
    let dense_reason = optimizer.sparse_unsupported();
    let result = early_stopping.finish(steps, stopped, dense_reason);
    Ok((TrainingResult { gradient_norm, duality_gap, ..result }, more))
}
