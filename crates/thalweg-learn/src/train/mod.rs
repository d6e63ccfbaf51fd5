//! Training: mini-batches through THE loop, the validation loss watched, the best weights kept.

mod batches;
mod best;
mod watch;

pub use watch::{Epoch, Stopped};

use std::ops::ControlFlow;
use std::sync::atomic::AtomicBool;

use thalweg::{Group, Keep, Layout, Optimizer, Spec, Stop, Tensor, Why, minimize};

use crate::data::Rows;
use crate::error::Result;
use crate::model::Loss;
use batches::{Batches, Finished};
use thalweg::Random;
use watch::{Watch, Watched};

/// Rows in a batch.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Batch {
    /// All of them: batch gradient descent.
    Full,
    /// This many: 1 is stochastic, more is mini-batch gradient descent.
    Rows(usize),
}

/// How the weights start. The intercept starts at 0.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Init {
    /// At 0.
    Zero,
    /// Normal with this deviation.
    Normal(f64),
}

/// How to train.
#[derive(Clone, Debug, PartialEq)]
pub struct Training {
    /// The method and what is around it. Open schedules run over all epochs.
    pub spec: Spec,
    /// Rows in a batch.
    pub batch: Batch,
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
    /// Whether there is an intercept.
    pub intercept: bool,
    /// Seed of the start and of the shuffling.
    pub seed: u64,
}

/// What training came to.
#[derive(Clone, Debug, PartialEq)]
pub struct Trained {
    /// The weights, then the intercept: those with the best watched loss.
    pub parameters: Vec<f64>,
    /// Epochs begun and finished.
    pub epochs: u64,
    /// Steps of the method.
    pub steps: u64,
    /// The epoch that the parameters are from; 0 is the start.
    pub best_epoch: u64,
    /// Why it ended.
    pub stopped: Stopped,
}

/// Trains a linear model on `train`, watching the loss on `validation` (on `train` itself, with the penalty, if that
/// is empty). `see` is called after each epoch and may end the training; so does `interrupt`, at the next step.
///
/// # Errors
/// Hyperparameters out of their range.
pub fn train(
    train: &Rows,
    validation: &Rows,
    loss: Loss,
    training: &Training,
    interrupt: &AtomicBool,
    see: &mut dyn FnMut(&Epoch) -> ControlFlow<()>,
) -> Result<Trained> {
    let finished = Finished::default();
    let size = match training.batch {
        Batch::Full => usize::MAX,
        Batch::Rows(size) => size,
    };
    let penalty = (training.l1, training.l2);
    let mut batches = Batches::new(train, loss, penalty, size, training.seed, &finished);
    let per_epoch = batches.count();
    let steps = per_epoch.saturating_mul(training.epochs);

    let accumulate = training.spec.around.accumulate;
    if accumulate > steps {
        let must = "at most the number of batches in all epochs";
        return Err(thalweg::Error::Range { name: "accumulate".into(), must, found: accumulate as f64 }.into());
    }
    let mut spec = training.spec.clone();
    spec.around.schedule = spec.around.schedule.over(steps / spec.around.accumulate.max(1));
    // One seed decides all that is random, unless the rounding of narrow slots has its own.
    if spec.around.seed == 0 {
        spec.around.seed = training.seed;
    }
    let mut optimizer = Optimizer::new(spec, layout(train.features, training.intercept))?;
    // A batch is one evaluation; one more looks at the last point.
    let evaluations = Some(steps.saturating_add(1));
    let stop = Stop { steps: None, evaluations, keep: Keep::Last, ..Stop::default() };
    let start = start(train.features, training);
    let mut watch = Watch::new(Watched { train, validation, loss, training }, &finished, per_epoch, &start, interrupt);
    let outcome = minimize(&mut batches, &mut optimizer, &start, &stop, |progress| watch.look(progress, see))?;
    Ok(watch.end(outcome.steps, outcome.why == Why::NotFinite))
}

/// The weights, and the intercept in a group that does not decay.
fn layout(features: usize, intercept: bool) -> Layout {
    let mut tensors = vec![Tensor::new("weights", features)];
    if !intercept {
        return Layout { tensors, groups: Vec::new() };
    }
    tensors.push(Tensor::new("intercept", 1).in_group("intercept"));
    Layout { tensors, groups: vec![Group { name: "intercept".into(), lr: None, weight_decay: Some(0.0) }] }
}

fn start(features: usize, training: &Training) -> Vec<f64> {
    let mut parameters = vec![0.0; features + usize::from(training.intercept)];
    if let Init::Normal(deviation) = training.init {
        // Another stream than the shuffling's.
        let mut random = Random::new(!training.seed);
        parameters[..features].iter_mut().for_each(|w| *w = deviation * random.normal());
    }
    parameters
}
