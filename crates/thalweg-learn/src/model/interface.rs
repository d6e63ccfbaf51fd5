//! The interface between a model and its training.

use std::ops::Range;

use rayon::prelude::*;
use thalweg::optimizer::Isa;
use thalweg::random::Random;
use thalweg::{Element, Group, Layout, Seed, Tensor};

use super::loss::Loss;
use super::tensor_spec::{TensorRole, TensorSpec};
use crate::data::Rows;
use crate::interrupt::Interrupt;
use crate::pool;

/// Name of the optimizer group of the biases, which have neither a penalty nor weight decay.
const BIAS_GROUP: &str = "intercept";

/// Model that scores rows and has the gradient of its loss.
pub trait Model: Sync {
    /// Element type of the parameters.
    type F: Element;

    /// Returns the number of scores of a row: one, or one for each class.
    fn outputs(&self) -> usize;

    /// Returns the tensors of the parameter vector in their order.
    fn tensors(&self) -> Vec<TensorSpec>;

    /// Returns the layout of the parameters for an optimizer. Biases are in a group without weight decay.
    fn layout(&self) -> Layout {
        layout_of(&self.tensors())
    }

    /// Returns the parameters before the first step.
    fn init_parameters(&self, init: Init, seed: Seed) -> Vec<Self::F>;

    /// Returns the scores of all rows, row by row.
    fn scores(&self, rows: &Rows, parameters: &[Self::F]) -> Vec<f64>;

    /// Returns the mean weighted loss of a batch and adds its gradient by the parameters to `gradient`. A long
    /// evaluation ends early if the batch's `interrupt` is requested.
    fn mean_loss(&self, batch: &Batch<'_>, parameters: &[Self::F], gradient: &mut [Self::F]) -> f64;

    /// Returns this model restricted to `features`, and writes the indices of its parameters among those of `self` to
    /// `indices`, ascending. Returns `None` if rows without a feature may have a gradient by its parameters.
    fn restrict(&self, _features: &[u32], _indices: &mut Vec<u32>) -> Option<Self>
    where
        Self: Sized,
    {
        None
    }
}

/// Rows of one evaluation of the loss.
#[derive(Clone, Copy, Debug)]
pub struct Batch<'a> {
    /// Rows that the batch is taken from.
    pub rows: &'a Rows,
    /// Indices of the rows of the batch.
    pub indices: &'a [u32],
    /// Loss of a row.
    pub loss: Loss,
    /// Random numbers of the training step; `None` evaluates without dropout.
    pub step: Option<StepSeed>,
    /// Request to end the evaluation, whose loss and gradient are then without meaning.
    pub interrupt: Interrupt<'a>,
}

/// Key of the random numbers of one training step: dropout masks are a pure function of (seed, step, layer, row, unit).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct StepSeed {
    /// Seed of the training.
    pub seed: Seed,
    /// Index of the batch in the training, from 0.
    pub step: u64,
}

/// Initialization of the weights. Biases start at 0.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Init {
    /// The default of the model: zeros, or small random numbers where zeros would have no gradient.
    Zero,
    /// Normal distribution with mean 0 and this standard deviation.
    Normal(f64),
}

fn layout_of(tensors: &[TensorSpec]) -> Layout {
    let tensor = |spec: &TensorSpec| {
        let tensor = Tensor::new(spec.name.as_str(), spec.len());
        if spec.role == TensorRole::Bias { tensor.in_group(BIAS_GROUP) } else { tensor }
    };
    let groups = if tensors.iter().any(|spec| spec.role == TensorRole::Bias) {
        vec![Group::new(BIAS_GROUP).with("weight_decay", 0.0)]
    } else {
        Vec::new()
    };
    Layout { tensors: tensors.iter().map(tensor).collect(), groups }
}

/// Returns the ranges of the parameters that penalties apply to.
pub(crate) fn penalized_ranges(layout: &Layout) -> Vec<Range<usize>> {
    let mut start = 0;
    let range = |tensor: &Tensor| {
        let range = start..start + tensor.len;
        start = range.end;
        tensor.group.is_none().then_some(range)
    };
    layout.tensors.iter().filter_map(range).collect()
}

/// Returns the weighted loss of each row.
pub(crate) fn row_losses(rows: &Rows, scores: &[f64], loss: Loss) -> Vec<f64> {
    /// Rows of one parallel task.
    const CHUNK: usize = 4096;
    let outputs = (scores.len() / rows.len().max(1)).max(1);
    let chunk = |(chunk, (scores, target)): (usize, (&[f64], &[f64]))| {
        let (mut values, mut derivatives) = (vec![0.0; target.len()], vec![0.0; scores.len()]);
        Isa::best().run(
            #[inline(always)]
            || loss.eval_rows(outputs, scores, target, &mut values, &mut derivatives),
        );
        values.iter_mut().enumerate().for_each(|(i, value)| *value *= rows.loss_weight(chunk * CHUNK + i));
        values
    };
    pool::map(scores.par_chunks(CHUNK * outputs).zip(rows.target.par_chunks(CHUNK)).enumerate(), chunk).concat()
}

/// Fills `weights` with samples of a normal distribution with mean 0.
pub(super) fn fill_normal<F: Element>(weights: &mut [F], deviation: f64, mut random: Random) {
    for weight in weights {
        *weight = F::of(deviation * random.normal());
    }
}
