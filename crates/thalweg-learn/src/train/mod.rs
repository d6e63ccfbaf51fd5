//! Training: mini-batches through THE loop, the validation loss watched, the best weights kept.

mod best_checkpoint;
mod early_stopping;
mod objective;
mod sampler;
mod shuffle;
mod sparse_objective;

pub use early_stopping::{EpochReport, TrainingStopReason};

use std::ops::ControlFlow;
use std::sync::atomic::AtomicBool;

use thalweg::{Optimizer, OptimizerSpec, Progress, StopCriteria, StopReason, TrackBest, minimize, minimize_sparse};

use crate::data::{RowStore, Rows};
use crate::error::{Error, Result};
use crate::model::{AnyModel, Init, Loss, Model};
use early_stopping::{EarlyStopping, ValidationLoss};
use objective::{EpochLosses, MiniBatchObjective};
use sparse_objective::SparseMiniBatchObjective;

/// Rows in a batch.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BatchSize {
    /// All of them: batch gradient descent.
    Full,
    /// This many: 1 is stochastic, more is mini-batch gradient descent.
    Rows(usize),
}

/// How to train.
#[derive(Clone, Debug, PartialEq)]
pub struct TrainingConfig {
    /// The method and what is around it. Open schedules run over all epochs.
    pub spec: OptimizerSpec,
    /// Rows in a batch.
    pub batch: BatchSize,
    /// Passes over the rows, at most.
    pub epochs: u64,
    /// Epochs without progress of the watched loss that are borne; 0: all of them.
    pub patience: u64,
    /// The relative fall of the watched loss that counts as progress.
    pub min_delta: f64,
    /// Weight of Σ|w|.
    pub l1: f64,
    /// Weight of Σw²/2.
    pub l2: f64,
    /// How the weights start.
    pub init: Init,
    /// Seed of the start and of the shuffling.
    pub seed: u64,
}

/// What training came to.
#[derive(Clone, Debug, PartialEq)]
pub struct TrainingResult {
    /// Those with the best watched loss, in the order of the model's layout.
    pub parameters: Vec<f64>,
    /// Epochs begun and finished.
    pub epochs: u64,
    /// Steps of the method.
    pub steps: u64,
    /// The epoch that the parameters are from; 0 is the start.
    pub best_epoch: u64,
    /// Why it ended.
    pub stopped: TrainingStopReason,
    /// Why every step moved all parameters, if they did.
    pub dense: Option<String>,
}

/// Trains `model` on `train`, watching the loss on `validation` (on `train` itself, with the penalty, if that
/// is empty: on those of its rows that are in memory). `see` is called after each epoch and may end the training; so does `interrupt`, at the next step.
///
/// # Errors
/// Hyperparameters out of their range.
pub fn train<M: Model>(
    model: &M,
    train: &RowStore,
    validation: &Rows,
    loss: Loss,
    training: &TrainingConfig,
    interrupt: &AtomicBool,
    see: &mut (dyn FnMut(&EpochReport) -> ControlFlow<()> + Send),
) -> Result<TrainingResult> {
    // By a thread of the pool: one from outside would wait to be woken at every step.
    rayon::scope(|_| train_here(model, train, validation, loss, training, interrupt, see))
}

fn train_here<M: Model>(
    model: &M,
    train: &RowStore,
    validation: &Rows,
    loss: Loss,
    training: &TrainingConfig,
    interrupt: &AtomicBool,
    see: &mut dyn FnMut(&EpochReport) -> ControlFlow<()>,
) -> Result<TrainingResult> {
    let finished = EpochLosses::default();
    let size = match training.batch {
        BatchSize::Full => usize::MAX,
        BatchSize::Rows(size) => size,
    };
    let per_epoch = (train.len().div_ceil(size.clamp(1, train.len().max(1)))) as u64;
    let steps = per_epoch.saturating_mul(training.epochs);

    let accumulate = training.spec.options.accumulate;
    if accumulate > steps {
        let expected = "at most the number of batches in all epochs";
        return Err(thalweg::Error::Range { name: "accumulate".into(), expected, found: accumulate as f64 }.into());
    }
    let mut spec = training.spec.clone();
    spec.options.schedule = spec.options.schedule.with_total_steps(steps / spec.options.accumulate.max(1));
    // One seed decides all that is random, unless the rounding of narrow slots has its own.
    if spec.options.seed == 0 {
        spec.options.seed = training.seed;
    }
    let mut optimizer = Optimizer::<M::F>::new(spec, model.layout())?;
    // A batch is one evaluation; one more looks at the last point.
    let evaluations = Some(steps.saturating_add(1));
    let stop = StopCriteria { steps: None, evaluations, track_best: TrackBest::Off, ..StopCriteria::default() };
    let start = model.init_parameters(training.init, training.seed);
    let mut watch = EarlyStopping::new(
        ValidationLoss { model, rows: train.len(), train: train.sample(), validation, loss, training },
        &finished,
        per_epoch,
        &start,
        interrupt,
    );
    let mut look = |progress: &mut Progress<'_, M::F>| watch.look(progress, see);
    let dense = sparse_unsupported(model, train, training, &optimizer);
    let outcome = if dense.is_none() {
        std::thread::scope(|scope| {
            let mut batches =
                SparseMiniBatchObjective::new(model, train, loss, (size, training.seed), &finished, scope);
            minimize_sparse(&mut batches, &mut optimizer, &start, &stop, &mut look)
        })
    } else {
        let penalty = (training.l1, training.l2);
        let mut batches = MiniBatchObjective::new(model, train, loss, penalty, size, training.seed, &finished);
        minimize(&mut batches, &mut optimizer, &start, &stop, &mut look)
    };
    let outcome = outcome.map_err(own)?;
    Ok(TrainingResult { dense, ..watch.end(outcome.steps, outcome.reason == StopReason::NotFinite) })
}

/// As [`train`], of a model of any architecture.
///
/// # Errors
/// As [`train`].
pub fn train_any(
    model: &AnyModel,
    store: &RowStore,
    validation: &Rows,
    loss: Loss,
    training: &TrainingConfig,
    interrupt: &AtomicBool,
    see: &mut (dyn FnMut(&EpochReport) -> ControlFlow<()> + Send),
) -> Result<TrainingResult> {
    match model {
        AnyModel::Linear(model) => train(model, store, validation, loss, training, interrupt, see),
        AnyModel::FactorizationMachine(model) => train(model, store, validation, loss, training, interrupt, see),
        AnyModel::Mlp(model) => train(&**model, store, validation, loss, training, interrupt, see),
    }
}

/// How many parameters there must be for each that a batch touches, for a step of these alone to be the faster one.
const SPARSE: usize = 4;

/// Whether the features that a batch of the rows has are few among all of them.
pub(crate) fn batch_is_sparse(rows: &Rows, batch: BatchSize) -> bool {
    let size = match batch {
        BatchSize::Full => rows.len(),
        BatchSize::Rows(size) => size.min(rows.len()),
    };
    rows.features > SPARSE * size.saturating_mul(rows.numbers_in_a_row())
}

/// Why every step moves all parameters, and not only those that its batch touches.
fn sparse_unsupported<M: Model>(
    model: &M,
    train: &RowStore,
    training: &TrainingConfig,
    optimizer: &Optimizer<M::F>,
) -> Option<String> {
    if !batch_is_sparse(train.sample(), training.batch) {
        return Some("a batch touches most of the parameters".into());
    }
    if training.l1 > 0.0 || training.l2 > 0.0 {
        return Some("a penalty moves all weights".into());
    }
    if model.with_features(0).is_none() {
        return Some("the model moves all its parameters".into());
    }
    optimizer.sparse_unsupported()
}

/// The error of this crate, where the objective had one.
fn own(error: thalweg::Error) -> Error {
    match error {
        thalweg::Error::Objective(inner) => match inner.downcast::<Error>() {
            Ok(own) => *own,
            Err(inner) => thalweg::Error::Objective(inner).into(),
        },
        error => error.into(),
    }
}
