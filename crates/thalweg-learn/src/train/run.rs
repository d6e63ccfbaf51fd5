//! The training loop over epochs and mini-batches.

use std::sync::atomic::{AtomicBool, Ordering};

use thalweg::minimize::{Progress, TrackBest};
use thalweg::{Optimizer, StopCriteria, StopReason, minimize, minimize_sparse};

use super::callbacks::Callbacks;
use super::config::{BatchSize, SparseSteps, TrainingConfig};
use super::early_stopping::{EarlyStopping, Monitor};
use super::objective::{EpochLosses, MiniBatchObjective};
use super::result::TrainingResult;
use super::sparse_objective::SparseMiniBatchObjective;
use super::training_data::TrainingData;
use crate::data::{RowStore, Rows};
use crate::error::{Error, Result};
use crate::interrupt::Interrupt;
use crate::model::{AnyModel, Model};

/// Sparse steps need this many features for each value in a batch to be faster than dense ones.
const MIN_FEATURES_PER_VALUE: usize = 4;

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
    // On a thread of the pool: a thread outside would be woken at every step.
    rayon::scope(|_| train_in_pool(model, data, config, callbacks))
}

/// Trains a model of any architecture; see [`train`].
///
/// # Errors
/// See [`train`].
pub fn train_any(
    model: &AnyModel,
    data: &TrainingData<'_>,
    config: &TrainingConfig,
    callbacks: Callbacks<'_>,
) -> Result<TrainingResult> {
    match model {
        AnyModel::Linear(model) => train(model, data, config, callbacks),
        AnyModel::FactorizationMachine(model) => train(model, data, config, callbacks),
        AnyModel::Mlp(model) => train(&**model, data, config, callbacks),
    }
}

fn train_in_pool<M: Model>(
    model: &M,
    data: &TrainingData<'_>,
    config: &TrainingConfig,
    mut callbacks: Callbacks<'_>,
) -> Result<TrainingResult> {
    let batches_per_epoch = config.batch_size.batches(data.train.len());
    let batches = batches_per_epoch.saturating_mul(config.epochs);
    let mut optimizer = optimizer(model, config, batches)?;
    // The last evaluation is that of the final point.
    let evaluations = Some(batches.saturating_add(1));
    let stop = StopCriteria { steps: None, evaluations, track_best: TrackBest::Off, ..StopCriteria::default() };
    let start = model.init_parameters(config.init, config.seed);
    let finished = EpochLosses::default();
    // A request once seen stays: the caller may withdraw it, but the sum that it cut short is lost.
    let (requested, seen) = (callbacks.interrupt, AtomicBool::new(false));
    let request = || {
        if !seen.load(Ordering::Relaxed) && requested.is_requested() {
            seen.store(true, Ordering::Relaxed);
        }
        seen.load(Ordering::Relaxed)
    };
    let interrupt = Interrupt::when(&request);
    let monitor = Monitor::new(model, *data, config, interrupt);
    let mut early_stopping = EarlyStopping::new(monitor, &finished, batches_per_epoch, &start);
    let mut callback = |progress: &mut Progress<'_, M::F>| early_stopping.observe(progress, &mut callbacks);
    let dense_reason = sparse_unsupported(model, data.train, config, &optimizer);
    let outcome = if dense_reason.is_none() {
        std::thread::scope(|scope| {
            let mut objective = SparseMiniBatchObjective::new(model, data, config, &finished, interrupt, scope);
            minimize_sparse(&mut objective, &mut optimizer, &start, &stop, &mut callback)
        })
    } else {
        let mut objective = MiniBatchObjective::new(model, data, config, &finished, interrupt);
        minimize(&mut objective, &mut optimizer, &start, &stop, &mut callback)
    };
    let outcome = outcome.map_err(unwrap_objective_error)?;
    Ok(early_stopping.finish(outcome.steps, outcome.reason == StopReason::NotFinite, dense_reason))
}

/// Creates the optimizer of a training of `batches` batches.
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

/// Returns `true` if a batch has few of the features, so that sparse steps are faster than dense ones.
pub(crate) fn batch_is_sparse(rows: &Rows, batch_size: BatchSize) -> bool {
    let values = batch_size.of(rows.len()).min(rows.len()).saturating_mul(rows.numbers_in_a_row());
    rows.features > MIN_FEATURES_PER_VALUE * values
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
    if config.l1 > 0.0 || config.l2 > 0.0 {
        return Some("a penalty moves all weights".into());
    }
    if model.restrict(&[], &mut Vec::new()).is_none() {
        return Some("the model moves all its parameters".into());
    }
    optimizer.sparse_unsupported()
}

/// Returns the error of this crate that an objective wrapped.
fn unwrap_objective_error(error: thalweg::Error) -> Error {
    match error {
        thalweg::Error::Objective(inner) => match inner.downcast::<Error>() {
            Ok(own) => *own,
            Err(inner) => thalweg::Error::Objective(inner).into(),
        },
        error => error.into(),
    }
}
