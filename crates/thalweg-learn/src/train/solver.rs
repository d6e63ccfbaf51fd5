//! Training by a solver: full-batch steps to the optimum of the objective.

use std::cell::Cell;
use std::time::Instant;

use thalweg::minimize::{Bounds, Progress, TrackBest};
use thalweg::{Layout, Minimize, Optimizer, Real, StopCriteria, StopReason};

use super::best_checkpoint::Keep;
use super::callbacks::Callbacks;
use super::config::{BatchSize, TrainingConfig};
use super::early_stopping::EarlyStopping;
use super::full_batch::FullBatchObjective;
use super::linear_sum::{LinearSum, check_terms};
use super::memory::model_parts;
use super::monitor::Monitor;
use super::objective::EpochLosses;
use super::penalty::Penalty;
use super::point::{Point, StepKind};
use super::result::{TrainingResult, TrainingStopReason};
use super::run_parts::{Run, RunEnd, unwrap_objective_error};
use super::sampler::SamplerPosition;
use super::split_weights::SplitWeights;
use super::state::{TrainingStart, check_state};
use crate::data::RowStore;
use crate::error::Result;
use crate::interrupt::Interrupt;
use crate::memory;
use crate::model::{Batch, Model};

/// Norm of the gradient at which a solver ends, for targets of unit variance and the loss of one row on average.
const GRADIENT_TOLERANCE: f64 = 1e-6;

/// Norm of the gradient at which a solver ends in single precision.
const GRADIENT_TOLERANCE_F32: f64 = 1e-4;

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

/// Returns `true` if a run may have ended by a sum that was cut short, which is not finite.
fn is_cut_short(reason: StopReason) -> bool {
    matches!(reason, StopReason::NotFinite | StopReason::LineSearchFailed)
}

/// Trains until the gradient is small, and returns the result with what `keep` takes of the end.
pub(super) fn train<M: Model, T>(
    run: Run<'_, M>,
    interrupt: Interrupt<'_>,
    mut callbacks: Callbacks<'_>,
    keep: impl FnOnce(RunEnd<'_, '_, M>) -> Result<T>,
) -> Result<(TrainingResult, T)> {
    let Run { model, data, config, start } = run;
    check(config, data.train)?;
    memory::check(model_parts(model, data.train.sample(), config, data.train.len())?, None)?;
    let penalty = Penalty::new(config, model, data.train.sample());
    let parameter_count = model.layout().tensors.iter().map(|tensor| tensor.len).sum();
    let terms = config.spec.method.needs_finite_sum().then(|| check_terms(model, data.loss, config)).transpose()?;
    let split = match terms {
        Some(_) => SplitWeights::whole(parameter_count),
        None => SplitWeights::new(&penalty, parameter_count),
    };
    let mut spec = config.spec.clone();
    spec.options.seed = spec.options.seed.or(Some(config.seed.value()));
    let mut optimizer = Optimizer::new(spec, Layout::from(split.len()))?;
    let (mut position, mut best) = (SamplerPosition::default(), None);
    let (mut past, mut split_weights) = Default::default();
    let parameters = match start {
        TrainingStart::Initialization => model.init_parameters(config.init, config.seed),
        TrainingStart::Parameters(parameters) => parameters.into_iter().map(M::F::of).collect(),
        TrainingStart::State(state) => {
            optimizer.load_state(&check_state(&state, data, 1)?.optimizer)?;
            position = SamplerPosition { epoch: state.epoch, batch: 0, batches: state.batches };
            (best, past) = (state.best, (state.late_losses, state.history, state.rollbacks));
            split_weights = state.split_weights;
            state.parameters
        }
    };
    thalweg::Error::length(&"the start", split.parameters(), parameters.len())?;
    let steps_before = optimizer.steps();
    let losses = EpochLosses::default();
    let kept = if config.patience == 0 { Keep::Last } else { Keep::Best };
    let monitor = Monitor::new(model, *data, config, interrupt);
    let deadline = config.budget.max_time.and_then(|time| Instant::now().checked_add(time));
    let is_late = || deadline.is_some_and(|deadline| Instant::now() >= deadline);
    let request = || interrupt.is_requested() || is_late();
    let early_stopping = EarlyStopping::new(monitor, &losses, position, &parameters, best);
    let mut early_stopping = early_stopping.keeping(kept).after(past);
    let rows = data.train.sample();
    let indices: Vec<u32> = (0..rows.len() as u32).collect();
    let batch = Batch { rows, indices: &indices, loss: data.loss, step: None, interrupt: Interrupt::when(&request) };
    let train_loss = Cell::new(0.0);
    let last_evaluation = config.budget.last_evaluation(rows.len()).unwrap_or(u64::MAX);
    let evaluations = config.epochs.min(last_evaluation.saturating_sub(position.epoch));
    let stop = StopCriteria {
        gradient_tolerance: Some(if M::F::NAME == "f32" { GRADIENT_TOLERANCE_F32 } else { GRADIENT_TOLERANCE }),
        max_steps: config.budget.max_steps.map(|steps| steps.saturating_sub(steps_before)),
        max_evaluations: Some(evaluations.saturating_add(1)),
        track_best: TrackBest::Off,
        ..StopCriteria::default()
    };
    let mut callback = |progress: &mut Progress<'_, M::F>| {
        let weights = split.join(progress.x);
        early_stopping.observe_iterate(progress, &weights, train_loss.get(), &mut callbacks)
    };
    let mut run = Minimize::with_optimizer(&mut optimizer).criteria(stop).callback(&mut callback);
    if let Some(bounds) = split.lower_bounds() {
        run = run.lower_bounds(Bounds::PerCoordinate(bounds));
    }
    let start = if split_weights.is_empty() { split.split(&parameters) } else { split_weights };
    thalweg::Error::length(&"the variables of the state", split.len(), start.len())?;
    let outcome = if let Some(terms) = terms {
        run.run_finite_sum(&LinearSum::new(terms, batch, &penalty, &train_loss), &start)
    } else {
        let mut objective = FullBatchObjective::new(model, batch, &penalty, &split, &train_loss);
        run.run(&mut objective, &start)
    }
    .map_err(unwrap_objective_error)?;
    let stopped = match outcome.reason {
        _ if interrupt.is_requested() => TrainingStopReason::Interrupted,
        _ if early_stopping.stopped() == TrainingStopReason::Until => TrainingStopReason::Until,
        _ if is_cut_short(outcome.reason) && is_late() => TrainingStopReason::MaxTime,
        StopReason::GradientTolerance => TrainingStopReason::Converged,
        StopReason::LineSearchFailed => TrainingStopReason::Stalled,
        StopReason::NotFinite => TrainingStopReason::Diverged,
        StopReason::MaxSteps => TrainingStopReason::MaxSteps,
        StopReason::MaxEvaluations if evaluations < config.epochs => TrainingStopReason::MaxSamples,
        StopReason::Callback => early_stopping.stopped(),
        _ => TrainingStopReason::Epochs,
    };
    let gradient_norm = (kept == Keep::Last && outcome.gradient_norm.is_finite()).then_some(outcome.gradient_norm);
    let point = Point::new(&split.join(&outcome.x), &outcome.x);
    let (evaluations, steps) = (outcome.evaluations, StepKind::Solver);
    let end = RunEnd { early_stopping: &early_stopping, optimizer: &optimizer, point, evaluations, steps };
    let more = keep(end)?;
    let dense_reason = optimizer.sparse_unsupported();
    let result = early_stopping.finish(steps_before + outcome.steps, stopped, dense_reason);
    Ok((TrainingResult { gradient_norm, ..result }, more))
}
